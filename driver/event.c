// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event: one open file of a buffer says to all others that the buffer has new
 * content. It is a count, not a flag: each open file remembers how many publications it
 * has seen. So no open file can take a publication away from another one, and one that
 * comes during a look is still unseen at the next look.
 */
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <linux/mmapdemo.h>

#include "event.h"

void mmapdemo_event_init(struct mmapdemo_event *event)
{
	atomic64_set(&event->publications, 0);
	init_waitqueue_head(&event->waiters);
	event->fasync = NULL;
}

/*
 * Count first, then wake: a waiter that is not yet in the queue finds the new count. Wake
 * all, also exclusive waiters (EPOLLEXCLUSIVE), since each open file has its own count of
 * what it has seen. A node reports EPOLLPRI and a descriptor of WATCH EPOLLIN; with EPOLLET
 * each publication is an edge of EPOLLIN for a node, too.
 */
void mmapdemo_event_publish(struct mmapdemo_event *event)
{
	atomic64_inc(&event->publications);
	__wake_up(&event->waiters, TASK_INTERRUPTIBLE, 0,
		  poll_to_key(EPOLLPRI | EPOLLIN | EPOLLRDNORM));
	kill_fasync(&event->fasync, SIGIO, POLL_PRI);
}

/**
 * mmapdemo_event_look - find the publications that an open file has not seen
 * @event: of the buffer
 * @seen: how many the open file has seen
 *
 * Return: the publications from @seen to now. They stay unseen until
 * mmapdemo_event_see().
 */
struct mmapdemo_news mmapdemo_event_look(const struct mmapdemo_event *event, const atomic64_t *seen)
{
	struct mmapdemo_news news;

	/* In this order, or @from could be larger than @to. */
	news.from = atomic64_read_acquire(seen);
	news.to = atomic64_read(&event->publications);
	return news;
}

/* How many publications @seen has not seen. */
u64 mmapdemo_event_unseen(const struct mmapdemo_event *event, const atomic64_t *seen)
{
	struct mmapdemo_news news = mmapdemo_event_look(event, seen);

	return news.to - news.from;
}

/**
 * mmapdemo_event_see - remember that an open file has seen publications
 * @seen: of the open file
 * @news: what mmapdemo_event_look() has returned
 *
 * Return: false if another thread has changed @seen meanwhile: the caller must look again.
 */
bool mmapdemo_event_see(atomic64_t *seen, struct mmapdemo_news news)
{
	return atomic64_cmpxchg(seen, news.from, news.to) == news.from;
}

/**
 * mmapdemo_event_tell - the ioctl EVENTS
 * @event: of the buffer
 * @seen: of the open file
 * @arg: where the result is copied to
 *
 * If the result cannot be copied, the publications stay unseen.
 *
 * Return: 0 or -EFAULT.
 */
int mmapdemo_event_tell(const struct mmapdemo_event *event, atomic64_t *seen,
			struct mmapdemo_events __user *arg)
{
	struct mmapdemo_events events;
	struct mmapdemo_news news;

	BUILD_BUG_ON(sizeof(events) != 16);
	do {
		news = mmapdemo_event_look(event, seen);
		events.publications = news.to;
		events.unseen = news.to - news.from;
		if (copy_to_user(arg, &events, sizeof(events)))
			return -EFAULT;
	} while (!mmapdemo_event_see(seen, news));
	return 0;
}
