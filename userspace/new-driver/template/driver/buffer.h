/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_BUFFER_H
#define MMAPDEMO_BUFFER_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/types.h>

#include "memory.h"

struct iov_iter;

/**
 * struct mmapdemo_buffer - zeroed pages with one kernel view
 * @ref: held by the node and by each open file; a VMA holds its open file
 * @mem: stays what it is as long as the buffer is there
 * @opens: open files, for INFO only: nothing is decided by it
 * @maps: VMAs, for INFO only
 *
 * Made by mmapdemo_buffer_create(), freed by the last mmapdemo_buffer_put(). The
 * bytes belong to those who map them: they may change at any moment and are never
 * believed.
 */
struct mmapdemo_buffer {
	struct kref ref;
	struct mmapdemo_memory mem;
	atomic_t opens;
	atomic_t maps;
};

struct mmapdemo_buffer *mmapdemo_buffer_create(size_t size);
void mmapdemo_buffer_get(struct mmapdemo_buffer *buffer);
void mmapdemo_buffer_put(struct mmapdemo_buffer *buffer);

size_t mmapdemo_buffer_read(const struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *to);
size_t mmapdemo_buffer_write(struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *from);

#endif /* MMAPDEMO_BUFFER_H */
