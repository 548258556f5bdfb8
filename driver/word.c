// SPDX-License-Identifier: GPL-2.0-only
/*
 * The word: 32 bits of a buffer to sleep on, with the contract of futex(2),
 * which cannot be used on pages that have no struct page to be found by. Who waits
 * for which word is known to waiters.c.
 *
 * A client that may only read is an observer: it takes no wake-up from those who may write,
 * and many observers do not slow them. A waker wakes one observer; each observer that
 * leaves wakes some more, in its own time.
 */
#include <asm/barrier.h>
#include <linux/hrtimer.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "waiters.h"
#include "word.h"

/* The most that are woken while the lock is held. */
#define BATCH 16

/* How many observers a waker wakes, and how many an observer that leaves. */
#define BY_WAKER 1
#define BY_OBSERVER 2

static bool is_word(u64 offset, size_t size)
{
	return offset % sizeof(u32) == 0 && offset < size;
}

/* Wake up to @most, under the lock: it keeps a waiter from leaving, and its task from ending. */
static u32 wake(struct mmapdemo_waiters *waiters, const struct mmapdemo_range *range,
		enum mmapdemo_waiter_kind kind, u32 most)
{
	struct mmapdemo_waiter *waiter;
	u32 woken;

	for (woken = 0; woken < most; woken++) {
		waiter = mmapdemo_waiters_first(waiters, range, kind);
		if (!waiter)
			break;
		mmapdemo_waiters_remove(waiters, waiter);
		if (kind == OBSERVER)
			waiter->passes_on = *range;
		wake_up_process(waiter->task);
	}
	return woken;
}

/* Why not to sleep, or 0. Anybody may store anything at any moment: one look. */
static int look(struct mmapdemo_buffer *buffer, const struct mmapdemo_wait *args)
{
	u64 offset = array_index_nospec(args->offset, buffer->mem.size);
	u32 value = READ_ONCE(*(const u32 *)(buffer->mem.base + offset));
	u32 owner = value & MMAPDEMO_CLIENT_MASK;

	if (value != args->expected)
		return -EAGAIN;
	if (args->flags & MMAPDEMO_WAIT_OWNER && owner &&
	    !mmapdemo_client_alive(&buffer->clients, owner))
		return -EOWNERDEAD;
	return 0;
}

/* 0 when the deadline has come. */
static int sleep_until(u64 deadline)
{
	ktime_t expires = deadline;

	return schedule_hrtimeout_range(deadline == MMAPDEMO_WAIT_FOREVER ? NULL : &expires,
					current->timer_slack_ns, HRTIMER_MODE_ABS);
}

/*
 * Under the lock, but for the sleep itself: who was woken is never told otherwise. Not
 * inline: who does not sleep needs no waiter.
 */
static noinline int sleep_locked(struct mmapdemo_waiters *waiters, const struct mmapdemo_wait *args,
				 enum mmapdemo_waiter_kind kind)
{
	struct mmapdemo_waiter waiter;
	int left = 1;
	int err = 0;

	waiter.task = current;
	waiter.kind = kind;
	waiter.offset = args->offset;
	waiter.passes_on.last = 0;
	mmapdemo_waiters_add(waiters, &waiter);
	while (waiter.waits) {
		if (!left)
			err = -ETIMEDOUT;
		else if (signal_pending(current))
			err = -ERESTARTSYS;
		if (err) {
			mmapdemo_waiters_remove(waiters, &waiter);
			break;
		}
		__set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock(&waiters->lock);
		left = sleep_until(args->deadline);
		spin_lock(&waiters->lock);
	}
	/* An observer that was woken: the others of its range have nobody else to wake them. */
	if (waiter.passes_on.last)
		wake(waiters, &waiter.passes_on, OBSERVER, BY_OBSERVER);
	return err;
}

/* Those of the buffer, made if need be; NULL if there is no memory. */
static struct mmapdemo_waiters *get_waiters(struct mmapdemo_buffer *buffer)
{
	/* Pairs with the cmpxchg() that published them. */
	struct mmapdemo_waiters *waiters = smp_load_acquire(&buffer->waiters);
	struct mmapdemo_waiters *others;

	if (waiters)
		return waiters;
	waiters = mmapdemo_waiters_create();
	if (!waiters)
		return NULL;
	others = cmpxchg(&buffer->waiters, NULL, waiters);
	if (!others)
		return waiters;
	mmapdemo_waiters_destroy(waiters);
	return others;
}

/**
 * mmapdemo_word_wait - sleep while a word has a value
 * @buffer: whose word
 * @args: by an untrusted caller, with known flags and a deadline of the kernel's clock
 * @observer: whether the caller may only read, so that WAKE does not count it
 *
 * The value is compared under the lock that a waker takes after it has changed
 * the word, and a client ends before it wakes: no wake-up is lost.
 *
 * Return: 0 when woken; -EAGAIN, -EOWNERDEAD, -ETIMEDOUT, -EINVAL for an offset
 * that is no word's, -ENOMEM, -ERESTARTSYS.
 */
int mmapdemo_word_wait(struct mmapdemo_buffer *buffer, const struct mmapdemo_wait *args,
		       bool observer)
{
	struct mmapdemo_waiters *waiters = get_waiters(buffer);
	int err = -EINVAL;

	if (!waiters)
		return -ENOMEM;
	mmapdemo_buffer_enter(buffer);
	if (is_word(args->offset, buffer->mem.size)) {
		/* Who stored "I wait" elsewhere, then calls, is either seen or sees. */
		smp_mb();
		spin_lock(&waiters->lock);
		err = look(buffer, args);
		if (!err)
			err = sleep_locked(waiters, args, observer ? OBSERVER : COUNTED);
		spin_unlock(&waiters->lock);
	}
	mmapdemo_buffer_leave(buffer);
	return err;
}

/*
 * Wake who waits now: up to @count who are counted, and the observers. Who comes later is
 * not meant, or this might never end. Between two batches others have the lock and the CPU.
 */
static u32 wake_those(struct mmapdemo_waiters *waiters, u64 offset, u32 count)
{
	struct mmapdemo_range range = { .offset = offset };
	u32 woken = 0;
	bool last;

	for (;;) {
		u32 most = min_t(u32, count - woken, BATCH);
		u32 done;

		spin_lock(&waiters->lock);
		if (!range.last)
			range.last = waiters->turns;
		done = wake(waiters, &range, COUNTED, most);
		woken += done;
		last = done < most || woken == count;
		if (last)
			wake(waiters, &range, OBSERVER, BY_WAKER);
		spin_unlock(&waiters->lock);
		if (last)
			return woken;
		cond_resched();
	}
}

/* NULL if nobody has ever waited. */
static struct mmapdemo_waiters *find_waiters(struct mmapdemo_buffer *buffer)
{
	/*
	 * What the caller has changed is seen by a waiter that is not seen here: it makes them by a
	 * cmpxchg(), a full barrier, and then looks.
	 */
	smp_mb();
	return READ_ONCE(buffer->waiters);
}

/**
 * mmapdemo_word_wake - wake who sleeps on a word, in the order they came
 * @buffer: whose word
 * @offset: of the word, any value
 * @count: of how many at most, 1 to INT_MAX; observers are woken, too
 *
 * Return: how many, without observers; -EINVAL for an offset that is no word's.
 */
int mmapdemo_word_wake(struct mmapdemo_buffer *buffer, u64 offset, u32 count)
{
	struct mmapdemo_waiters *waiters;

	if (!is_word(offset, mmapdemo_buffer_size(buffer)))
		return -EINVAL;
	waiters = find_waiters(buffer);
	return waiters ? wake_those(waiters, offset, count) : 0;
}

/*
 * A client has ended: it may have held any word, or been about to wake somebody,
 * or been woken in place of somebody else.
 */
void mmapdemo_word_wake_all(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_waiters *waiters = find_waiters(buffer);

	if (waiters)
		wake_those(waiters, MMAPDEMO_EVERY_WORD, INT_MAX);
}
