/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_BUFFER_H
#define MMAPDEMO_BUFFER_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "client.h"
#include "event.h"
#include "memory.h"

struct iov_iter;
struct mmapdemo_channel;
struct mmapdemo_quota;
struct mmapdemo_waiters;

/**
 * struct mmapdemo_buffer - zeroed pages with one kernel view
 * @ref: held by the node and by each open file; a VMA holds its open file
 * @owner: who may resize it and take its name away
 * @quota: who pays for it; NULL for nobody
 * @resize: serializes resizes
 * @lock: never held while bytes are copied
 * @users: VMAs, and reads, writes and waits that are under way. While there is
 *	one, @mem stays what it is
 * @mem: for @users
 * @channel: the channel that it also is, or NULL. Then @mem is its ring, and stays
 * @event: publications
 * @clients: processes that have a number
 * @waiters: of words; NULL before the first one, and then it stays
 * @opens: open files, for INFO only: nothing is decided by it
 * @maps: VMAs, for INFO only
 *
 * Made by mmapdemo_buffer_create(), freed by the last
 * mmapdemo_buffer_put(). The bytes belong to those who map them: they
 * may change at any moment and are never believed.
 */
struct mmapdemo_buffer {
	struct kref ref;
	kuid_t owner;
	struct mmapdemo_quota *quota;
	struct mutex resize; /* one at a time */
	spinlock_t lock;     /* of users, and of exchanging mem */
	unsigned int users;
	struct mmapdemo_memory mem;
	struct mmapdemo_channel *channel;
	struct mmapdemo_event event;
	struct mmapdemo_clients clients;
	struct mmapdemo_waiters *waiters;
	atomic_t opens;
	atomic_t maps;
};

struct mmapdemo_buffer *mmapdemo_buffer_create(size_t size, kuid_t owner, bool counted,
					       unsigned int flags);
void mmapdemo_buffer_get(struct mmapdemo_buffer *buffer);
void mmapdemo_buffer_put(struct mmapdemo_buffer *buffer);

size_t mmapdemo_buffer_size(struct mmapdemo_buffer *buffer);
void mmapdemo_buffer_enter(struct mmapdemo_buffer *buffer);
void mmapdemo_buffer_leave(struct mmapdemo_buffer *buffer);
int mmapdemo_buffer_resize(struct mmapdemo_buffer *buffer, size_t size);

/* For users: between enter and leave. */
size_t mmapdemo_buffer_read(const struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *to);
size_t mmapdemo_buffer_write(struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *from);

#endif /* MMAPDEMO_BUFFER_H */
