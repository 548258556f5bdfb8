/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two ways to sleep on a word, to wake, and to lock: in the driver's memory by its
 * ioctls, and in shared memory by futex(2).
 */
#ifndef WAYS_H
#define WAYS_H

#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "mmapdemo.h"

#include "bench.h"

#define MUTEXES 3

/* Sleeping and waking on a word, and locks, by one of the two ways. */
struct way {
	void (*wait)(int word, uint32_t expected);
	void (*wake)(int word);
	void (*lock)(int mutex);
	void (*unlock)(int mutex);
	volatile uint32_t *words; /* of the ping, of the pong, then counts of the mutexes */
};

static struct mmapdemo_word words[2];
static struct mmapdemo_mutex mutexes[MUTEXES];

struct shared {
	uint32_t words[2 + MUTEXES];
	pthread_mutex_t mutexes[MUTEXES];
};

static struct shared *shared;

static void wait_driver(int word, uint32_t expected)
{
	mmapdemo_word_wait(&words[word], expected, NULL);
}

static void wake_driver(int word)
{
	mmapdemo_word_wake(&words[word], 1);
}

static void lock_driver(int mutex)
{
	if (mmapdemo_mutex_lock(&mutexes[mutex]))
		errx(1, "lock");
}

static void unlock_driver(int mutex)
{
	mmapdemo_mutex_unlock(&mutexes[mutex]);
}

static void wait_futex(int word, uint32_t expected)
{
	syscall(SYS_futex, &shared->words[word], FUTEX_WAIT, expected, NULL, NULL, 0);
}

static void wake_futex(int word)
{
	syscall(SYS_futex, &shared->words[word], FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void lock_pthread(int mutex)
{
	if (pthread_mutex_lock(&shared->mutexes[mutex]))
		errx(1, "pthread_mutex_lock");
}

static void unlock_pthread(int mutex)
{
	pthread_mutex_unlock(&shared->mutexes[mutex]);
}

static struct way driver = { wait_driver, wake_driver, lock_driver, unlock_driver, NULL };
static struct way futex = { wait_futex, wake_futex, lock_pthread, unlock_pthread, NULL };

static void setup_driver(void)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;

	if (mmapdemo_create(&buffer, NULL, PAGE, 0) || mmapdemo_view_open(&view, buffer, 0, 0, 0) ||
	    mmapdemo_word_at(&words[0], buffer, &view, 0) ||
	    mmapdemo_word_at(&words[1], buffer, &view, 4))
		errx(1, "no buffer");
	for (int i = 0; i < MUTEXES; i++) {
		if (mmapdemo_mutex_at(&mutexes[i], buffer, &view, 64 * (i + 1)))
			errx(1, "no mutex");
	}
	driver.words = view.data;
}

static void setup_futex(void)
{
	pthread_mutexattr_t attributes;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	for (int i = 0; i < MUTEXES; i++)
		pthread_mutex_init(&shared->mutexes[i], &attributes);
	futex.words = shared->words;
}

#endif /* WAYS_H */
