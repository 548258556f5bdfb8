/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_CHANNEL_H
#define MMAPDEMO_CHANNEL_H

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <linux/mmapdemo.h>

#include "compat.h"
#include "memory.h"
#include "process.h"

/**
 * struct mmapdemo_holder - who has a role, or asks for it
 * @file: the open file, or an engine: only compared
 * @process: that joined; none for the kernel, on behalf of @file
 */
struct mmapdemo_holder {
	const void *file;
	struct mmapdemo_process process;
};

/**
 * struct mmapdemo_role - one end of a channel
 * @holder: with a reference of its process; @file is NULL if nobody has it
 * @maps: writable VMAs
 * @ended: the holder is no more, and a map of somebody who shares its memory is
 * @met: the peer was there, so that it can be missed
 * @introduced: file of the peer that has met nobody but this holder; only compared
 * @waiters: for the peer to do something
 */
struct mmapdemo_role {
	struct mmapdemo_holder holder;
	unsigned int maps;
	bool ended;
	bool met;
	const void *introduced;
	wait_queue_head_t waiters;
};

/**
 * struct mmapdemo_channel - a ring of messages and its two ends
 * @ring: the bytes of its buffer
 * @size: of @ring, a power of two
 * @align: of records, 8 or 64
 * @pages: the producer's page, then the consumer's
 * @lock: of @roles
 * @roles: by MMAPDEMO_PRODUCER and MMAPDEMO_CONSUMER, less 1
 *
 * Its buffer owns it, and is a user of both memories all the time: they never
 * change. Their contents may change at any moment.
 */
struct mmapdemo_channel {
	char *ring;
	size_t size;
	u32 align;
	struct mmapdemo_memory pages;
	spinlock_t lock; /* of roles */
	struct mmapdemo_role roles[2];
};

static inline struct mmapdemo_producer_page *
mmapdemo_producer_page(const struct mmapdemo_channel *channel)
{
	return channel->pages.base;
}

static inline struct mmapdemo_consumer_page *
mmapdemo_consumer_page(const struct mmapdemo_channel *channel)
{
	return channel->pages.base + PAGE_SIZE;
}

/* The record at a position, any value. */
static inline struct mmapdemo_record *mmapdemo_record_at(const struct mmapdemo_channel *channel,
							 u64 position)
{
	return (void *)(channel->ring + (position & (channel->size - 1) & -(u64)channel->align));
}

/* From here to the calls: for the two files of the channel. Roles are places in @roles. */

#define PRODUCER (MMAPDEMO_PRODUCER - 1)
#define CONSUMER (MMAPDEMO_CONSUMER - 1)

static inline int peer_of(int role)
{
	return role == PRODUCER ? CONSUMER : PRODUCER;
}

static inline u32 *sleeping(const struct mmapdemo_channel *channel, int role)
{
	return role == PRODUCER ? &mmapdemo_producer_page(channel)->sleeping :
				  &mmapdemo_consumer_page(channel)->sleeping;
}

/* All of them: of several open files that poll, exclusively, too, each is told. */
static inline void wake(struct mmapdemo_channel *channel, int role, __poll_t what)
{
	__wake_up(&channel->roles[role].waiters, TASK_INTERRUPTIBLE, 0, poll_to_key(what));
}

static inline bool has_message(const struct mmapdemo_channel *channel)
{
	u64 taken = READ_ONCE(mmapdemo_consumer_page(channel)->taken);

	return READ_ONCE(mmapdemo_record_at(channel, taken)->header);
}

/* Under the lock, the next two. */
static inline bool is_held_by(const struct mmapdemo_role *role,
			      const struct mmapdemo_holder *holder)
{
	return role->holder.file == holder->file &&
	       role->holder.process.group == holder->process.group && !role->ended;
}

static inline bool is_hung_up(const struct mmapdemo_channel *channel, int role)
{
	return channel->roles[role].met && !channel->roles[peer_of(role)].holder.file;
}

struct mmapdemo_channel *mmapdemo_channel_create(const struct mmapdemo_memory *ring,
						 unsigned int flags);
void mmapdemo_channel_destroy(struct mmapdemo_channel *channel);
u32 mmapdemo_channel_info(struct mmapdemo_channel *channel);

/* Roles are MMAPDEMO_PRODUCER and MMAPDEMO_CONSUMER. */
int mmapdemo_channel_join(struct mmapdemo_channel *channel, int role,
			  const struct mmapdemo_holder *holder);
void mmapdemo_channel_leave(struct mmapdemo_channel *channel, const void *file,
			    const struct pid *group);
void mmapdemo_channel_close(struct mmapdemo_channel *channel, struct mmapdemo_close *close);
void mmapdemo_channel_forget(struct mmapdemo_channel *channel, int role);
int mmapdemo_channel_map(struct mmapdemo_channel *channel, int role,
			 const struct mmapdemo_holder *holder);
void mmapdemo_channel_map_again(struct mmapdemo_channel *channel, int role);
void mmapdemo_channel_unmap(struct mmapdemo_channel *channel, int role);

int mmapdemo_channel_wait(struct mmapdemo_channel *channel, const struct mmapdemo_holder *holder,
			  u64 deadline, struct mmapdemo_channel *beside, const bool *cancelled);
int mmapdemo_channel_wake(struct mmapdemo_channel *channel, const struct mmapdemo_holder *holder);
bool mmapdemo_channel_is_left(struct mmapdemo_channel *channel);
__poll_t mmapdemo_channel_poll(struct mmapdemo_channel *channel, struct file *file,
			       poll_table *wait);

#endif /* MMAPDEMO_CHANNEL_H */
