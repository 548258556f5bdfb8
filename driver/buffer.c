// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buffer: pages that the driver owns, made of physically contiguous
 * extents, with one contiguous kernel view. This room allocates, frees, finds
 * and copies; it knows no file, no VMA and no node.
 *
 * Pages come from alloc_pages_exact(), which splits its block: each is a page
 * of its own, is freed on its own, and may be held by somebody else (a pipe,
 * after vmsplice(2) of a private map) past the end of the buffer.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include "buffer.h"

/*
 * Zeroed whatever init_on_alloc says; charged to the caller's cgroup; rather
 * failing than calling the OOM killer, which cannot see this memory in any
 * process.
 */
#define BUFFER_GFP (GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN)

/* The largest block that alloc_pages_exact() gives on 6.1 with 4 KiB pages. */
#define BLOCK_MAX (SZ_4M >> PAGE_SHIFT)

/* The most bytes that are copied between two looks at the scheduler. */
#define COPY_MAX SZ_1M

static void free_pages_array(struct page **pages, size_t nr)
{
	while (nr--)
		__free_page(pages[nr]);
}

static int alloc_pages_array(struct page **pages, size_t nr)
{
	size_t block = BLOCK_MAX;
	size_t done = 0;

	while (done < nr) {
		char *addr;
		size_t i;

		block = min(block, nr - done);
		addr = alloc_pages_exact(block << PAGE_SHIFT, BUFFER_GFP);
		if (!addr && block == 1) {
			free_pages_array(pages, done);
			return -ENOMEM;
		}
		if (!addr) {
			block /= 2;
			continue;
		}
		for (i = 0; i < block; i++)
			pages[done++] = virt_to_page(addr + (i << PAGE_SHIFT));
		cond_resched();
	}
	return 0;
}

static bool starts_extent(struct page **pages, size_t i)
{
	return i == 0 || page_to_pfn(pages[i]) != page_to_pfn(pages[i - 1]) + 1;
}

/* Neighbouring blocks may touch: extents are what is contiguous in the end. */
static int find_extents(struct mmapdemo_buffer *buffer, struct page **pages, size_t nr)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		n += starts_extent(pages, i);
	buffer->extents = kvmalloc_array(n + 1, sizeof(*buffer->extents), GFP_KERNEL_ACCOUNT);
	if (!buffer->extents)
		return -ENOMEM;
	buffer->nr_extents = n;
	n = 0;
	for (i = 0; i < nr; i++) {
		if (starts_extent(pages, i))
			buffer->extents[n++] = (struct mmapdemo_extent){
				.pgoff = i,
				.pfn = page_to_pfn(pages[i]),
			};
	}
	buffer->extents[n] = (struct mmapdemo_extent){ .pgoff = nr };
	return 0;
}

/**
 * mmapdemo_buffer_create - make a buffer of zeroes
 * @size: bytes, a multiple of PAGE_SIZE, not 0
 *
 * Return: a buffer with one reference, or ERR_PTR(-ENOMEM).
 */
struct mmapdemo_buffer *mmapdemo_buffer_create(size_t size)
{
	size_t nr = size >> PAGE_SHIFT;
	struct mmapdemo_buffer *buffer;
	struct page **pages;

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL_ACCOUNT);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	kref_init(&buffer->ref);
	buffer->size = size;

	pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		goto free_buffer;
	if (alloc_pages_array(pages, nr))
		goto free_array;
	if (find_extents(buffer, pages, nr))
		goto free_pages;
	buffer->base = vmap(pages, nr, VM_MAP, PAGE_KERNEL);
	if (!buffer->base)
		goto free_extents;
	kvfree(pages);
	return buffer;

free_extents:
	kvfree(buffer->extents);
free_pages:
	free_pages_array(pages, nr);
free_array:
	kvfree(pages);
free_buffer:
	kfree(buffer);
	return ERR_PTR(-ENOMEM);
}

static void release(struct kref *ref)
{
	struct mmapdemo_buffer *buffer = container_of(ref, struct mmapdemo_buffer, ref);
	const struct mmapdemo_extent *extent;
	size_t i;

	vunmap(buffer->base);
	for (extent = buffer->extents; extent < buffer->extents + buffer->nr_extents; extent++) {
		for (i = 0; i < extent[1].pgoff - extent->pgoff; i++)
			__free_page(pfn_to_page(extent->pfn + i));
		cond_resched();
	}
	kvfree(buffer->extents);
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

/**
 * mmapdemo_buffer_extent - find the contiguous memory that starts at a page
 * @buffer: where
 * @pgoff: of a page inside the buffer; the caller has checked it
 * @nr_pages: set to the pages from there to the end of the extent, at least 1
 *
 * Return: the page frame number of that page.
 */
unsigned long mmapdemo_buffer_extent(const struct mmapdemo_buffer *buffer, pgoff_t pgoff,
				     unsigned long *nr_pages)
{
	const struct mmapdemo_extent *extents = buffer->extents;
	size_t low = 0;
	size_t high = buffer->nr_extents;

	/* extents[low].pgoff <= pgoff < extents[high].pgoff */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (extents[middle].pgoff <= pgoff)
			low = middle;
		else
			high = middle;
	}
	*nr_pages = extents[high].pgoff - pgoff;
	return extents[low].pfn + (pgoff - extents[low].pgoff);
}

/**
 * mmapdemo_buffer_page - find one page
 * @buffer: where
 * @pgoff: of the page, any value
 *
 * Return: the page, with no reference taken, or NULL past the end.
 */
struct page *mmapdemo_buffer_page(const struct mmapdemo_buffer *buffer, pgoff_t pgoff)
{
	unsigned long nr_pages;

	if (pgoff >= buffer->size >> PAGE_SHIFT)
		return NULL;
	return pfn_to_page(mmapdemo_buffer_extent(buffer, pgoff, &nr_pages));
}

/* How much of @count fits behind @pos. A position past the end has no room. */
static size_t room(const struct mmapdemo_buffer *buffer, loff_t pos, size_t count)
{
	if (pos < 0 || pos >= buffer->size)
		return 0;
	return min_t(size_t, count, buffer->size - pos);
}

/**
 * mmapdemo_buffer_read - copy bytes out, up to the end of the buffer
 * @buffer: from where
 * @pos: first byte, any value
 * @to: where to; says how many
 *
 * Return: bytes copied; fewer than there were if @to has a bad address.
 */
size_t mmapdemo_buffer_read(const struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *to)
{
	size_t left = room(buffer, pos, iov_iter_count(to));
	size_t done = 0;

	while (left) {
		size_t want = min_t(size_t, left, COPY_MAX);
		size_t copied = copy_to_iter(buffer->base + pos + done, want, to);

		done += copied;
		left -= copied;
		if (copied < want || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}

/**
 * mmapdemo_buffer_write - copy bytes in, up to the end of the buffer
 * @buffer: where to
 * @pos: first byte, any value
 * @from: from where; says how many
 *
 * Return: bytes copied; fewer than had room if @from has a bad address.
 */
size_t mmapdemo_buffer_write(struct mmapdemo_buffer *buffer, loff_t pos, struct iov_iter *from)
{
	size_t left = room(buffer, pos, iov_iter_count(from));
	size_t done = 0;

	while (left) {
		size_t want = min_t(size_t, left, COPY_MAX);
		size_t copied = copy_from_iter(buffer->base + pos + done, want, from);

		done += copied;
		left -= copied;
		if (copied < want || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}
