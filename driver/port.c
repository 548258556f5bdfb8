// SPDX-License-Identifier: GPL-2.0-only
/*
 * The port: the kernel as producer or consumer of a channel, by the very rules
 * that users keep (THE RING in <linux/mmapdemo.h>). The peer may write anything
 * at any moment into what it may write: each of its words is read once, checked,
 * and not believed again.
 */
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "copy.h"
#include "port.h"

/* The most records that are walked over between two looks at the scheduler. */
#define WALK_MAX 4096

/*
 * What a predecessor has published ends where a header is 0, whatever it said. If
 * there is none, or something that is no record, there was no honest one: begin with
 * an empty ring. From @taken: any other start may be where no consumer looks.
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
	/* What the producer writes there is written after all was read from it. */
	smp_store_release(&page->freed, port->position);
}

/**
 * mmapdemo_port_join - take a role for the kernel
 * @port: zero; what is made
 * @channel: in which
 * @role: MMAPDEMO_PRODUCER or MMAPDEMO_CONSUMER
 * @file: on whose behalf
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
	WRITE_ONCE(port->role, role); /* stream.c looks at it without the lock */
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

/* The same, of one that has done nothing and is not to be missed. */
void mmapdemo_port_forget(struct mmapdemo_port *port)
{
	if (!port->role)
		return;
	mmapdemo_channel_forget(port->channel, port->role);
	port->role = 0;
}

/**
 * mmapdemo_port_tell - let the peer know what was published or released
 * @port: whose peer; to be called after that, and before any sleep
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
		/* As in start_consumer(). */
		smp_store_release(&consumer->freed, port->position);
		port->freed = port->position;
	}
	smp_mb(); /* pairs with the peer's, between its flag and its look */
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
 * mmapdemo_port_wait - sleep until there is a message, or the room last asked for
 * @port: of which nothing is left to tell
 * @beside: whose hang-up ends the sleep, too; or NULL
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
	/* Pairs with the consumer's release: it has read all that is freed. */
	u64 freed = smp_load_acquire(&mmapdemo_consumer_page(port->channel)->freed);

	/* Not back, and not past what was published. */
	if (freed - port->freed > port->position - port->freed) {
		port->broken = true;
		/* There is no room any more, so all come to find_room(). */
		port->freed = port->position - port->channel->size;
		return -EPROTO;
	}
	port->freed = freed;
	return 0;
}

/* As mmapdemo_port_room(), where that has not found any: has more been freed meanwhile? */
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

/* Copy a message from user space to where there is room; returns the bytes copied. */
size_t mmapdemo_port_write(struct mmapdemo_port *port, size_t length, struct iov_iter *from)
{
	size_t first, copied;
	void *bytes = mmapdemo_message_at(port->channel, port->position, length, &first);

	copied = mmapdemo_copy_in(bytes, first, from);
	if (copied == first && length > first)
		copied += mmapdemo_copy_in(port->channel->ring, length - first, from);
	return copied;
}

/* There is no message, or no more: why. What was loaded is @header. */
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

/* Copy the next message to user space; returns the bytes copied. */
size_t mmapdemo_port_read(struct mmapdemo_port *port, size_t length, struct iov_iter *to)
{
	size_t first, copied;
	void *bytes = mmapdemo_message_at(port->channel, port->position, length, &first);

	copied = mmapdemo_copy_out(bytes, first, to);
	if (copied == first && length > first)
		copied += mmapdemo_copy_out(port->channel->ring, length - first, to);
	return copied;
}
