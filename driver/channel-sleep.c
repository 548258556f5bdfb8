// SPDX-License-Identifier: GPL-2.0-only
/*
 * How each end of a channel sleeps until the other has done something. Whether
 * there is a message or free space is in memory that users may write: a lie wakes
 * its author, or keeps him asleep until he is killed, and nothing else.
 */
#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "channel.h"

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

/* The role that @holder has, or -1; under the lock. */
static int find(const struct mmapdemo_channel *channel, const struct mmapdemo_holder *holder)
{
	int role;

	for (role = PRODUCER; role <= CONSUMER; role++) {
		if (is_held_by(&channel->roles[role], holder))
			return role;
	}
	return -1;
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

static int interrupted(const bool *cancelled)
{
	if (cancelled && READ_ONCE(*cancelled))
		return -ECANCELED;
	return signal_pending(current) ? -ERESTARTSYS : 0;
}

/* Whether a producer that has met its consumer has it no more. */
bool mmapdemo_channel_is_left(struct mmapdemo_channel *channel)
{
	bool left;

	spin_lock(&channel->lock);
	left = is_hung_up(channel, PRODUCER);
	spin_unlock(&channel->lock);
	return left;
}

static int sleep(struct mmapdemo_channel *channel, int role, const struct mmapdemo_holder *holder,
		 u64 deadline, struct mmapdemo_channel *beside, const bool *cancelled)
{
	wait_queue_head_t *waiters = &channel->roles[role].waiters;
	ktime_t expires = deadline;
	DEFINE_WAIT(wait);
	int left = 1;
	int err;

	for (;;) {
		prepare_to_wait(waiters, &wait, TASK_INTERRUPTIBLE);
		err = look_for(channel, role, holder);
		if (err == -EAGAIN && beside && mmapdemo_channel_is_left(beside))
			err = -EPIPE;
		if (err == -EAGAIN && !left)
			err = -ETIMEDOUT;
		if (err == -EAGAIN)
			err = interrupted(cancelled) ?: -EAGAIN;
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
 * @deadline: nanoseconds of the kernel's CLOCK_MONOTONIC, or MMAPDEMO_WAIT_FOREVER
 * @beside: whose producer the caller is, too, and whose hang-up ends the sleep; or NULL
 * @cancelled: set by others, who then wake the caller, to end the sleep; or NULL
 *
 * Return: 0 to look again; -EPIPE at a hang-up; -ETIMEDOUT; -EBADF without a
 * role; -ERESTARTSYS; -ECANCELED.
 */
int mmapdemo_channel_wait(struct mmapdemo_channel *channel, const struct mmapdemo_holder *holder,
			  u64 deadline, struct mmapdemo_channel *beside, const bool *cancelled)
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
	/* A peer that lies may end the caller's sleeps for nothing, as often as it likes. */
	cond_resched();
	err = interrupted(cancelled) ?: sleep(channel, role, holder, deadline, beside, cancelled);
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
