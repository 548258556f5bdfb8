// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel: who is its producer and who its consumer, and how each of them
 * sleeps until the other has done something. Whether there is a message or room
 * stands in memory that users may write: a lie wakes its author, or keeps him
 * asleep until he is killed, and nothing else.
 */
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "channel.h"

#define PRODUCER (MMAPDEMO_PRODUCER - 1)
#define CONSUMER (MMAPDEMO_CONSUMER - 1)

static int peer_of(int role)
{
	return role == PRODUCER ? CONSUMER : PRODUCER;
}

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

static u32 *sleeping(const struct mmapdemo_channel *channel, int role)
{
	return role == PRODUCER ? &mmapdemo_producer_page(channel)->sleeping :
				  &mmapdemo_consumer_page(channel)->sleeping;
}

static void wake(struct mmapdemo_channel *channel, int role, __poll_t what)
{
	wake_up_interruptible_poll(&channel->roles[role].waiters, what);
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

static bool has_message(const struct mmapdemo_channel *channel)
{
	u64 taken = READ_ONCE(mmapdemo_consumer_page(channel)->taken);

	return READ_ONCE(mmapdemo_record_at(channel, taken)->header);
}

/* Wrong positions are room: the producer looks again, and will see for itself. */
static bool has_room(const struct mmapdemo_channel *channel)
{
	const struct mmapdemo_producer_page *page = mmapdemo_producer_page(channel);
	u64 freed = READ_ONCE(mmapdemo_consumer_page(channel)->freed);

	return channel->size - (READ_ONCE(page->head) - freed) >= READ_ONCE(page->wanted);
}

static bool is_ready(const struct mmapdemo_channel *channel, int role)
{
	return role == PRODUCER ? has_room(channel) : has_message(channel);
}

/* Under the lock from here. */

static bool is_held_by(const struct mmapdemo_role *role, const struct mmapdemo_holder *holder)
{
	return role->holder.file == holder->file && role->holder.process == holder->process &&
	       !role->ended;
}

/* Of one open file, and of @process if it is not NULL. */
static bool may_end(const struct mmapdemo_role *role, const void *file, const struct pid *process)
{
	return role->holder.file == file && (!process || role->holder.process == process);
}

/* The role that @holder has, or -1. */
static int find(const struct mmapdemo_channel *channel, const struct mmapdemo_holder *holder)
{
	int role;

	for (role = PRODUCER; role <= CONSUMER; role++) {
		if (is_held_by(&channel->roles[role], holder))
			return role;
	}
	return -1;
}

static bool is_hung_up(const struct mmapdemo_channel *channel, int role)
{
	return channel->roles[role].met && !channel->roles[peer_of(role)].holder.file;
}

/* The peer finds the flag at its next message, calls the driver, and is told. */
static void give_back(struct mmapdemo_channel *channel, int role)
{
	put_pid(channel->roles[role].holder.process);
	channel->roles[role].holder = (struct mmapdemo_holder){ 0 };
	WRITE_ONCE(*sleeping(channel, role), 1);
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
		own->holder.file = holder->file;
		own->holder.process = get_pid(holder->process);
		own->ended = false;
		own->met = other->holder.file || (role == CONSUMER && has_message(channel));
		other->met |= !!other->holder.file;
		err = 0;
	}
	spin_unlock(&channel->lock);
	return err;
}

/**
 * mmapdemo_channel_leave - give a role back, if there is one
 * @channel: in which
 * @file: whose
 * @process: that joined, and ends; NULL for whoever did
 *
 * A role with maps is given back by the last mmapdemo_channel_unmap().
 */
void mmapdemo_channel_leave(struct mmapdemo_channel *channel, const void *file,
			    const struct pid *process)
{
	bool left = false;
	int role;

	spin_lock(&channel->lock);
	for (role = PRODUCER; role <= CONSUMER; role++) {
		struct mmapdemo_role *own = &channel->roles[role];

		if (!may_end(own, file, process))
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

/*
 * Set the flag, then look. The hang-up first: what the peer did before it went
 * is seen after. 0 if there is something, -EAGAIN if not.
 */
static int look(struct mmapdemo_channel *channel, int role, bool hung_up)
{
	if (is_ready(channel, role))
		return 0;
	WRITE_ONCE(*sleeping(channel, role), 1);
	smp_mb(); /* pairs with the peer's, between what it stores and its look at the flag */
	if (is_ready(channel, role))
		return 0;
	return hung_up ? -EPIPE : -EAGAIN;
}

static int look_for(struct mmapdemo_channel *channel, int role,
		    const struct mmapdemo_holder *holder)
{
	bool held, hung_up;

	spin_lock(&channel->lock);
	held = is_held_by(&channel->roles[role], holder);
	hung_up = is_hung_up(channel, role);
	spin_unlock(&channel->lock);
	return held ? look(channel, role, hung_up) : -EBADF;
}

/* Engines are threads that are stopped, users are told by signals. */
static int interrupted(void)
{
	if (current->flags & PF_KTHREAD)
		return kthread_should_stop() ? -EINTR : 0;
	return signal_pending(current) ? -ERESTARTSYS : 0;
}

/* A consumer that is the producer of another channel, too, may be missed there. */
static bool is_missed(struct mmapdemo_channel *beside)
{
	bool missed;

	if (!beside)
		return false;
	spin_lock(&beside->lock);
	missed = is_hung_up(beside, PRODUCER);
	spin_unlock(&beside->lock);
	return missed;
}

static int sleep(struct mmapdemo_channel *channel, int role, const struct mmapdemo_holder *holder,
		 u64 deadline, struct mmapdemo_channel *beside)
{
	wait_queue_head_t *waiters = &channel->roles[role].waiters;
	ktime_t expires = deadline;
	DEFINE_WAIT(wait);
	int left = 1;
	int err;

	for (;;) {
		prepare_to_wait(waiters, &wait, TASK_INTERRUPTIBLE);
		err = look_for(channel, role, holder);
		if (err == -EAGAIN && is_missed(beside))
			err = -EPIPE;
		if (err == -EAGAIN && !left)
			err = -ETIMEDOUT;
		if (err == -EAGAIN)
			err = interrupted() ?: -EAGAIN;
		if (err != -EAGAIN)
			break;
		left = schedule_hrtimeout_range(deadline == MMAPDEMO_WAIT_FOREVER ? NULL : &expires,
						current->timer_slack_ns, HRTIMER_MODE_ABS);
	}
	finish_wait(waiters, &wait);
	return err;
}

/**
 * mmapdemo_channel_wait - sleep until the peer has done something
 * @channel: in which
 * @holder: of a role
 * @deadline: nanoseconds of CLOCK_MONOTONIC, or MMAPDEMO_WAIT_FOREVER
 * @beside: whose producer the caller is, too, and whose hang-up ends the sleep; or NULL
 *
 * Return: 0 to look again; -EPIPE at a hang-up; -ETIMEDOUT; -EBADF without a
 * role; -ERESTARTSYS; -EINTR for a thread of the kernel that is to stop.
 */
int mmapdemo_channel_wait(struct mmapdemo_channel *channel, const struct mmapdemo_holder *holder,
			  u64 deadline, struct mmapdemo_channel *beside)
{
	DECLARE_WAITQUEUE(missing, current);
	int role, err;

	spin_lock(&channel->lock);
	role = find(channel, holder);
	spin_unlock(&channel->lock);
	if (role < 0)
		return -EBADF;
	if (beside)
		add_wait_queue(&beside->roles[PRODUCER].waiters, &missing);
	err = sleep(channel, role, holder, deadline, beside);
	if (beside)
		remove_wait_queue(&beside->roles[PRODUCER].waiters, &missing);
	return err;
}

/**
 * mmapdemo_channel_wake - wake the peer
 * @channel: in which
 * @holder: of a role
 *
 * Return: 0; -EPIPE at a hang-up, whose flag stays; -EBADF without a role.
 */
int mmapdemo_channel_wake(struct mmapdemo_channel *channel, const struct mmapdemo_holder *holder)
{
	int err = 0;
	int role;

	spin_lock(&channel->lock);
	role = find(channel, holder);
	if (role < 0)
		err = -EBADF;
	else if (is_hung_up(channel, role))
		err = -EPIPE;
	else
		WRITE_ONCE(*sleeping(channel, peer_of(role)), 0);
	spin_unlock(&channel->lock);
	/* At a hang-up, too: somebody without the role may poll for what is there. */
	if (role >= 0)
		wake(channel, peer_of(role),
		     role == PRODUCER ? EPOLLIN | EPOLLRDNORM : EPOLLOUT | EPOLLWRNORM);
	return err;
}

/* Whether @file may hear of a role: its own, or a free one that it might take. */
static bool concerns(const struct mmapdemo_channel *channel, const struct file *file, int role)
{
	const void *own = channel->roles[role].holder.file;
	const void *other = channel->roles[peer_of(role)].holder.file;

	if (own || other == file)
		return own == file;
	return file->f_mode & (role == PRODUCER ? FMODE_WRITE : FMODE_READ);
}

/**
 * mmapdemo_channel_poll - what an open file may do now
 * @channel: of the file
 * @file: that is asked
 * @wait: to be woken by
 *
 * Return: EPOLLIN for a message, EPOLLOUT for room, EPOLLHUP at a hang-up.
 */
__poll_t mmapdemo_channel_poll(struct mmapdemo_channel *channel, struct file *file,
			       poll_table *wait)
{
	__poll_t mask = 0;
	int role;

	for (role = PRODUCER; role <= CONSUMER; role++) {
		bool concerned, hung_up;

		poll_wait(file, &channel->roles[role].waiters, wait);
		spin_lock(&channel->lock);
		concerned = concerns(channel, file, role);
		hung_up = channel->roles[role].holder.file == file && is_hung_up(channel, role);
		spin_unlock(&channel->lock);
		if (!concerned)
			continue;
		if (hung_up)
			mask |= EPOLLHUP;
		if (look(channel, role, hung_up) == 0)
			mask |= role == PRODUCER ? EPOLLOUT | EPOLLWRNORM : EPOLLIN | EPOLLRDNORM;
	}
	return mask;
}
