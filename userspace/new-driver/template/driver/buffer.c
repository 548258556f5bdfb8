// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buffer: memory that is shared, and its references. It knows no file, no VMA
 * and no node.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "buffer.h"
#include "copy.h"

/**
 * mmapdemo_buffer_create - make a buffer of zeroes
 * @size: bytes, a multiple of PAGE_SIZE, not 0
 *
 * Return: a buffer with one reference, or ERR_PTR() of -ENOMEM.
 */
struct mmapdemo_buffer *mmapdemo_buffer_create(size_t size)
{
	struct mmapdemo_buffer *buffer;
	int err;

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL_ACCOUNT);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	kref_init(&buffer->ref);
	err = mmapdemo_memory_create(&buffer->mem, size);
	if (err) {
		kfree(buffer);
		return ERR_PTR(err);
	}
	return buffer;
}

static void release(struct kref *ref)
{
	struct mmapdemo_buffer *buffer = container_of(ref, struct mmapdemo_buffer, ref);

	mmapdemo_memory_destroy(&buffer->mem);
	kfree(buffer);
}

/* take buffer.c: mmapdemo_buffer_get mmapdemo_buffer_put */

/* take buffer.c: room mmapdemo_buffer_read mmapdemo_buffer_write */
