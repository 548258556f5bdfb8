// SPDX-License-Identifier: BSD-2-Clause
/*
 * Semaphores. The first word is the value, on which one sleeps while it is 0; the
 * second counts who may sleep. Both sides change their own word, then look at the
 * other's, all in one order (seq_cst), so one of them sees the other. A waiter that
 * is killed stays counted: that costs the posts to come a call each, and no more.
 */
#include <errno.h>

#include "word.h"

static bool take(const struct mmapdemo_word *word)
{
	uint32_t *value = word->value;
	uint32_t old = __atomic_load_n(value, __ATOMIC_RELAXED);

	while (old) {
		if (__atomic_compare_exchange_n(value, &old, old - 1, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* More than can ever wait, or post too much, at one time: there are 2^22 threads at most. */
#define CROWD (1U << 24)

/* What a text has in its second word is larger, and so is most else. */
static bool may_be(const uint32_t *place)
{
	return __atomic_load_n(place, __ATOMIC_RELAXED) < 0x80000000U + CROWD &&
	       __atomic_load_n(place + 1, __ATOMIC_RELAXED) < CROWD;
}

int mmapdemo_semaphore_at(struct mmapdemo_semaphore *semaphore, struct mmapdemo_buffer *buffer,
			  const struct mmapdemo_view *view, uint64_t offset)
{
	struct mmapdemo_word word;
	int err = mmapdemo_word_at_writable(&word, buffer, view, offset, MMAPDEMO_SEMAPHORE_SIZE);

	if (!err && !may_be(word.value))
		err = -EINVAL;
	if (!err)
		semaphore->word = word;
	return err;
}

SELDOM int wake_one(const struct mmapdemo_word *word)
{
	mmapdemo_word_wake(word, 1);
	return 0;
}

SELDOM int too_many(const struct mmapdemo_word *word)
{
	__atomic_fetch_sub(word->value, 1, __ATOMIC_RELAXED);
	return -EOVERFLOW;
}

static inline int post(const struct mmapdemo_word *word)
{
	uint32_t *value = word->value;

	/* Past 2^31 - 1, the most that it may be, it turns negative. */
	if ((int32_t)__atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST) < 0)
		return too_many(word);
	if (__atomic_load_n(value + 1, __ATOMIC_SEQ_CST))
		return wake_one(word);
	return 0;
}

/* Be known first: who is killed between adding and waking then strands nobody. */
SELDOM int post_known(const struct mmapdemo_word *word)
{
	uint32_t self;
	int err = mmapdemo_word_self(word, &self);

	return err ? err : post(word);
}

int mmapdemo_semaphore_post(struct mmapdemo_semaphore *semaphore)
{
	if (!__atomic_load_n(semaphore->word.client, __ATOMIC_RELAXED))
		return post_known(&semaphore->word);
	return post(&semaphore->word);
}

SELDOM int wait_slowly(struct mmapdemo_word *word, const struct timespec *deadline)
{
	uint32_t *waiters = word->value + 1;
	uint32_t self;
	int err = mmapdemo_word_self(word, &self);

	if (err)
		return err;
	mmapdemo_word_spin(word, 0);
	__atomic_fetch_add(waiters, 1, __ATOMIC_SEQ_CST);
	while (!take(word)) {
		err = mmapdemo_word_wait(word, 0, deadline);
		if (err && err != -EAGAIN && err != -EINTR)
			break;
		err = 0;
	}
	__atomic_fetch_sub(waiters, 1, __ATOMIC_RELAXED);
	return err;
}

int mmapdemo_semaphore_wait(struct mmapdemo_semaphore *semaphore)
{
	return take(&semaphore->word) ? 0 : wait_slowly(&semaphore->word, NULL);
}

int mmapdemo_semaphore_trywait(struct mmapdemo_semaphore *semaphore)
{
	return take(&semaphore->word) ? 0 : -EAGAIN;
}

int mmapdemo_semaphore_timedwait(struct mmapdemo_semaphore *semaphore,
				 const struct timespec *deadline)
{
	return take(&semaphore->word) ? 0 : wait_slowly(&semaphore->word, deadline);
}
