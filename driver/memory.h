/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_MEMORY_H
#define MMAPDEMO_MEMORY_H

#include <linux/mm_types.h>
#include <linux/types.h>

/**
 * struct mmapdemo_extent - physically contiguous pages of a buffer
 * @pgoff: of its first page in the buffer
 * @pfn: of its first page in memory
 *
 * An extent ends where the next one in the array begins. A sentinel ends the last one.
 */
struct mmapdemo_extent {
	pgoff_t pgoff;
	unsigned long pfn;
};

/**
 * struct mmapdemo_memory - pages, and how to find them
 * @size: bytes, a multiple of PAGE_SIZE
 * @base: where the kernel has mapped the pages, @size bytes
 * @extents: sorted by @pgoff; @nr_extents of them, then the sentinel
 * @nr_extents: at least 1
 */
struct mmapdemo_memory {
	size_t size;
	void *base;
	struct mmapdemo_extent *extents;
	size_t nr_extents;
};

unsigned long mmapdemo_memory_available(void);
int mmapdemo_memory_create(struct mmapdemo_memory *mem, const struct mmapdemo_memory *old,
			   size_t size);
void mmapdemo_memory_destroy(struct mmapdemo_memory *mem, size_t keep);

unsigned long mmapdemo_memory_extent(const struct mmapdemo_memory *mem, pgoff_t pgoff,
				     unsigned long *nr_pages);
struct page *mmapdemo_memory_page(const struct mmapdemo_memory *mem, pgoff_t pgoff);

#endif /* MMAPDEMO_MEMORY_H */
