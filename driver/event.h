/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_EVENT_H
#define MMAPDEMO_EVENT_H

#include <linux/atomic.h>
#include <linux/poll.h>
#include <linux/types.h>
#include <linux/wait.h>

struct fasync_struct;

/**
 * struct mmapdemo_event - how often a buffer was published, and who waits
 * @publications: only grows
 * @waiters: of poll(2), select(2) and epoll(7)
 * @fasync: open files that want SIGIO
 */
struct mmapdemo_event {
	atomic64_t publications;
	wait_queue_head_t waiters;
	struct fasync_struct *fasync;
};

void mmapdemo_event_init(struct mmapdemo_event *event);
void mmapdemo_event_publish(struct mmapdemo_event *event);
u64 mmapdemo_event_unseen(const struct mmapdemo_event *event, const atomic64_t *seen);
u64 mmapdemo_event_see(const struct mmapdemo_event *event, atomic64_t *seen, u64 *publications);

#endif /* MMAPDEMO_EVENT_H */
