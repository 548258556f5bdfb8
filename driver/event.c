// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event: "I have published something", from one open file of a buffer to
 * all others. A count, not a flag: each open file remembers how far it has
 * seen, so nobody can take the news away from somebody else, and what is
 * published while one looks is still new at the next look.
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
 * Count first, then wake: who was not yet in the queue finds the new count. All
 * are woken, exclusive waiters (EPOLLEXCLUSIVE), too: each open file has a count of
 * its own. A node says EPOLLPRI, a descriptor of WATCH EPOLLIN; who asks a
 * node for EPOLLIN by edge gets an edge for each publication.
 */
void mmapdemo_event_publish(struct mmapdemo_event *event)
{
	atomic64_inc(&event->publications);
	__wake_up(&event->waiters, TASK_INTERRUPTIBLE, 0,
		  poll_to_key(EPOLLPRI | EPOLLIN | EPOLLRDNORM));
	kill_fasync(&event->fasync, SIGIO, POLL_PRI);
}

/**
 * mmapdemo_event_look - what there is to tell
 * @event: of whom
 * @seen: how far the open file has seen
 *
 * Return: the publications from @seen to now. They stay unseen until
 * mmapdemo_event_see().
 */
struct mmapdemo_news mmapdemo_event_look(const struct mmapdemo_event *event, const atomic64_t *seen)
{
	struct mmapdemo_news news;

	/* In this order: @seen comes after the publications that it counts. */
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
 * mmapdemo_event_see - remember that publications were told
 * @seen: of the open file
 * @news: what was told, as mmapdemo_event_look() has found it
 *
 * Return: false if another thread was told of them meanwhile, by the same @seen: look again.
 */
bool mmapdemo_event_see(atomic64_t *seen, struct mmapdemo_news news)
{
	return atomic64_cmpxchg(seen, news.from, news.to) == news.from;
}

/**
 * mmapdemo_event_tell - EVENTS
 * @event: to be told of
 * @seen: of the open file
 * @arg: where to
 *
 * What could not be copied out is not seen.
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
