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

#include "port.h"

/* The most records that are walked over between two looks at the scheduler. */
#define WALK_MAX 4096

static size_t record_size(const struct mmapdemo_channel *channel, size_t length)
{
	return ALIGN(sizeof(struct mmapdemo_record) + length, channel->align);
}

static size_t message_max(const struct mmapdemo_channel *channel)
{
	return channel->size / 2;
}

/*
 * The bytes of a message of the record at @position: @length of them, of which
 * *@first lie before the ring's end and the rest at its beginning.
 */
static void *bytes_at(const struct mmapdemo_channel *channel, u64 position, size_t length,
		      size_t *first)
{
	size_t offset = (position + sizeof(struct mmapdemo_record)) & (channel->size - 1);

	*first = min(length, channel->size - offset);
	return channel->ring + offset;
}

/*
 * A predecessor may have published more than it said. Its records end where a
 * header is 0. If there is none, or something that is no record, there was no
 * honest one: begin with an empty ring.
 */
static u64 walk(const struct mmapdemo_channel *channel, u64 start)
{
	u64 position = start;
	unsigned int steps = 0;

	while (position - start < channel->size) {
		u32 header = READ_ONCE(mmapdemo_record_at(channel, position)->header);

		if (!header)
			return position;
		if (header - 1 > message_max(channel))
			break;
		position += record_size(channel, header - 1);
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
	u64 align = channel->align;
	u64 taken = READ_ONCE(mmapdemo_consumer_page(channel)->taken) & -align;
	u64 head = READ_ONCE(page->head) & -align;

	port->position = walk(channel, head - taken <= channel->size ? head : taken);
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
	port->role = role;
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
				     beside ? beside->channel : NULL);
}

static int accept_freed(struct mmapdemo_port *port)
{
	/* Pairs with the consumer's release: it has read all that is freed. */
	u64 freed = smp_load_acquire(&mmapdemo_consumer_page(port->channel)->freed);

	/* Not back, and not past what was published. */
	if (freed - port->freed > port->position - port->freed) {
		port->broken = true;
		return -EPROTO;
	}
	port->freed = freed;
	return 0;
}

static bool is_free(const struct mmapdemo_port *port, size_t bytes)
{
	return port->channel->size - (port->position - port->freed) >= bytes;
}

/**
 * mmapdemo_port_room - whether a message can be written
 * @port: of a producer
 * @length: of the message, any value
 *
 * Return: 0; -EAGAIN, to be waited for; -EMSGSIZE; -EPROTO.
 */
int mmapdemo_port_room(struct mmapdemo_port *port, size_t length)
{
	size_t wanted;
	int err;

	if (port->broken)
		return -EPROTO;
	if (length > message_max(port->channel))
		return -EMSGSIZE;
	wanted = record_size(port->channel, length) + sizeof(struct mmapdemo_record);
	if (is_free(port, wanted))
		return 0;
	err = accept_freed(port);
	if (err || is_free(port, wanted))
		return err;
	WRITE_ONCE(mmapdemo_producer_page(port->channel)->wanted, wanted);
	return -EAGAIN;
}

/* Copy a message from user space to where there is room; returns the bytes copied. */
size_t mmapdemo_port_write(struct mmapdemo_port *port, size_t length, struct iov_iter *from)
{
	size_t first, copied;
	void *bytes = bytes_at(port->channel, port->position, length, &first);

	copied = copy_from_iter(bytes, first, from);
	if (copied == first && length > first)
		copied += copy_from_iter(port->channel->ring, length - first, from);
	return copied;
}

/* Copy a message to where there is room. */
void mmapdemo_port_put(struct mmapdemo_port *port, const void *message, size_t length)
{
	size_t first;
	void *bytes = bytes_at(port->channel, port->position, length, &first);

	memcpy(bytes, message, first);
	if (first < length)
		memcpy(port->channel->ring, message + first, length - first);
}

/* What was copied last becomes a message. To be told. */
void mmapdemo_port_publish(struct mmapdemo_port *port, size_t length)
{
	struct mmapdemo_producer_page *page = mmapdemo_producer_page(port->channel);
	struct mmapdemo_record *record = mmapdemo_record_at(port->channel, port->position);

	port->position += record_size(port->channel, length);
	WRITE_ONCE(mmapdemo_record_at(port->channel, port->position)->header, 0);
	/* The message, and the 0 behind it, come before. */
	smp_store_release(&record->header, length + 1);
	WRITE_ONCE(page->head, port->position);
	WRITE_ONCE(page->messages, ++port->messages);
	WRITE_ONCE(page->bytes, port->bytes += length);
}

/**
 * mmapdemo_port_peek - the next message
 * @port: of a consumer
 *
 * Return: its length, which the caller must keep: the ring's may change;
 * -EAGAIN if there is none; -EPROTO.
 */
ssize_t mmapdemo_port_peek(struct mmapdemo_port *port)
{
	struct mmapdemo_consumer_page *page = mmapdemo_consumer_page(port->channel);
	u32 header;

	if (port->broken)
		return -EPROTO;
	/* Pairs with the producer's release: the message is there. */
	header = smp_load_acquire(&mmapdemo_record_at(port->channel, port->position)->header);
	if (!header)
		return -EAGAIN;
	if (header - 1 > message_max(port->channel)) {
		port->broken = true;
		WRITE_ONCE(page->errors, READ_ONCE(page->errors) + 1);
		return -EPROTO;
	}
	return header - 1;
}

/* Copy the next message to user space; returns the bytes copied. */
size_t mmapdemo_port_read(struct mmapdemo_port *port, size_t length, struct iov_iter *to)
{
	size_t first, copied;
	void *bytes = bytes_at(port->channel, port->position, length, &first);

	copied = copy_to_iter(bytes, first, to);
	if (copied == first && length > first)
		copied += copy_to_iter(port->channel->ring, length - first, to);
	return copied;
}

/* Copy the next message: what is judged is the copy. */
void mmapdemo_port_get(struct mmapdemo_port *port, void *message, size_t length)
{
	size_t first;
	void *bytes = bytes_at(port->channel, port->position, length, &first);

	/* Of a liar: another producer may be writing where his records lead us. */
	data_race(memcpy(message, bytes, first));
	if (first < length) /* likewise */
		data_race(memcpy(message + first, port->channel->ring, length - first));
}

/* The next message, of the length that peek said, is done with. To be told. */
void mmapdemo_port_release(struct mmapdemo_port *port, size_t length)
{
	struct mmapdemo_consumer_page *page = mmapdemo_consumer_page(port->channel);

	port->position += record_size(port->channel, length);
	WRITE_ONCE(page->taken, port->position);
	WRITE_ONCE(page->messages, ++port->messages);
	WRITE_ONCE(page->bytes, port->bytes += length);
	if (port->position - port->freed >= port->channel->size / 8)
		mmapdemo_port_tell(port);
}
