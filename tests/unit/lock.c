// SPDX-License-Identifier: BSD-2-Clause
/*
 * Words, mutexes and semaphores: the same behaviour on a file, shared memory,
 * anonymous memory and, where the driver is loaded, a buffer of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "backing.h"

#define MUTEX 64
#define SEMAPHORE 128
#define PLACE 256 /* the test's own */

/* One test at a time. */
struct scene {
	struct backing *backing;
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	struct mmapdemo_mutex mutex;
	struct mmapdemo_semaphore semaphore;
	uint32_t *place;
};

static uint32_t *at(const struct scene *s, size_t offset)
{
	return (uint32_t *)((char *)s->view.data + offset);
}

static struct scene *begin(void **state)
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

static void end(struct scene *s)
{
	mmapdemo_view_close(&s->view);
	close_it(s->backing);
}

/* A child that ends well returns; a failing assertion in it aborts. */
static pid_t start(void (*play)(struct scene *s), struct scene *s)
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

static void join(pid_t pid, int signal)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), signal);
}

static void run(void (*play)(struct scene *s), struct scene *s)
{
	join(start(play, s), 0);
}

static void pass(uint32_t *word)
{
	__atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
}

static void until(const uint32_t *word, uint32_t value)
{
	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) != value)
		usleep(100);
}

/* It sleeps, or is about to: the kernel says so. */
static void until_asleep(pid_t pid)
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

static struct timespec soon(long milliseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_nsec += milliseconds * 1000000;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	return now;
}

static void handles_are_checked(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_view part = s->view;
	struct mmapdemo_mutex mutex;
	struct mmapdemo_word word;

	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, 4092), 0);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, 4093), -EINVAL);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, 4096), -EINVAL);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, UINT64_MAX - 3), -EINVAL);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, 2), -EINVAL);
	part.offset = 4096;
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &part, 4092), -EINVAL);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &part, 4096 + 8), 0);
	assert_ptr_equal(word.value, (char *)s->view.data + 8);
	assert_int_equal(mmapdemo_mutex_at(&mutex, s->buffer, &s->view, 4032), 0);
	assert_int_equal(mmapdemo_mutex_at(&mutex, s->buffer, &s->view, 4040), -EINVAL);
	assert_int_equal(mmapdemo_mutex_at(&mutex, s->buffer, &s->view, 2052), -EINVAL);
	end(s);
}

static void a_word_waits_and_wakes_by_futexs_contract(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_word word;
	struct timespec deadline = soon(20);

	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, PLACE), 0);
	*s->place = 7;
	assert_int_equal(mmapdemo_word_wait(&word, 8, NULL), -EAGAIN);
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -ETIMEDOUT);
	deadline.tv_sec = -1;
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -ETIMEDOUT);
	deadline.tv_nsec = 1000000000;
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -EINVAL);
	deadline.tv_nsec = -1;
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -EINVAL);
	assert_int_equal(mmapdemo_word_wake(&word, 1), 0);
	assert_int_equal(mmapdemo_word_wake(&word, 0), -EINVAL);
	assert_int_equal(mmapdemo_word_wake(&word, -1), -EINVAL);
	end(s);
}

static void wait_for_place(struct scene *s)
{
	struct mmapdemo_word word;
	int err = 0;

	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, PLACE), 0);
	while (!err)
		err = mmapdemo_word_wait(&word, 0, NULL);
	assert_int_equal(err, -EAGAIN);
}

static void a_sleeper_is_woken(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_word word;
	pid_t first = start(wait_for_place, s);
	pid_t second = start(wait_for_place, s);

	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, PLACE), 0);
	until_asleep(first);
	until_asleep(second);
	*s->place = 1;
	assert_int_equal(mmapdemo_word_wake(&word, 1), 1);
	assert_int_equal(mmapdemo_word_wake(&word, 5), 1);
	join(first, 0);
	join(second, 0);
	end(s);
}

static void refuse_to_unlock(struct scene *s)
{
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), -EBUSY);
	assert_int_equal(mmapdemo_mutex_consistent(&s->mutex), -EINVAL);
}

static void only_the_owner_unlocks(void **state)
{
	struct scene *s = begin(state);

	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	run(refuse_to_unlock, s);
	assert_int_equal(mmapdemo_mutex_consistent(&s->mutex), -EINVAL);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(*at(s, MUTEX), 0);
	end(s);
}

static void time_out(struct scene *s)
{
	struct timespec deadline = soon(20);
	struct timespec past = { -1, 0 };
	struct timespec wrong = { 0, -1 };

	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &past), -ETIMEDOUT);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &wrong), -EINVAL);
}

static void a_held_mutex_times_out(void **state)
{
	struct scene *s = begin(state);
	struct timespec deadline = soon(20);

	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &deadline), 0);
	run(time_out, s);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &deadline), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

#define ROUNDS 5000
#define WORKERS 4

static void count(struct scene *s)
{
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
		*(volatile uint32_t *)s->place += 1;
		if (i % 500 == 0)
			usleep(100);
		assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	}
}

static void the_mutex_excludes(void **state)
{
	struct scene *s = begin(state);
	pid_t workers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		workers[i] = start(count, s);
	for (int i = 0; i < WORKERS; i++)
		join(workers[i], 0);
	assert_int_equal(*s->place, WORKERS * ROUNDS);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

static void lock_and_die(struct scene *s)
{
	int err = mmapdemo_mutex_lock(&s->mutex);

	assert_true(err == 0 || err == -EOWNERDEAD);
}

static void the_next_owner_learns_of_a_death(void **state)
{
	struct scene *s = begin(state);

	run(lock_and_die, s);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -EOWNERDEAD);
	assert_int_equal(mmapdemo_mutex_consistent(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);

	/* Also by trylock; also the second time. */
	run(lock_and_die, s);
	run(lock_and_die, s);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), -EOWNERDEAD);
	assert_int_equal(mmapdemo_mutex_consistent(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

static void hold_for_ever(struct scene *s)
{
	lock_and_die(s);
	pass(s->place);
	pause();
}

/* The heir counts by one, who comes after it by two. */
static void inherit(struct scene *s)
{
	int err = mmapdemo_mutex_lock(&s->mutex);

	pass(s->place);
	if (err == -EOWNERDEAD)
		err = mmapdemo_mutex_consistent(&s->mutex);
	else
		pass(s->place);
	assert_int_equal(err, 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
}

static void lock_and_unlock(struct scene *s)
{
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	pass(s->place);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
}

static void a_waiter_learns_of_a_death_at_once(void **state)
{
	struct scene *s = begin(state);
	pid_t holder = start(hold_for_ever, s);
	pid_t first, second;

	until(s->place, 1);
	first = start(inherit, s);
	until_asleep(first);
	second = start(inherit, s);
	until_asleep(second);
	kill(holder, SIGKILL);
	join(holder, SIGKILL);
	join(first, 0);
	join(second, 0);
	assert_int_equal(*s->place, 1 + 1 + 2);
	end(s);
}

static void unlock_as_it_is(struct scene *s)
{
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -EOWNERDEAD);
	pass(s->place);
	until(s->place, 3);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
}

static void find_it_lost(struct scene *s)
{
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -ENOTRECOVERABLE);
}

static void what_was_not_made_whole_is_lost(void **state)
{
	struct scene *s = begin(state);
	struct timespec deadline = soon(1000);
	pid_t heir, first, second;

	run(lock_and_die, s);
	heir = start(unlock_as_it_is, s);
	until(s->place, 1);
	first = start(find_it_lost, s);
	second = start(find_it_lost, s);
	until_asleep(first);
	until_asleep(second);
	pass(s->place);
	pass(s->place);
	join(heir, 0);
	join(first, 0);
	join(second, 0);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -ENOTRECOVERABLE);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), -ENOTRECOVERABLE);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &deadline), -ENOTRECOVERABLE);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
	end(s);
}

static void a_child_is_not_its_parent(void **state)
{
	struct scene *s = begin(state);

	/* The child dies while the parent, who has the same open file, lives. */
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	run(lock_and_die, s);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -EOWNERDEAD);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

static void take_and_post(struct scene *s)
{
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
		pass(s->place);
		assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	}
}

static void a_semaphore_counts(void **state)
{
	struct scene *s = begin(state);
	struct timespec deadline = soon(20);
	pid_t workers[WORKERS];

	assert_int_equal(mmapdemo_semaphore_trywait(&s->semaphore), -EAGAIN);
	assert_int_equal(mmapdemo_semaphore_timedwait(&s->semaphore, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	assert_int_equal(*at(s, SEMAPHORE), 2);
	for (int i = 0; i < WORKERS; i++)
		workers[i] = start(take_and_post, s);
	for (int i = 0; i < WORKERS; i++)
		join(workers[i], 0);
	assert_int_equal(*s->place, WORKERS * ROUNDS);
	assert_int_equal(*at(s, SEMAPHORE), 2);
	assert_int_equal(*at(s, SEMAPHORE + 4), 0);
	assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
	assert_int_equal(mmapdemo_semaphore_trywait(&s->semaphore), 0);
	assert_int_equal(mmapdemo_semaphore_trywait(&s->semaphore), -EAGAIN);
	end(s);
}

static void take_one(struct scene *s)
{
	assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
	pass(s->place);
}

static void a_post_wakes_one(void **state)
{
	struct scene *s = begin(state);
	pid_t first = start(take_one, s);
	pid_t second = start(take_one, s);

	until_asleep(first);
	until_asleep(second);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	until(s->place, 1);
	usleep(20000);
	assert_int_equal(*s->place, 1);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	join(first, 0);
	join(second, 0);
	end(s);
}

static void a_full_semaphore_overflows(void **state)
{
	struct scene *s = begin(state);

	*at(s, SEMAPHORE) = 0x7ffffffe;
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), -EOVERFLOW);
	assert_int_equal(*at(s, SEMAPHORE), 0x7fffffff);
	assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
	end(s);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void interrupted(struct scene *s)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct mmapdemo_word word;

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, PLACE + 4), 0);
	assert_int_equal(mmapdemo_word_wait(&word, 0, NULL), -EINTR);
	pass(s->place);
	lock_and_unlock(s);
	assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
}

static void signals_end_a_wait_and_no_lock(void **state)
{
	struct scene *s = begin(state);
	pid_t pid;

	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	pid = start(interrupted, s);
	until_asleep(pid);
	kill(pid, SIGUSR1);
	until(s->place, 1);
	for (int i = 0; i < 5; i++) {
		until_asleep(pid);
		kill(pid, SIGUSR1);
	}
	assert_int_equal(*s->place, 1);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	until(s->place, 2);
	until_asleep(pid);
	kill(pid, SIGUSR1);
	until_asleep(pid);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	join(pid, 0);
	end(s);
}

static void a_read_only_buffer_may_only_wait(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_buffer *reader;
	struct mmapdemo_semaphore semaphore;
	struct mmapdemo_mutex mutex;
	struct mmapdemo_view view;
	struct mmapdemo_word word;
	struct timespec deadline = soon(1);
	char path[64];
	int fd;

	if (s->backing->kind == MMAPDEMO_KIND_ANON)
		return end(s); /* has no other descriptor */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", mmapdemo_fd(s->buffer));
	if (s->backing->kind == MMAPDEMO_KIND_NODE)
		fd = open(MMAPDEMO_NODE, O_RDONLY | O_CLOEXEC);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(mmapdemo_open_fd(&reader, fd), 0);
	assert_int_equal(mmapdemo_view_open(&view, reader, 0, 4096, MMAPDEMO_READ_ONLY), 0);
	assert_int_equal(mmapdemo_word_at(&word, reader, &view, PLACE), 0);
	assert_int_equal(mmapdemo_word_wait(&word, *word.value + 1, NULL), -EAGAIN);
	assert_int_equal(mmapdemo_word_wait(&word, *word.value, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_word_wake(&word, 1), -EBADF);
	assert_int_equal(mmapdemo_mutex_at(&mutex, reader, &view, MUTEX), -EBADF);
	assert_int_equal(mmapdemo_semaphore_at(&semaphore, reader, &view, SEMAPHORE), -EBADF);
	mmapdemo_view_close(&view);
	mmapdemo_close(reader);
	end(s);
}

static void lock_pthreads(struct scene *s)
{
	if (freopen("/dev/null", "w", stderr))
		pthread_mutex_lock((pthread_mutex_t *)(void *)s->place);
}

/* Why all this is here: README.md, "Locks, and the futex trap". */
static void pthreads_abort_on_the_node(void **state)
{
	struct scene *s = begin(state);
	pthread_mutex_t *mutex = (pthread_mutex_t *)(void *)s->place;
	pthread_mutexattr_t shared;

	assert_int_equal(pthread_mutexattr_init(&shared), 0);
	assert_int_equal(pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED), 0);
	assert_int_equal(pthread_mutex_init(mutex, &shared), 0);
	assert_int_equal(pthread_mutex_lock(mutex), 0);
	assert_int_equal(pthread_mutex_unlock(mutex), 0);
	assert_int_equal(pthread_mutex_lock(mutex), 0);
	join(start(lock_pthreads, s), SIGABRT);
	end(s);
}

static void another_device_has_no_words(void **state)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	struct mmapdemo_word word;

	(void)state;
	assert_int_equal(mmapdemo_open(&buffer, "/dev/zero", 0), 0);
	assert_int_equal(mmapdemo_view_open(&view, buffer, 0, 4096, 0), 0);
	assert_int_equal(mmapdemo_word_at(&word, buffer, &view, 0), -EOPNOTSUPP);
	mmapdemo_view_close(&view);
	mmapdemo_close(buffer);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_ALL(handles_are_checked),
		ON_ALL(a_word_waits_and_wakes_by_futexs_contract),
		ON_ALL(a_sleeper_is_woken),
		ON_ALL(only_the_owner_unlocks),
		ON_ALL(a_held_mutex_times_out),
		ON_ALL(the_mutex_excludes),
		ON_ALL(the_next_owner_learns_of_a_death),
		ON_ALL(a_waiter_learns_of_a_death_at_once),
		ON_ALL(what_was_not_made_whole_is_lost),
		ON_ALL(a_child_is_not_its_parent),
		ON_ALL(a_semaphore_counts),
		ON_ALL(a_post_wakes_one),
		ON_ALL(a_full_semaphore_overflows),
		ON_ALL(signals_end_a_wait_and_no_lock),
		ON_ALL(a_read_only_buffer_may_only_wait),
		ON(pthreads_abort_on_the_node, 3),
		cmocka_unit_test(another_device_has_no_words),
	};

	return run_on_backings("lock", tests, sizeof(tests) / sizeof(tests[0]));
}
