// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mutexes. In memory of the driver, the word is 0, or the number of its owner with
 * the bit WAITERS if somebody may sleep, and OWNER_DIED from the moment that an
 * owner takes it from a dead one until it is made consistent. LOST is nobody's
 * number: the mutex is not recoverable. The next word is MARK, as soon as somebody has
 * a handle: without it what is there is not believed to be a mutex.
 *
 * Elsewhere futex(2) works, and it is a robust mutex of pthreads.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include <linux/mmapdemo.h>

#include "word.h"

#define OWNER MMAPDEMO_CLIENT_MASK
#define OWNER_DIED 0x40000000U
#define WAITERS 0x80000000U
#define LOST (OWNER_DIED | OWNER)
#define MARK 0x5874756dU
#define MARK_AT 1 /* words */

#define SECOND 1000000000U
#define STEP SECOND /* the most that a lock comes late when CLOCK_REALTIME is set back */

_Static_assert(sizeof(pthread_mutex_t) <= MMAPDEMO_MUTEX_SIZE, "its place");
_Static_assert(LOST != (OWNER_DIED | MMAPDEMO_CLIENT_MAX), "nobody's");

static uint32_t load(const uint32_t *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

/* Acquires. */
static bool exchange(const struct mmapdemo_word *word, uint32_t old, uint32_t new)
{
	return __atomic_compare_exchange_n(word->value, &old, new, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* Whether the driver knows this process; sets its number, or nobody's. */
static bool is_known(const struct mmapdemo_word *word, uint32_t *self)
{
	return !__builtin_sub_overflow(load(word->client), 1U, self);
}

/* Whether it was locked by this process when its word was @old. */
static bool is_owner(const struct mmapdemo_word *word, uint32_t old)
{
	uint32_t self;

	return is_known(word, &self) && (old & OWNER) == self;
}

static pthread_mutex_t *pthreads(const struct mmapdemo_word *word)
{
	return (pthread_mutex_t *)(void *)word->value;
}

#define WORDS (MMAPDEMO_MUTEX_SIZE / sizeof(uint32_t))

/*
 * Is @place zeroes, or what @words, a new mutex, can have become? Those of the first
 * @changing words that are 0 in it change while somebody uses it, and are loaded before
 * what is not 0, which was stored before anybody used it.
 */
static bool may_be(const uint32_t *place, const uint32_t *words, size_t changing)
{
	uint32_t used = 0;

	for (size_t i = 0; i < changing; i++) {
		if (!words[i])
			used |= __atomic_load_n(&place[i], __ATOMIC_ACQUIRE);
	}
	for (size_t i = 0; i < WORDS; i++) {
		uint32_t old = __atomic_load_n(&place[i], __ATOMIC_RELAXED);

		if (words[i] ? old != words[i] && (old || used) : i >= changing && old)
			return false;
	}
	return true;
}

/*
 * Zeroes are an unlocked mutex but for what never changes. So the process that comes first may
 * store that, and who comes next the same once more. -EINVAL for anything else, which
 * stays as it is.
 */
static int make(uint32_t *place, const uint32_t *words, size_t changing)
{
	if (!may_be(place, words, changing))
		return -EINVAL;
	for (size_t i = 0; i < WORDS; i++) {
		if (words[i])
			__atomic_store_n(&place[i], words[i], __ATOMIC_RELAXED);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* with may_be() */
	return 0;
}

static int make_nodes(uint32_t *place)
{
	static const uint32_t words[WORDS] = { [MARK_AT] = MARK };

	return make(place, words, 1);
}

/* What is no such mutex pthreads would abort upon, and spoil before. */
static int make_pthreads(uint32_t *place)
{
	uint32_t words[WORDS] = { 0 };
	pthread_mutexattr_t attributes;
	pthread_mutex_t mutex;
	int err = pthread_mutexattr_init(&attributes);

	if (err)
		return -err;
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
#ifdef __GLIBC__
	/* The kernel hands it over; else who is killed just after being woken strands all. */
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
#endif
	memset(&mutex, 0, sizeof(mutex));
	err = pthread_mutex_init(&mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	if (err)
		return -err;
	memcpy(words, &mutex, sizeof(mutex));
	return make(place, words, sizeof(mutex) / sizeof(uint32_t));
}

int mmapdemo_mutex_at(struct mmapdemo_mutex *mutex, struct mmapdemo_buffer *buffer,
		      const struct mmapdemo_view *view, uint64_t offset)
{
	struct mmapdemo_word word;
	int err;

	if (offset % MMAPDEMO_MUTEX_ALIGN)
		return -EINVAL;
	err = mmapdemo_word_at_writable(&word, buffer, view, offset, MMAPDEMO_MUTEX_SIZE);
	if (!err)
		err = mmapdemo_word_is_nodes(&word) ? make_nodes(word.value) :
						      make_pthreads(word.value);
	if (!err)
		mutex->word = word;
	return err;
}

/* Something else was stored over it since there is a handle; zeroes make it new. */
static bool is_spoiled(const struct mmapdemo_word *word)
{
	uint32_t mark = load(word->value + MARK_AT);

	return mark && mark != MARK;
}

/*
 * Who means to sleep sets @waiters in the word, and who has slept may not have
 * been the only one, so it takes the mutex with that bit, for its unlock to wake
 * the next.
 */
static int lock_node(const struct mmapdemo_word *word, uint32_t self, uint32_t waiters,
		     const struct timespec *deadline)
{
	uint32_t slept = 0;
	uint32_t old;
	int err;

	for (;;) {
		old = load(word->value);
		if (old && is_spoiled(word))
			return -EINVAL;
		if (old == LOST)
			return -ENOTRECOVERABLE;
		if (!(old & OWNER)) {
			if (exchange(word, old, self | (old & WAITERS) | slept))
				return 0;
			continue;
		}
		if ((old | waiters) != old && !exchange(word, old, old | waiters))
			continue;
		old |= waiters;
		err = mmapdemo_word_wait_owned(word, old, deadline);
		if (err == -EOWNERDEAD) {
			if (exchange(word, old, self | OWNER_DIED | WAITERS))
				return -EOWNERDEAD;
		} else if (!err) {
			slept = WAITERS;
		} else if (err != -EAGAIN && err != -EINTR) {
			return err;
		}
	}
}

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return mmapdemo_nanoseconds(&time);
}

/*
 * By CLOCK_REALTIME, since musl, glibc before 2.34 and Linux before 5.14 know no other
 * for mutexes with priority inheritance. In steps, for somebody may set that clock; and
 * in musl, which spoils such mutexes at a kill and has another kind, who was killed just
 * after being woken may have been the only one who was.
 */
static int lock_pthreads(pthread_mutex_t *mutex, const struct timespec *deadline)
{
	uint64_t end = mmapdemo_nanoseconds(deadline);
	struct timespec until;
	uint64_t time, left;
	int err;

	if (!mmapdemo_is_time(deadline)) {
		err = pthread_mutex_trylock(mutex);
		return err == EBUSY ? EINVAL : err;
	}
	do {
		time = now(CLOCK_MONOTONIC);
		left = end > time ? end - time : 0;
		time = now(CLOCK_REALTIME) + (left < STEP ? left : STEP);
		until.tv_sec = (time_t)(time / SECOND);
		until.tv_nsec = (long)(time % SECOND);
		err = pthread_mutex_timedlock(mutex, &until);
	} while (err == ETIMEDOUT && left);
	return err;
}

SELDOM int lock_slowly(struct mmapdemo_word *word, const struct timespec *deadline)
{
	uint32_t self;
	uint32_t old;
	int err;

	if (!mmapdemo_word_is_nodes(word)) {
#ifdef __GLIBC__
		if (!deadline)
			return -pthread_mutex_lock(pthreads(word));
#endif
		return -lock_pthreads(pthreads(word), deadline);
	}
	err = mmapdemo_word_self(word, &self);
	if (err)
		return err;
	old = load(word->value);
	if (old)
		mmapdemo_word_spin(word, old);
	return lock_node(word, self, WAITERS, deadline);
}

int mmapdemo_mutex_lock(struct mmapdemo_mutex *mutex)
{
	uint32_t old = 0;
	uint32_t self;

	/* "return old", which is 0 and where it must be, is one instruction less. */
	if (is_known(&mutex->word, &self) &&
	    __atomic_compare_exchange_n(mutex->word.value, &old, self, false, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED))
		return (int)old;
	return lock_slowly(&mutex->word, NULL);
}

int mmapdemo_mutex_timedlock(struct mmapdemo_mutex *mutex, const struct timespec *deadline)
{
	uint32_t self;

	if (is_known(&mutex->word, &self) && exchange(&mutex->word, 0, self))
		return 0;
	return lock_slowly(&mutex->word, deadline);
}

/* The driver is asked whether the owner lives, or the dead would be busy forever. */
int mmapdemo_mutex_trylock(struct mmapdemo_mutex *mutex)
{
	static const struct timespec past = { 0 };
	const struct mmapdemo_word *word = &mutex->word;
	uint32_t self;
	int err;

	if (!mmapdemo_word_is_nodes(word))
		return -pthread_mutex_trylock(pthreads(word));
	err = mmapdemo_word_self(word, &self);
	if (!err)
		err = lock_node(word, self, 0, &past);
	return err == -ETIMEDOUT ? -EBUSY : err;
}

/* Made new beneath its owner: pthreads would take it for a plain one, and count below 0. */
static bool is_zeroes(const struct mmapdemo_word *word)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (load(&word->value[i]))
			return false;
	}
	return true;
}

SELDOM int unlock_slowly(const struct mmapdemo_word *word)
{
	uint32_t old = load(word->value);
	bool lost;

	if (!mmapdemo_word_is_nodes(word))
		return is_zeroes(word) ? -EPERM : -pthread_mutex_unlock(pthreads(word));
	if (!is_owner(word, old))
		return -EPERM;
	lost = old & OWNER_DIED;
	old = __atomic_exchange_n(word->value, lost ? LOST : 0, __ATOMIC_RELEASE);
	if (old & WAITERS)
		mmapdemo_word_wake(word, lost ? INT_MAX : 1);
	return 0;
}

int mmapdemo_mutex_unlock(struct mmapdemo_mutex *mutex)
{
	uint32_t self;

	/* Who is not known owns nothing: nobody's number never is in the word. */
	is_known(&mutex->word, &self);
	if (__atomic_compare_exchange_n(mutex->word.value, &self, 0, false, __ATOMIC_RELEASE,
					__ATOMIC_RELAXED))
		return 0;
	return unlock_slowly(&mutex->word);
}

int mmapdemo_mutex_consistent(struct mmapdemo_mutex *mutex)
{
	const struct mmapdemo_word *word = &mutex->word;
	uint32_t old = load(word->value);

	if (!mmapdemo_word_is_nodes(word))
		return -pthread_mutex_consistent(pthreads(word));
	if (!(old & OWNER_DIED) || !is_owner(word, old))
		return -EINVAL;
	__atomic_fetch_and(word->value, ~OWNER_DIED, __ATOMIC_RELAXED);
	return 0;
}
