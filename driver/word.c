// SPDX-License-Identifier: GPL-2.0-only
/*
 * The word: 32 bits of a buffer to sleep on, with the contract of futex(2),
 * which cannot be used on pages that have no struct page to be found by.
 *
 * Each buffer has one list of its own waiters. So they are slowed by nobody but
 * those who share the buffer, and all of them are found at once when a client
 * ends.
 */
#include <asm/barrier.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "word.h"

/* On the stack of a task that sleeps; taken out of the list by who wakes it. */
struct waiter {
	struct list_head entry;
	struct task_struct *task;
	u64 offset;
};

static bool is_word(u64 offset, size_t size)
{
	return offset % sizeof(u32) == 0 && offset < size;
}

/* Why not to sleep, or 0. Anybody may store anything at any moment: one look. */
static int look(struct mmapdemo_buffer *buffer, const struct mmapdemo_wait *args)
{
	u32 value = READ_ONCE(*(const u32 *)(buffer->mem.base + args->offset));
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

/* Under the lock, but for the sleep itself: who was woken is never told otherwise. */
static int sleep_locked(struct mmapdemo_buffer *buffer, const struct mmapdemo_wait *args)
{
	struct waiter waiter = { .task = current, .offset = args->offset };
	int left = 1;
	int err = 0;

	list_add_tail(&waiter.entry, &buffer->waiters);
	while (!list_empty(&waiter.entry)) {
		if (!left)
			err = -ETIMEDOUT;
		else if (signal_pending(current))
			err = -ERESTARTSYS;
		if (err) {
			list_del(&waiter.entry);
			break;
		}
		__set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock(&buffer->waiters_lock);
		left = sleep_until(args->deadline);
		spin_lock(&buffer->waiters_lock);
	}
	return err;
}

/**
 * mmapdemo_word_wait - sleep while a word has a value
 * @buffer: whose word
 * @args: by an untrusted caller, with known flags and a deadline in range
 *
 * The value is compared under the lock that a waker takes after it has changed
 * the word, and a client ends before it wakes: no wake-up is lost.
 *
 * Return: 0 when woken; -EAGAIN, -EOWNERDEAD, -ETIMEDOUT, -EINVAL for an offset
 * that is no word's, -ERESTARTSYS.
 */
int mmapdemo_word_wait(struct mmapdemo_buffer *buffer, const struct mmapdemo_wait *args)
{
	int err = -EINVAL;

	mmapdemo_buffer_enter(buffer);
	if (is_word(args->offset, buffer->mem.size)) {
		/* Who stored "I wait" elsewhere, then calls, is either seen or sees. */
		smp_mb();
		spin_lock(&buffer->waiters_lock);
		err = look(buffer, args);
		if (!err)
			err = sleep_locked(buffer, args);
		spin_unlock(&buffer->waiters_lock);
	}
	mmapdemo_buffer_leave(buffer);
	return err;
}

static void wake(struct waiter *waiter)
{
	list_del_init(&waiter->entry);
	wake_up_process(waiter->task);
}

/**
 * mmapdemo_word_wake - wake who sleeps on a word, in the order they came
 * @buffer: whose word
 * @offset: of the word, any value
 * @count: of how many at most, 1 to INT_MAX
 *
 * Return: how many; -EINVAL for an offset that is no word's.
 */
int mmapdemo_word_wake(struct mmapdemo_buffer *buffer, u64 offset, u32 count)
{
	struct waiter *waiter, *next;
	u32 woken = 0;

	if (!is_word(offset, mmapdemo_buffer_size(buffer)))
		return -EINVAL;
	spin_lock(&buffer->waiters_lock);
	list_for_each_entry_safe(waiter, next, &buffer->waiters, entry) {
		if (woken == count)
			break;
		if (waiter->offset == offset) {
			wake(waiter);
			woken++;
		}
	}
	spin_unlock(&buffer->waiters_lock);
	return woken;
}

/*
 * A client has ended: it may have held any word, or been about to wake somebody,
 * or been woken in place of somebody else.
 */
void mmapdemo_word_wake_all(struct mmapdemo_buffer *buffer)
{
	struct waiter *waiter, *next;

	spin_lock(&buffer->waiters_lock);
	list_for_each_entry_safe(waiter, next, &buffer->waiters, entry)
		wake(waiter);
	spin_unlock(&buffer->waiters_lock);
}
