/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For programs that are built with -fsanitize=thread; <mmapdemo.h> includes this then.
 * ThreadSanitizer does not see what the library, built without it, does to order
 * threads. These functions take the place of the library's: each calls it, and tells the
 * sanitizer. Threads that use different views of a mutex, or of a semaphore, are not
 * seen to be ordered by it.
 */
#ifndef MMAPDEMO_TSAN_H
#define MMAPDEMO_TSAN_H

#include <errno.h>
#include <sys/stat.h>

#include <sanitizer/tsan_interface.h>

#include "mmapdemo.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What represents a buffer, whatever it is mapped at: one of these for the publications,
 * one for each direction of a channel. Two buffers may share them: then less is reported.
 * In all files of the program it is the same.
 */
#define MMAPDEMO_TSAN_PLACES 1024
__attribute__((weak)) char mmapdemo_tsan_places[MMAPDEMO_TSAN_PLACES][3];

static inline char *mmapdemo_tsan_place(const struct mmapdemo_buffer *buffer)
{
	struct stat st;

	if (fstat(mmapdemo_fd(buffer), &st) < 0)
		return mmapdemo_tsan_places[0];
	return mmapdemo_tsan_places[(st.st_ino + 31 * (st.st_dev + st.st_rdev)) %
				    MMAPDEMO_TSAN_PLACES];
}

static inline int mmapdemo_tsan_acquired(void *place, int err)
{
	if (err >= 0 || err == -EOWNERDEAD)
		__tsan_acquire(place);
	return err;
}

static inline int mmapdemo_tsan_mutex_lock(struct mmapdemo_mutex *mutex)
{
	return mmapdemo_tsan_acquired(mutex->word.value, mmapdemo_mutex_lock(mutex));
}
#define mmapdemo_mutex_lock mmapdemo_tsan_mutex_lock

static inline int mmapdemo_tsan_mutex_trylock(struct mmapdemo_mutex *mutex)
{
	return mmapdemo_tsan_acquired(mutex->word.value, mmapdemo_mutex_trylock(mutex));
}
#define mmapdemo_mutex_trylock mmapdemo_tsan_mutex_trylock

static inline int mmapdemo_tsan_mutex_timedlock(struct mmapdemo_mutex *mutex,
						const struct timespec *deadline)
{
	return mmapdemo_tsan_acquired(mutex->word.value, mmapdemo_mutex_timedlock(mutex, deadline));
}
#define mmapdemo_mutex_timedlock mmapdemo_tsan_mutex_timedlock

static inline int mmapdemo_tsan_mutex_unlock(struct mmapdemo_mutex *mutex)
{
	__tsan_release(mutex->word.value);
	return mmapdemo_mutex_unlock(mutex);
}
#define mmapdemo_mutex_unlock mmapdemo_tsan_mutex_unlock

static inline int mmapdemo_tsan_semaphore_post(struct mmapdemo_semaphore *semaphore)
{
	__tsan_release(semaphore->word.value);
	return mmapdemo_semaphore_post(semaphore);
}
#define mmapdemo_semaphore_post mmapdemo_tsan_semaphore_post

static inline int mmapdemo_tsan_semaphore_wait(struct mmapdemo_semaphore *semaphore)
{
	return mmapdemo_tsan_acquired(semaphore->word.value, mmapdemo_semaphore_wait(semaphore));
}
#define mmapdemo_semaphore_wait mmapdemo_tsan_semaphore_wait

static inline int mmapdemo_tsan_semaphore_trywait(struct mmapdemo_semaphore *semaphore)
{
	return mmapdemo_tsan_acquired(semaphore->word.value, mmapdemo_semaphore_trywait(semaphore));
}
#define mmapdemo_semaphore_trywait mmapdemo_tsan_semaphore_trywait

static inline int mmapdemo_tsan_semaphore_timedwait(struct mmapdemo_semaphore *semaphore,
						    const struct timespec *deadline)
{
	return mmapdemo_tsan_acquired(semaphore->word.value,
				      mmapdemo_semaphore_timedwait(semaphore, deadline));
}
#define mmapdemo_semaphore_timedwait mmapdemo_tsan_semaphore_timedwait

static inline int mmapdemo_tsan_publish(struct mmapdemo_buffer *buffer)
{
	__tsan_release(mmapdemo_tsan_place(buffer));
	return mmapdemo_publish(buffer);
}
#define mmapdemo_publish mmapdemo_tsan_publish

static inline int mmapdemo_tsan_events(struct mmapdemo_buffer *buffer, uint64_t *unseen)
{
	return mmapdemo_tsan_acquired(mmapdemo_tsan_place(buffer), mmapdemo_events(buffer, unseen));
}
/* Not a structure of <linux/mmapdemo.h>. */
#define mmapdemo_events(...) mmapdemo_tsan_events(__VA_ARGS__)

static inline int mmapdemo_tsan_wait_events(struct mmapdemo_buffer *buffer, int timeout)
{
	return mmapdemo_tsan_acquired(mmapdemo_tsan_place(buffer),
				      mmapdemo_wait_events(buffer, timeout));
}
#define mmapdemo_wait_events mmapdemo_tsan_wait_events

#ifdef __cplusplus
}
#endif

#endif /* MMAPDEMO_TSAN_H */
