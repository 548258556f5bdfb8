/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_EVENT_H
#define MMAPDEMO_EVENT_H

#include <linux/atomic.h>
#include <linux/poll.h>
#include <linux/types.h>
#include <linux/wait.h>

struct fasync_struct;
struct mmapdemo_events;

/**
 * struct mmapdemo_event - how often a buffer was published, and who waits for that
 * @publications: only grows
 * @waiters: in poll(2), select(2) and epoll(7), and readers of a descriptor of WATCH
 * @fasync: open files that want SIGIO
 */
struct mmapdemo_event {
	atomic64_t publications;
	wait_queue_head_t waiters;
	struct fasync_struct *fasync;
};

/**
 * struct mmapdemo_news - publications that an open file has not seen
 * @from: how many it has seen
 * @to: how many there are
 */
struct mmapdemo_news {
	s64 from;
	s64 to;
};

void mmapdemo_event_init(struct mmapdemo_event *event);
void mmapdemo_event_publish(struct mmapdemo_event *event);
u64 mmapdemo_event_unseen(const struct mmapdemo_event *event, const atomic64_t *seen);
struct mmapdemo_news mmapdemo_event_look(const struct mmapdemo_event *event,
					 const atomic64_t *seen);
bool mmapdemo_event_see(atomic64_t *seen, struct mmapdemo_news news);
int mmapdemo_event_tell(const struct mmapdemo_event *event, atomic64_t *seen,
			struct mmapdemo_events __user *arg);

#endif /* MMAPDEMO_EVENT_H */
