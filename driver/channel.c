// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel: its pages, and who is its producer and who its consumer, until
 * the last map of a role is gone.
 */
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "channel.h"

/**
 * mmapdemo_channel_create - make a channel of a ring
 * @ring: zeroes, its size a power of two; outlives the channel
 * @flags: MMAPDEMO_CREATE_...
 *
 * Return: the channel, or ERR_PTR(-ENOMEM).
 */
struct mmapdemo_channel *mmapdemo_channel_create(const struct mmapdemo_memory *ring,
						 unsigned int flags)
{
	const struct mmapdemo_memory none = { 0 };
	struct mmapdemo_channel *channel = kzalloc(sizeof(*channel), GFP_KERNEL_ACCOUNT);
	int err;

	BUILD_BUG_ON(sizeof(struct mmapdemo_producer_page) != 256);
	BUILD_BUG_ON(sizeof(struct mmapdemo_consumer_page) != 384);
	if (!channel)
		return ERR_PTR(-ENOMEM);
	err = mmapdemo_memory_create(&channel->pages, &none, 2 * PAGE_SIZE);
	if (err) {
		kfree(channel);
		return ERR_PTR(err);
	}
	channel->ring = ring->base;
	channel->size = ring->size;
	channel->align = flags & MMAPDEMO_CREATE_LINES ? 64 : sizeof(struct mmapdemo_record);
	spin_lock_init(&channel->lock);
	init_waitqueue_head(&channel->roles[PRODUCER].waiters);
	init_waitqueue_head(&channel->roles[CONSUMER].waiters);
	return channel;
}

void mmapdemo_channel_destroy(struct mmapdemo_channel *channel)
{
	mmapdemo_memory_destroy(&channel->pages, 0);
	kfree(channel);
}

/* MMAPDEMO_CHANNEL_..., at this moment. */
u32 mmapdemo_channel_info(struct mmapdemo_channel *channel)
{
	u32 info = MMAPDEMO_CHANNEL;

	if (channel->align > sizeof(struct mmapdemo_record))
		info |= MMAPDEMO_CHANNEL_LINES;
	spin_lock(&channel->lock);
	if (channel->roles[PRODUCER].holder.file)
		info |= MMAPDEMO_CHANNEL_PRODUCER;
	if (channel->roles[CONSUMER].holder.file)
		info |= MMAPDEMO_CHANNEL_CONSUMER;
	spin_unlock(&channel->lock);
	return info;
}

/*
 * A role has ended: the peer is to know, threads of the holder that sleep, and who
 * polls without a role, for this one is free.
 */
static void wake_all(struct mmapdemo_channel *channel)
{
	wake(channel, PRODUCER, EPOLLHUP | EPOLLIN | EPOLLOUT);
	wake(channel, CONSUMER, EPOLLHUP | EPOLLIN | EPOLLOUT);
}

/* Under the lock from here. */

/* Of one open file, and of a process of @group if it is not NULL. */
static bool may_end(const struct mmapdemo_role *role, const void *file, const struct pid *group)
{
	return role->holder.file == file && (!group || role->holder.process.group == group);
}

/* The peer finds the flag at its next message, calls the driver, and is told. */
static void give_back(struct mmapdemo_channel *channel, int role)
{
	put_pid(channel->roles[role].holder.process.group);
	channel->roles[role].holder = (struct mmapdemo_holder){ 0 };
	WRITE_ONCE(*sleeping(channel, role), 1);
	/* Who polls for the free role has not asked for any. */
	if (role == PRODUCER)
		WRITE_ONCE(mmapdemo_producer_page(channel)->wanted, 0);
}

static void introduce(struct mmapdemo_role *own, struct mmapdemo_role *other)
{
	own->introduced = other->met ? NULL : other->holder.file;
	other->introduced = own->met ? NULL : own->holder.file;
	own->met = true;
	other->met = true;
}

/* Until here. */

/**
 * mmapdemo_channel_join - take a role
 * @channel: in which
 * @role: which
 * @holder: who; has no role yet
 *
 * Return: 0; -EBUSY if the role is taken or the open file has one.
 */
int mmapdemo_channel_join(struct mmapdemo_channel *channel, int role,
			  const struct mmapdemo_holder *holder)
{
	struct mmapdemo_role *own = &channel->roles[--role];
	struct mmapdemo_role *other = &channel->roles[peer_of(role)];
	int err = -EBUSY;

	spin_lock(&channel->lock);
	if (!own->holder.file && other->holder.file != holder->file) {
		own->holder = *holder;
		get_pid(own->holder.process.group);
		own->ended = false;
		own->met = role == CONSUMER && has_message(channel);
		own->introduced = NULL;
		if (other->holder.file)
			introduce(own, other);
		err = 0;
	}
	spin_unlock(&channel->lock);
	return err;
}

/**
 * mmapdemo_channel_leave - give a role back, if there is one
 * @channel: in which
 * @file: whose
 * @group: of the process that joined, and ends; NULL for any
 *
 * A role with maps is given back by the last mmapdemo_channel_unmap().
 */
void mmapdemo_channel_leave(struct mmapdemo_channel *channel, const void *file,
			    const struct pid *group)
{
	bool left = false;
	int role;

	spin_lock(&channel->lock);
	for (role = PRODUCER; role <= CONSUMER; role++) {
		struct mmapdemo_role *own = &channel->roles[role];

		if (!may_end(own, file, group))
			continue;
		own->ended = true;
		if (!own->maps)
			give_back(channel, role);
		left = true;
	}
	spin_unlock(&channel->lock);
	if (left)
		wake_all(channel);
}

/* The process that has joined by @file, with a reference of its group; none if nobody has. */
static struct mmapdemo_process get_process(struct mmapdemo_channel *channel, const void *file)
{
	struct mmapdemo_process process = { 0 };
	int role;

	spin_lock(&channel->lock);
	for (role = PRODUCER; role <= CONSUMER; role++) {
		if (channel->roles[role].holder.file == file)
			process = channel->roles[role].holder.process;
	}
	get_pid(process.group);
	spin_unlock(&channel->lock);
	return process;
}

/* Give back the role of the process that a close has ended, if there is one. */
void mmapdemo_channel_close(struct mmapdemo_channel *channel, struct mmapdemo_close *close)
{
	struct mmapdemo_process process = get_process(channel, close->file);

	if (process.group && mmapdemo_process_ended(&process, close))
		mmapdemo_channel_leave(channel, close->file, process.group);
	put_pid(process.group);
}

/**
 * mmapdemo_channel_forget - give a role back as if it had never been taken
 * @channel: in which
 * @role: of the kernel, which has no maps
 *
 * It is not missed by a peer that has met nobody else.
 */
void mmapdemo_channel_forget(struct mmapdemo_channel *channel, int role)
{
	struct mmapdemo_role *own = &channel->roles[--role];
	struct mmapdemo_role *other = &channel->roles[peer_of(role)];

	spin_lock(&channel->lock);
	if (own->introduced && own->introduced == other->holder.file)
		other->met = false;
	give_back(channel, role);
	spin_unlock(&channel->lock);
	wake_all(channel);
}

/**
 * mmapdemo_channel_map - count a writable map, if it may be
 * @channel: of what
 * @role: whose map it would be
 * @holder: who asks
 *
 * Return: 0 or -EACCES.
 */
int mmapdemo_channel_map(struct mmapdemo_channel *channel, int role,
			 const struct mmapdemo_holder *holder)
{
	struct mmapdemo_role *own = &channel->roles[--role];
	int err = -EACCES;

	spin_lock(&channel->lock);
	if (is_held_by(own, holder)) {
		own->maps++;
		err = 0;
	}
	spin_unlock(&channel->lock);
	return err;
}

/* A part of a map has become one of its own. */
void mmapdemo_channel_map_again(struct mmapdemo_channel *channel, int role)
{
	spin_lock(&channel->lock);
	channel->roles[role - 1].maps++;
	spin_unlock(&channel->lock);
}

void mmapdemo_channel_unmap(struct mmapdemo_channel *channel, int role)
{
	struct mmapdemo_role *own = &channel->roles[--role];
	bool last;

	spin_lock(&channel->lock);
	last = !--own->maps && own->ended;
	if (last)
		give_back(channel, role);
	spin_unlock(&channel->lock);
	if (last)
		wake_all(channel);
}
