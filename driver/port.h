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
 * @cancelled: set by others to end the port's sleeps; or NULL
 * @broken: the peer has broken the rules: -EPROTO for ever
 * @position: of the next record
 * @freed: producer: the last that was accepted; consumer: the last that was told
 * @messages: since the birth of the channel, as in the page of the role; so
 *	are the rest
 * @bytes: of these messages
 * @waits: how often there was nothing, or no room
 * @wakes: how often the peer was woken
 *
 * All of it is private: the pages are written, and not read again. One thread
 * at a time.
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

/* What is done for each message, and is short, is part of those who do it. */

static inline size_t mmapdemo_record_size(const struct mmapdemo_channel *channel, size_t length)
{
	return ALIGN(sizeof(struct mmapdemo_record) + length, channel->align);
}

static inline size_t mmapdemo_message_max(const struct mmapdemo_channel *channel)
{
	return channel->size / 2;
}

/*
 * The bytes of a message of the record at @position: @length of them, of which
 * *@first lie before the ring's end and the rest at its beginning.
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
 * Return: 0; -EAGAIN, to be waited for; -EMSGSIZE; -EPROTO.
 */
static inline int mmapdemo_port_room(struct mmapdemo_port *port, size_t length)
{
	size_t wanted =
		mmapdemo_record_size(port->channel, length) + sizeof(struct mmapdemo_record);

	if (length > mmapdemo_message_max(port->channel) || !mmapdemo_port_is_free(port, wanted))
		return mmapdemo_port_find_room(port, length);
	return 0;
}

/* Copy a message to where there is room. */
static inline void mmapdemo_port_put(struct mmapdemo_port *port, const void *message, size_t length)
{
	size_t first;
	void *bytes = mmapdemo_message_at(port->channel, port->position, length, &first);

	memcpy(bytes, message, first);
	if (first < length)
		memcpy(port->channel->ring, message + first, length - first);
}

/* What was copied last becomes a message. To be told. */
static inline void mmapdemo_port_publish(struct mmapdemo_port *port, size_t length)
{
	struct mmapdemo_producer_page *page = mmapdemo_producer_page(port->channel);
	struct mmapdemo_record *record = mmapdemo_record_at(port->channel, port->position);
	u64 next = port->position + mmapdemo_record_size(port->channel, length);

	WRITE_ONCE(mmapdemo_record_at(port->channel, next)->header, 0);
	/* The message, and the 0 behind it, come before. */
	smp_store_release(&record->header, length + 1);
	WRITE_ONCE(page->head, port->position = next);
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
static inline ssize_t mmapdemo_port_peek(struct mmapdemo_port *port)
{
	/* Pairs with the producer's release: the message is there. */
	u32 header = smp_load_acquire(&mmapdemo_record_at(port->channel, port->position)->header);

	if (header - 1 > mmapdemo_message_max(port->channel) || port->broken)
		return mmapdemo_port_no_message(port, header);
	return header - 1;
}

/* Copy the next message: what is judged is the copy. */
static inline void mmapdemo_port_get(struct mmapdemo_port *port, void *message, size_t length)
{
	size_t first;
	void *bytes = mmapdemo_message_at(port->channel, port->position, length, &first);

	/* Of a liar: another producer may be writing where his records lead us. */
	data_race(memcpy(message, bytes, first));
	if (first < length) /* likewise */
		data_race(memcpy(message + first, port->channel->ring, length - first));
}

/* The next message, of the length that peek said, is done with. To be told. */
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
