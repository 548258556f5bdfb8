// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory: pages that the driver owns, in physically contiguous extents, and
 * one contiguous mapping of them in the kernel. This file allocates, frees and
 * finds pages. It knows no buffer, no file and no VMA.
 *
 * alloc_pages_exact() splits its block into separate pages, which are freed one
 * by one. Somebody else may hold a page longer than this memory exists: a pipe
 * does after vmsplice(2) of a private mapping.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "memory.h"

/*
 * Zeroed whatever init_on_alloc says, and charged to the caller's memory cgroup. An
 * allocation fails rather than call the OOM killer, which cannot see this memory in
 * any process.
 */
#define BUFFER_GFP (GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN)

/* The largest block that alloc_pages_exact() gives on 6.1 with 4 KiB pages. */
#define BLOCK_MAX (SZ_4M >> PAGE_SHIFT)

/* Let others run, in a loop over pages, of which there may be millions. */
static void rest(size_t i)
{
	if (i % BLOCK_MAX == 0)
		cond_resched();
}

static void free_pages_array(struct page **pages, size_t nr)
{
	while (nr--) {
		rest(nr);
		__free_page(pages[nr]);
	}
}

static int alloc_pages_array(struct page **pages, size_t nr)
{
	size_t block = BLOCK_MAX;
	size_t done = 0;

	while (done < nr) {
		char *addr = NULL;
		size_t i;

		block = min(block, nr - done);
		/* A caller that was killed meanwhile gets no more pages. */
		if (!fatal_signal_pending(current))
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

/* Make @mem->extents of @pages: each block is contiguous, and two blocks may be neighbours. */
static int find_extents(struct mmapdemo_memory *mem, struct page **pages, size_t nr)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		rest(i);
		n += starts_extent(pages, i);
	}
	mem->extents = kvmalloc_array(n + 1, sizeof(*mem->extents), GFP_KERNEL_ACCOUNT);
	if (!mem->extents)
		return -ENOMEM;
	mem->nr_extents = n;
	n = 0;
	for (i = 0; i < nr; i++) {
		rest(i);
		if (starts_extent(pages, i))
			mem->extents[n++] = (struct mmapdemo_extent){
				.pgoff = i,
				.pfn = page_to_pfn(pages[i]),
			};
	}
	mem->extents[n] = (struct mmapdemo_extent){ .pgoff = nr };
	return 0;
}

static void get_pages_array(const struct mmapdemo_memory *mem, struct page **pages, size_t nr)
{
	const struct mmapdemo_extent *extent = mem->extents;
	size_t i;

	for (i = 0; i < nr; i++) {
		rest(i);
		if (i == extent[1].pgoff)
			extent++;
		pages[i] = pfn_to_page(extent->pfn + (i - extent->pgoff));
	}
}

static int compare_pfns(const void *a, const void *b)
{
	const struct mmapdemo_extent *x = a, *y = b;

	cond_resched();
	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

/* Sort by page frame number; the sentinel stays at the end. */
static void sort_extents(struct mmapdemo_extent *extents, size_t n)
{
	size_t pgoff = 0;
	size_t i;

	/* Store the number of pages in .pgoff: once sorted, the next .pgoff does not tell it. */
	for (i = 0; i < n; i++)
		extents[i].pgoff = extents[i + 1].pgoff - extents[i].pgoff;
	sort(extents, n, sizeof(*extents), compare_pfns, NULL);
	for (i = 0; i < n; i++) {
		size_t nr = extents[i].pgoff;

		extents[i].pgoff = pgoff;
		pgoff += nr;
	}
}

/*
 * The allocator returns blocks in any order, and many are neighbours: sorted, they make
 * fewer extents, and mmap(2) is faster. To sort blocks is a thousand times less work than
 * to sort pages.
 */
static int sort_blocks(struct page **pages, size_t nr)
{
	struct mmapdemo_memory blocks = { 0 };
	int err;

	if (nr <= BLOCK_MAX)
		return 0;
	err = find_extents(&blocks, pages, nr);
	if (err)
		return err;
	sort_extents(blocks.extents, blocks.nr_extents);
	get_pages_array(&blocks, pages, nr);
	kvfree(blocks.extents);
	return 0;
}

/**
 * mmapdemo_memory_available - how many pages may be allocated now
 *
 * A part of the machine's memory is left for the page tables of the kernel's mapping,
 * and for all processes: the OOM killer would kill one of them.
 */
unsigned long mmapdemo_memory_available(void)
{
	return max(si_mem_available() - (long)(totalram_pages() / 64), 0L);
}

/**
 * mmapdemo_memory_create - make memory that may begin with the pages of another one
 * @mem: the new memory
 * @old: unchanged; @mem begins with its pages, none if its size is 0
 * @size: bytes, a multiple of PAGE_SIZE, not 0; bytes after those of @old are zero
 *
 * @mem and @old then share pages. Destroy one of them with the size of the other as @keep.
 *
 * Return: 0 or -ENOMEM.
 */
int mmapdemo_memory_create(struct mmapdemo_memory *mem, const struct mmapdemo_memory *old,
			   size_t size)
{
	size_t nr = size >> PAGE_SHIFT;
	size_t shared = min(size, old->size) >> PAGE_SHIFT;
	struct page **pages;

	if (nr - shared > mmapdemo_memory_available())
		return -ENOMEM;
	pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!pages)
		return -ENOMEM;
	get_pages_array(old, pages, shared);
	if (alloc_pages_array(pages + shared, nr - shared))
		goto free_array;
	if (sort_blocks(pages + shared, nr - shared) || find_extents(mem, pages, nr))
		goto free_pages;
	mem->base = vmap(pages, nr, VM_MAP, PAGE_KERNEL);
	if (!mem->base)
		goto free_extents;
	mem->size = size;
	kvfree(pages);
	return 0;

free_extents:
	kvfree(mem->extents);
free_pages:
	free_pages_array(pages + shared, nr - shared);
free_array:
	kvfree(pages);
	return -ENOMEM;
}

/* Free all pages except those of the first @keep bytes, which another memory has now. */
void mmapdemo_memory_destroy(struct mmapdemo_memory *mem, size_t keep)
{
	const struct mmapdemo_extent *extent;
	pgoff_t first = keep >> PAGE_SHIFT;
	pgoff_t pgoff;

	vunmap(mem->base);
	for (extent = mem->extents; extent < mem->extents + mem->nr_extents; extent++) {
		for (pgoff = max(extent->pgoff, first); pgoff < extent[1].pgoff; pgoff++) {
			rest(pgoff);
			__free_page(pfn_to_page(extent->pfn + (pgoff - extent->pgoff)));
		}
	}
	kvfree(mem->extents);
}

/**
 * mmapdemo_memory_extent - find the contiguous pages from a page on
 * @mem: the memory
 * @pgoff: offset of the page, inside the memory; the caller has checked it
 * @nr_pages: set to the number of pages from there to the end of the extent, at least 1
 *
 * Return: the page frame number of that page.
 */
unsigned long mmapdemo_memory_extent(const struct mmapdemo_memory *mem, pgoff_t pgoff,
				     unsigned long *nr_pages)
{
	const struct mmapdemo_extent *extents = mem->extents;
	size_t low = 0;
	size_t high = mem->nr_extents;

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
 * mmapdemo_memory_page - find one page
 * @mem: the memory
 * @pgoff: offset of the page, any value
 *
 * Return: the page, with no reference taken, or NULL past the end.
 */
struct page *mmapdemo_memory_page(const struct mmapdemo_memory *mem, pgoff_t pgoff)
{
	unsigned long nr_pages;

	if (pgoff >= mem->size >> PAGE_SHIFT)
		return NULL;
	return pfn_to_page(mmapdemo_memory_extent(mem, pgoff, &nr_pages));
}
