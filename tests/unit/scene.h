/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of words, mutexes and semaphores share: a page of a buffer with
 * one of each, and children who play with them.
 */
#ifndef SCENE_H
#define SCENE_H

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "backing.h"

#define MUTEX 64
#define SEMAPHORE 128
#define PLACE 256 /* the test's own */

#define ROUNDS 5000
#define WORKERS 4

/* One test at a time. */
struct scene {
	struct backing *backing;
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	struct mmapdemo_mutex mutex;
	struct mmapdemo_semaphore semaphore;
	uint32_t *place;
};

static inline uint32_t *at(const struct scene *s, size_t offset)
{
	return (uint32_t *)((char *)s->view.data + offset);
}

static inline struct scene *begin(void **state)
{
	static struct scene s;

	alarm(60);
	s.backing = *state;
	open_it(s.backing);
	s.buffer = s.backing->buffer;
	assert_int_equal(mmapdemo_view_open(&s.view, s.buffer, 0, 4096, 0), 0);
	memset(s.view.data, 0, 4096);
	assert_int_equal(mmapdemo_mutex_at(&s.mutex, s.buffer, &s.view, MUTEX), 0);
	assert_int_equal(mmapdemo_semaphore_at(&s.semaphore, s.buffer, &s.view, SEMAPHORE), 0);
	s.place = at(&s, PLACE);
	return &s;
}

static inline void end(struct scene *s)
{
	mmapdemo_view_close(&s->view);
	close_it(s->backing);
}

/* A child that ends well returns; a failing assertion in it aborts. */
static inline pid_t start(void (*play)(struct scene *s), struct scene *s)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		alarm(40);
		play(s);
		_exit(0);
	}
	return pid;
}

static inline void join(pid_t pid, int signal)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), signal);
}

static inline void run(void (*play)(struct scene *s), struct scene *s)
{
	join(start(play, s), 0);
}

static inline void pass(uint32_t *word)
{
	__atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
}

static inline void until(const uint32_t *word, uint32_t value)
{
	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) != value)
		usleep(100);
}

/* It sleeps, or is about to: the kernel says so. */
static inline void until_asleep(pid_t pid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (state != 'S') {
		usleep(1000);
		file = fopen(path, "re");
		assert_non_null(file);
		assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
		fclose(file);
	}
}

static inline struct timespec soon(long milliseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_nsec += milliseconds * 1000000;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	return now;
}

static inline void lock_and_unlock(struct scene *s)
{
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	pass(s->place);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
}

#endif /* SCENE_H */
