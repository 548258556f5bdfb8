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
#include <linux/wait.h>

#include "event.h"

void mmapdemo_event_init(struct mmapdemo_event *event)
{
	atomic64_set(&event->publications, 0);
	init_waitqueue_head(&event->waiters);
	event->fasync = NULL;
}

/* Count first, then wake: who was not yet in the queue finds the new count. */
void mmapdemo_event_publish(struct mmapdemo_event *event)
{
	atomic64_inc(&event->publications);
	wake_up_interruptible_poll(&event->waiters, EPOLLIN | EPOLLRDNORM);
	kill_fasync(&event->fasync, SIGIO, POLL_IN);
}

/* How many publications @seen has not seen. */
u64 mmapdemo_event_unseen(const struct mmapdemo_event *event, const atomic64_t *seen)
{
	return atomic64_read(&event->publications) - atomic64_read(seen);
}

/**
 * mmapdemo_event_see - look, and remember that
 * @event: at what
 * @seen: of the open file; moves forward only, whichever thread comes last
 * @publications: set to the count that was seen
 *
 * Return: how many of them nobody had seen through this @seen.
 */
u64 mmapdemo_event_see(const struct mmapdemo_event *event, atomic64_t *seen, u64 *publications)
{
	s64 now = atomic64_read(&event->publications);
	s64 last = atomic64_read(seen);

	*publications = now;
	do {
		if (last >= now)
			return 0;
	} while (!atomic64_try_cmpxchg(seen, &last, now));
	return now - last;
}
