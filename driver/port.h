/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_PORT_H
#define MMAPDEMO_PORT_H

#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "channel.h"

struct iov_iter;

/**
 * struct mmapdemo_port - a role of a channel that the kernel has
 * @channel: which must outlive the port
 * @holder: of the role; its @process is NULL
 * @role: MMAPDEMO_PRODUCER, MMAPDEMO_CONSUMER, or 0 before it has joined
 * @cancelled: another thread sets it to end the port's sleeps; or NULL
 * @broken: the peer has broken the rules: all later calls return -EPROTO
 * @position: of the next record
 * @freed: of a producer: the last position that it accepted from the consumer; of a
 *	consumer: the last position that it stored in its page
 * @messages: since the channel was made, as in the page of the role; so are the next
 *	three
 * @bytes: of these messages
 * @waits: how often there was no message, or no space
 * @wakes: how often it woke the peer
 *
 * No process can write to the port. After it has joined, it stores these values in the
 * page of its role and never reads them back. The caller lets only one thread use it at a
 * time.
 */
struct mmapdemo_port {
	struct mmapdemo_channel *channel;
	struct mmapdemo_holder holder;
	int role;
	const bool *cancelled;
	bool broken;
	u64 position;
	u64 freed;
	u64 messages;
	u64 bytes;
	u64 waits;
	u64 wakes;
};

int mmapdemo_port_join(struct mmapdemo_port *port, struct mmapdemo_channel *channel, int role,
		       const void *file);
void mmapdemo_port_leave(struct mmapdemo_port *port);
void mmapdemo_port_forget(struct mmapdemo_port *port);
int mmapdemo_port_wait(struct mmapdemo_port *port, const struct mmapdemo_port *beside,
		       u64 deadline);
int mmapdemo_port_tell(struct mmapdemo_port *port);

int mmapdemo_port_find_room(struct mmapdemo_port *port, size_t length);
size_t mmapdemo_port_write(struct mmapdemo_port *port, size_t length, struct iov_iter *from);
ssize_t mmapdemo_port_no_message(struct mmapdemo_port *port, u32 header);
size_t mmapdemo_port_read(struct mmapdemo_port *port, size_t length, struct iov_iter *to);

/* The functions that run for each message and are short are inline, from here on. */

static inline size_t mmapdemo_record_size(const struct mmapdemo_channel *channel, size_t length)
{
	return ALIGN(sizeof(struct mmapdemo_record) + length, channel->align);
}

static inline size_t mmapdemo_message_max(const struct mmapdemo_channel *channel)
{
	return channel->size / 2;
}

/*
 * Where the message of the record at @position begins. Of its @length bytes, *@first are
 * before the end of the ring and the rest at its beginning.
 */
static inline void *mmapdemo_message_at(const struct mmapdemo_channel *channel, u64 position,
					size_t length, size_t *first)
{
	size_t offset = (position + sizeof(struct mmapdemo_record)) & (channel->size - 1);

	*first = min(length, channel->size - offset);
	return channel->ring + offset;
}

static inline bool mmapdemo_port_is_free(const struct mmapdemo_port *port, size_t bytes)
{
	return port->channel->size - (port->position - port->freed) >= bytes;
}

/**
 * mmapdemo_port_room - whether a message can be written
 * @port: of a producer
 * @length: of the message, any value
 *
 * Return: 0; -EAGAIN: call mmapdemo_port_wait(); -EMSGSIZE; -EPROTO.
 */
static inline int mmapdemo_port_room(struct mmapdemo_port *port, size_t length)
{
	size_t wanted =
		mmapdemo_record_size(port->channel, length) + sizeof(struct mmapdemo_record);

	if (length > mmapdemo_message_max(port->channel) || !mmapdemo_port_is_free(port, wanted))
		return mmapdemo_port_find_room(port, length);
	return 0;
}

/* Copy a message into the ring; mmapdemo_port_room() has returned 0 for its length. */
static inline void mmapdemo_port_put(struct mmapdemo_port *port, const void *message, size_t length)
{
	size_t first;
	void *bytes = mmapdemo_message_at(port->channel, port->position, length, &first);

	memcpy(bytes, message, first);
	if (first < length)
		memcpy(port->channel->ring, message + first, length - first);
}

/* Publish the message that was copied last. The caller then calls mmapdemo_port_tell(). */
static inline void mmapdemo_port_publish(struct mmapdemo_port *port, size_t length)
{
	struct mmapdemo_producer_page *page = mmapdemo_producer_page(port->channel);
	struct mmapdemo_record *record = mmapdemo_record_at(port->channel, port->position);
	u64 next = port->position + mmapdemo_record_size(port->channel, length);

	WRITE_ONCE(mmapdemo_record_at(port->channel, next)->header, 0);
	/* Release: the peer that sees this header sees the message and the 0 after it. */
	smp_store_release(&record->header, length + 1);
	WRITE_ONCE(page->head, port->position = next);
	WRITE_ONCE(page->messages, ++port->messages);
	WRITE_ONCE(page->bytes, port->bytes += length);
}

/**
 * mmapdemo_port_peek - look for the next message
 * @port: of a consumer
 *
 * Return: the length of the message, which the caller must keep, since the header may
 * change; -EAGAIN if there is no message; -EPROTO.
 */
static inline ssize_t mmapdemo_port_peek(struct mmapdemo_port *port)
{
	/* Acquire: pairs with the producer's release, so the message is in the ring. */
	u32 header = smp_load_acquire(&mmapdemo_record_at(port->channel, port->position)->header);

	if (header - 1 > mmapdemo_message_max(port->channel) || port->broken)
		return mmapdemo_port_no_message(port, header);
	return header - 1;
}

/* Copy the next message. The caller checks the copy, since the ring may change. */
static inline void mmapdemo_port_get(struct mmapdemo_port *port, void *message, size_t length)
{
	size_t first;
	void *bytes = mmapdemo_message_at(port->channel, port->position, length, &first);

	/* Where a hostile producer's headers lead, its successor may write at the same time. */
	data_race(memcpy(message, bytes, first));
	if (first < length) /* the same */
		data_race(memcpy(message + first, port->channel->ring, length - first));
}

/* Release the message of the @length that peek returned. Call mmapdemo_port_tell() later. */
static inline void mmapdemo_port_release(struct mmapdemo_port *port, size_t length)
{
	struct mmapdemo_consumer_page *page = mmapdemo_consumer_page(port->channel);
	u64 next = port->position + mmapdemo_record_size(port->channel, length);

	WRITE_ONCE(page->taken, port->position = next);
	WRITE_ONCE(page->messages, ++port->messages);
	WRITE_ONCE(page->bytes, port->bytes += length);
	if (next - port->freed >= port->channel->size / 8)
		mmapdemo_port_tell(port);
}

#endif /* MMAPDEMO_PORT_H */
