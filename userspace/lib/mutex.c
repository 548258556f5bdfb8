// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mutexes. The word is 0, or the number of its owner with the bit WAITERS if
 * somebody may sleep, and OWNER_DIED from the moment that an owner takes it from
 * a dead one until it is made consistent. This is the word of a futex(2) with
 * priority inheritance (futex_pi), which knows by itself when an owner dies; so
 * such a futex it is wherever the memory is not the driver's.
 *
 * The second word is 1 when the mutex is not recoverable.
 */
#include <errno.h>
#include <limits.h>

#include <linux/mmapdemo.h>

#include "word.h"

/* The word of a mutex in the driver that is not recoverable: no client's number. */
#define LOST (WORD_OWNER_DIED | WORD_OWNER)

static uint32_t load(const uint32_t *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

/* Away from the fast paths, whose registers they would cost. */
#define SELDOM static __attribute__((noinline))

/* Acquires. */
static bool exchange(const struct mmapdemo_word *word, uint32_t old, uint32_t new)
{
	return __atomic_compare_exchange_n(word->value, &old, new, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* Whether the driver knows this process; sets its number, or nobody's. */
static bool is_known(const struct mmapdemo_word *word, uint32_t *self)
{
	return !__builtin_sub_overflow(*word->client, 1U, self);
}

static bool is_lost(const struct mmapdemo_word *word)
{
	return load(word->value + 1);
}

int mmapdemo_mutex_at(struct mmapdemo_mutex *mutex, struct mmapdemo_buffer *buffer,
		      const struct mmapdemo_view *view, uint64_t offset)
{
	return mmapdemo_word_at_writable(&mutex->word, buffer, view, offset);
}

/*
 * In memory of the driver. Who means to sleep sets @waiters in the word, and who
 * has slept may not have been the only one, so it takes the mutex with that bit,
 * for its unlock to wake the next.
 */
static int lock_node(const struct mmapdemo_word *word, uint32_t self, uint32_t waiters,
		     const struct timespec *deadline)
{
	uint32_t slept = 0;
	uint32_t old;
	int err;

	for (;;) {
		old = load(word->value);
		if (is_lost(word))
			return -ENOTRECOVERABLE;
		if (!(old & WORD_OWNER)) {
			if (exchange(word, old, self | (old & WORD_WAITERS) | slept))
				return 0;
			continue;
		}
		if ((old | waiters) != old && !exchange(word, old, old | waiters))
			continue;
		old |= waiters;
		err = mmapdemo_word_wait_owned(word, old, deadline);
		if (err == -EOWNERDEAD) {
			if (exchange(word, old, self | WORD_OWNER_DIED | WORD_WAITERS))
				return -EOWNERDEAD;
		} else if (!err) {
			slept = WORD_WAITERS;
		} else if (err != -EAGAIN && err != -EINTR) {
			return err;
		}
	}
}

/* Elsewhere. The kernel gives what is free, and hands over what the dead held. */
static int lock_futex(const struct mmapdemo_word *word, uint32_t self, int operation,
		      const struct timespec *deadline)
{
	uint32_t old;
	long err;

	while (!exchange(word, 0, self)) {
		old = load(word->value);
		err = mmapdemo_futex(word->value, operation, 0, deadline);
		if (!err)
			break;
		/* Nobody waited when the owner died, so the kernel did not look. */
		if (err == -ESRCH && old & WORD_OWNER &&
		    exchange(word, old, self | WORD_OWNER_DIED))
			break;
		if (err != -ESRCH && err != -EINTR)
			return (int)err;
	}
	if (is_lost(word)) {
		mmapdemo_futex(word->value, FUTEX_UNLOCK_PI, 0, NULL);
		return -ENOTRECOVERABLE;
	}
	return load(word->value) & WORD_OWNER_DIED ? -EOWNERDEAD : 0;
}

SELDOM int lock_slowly(struct mmapdemo_word *word, const struct timespec *deadline)
{
	uint32_t old = load(word->value);
	uint32_t self;
	int err = mmapdemo_word_self(word, &self);

	if (err)
		return err;
	if (old)
		mmapdemo_word_spin(word, old);
	if (mmapdemo_word_is_nodes(word))
		return lock_node(word, self, WORD_WAITERS, deadline);
	return lock_futex(word, self, FUTEX_LOCK_PI2, deadline);
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

/* The kernel is asked whether the owner lives, or the dead would be busy for ever. */
int mmapdemo_mutex_trylock(struct mmapdemo_mutex *mutex)
{
	static const struct timespec past = { 0 };
	const struct mmapdemo_word *word = &mutex->word;
	uint32_t self;
	int err = mmapdemo_word_self(word, &self);

	if (err)
		return err;
	if (mmapdemo_word_is_nodes(word))
		err = lock_node(word, self, 0, &past);
	else
		err = lock_futex(word, self, FUTEX_TRYLOCK_PI, NULL);
	return err == -ETIMEDOUT || err == -EAGAIN ? -EBUSY : err;
}

static int unlock_node(const struct mmapdemo_word *word, bool lost)
{
	uint32_t old = __atomic_exchange_n(word->value, lost ? LOST : 0, __ATOMIC_RELEASE);

	if (old & WORD_WAITERS)
		mmapdemo_word_wake(word, lost ? INT_MAX : 1);
	return 0;
}

SELDOM int unlock_slowly(const struct mmapdemo_word *word)
{
	uint32_t old = load(word->value);
	uint32_t self;
	int err = mmapdemo_word_self(word, &self);

	if (err)
		return err;
	if ((old & WORD_OWNER) != self)
		return -EPERM;
	if (old & WORD_OWNER_DIED)
		__atomic_store_n(word->value + 1, 1, __ATOMIC_RELAXED);
	if (mmapdemo_word_is_nodes(word))
		return unlock_node(word, old & WORD_OWNER_DIED);
	if (__atomic_compare_exchange_n(word->value, &self, 0, false, __ATOMIC_RELEASE,
					__ATOMIC_RELAXED))
		return 0;
	return (int)mmapdemo_futex(word->value, FUTEX_UNLOCK_PI, 0, NULL);
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
	uint32_t old = load(mutex->word.value);
	uint32_t self;
	int err = mmapdemo_word_self(&mutex->word, &self);

	if (err)
		return err;
	if (!(old & WORD_OWNER_DIED) || (old & WORD_OWNER) != self)
		return -EINVAL;
	__atomic_fetch_and(mutex->word.value, ~WORD_OWNER_DIED, __ATOMIC_RELAXED);
	return 0;
}
