/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_STREAM_H
#define MMAPDEMO_STREAM_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "port.h"

struct iov_iter;

/**
 * struct mmapdemo_stream - read(2) and write(2) of an open file of a channel
 * @lock: guards @port; a call holds it while it waits for a message or for space
 * @port: the first call joins it
 */
struct mmapdemo_stream {
	struct mutex lock; /* orders the calls on one open file */
	struct mmapdemo_port port;
};

void mmapdemo_stream_init(struct mmapdemo_stream *stream);
void mmapdemo_stream_end(struct mmapdemo_stream *stream);

ssize_t mmapdemo_stream_read(struct mmapdemo_stream *stream, struct mmapdemo_channel *channel,
			     const void *file, struct iov_iter *to, bool nonblock);
ssize_t mmapdemo_stream_write(struct mmapdemo_stream *stream, struct mmapdemo_channel *channel,
			      const void *file, struct iov_iter *from, bool nonblock);

#endif /* MMAPDEMO_STREAM_H */
