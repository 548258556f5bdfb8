// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stream: read(2) and write(2) on a channel, one message for each call. The
 * role belongs to the open file, not to a process: in a shell, several commands
 * write to the descriptor that they inherit, one after the other.
 */
#include <linux/errno.h>
#include <linux/uio.h>

#include "stream.h"

void mmapdemo_stream_init(struct mmapdemo_stream *stream)
{
	mutex_init(&stream->lock);
}

void mmapdemo_stream_end(struct mmapdemo_stream *stream)
{
	mmapdemo_port_leave(&stream->port);
}

/* Lock the stream and take the role if the stream does not have it. */
static int begin(struct mmapdemo_stream *stream, struct mmapdemo_channel *channel, int role,
		 const void *file, bool nonblock)
{
	/* Without the lock, whose holder may sleep for long: a role that is set stays. */
	int other = READ_ONCE(stream->port.role);
	int err = 0;

	if (other && other != role)
		return -EBUSY;
	if (!nonblock)
		err = mutex_lock_interruptible(&stream->lock) ? -ERESTARTSYS : 0;
	else if (!mutex_trylock(&stream->lock))
		err = -EAGAIN;
	if (err || stream->port.role == role)
		return err;
	err = mmapdemo_port_join(&stream->port, channel, role, file);
	if (err)
		mutex_unlock(&stream->lock);
	return err;
}

static int wait(struct mmapdemo_port *port, bool nonblock)
{
	int err = mmapdemo_port_wait(port, NULL, nonblock ? 0 : MMAPDEMO_WAIT_FOREVER);

	return err == -ETIMEDOUT ? -EAGAIN : err;
}

static ssize_t read_locked(struct mmapdemo_port *port, struct iov_iter *to, bool nonblock)
{
	ssize_t length;
	int err;

	while ((length = mmapdemo_port_peek(port)) == -EAGAIN) {
		err = wait(port, nonblock);
		if (err)
			return err == -EPIPE ? 0 : err;
	}
	if (length < 0)
		return length;
	if (length > iov_iter_count(to))
		return -EMSGSIZE;
	if (mmapdemo_port_read(port, length, to) < length)
		return -EFAULT;
	mmapdemo_port_release(port, length);
	mmapdemo_port_tell(port);
	return length;
}

/**
 * mmapdemo_stream_read - receive one message
 * @stream: of the open file
 * @channel: of the open file
 * @file: the open file, which becomes the holder of the role
 * @to: where the message is copied to
 * @nonblock: do not wait for a message
 *
 * Return: the length of the message; 0 at a hang-up; -EAGAIN; -EMSGSIZE, -EFAULT: the
 * message stays in the ring; -EBUSY if another holder has the role; -EPROTO; -ERESTARTSYS.
 */
ssize_t mmapdemo_stream_read(struct mmapdemo_stream *stream, struct mmapdemo_channel *channel,
			     const void *file, struct iov_iter *to, bool nonblock)
{
	ssize_t done = begin(stream, channel, MMAPDEMO_CONSUMER, file, nonblock);

	if (done)
		return done;
	done = read_locked(&stream->port, to, nonblock);
	mutex_unlock(&stream->lock);
	return done;
}

static ssize_t write_locked(struct mmapdemo_port *port, struct iov_iter *from, bool nonblock)
{
	size_t length = iov_iter_count(from);
	int err;

	if (mmapdemo_channel_is_left(port->channel))
		return -EPIPE;
	while ((err = mmapdemo_port_room(port, length)) == -EAGAIN) {
		err = wait(port, nonblock);
		if (err)
			return err;
	}
	if (err)
		return err;
	if (mmapdemo_port_write(port, length, from) < length)
		return -EFAULT;
	mmapdemo_port_publish(port, length);
	mmapdemo_port_tell(port);
	return length;
}

/**
 * mmapdemo_stream_write - send one message
 * @stream: of the open file
 * @channel: of the open file
 * @file: the open file, which becomes the holder of the role
 * @from: the message, all of it
 * @nonblock: do not wait for space
 *
 * Return: the length of the message; -EPIPE at a hang-up; -EMSGSIZE beyond half the ring;
 * -EAGAIN, -EFAULT, -EBUSY, -EPROTO, -ERESTARTSYS: then nothing was sent.
 */
ssize_t mmapdemo_stream_write(struct mmapdemo_stream *stream, struct mmapdemo_channel *channel,
			      const void *file, struct iov_iter *from, bool nonblock)
{
	ssize_t done = begin(stream, channel, MMAPDEMO_PRODUCER, file, nonblock);

	if (done)
		return done;
	done = write_locked(&stream->port, from, nonblock);
	mutex_unlock(&stream->lock);
	return done;
}
