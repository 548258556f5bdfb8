/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_BUFFER_H
#define MMAPDEMO_BUFFER_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/mm_types.h>
#include <linux/types.h>

struct iov_iter;

/**
 * struct mmapdemo_extent - physically contiguous pages of a buffer
 * @pgoff: of its first page in the buffer
 * @pfn: of its first page in memory
 *
 * It ends where the next one begins; a sentinel ends the last.
 */
struct mmapdemo_extent {
	pgoff_t pgoff;
	unsigned long pfn;
};

/**
 * struct mmapdemo_buffer - zeroed pages with one kernel view
 * @ref: held by the node and by each open file; a VMA holds its open file
 * @size: bytes, whole pages; never changes
 * @base: the kernel view, @size bytes
 * @extents: sorted by @pgoff, @nr_extents of them and the sentinel
 * @nr_extents: at least 1
 * @opens: open files, for INFO only: nothing is decided by it
 * @maps: VMAs, for INFO only
 *
 * Made by mmapdemo_buffer_create(), freed by the last
 * mmapdemo_buffer_put(). Apart from the counts all members are constant in
 * between, so there is no lock. The bytes belong to whoever maps them: they
 * may change at any moment and are never believed.
 */
struct mmapdemo_buffer {
	struct kref ref;
	size_t size;
	void *base;
	struct mmapdemo_extent *extents;
	size_t nr_extents;
	atomic_t opens;
	atomic_t maps;
};

struct mmapdemo_buffer *mmapdemo_buffer_create(size_t size);
void mmapdemo_buffer_get(struct mmapdemo_buffer *buffer);
void mmapdemo_buffer_put(struct mmapdemo_buffer *buffer);

unsigned long mmapdemo_buffer_extent(const struct mmapdemo_buffer *buffer, pgoff_t pgoff,
				     unsigned long *nr_pages);
struct page *mmapdemo_buffer_page(const struct mmapdemo_buffer *buffer, pgoff_t pgoff);

size_t mmapdemo_buffer_read(const struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *to);
size_t mmapdemo_buffer_write(struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *from);

#endif /* MMAPDEMO_BUFFER_H */
