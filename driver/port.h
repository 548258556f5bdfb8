/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_PORT_H
#define MMAPDEMO_PORT_H

#include <linux/types.h>

#include "channel.h"

struct iov_iter;

/**
 * struct mmapdemo_port - a role of a channel that the kernel has
 * @channel: which must outlive the port
 * @holder: of the role; its @process is NULL
 * @role: MMAPDEMO_PRODUCER, MMAPDEMO_CONSUMER, or 0 before it has joined
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
int mmapdemo_port_wait(struct mmapdemo_port *port, const struct mmapdemo_port *beside,
		       u64 deadline);
int mmapdemo_port_tell(struct mmapdemo_port *port);

int mmapdemo_port_room(struct mmapdemo_port *port, size_t length);
size_t mmapdemo_port_write(struct mmapdemo_port *port, size_t length, struct iov_iter *from);
void mmapdemo_port_put(struct mmapdemo_port *port, const void *message, size_t length);
void mmapdemo_port_publish(struct mmapdemo_port *port, size_t length);

ssize_t mmapdemo_port_peek(struct mmapdemo_port *port);
size_t mmapdemo_port_read(struct mmapdemo_port *port, size_t length, struct iov_iter *to);
void mmapdemo_port_get(struct mmapdemo_port *port, void *message, size_t length);
void mmapdemo_port_release(struct mmapdemo_port *port, size_t length);

#endif /* MMAPDEMO_PORT_H */
