// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buffer: memory that is shared, with its references, its users and its
 * owner. It knows no file, no VMA and no node.
 *
 * Only a spinlock and a count guard the memory against a resize: maps come and
 * go under mmap_lock, where nothing may be taken that is held while bytes are
 * copied from or to user space.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "buffer.h"
#include "channel.h"
#include "copy.h"
#include "quota.h"
#include "waiters.h"

/**
 * mmapdemo_buffer_create - make a buffer of zeroes
 * @size: bytes, a multiple of PAGE_SIZE, not 0
 * @owner: who may resize it
 * @counted: whether somebody pays for it; the calling process, then
 * @flags: MMAPDEMO_CREATE_...
 *
 * Return: a buffer with one reference; ERR_PTR() of -ENOMEM, or of what
 * mmapdemo_quota_open() says.
 */
struct mmapdemo_buffer *mmapdemo_buffer_create(size_t size, kuid_t owner, bool counted,
					       unsigned int flags)
{
	const struct mmapdemo_share share = { .bytes = size, .buffers = 1 };
	const struct mmapdemo_memory none = { 0 };
	struct mmapdemo_buffer *buffer;
	int err;

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL_ACCOUNT);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	kref_init(&buffer->ref);
	mutex_init(&buffer->resize);
	spin_lock_init(&buffer->lock);
	mmapdemo_event_init(&buffer->event);
	mmapdemo_clients_init(&buffer->clients);
	buffer->owner = owner;

	if (counted)
		buffer->quota = mmapdemo_quota_open(&share);
	err = PTR_ERR_OR_ZERO(buffer->quota);
	if (err)
		goto free_buffer;
	err = mmapdemo_memory_create(&buffer->mem, &none, size);
	if (err)
		goto give_quota;
	if (flags & MMAPDEMO_CREATE_CHANNEL) {
		buffer->channel = mmapdemo_channel_create(&buffer->mem, flags);
		err = PTR_ERR_OR_ZERO(buffer->channel);
		if (err)
			goto free_memory;
	}
	return buffer;

free_memory:
	mmapdemo_memory_destroy(&buffer->mem, 0);
give_quota:
	if (counted)
		mmapdemo_quota_close(buffer->quota, &share);
free_buffer:
	kfree(buffer);
	return ERR_PTR(err);
}

static void release(struct kref *ref)
{
	struct mmapdemo_buffer *buffer = container_of(ref, struct mmapdemo_buffer, ref);
	const struct mmapdemo_share share = { .bytes = buffer->mem.size, .buffers = 1 };

	if (buffer->channel)
		mmapdemo_channel_destroy(buffer->channel);
	mmapdemo_memory_destroy(&buffer->mem, 0);
	if (buffer->quota)
		mmapdemo_quota_close(buffer->quota, &share);
	mmapdemo_clients_destroy(&buffer->clients);
	mmapdemo_waiters_destroy(buffer->waiters);
	kfree(buffer);
}

void mmapdemo_buffer_get(struct mmapdemo_buffer *buffer)
{
	kref_get(&buffer->ref);
}

void mmapdemo_buffer_put(struct mmapdemo_buffer *buffer)
{
	kref_put(&buffer->ref, release);
}

/* Bytes, at this moment, without the lock; until when, only users know. */
size_t mmapdemo_buffer_size(struct mmapdemo_buffer *buffer)
{
	return READ_ONCE(buffer->mem.size);
}

/* From here to mmapdemo_buffer_leave() the memory stays what it is. */
void mmapdemo_buffer_enter(struct mmapdemo_buffer *buffer)
{
	spin_lock(&buffer->lock);
	buffer->users++;
	spin_unlock(&buffer->lock);
}

void mmapdemo_buffer_leave(struct mmapdemo_buffer *buffer)
{
	spin_lock(&buffer->lock);
	buffer->users--;
	spin_unlock(&buffer->lock);
}

/* Exchanges the memory, unless somebody uses it. */
static int exchange(struct mmapdemo_buffer *buffer, struct mmapdemo_memory *mem)
{
	int err = -EBUSY;

	spin_lock(&buffer->lock);
	if (!buffer->users) {
		swap(buffer->mem, *mem);
		err = 0;
	}
	spin_unlock(&buffer->lock);
	return err;
}

static int resize_locked(struct mmapdemo_buffer *buffer, size_t size)
{
	size_t old = buffer->mem.size;
	const struct mmapdemo_share more = { .bytes = size > old ? size - old : 0 };
	const struct mmapdemo_share less = { .bytes = size < old ? old - size : 0 };
	struct mmapdemo_memory mem;
	int err;

	if (more.bytes && buffer->quota) {
		err = mmapdemo_quota_take(buffer->quota, &more);
		if (err)
			return err;
	}
	err = mmapdemo_memory_create(&mem, &buffer->mem, size);
	if (!err) {
		err = exchange(buffer, &mem);
		mmapdemo_memory_destroy(&mem, buffer->mem.size);
	}
	if (buffer->quota)
		mmapdemo_quota_give(buffer->quota, err ? &more : &less);
	return err;
}

/**
 * mmapdemo_buffer_resize - grow or shrink
 * @buffer: which
 * @size: bytes, a multiple of PAGE_SIZE, not 0
 *
 * What stays keeps its bytes, what is new is zero.
 *
 * Return: 0; -EBUSY while it has users; -ENOMEM, -EINTR, or what
 * mmapdemo_quota_take() says. Then nothing has changed.
 */
int mmapdemo_buffer_resize(struct mmapdemo_buffer *buffer, size_t size)
{
	int err = mutex_lock_killable(&buffer->resize);

	if (err)
		return err;
	err = resize_locked(buffer, size);
	mutex_unlock(&buffer->resize);
	return err;
}

/*
 * How much of @count fits after @pos. A position past the end has no room, and is not used
 * by a processor that guesses, either.
 */
static size_t room(const struct mmapdemo_buffer *buffer, loff_t *pos, size_t count)
{
	if (*pos < 0 || *pos >= buffer->mem.size)
		return 0;
	*pos = array_index_nospec((size_t)*pos, buffer->mem.size);
	return min_t(size_t, count, buffer->mem.size - *pos);
}

/**
 * mmapdemo_buffer_read - copy bytes out, up to the end of the buffer
 * @buffer: from where
 * @pos: first byte, any value
 * @to: where to; says how many
 *
 * Return: bytes copied, as mmapdemo_copy_out().
 */
size_t mmapdemo_buffer_read(const struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *to)
{
	size_t length = room(buffer, &pos, iov_iter_count(to));

	return length ? mmapdemo_copy_out(buffer->mem.base + pos, length, to) : 0;
}

/**
 * mmapdemo_buffer_write - copy bytes in, up to the end of the buffer
 * @buffer: where to
 * @pos: first byte, any value
 * @from: from where; says how many
 *
 * Return: bytes copied, as mmapdemo_copy_in().
 */
size_t mmapdemo_buffer_write(struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *from)
{
	size_t length = room(buffer, &pos, iov_iter_count(from));

	return length ? mmapdemo_copy_in(buffer->mem.base + pos, length, from) : 0;
}
