// SPDX-License-Identifier: GPL-2.0-only
/*
 * The port: the kernel as producer or consumer of a channel, by the same rules as
 * processes (THE RING in <linux/mmapdemo.h>). The peer may store any value
 * at any moment where it may write. So the port loads each value once and checks it.
 */
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "copy.h"
#include "port.h"

/* How many records walk() passes before it lets others run. */
#define WALK_MAX 4096

/*
 * Find the end of the records that an earlier producer has published: the first header
 * that is 0. If there is no 0, or a header is not valid, the earlier producer has broken the
 * rules: begin with an empty ring. @start is @taken, the only position that the consumer
 * looks at.
 */
static u64 walk(const struct mmapdemo_channel *channel, u64 start)
{
	u64 position = start;
	unsigned int steps = 0;

	while (position - start < channel->size) {
		u32 header = READ_ONCE(mmapdemo_record_at(channel, position)->header);

		if (!header)
			return position;
		if (header - 1 > mmapdemo_message_max(channel))
			break;
		position += mmapdemo_record_size(channel, header - 1);
		if (++steps % WALK_MAX == 0)
			cond_resched();
	}
	WRITE_ONCE(mmapdemo_record_at(channel, start)->header, 0);
	return start;
}

static void start_producer(struct mmapdemo_port *port)
{
	struct mmapdemo_channel *channel = port->channel;
	struct mmapdemo_producer_page *page = mmapdemo_producer_page(channel);
	u64 taken = READ_ONCE(mmapdemo_consumer_page(channel)->taken);

	port->position = walk(channel, taken & -(u64)channel->align);
	port->freed = port->position - channel->size;
	port->messages = READ_ONCE(page->messages);
	port->bytes = READ_ONCE(page->bytes);
	port->waits = READ_ONCE(page->full);
	port->wakes = READ_ONCE(page->wakes);
	WRITE_ONCE(page->head, port->position);
}

static void start_consumer(struct mmapdemo_port *port)
{
	struct mmapdemo_consumer_page *page = mmapdemo_consumer_page(port->channel);

	port->position = READ_ONCE(page->taken) & -(u64)port->channel->align;
	port->freed = port->position;
	port->messages = READ_ONCE(page->messages);
	port->bytes = READ_ONCE(page->bytes);
	port->waits = READ_ONCE(page->empty);
	port->wakes = READ_ONCE(page->wakes);
	WRITE_ONCE(page->taken, port->position);
	/* Release: the producer writes there only after the consumer has read it. */
	smp_store_release(&page->freed, port->position);
}

/**
 * mmapdemo_port_join - take a role for the kernel
 * @port: all zeroes before
 * @channel: that has the role
 * @role: MMAPDEMO_PRODUCER or MMAPDEMO_CONSUMER
 * @file: an open file or an engine, for which the kernel takes the role
 *
 * Return: 0 or -EBUSY.
 */
int mmapdemo_port_join(struct mmapdemo_port *port, struct mmapdemo_channel *channel, int role,
		       const void *file)
{
	int err;

	port->channel = channel;
	port->holder.file = file;
	err = mmapdemo_channel_join(channel, role, &port->holder);
	if (err)
		return err;
	WRITE_ONCE(port->role, role); /* begin() in stream.c loads it without the lock */
	if (role == MMAPDEMO_PRODUCER)
		start_producer(port);
	else
		start_consumer(port);
	mmapdemo_port_tell(port);
	return 0;
}

/* Give the role back. Does nothing to a port that has not joined. */
void mmapdemo_port_leave(struct mmapdemo_port *port)
{
	if (!port->role)
		return;
	mmapdemo_port_tell(port);
	mmapdemo_channel_leave(port->channel, port->holder.file, NULL);
	port->role = 0;
}

/* Give the role back as if the port had never joined, so that no peer gets a hang-up. */
void mmapdemo_port_forget(struct mmapdemo_port *port)
{
	if (!port->role)
		return;
	mmapdemo_channel_forget(port->channel, port->role);
	port->role = 0;
}

/**
 * mmapdemo_port_tell - wake the peer if it waits for what was published or released
 * @port: the caller calls this after it has published or released, and before it sleeps
 *
 * Return: 0 or -EPIPE at a hang-up.
 */
int mmapdemo_port_tell(struct mmapdemo_port *port)
{
	struct mmapdemo_producer_page *producer = mmapdemo_producer_page(port->channel);
	struct mmapdemo_consumer_page *consumer = mmapdemo_consumer_page(port->channel);
	u32 *sleeping = &consumer->sleeping;

	if (port->role == MMAPDEMO_CONSUMER) {
		sleeping = &producer->sleeping;
		/* Release, as in start_consumer(). */
		smp_store_release(&consumer->freed, port->position);
		port->freed = port->position;
	}
	smp_mb(); /* pairs with the peer's, after it sets @sleeping and before it looks again */
	if (!READ_ONCE(*sleeping))
		return 0;
	port->wakes++;
	if (port->role == MMAPDEMO_CONSUMER)
		WRITE_ONCE(consumer->wakes, port->wakes);
	else
		WRITE_ONCE(producer->wakes, port->wakes);
	return mmapdemo_channel_wake(port->channel, &port->holder);
}

/**
 * mmapdemo_port_wait - sleep until there is a message, or the space that was last asked for
 * @port: after mmapdemo_port_tell()
 * @beside: a hang-up of its channel ends the sleep, too; or NULL
 * @deadline: as of mmapdemo_channel_wait()
 *
 * Return: as mmapdemo_channel_wait().
 */
int mmapdemo_port_wait(struct mmapdemo_port *port, const struct mmapdemo_port *beside, u64 deadline)
{
	port->waits++;
	if (port->role == MMAPDEMO_CONSUMER)
		WRITE_ONCE(mmapdemo_consumer_page(port->channel)->empty, port->waits);
	else
		WRITE_ONCE(mmapdemo_producer_page(port->channel)->full, port->waits);
	return mmapdemo_channel_wait(port->channel, &port->holder, deadline,
				     beside ? beside->channel : NULL, port->cancelled);
}

static int accept_freed(struct mmapdemo_port *port)
{
	/* Acquire: pairs with the consumer's release, so it has read all that it has freed. */
	u64 freed = smp_load_acquire(&mmapdemo_consumer_page(port->channel)->freed);

	/* It may not go back, nor past the last published record. */
	if (freed - port->freed > port->position - port->freed) {
		port->broken = true;
		/* From now on the ring seems full, so each call comes to find_room(). */
		port->freed = port->position - port->channel->size;
		return -EPROTO;
	}
	port->freed = freed;
	return 0;
}

/* For mmapdemo_port_room(): look whether the consumer has freed more meanwhile. */
int mmapdemo_port_find_room(struct mmapdemo_port *port, size_t length)
{
	size_t wanted;
	int err;

	if (port->broken)
		return -EPROTO;
	if (length > mmapdemo_message_max(port->channel))
		return -EMSGSIZE;
	wanted = mmapdemo_record_size(port->channel, length) + sizeof(struct mmapdemo_record);
	err = accept_freed(port);
	if (err || mmapdemo_port_is_free(port, wanted))
		return err;
	WRITE_ONCE(mmapdemo_producer_page(port->channel)->wanted, wanted);
	return -EAGAIN;
}

/* As mmapdemo_port_put(), from user space. Returns how many bytes were copied. */
size_t mmapdemo_port_write(struct mmapdemo_port *port, size_t length, struct iov_iter *from)
{
	size_t first, copied;
	void *bytes = mmapdemo_message_at(port->channel, port->position, length, &first);

	copied = mmapdemo_copy_in(bytes, first, from);
	if (copied == first && length > first)
		copied += mmapdemo_copy_in(port->channel->ring, length - first, from);
	return copied;
}

/* For mmapdemo_port_peek(), which has loaded @header: why there is no message. */
ssize_t mmapdemo_port_no_message(struct mmapdemo_port *port, u32 header)
{
	struct mmapdemo_consumer_page *page = mmapdemo_consumer_page(port->channel);

	if (port->broken)
		return -EPROTO;
	if (!header)
		return -EAGAIN;
	port->broken = true;
	WRITE_ONCE(page->errors, READ_ONCE(page->errors) + 1);
	return -EPROTO;
}

/* As mmapdemo_port_get(), to user space. Returns how many bytes were copied. */
size_t mmapdemo_port_read(struct mmapdemo_port *port, size_t length, struct iov_iter *to)
{
	size_t first, copied;
	void *bytes = mmapdemo_message_at(port->channel, port->position, length, &first);

	copied = mmapdemo_copy_out(bytes, first, to);
	if (copied == first && length > first)
		copied += mmapdemo_copy_out(port->channel->ring, length - first, to);
	return copied;
}
