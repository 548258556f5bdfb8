// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory: pages that the driver owns, made of physically contiguous
 * extents, with one contiguous kernel view. This room allocates, frees and
 * finds; it knows no buffer, no file and no VMA.
 *
 * Pages come from alloc_pages_exact(), which splits its block: each is a page
 * of its own, is freed on its own, and may be held by somebody else (a pipe,
 * after vmsplice(2) of a private map) past the end of the memory.
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
 * Zeroed whatever init_on_alloc says; charged to the caller's cgroup; rather
 * failing than calling the OOM killer, which cannot see this memory in any
 * process.
 */
#define BUFFER_GFP (GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN)

/* The largest block that alloc_pages_exact() gives on 6.1 with 4 KiB pages. */
#define BLOCK_MAX (SZ_4M >> PAGE_SHIFT)

/* In a loop over pages, of which there may be millions. */
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
		/* Who is killed meanwhile gets no more. */
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

/* What is contiguous in @pages: each block is, and two of them may touch. */
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

/* By page frame; @extents has a sentinel, which stays. */
static void sort_extents(struct mmapdemo_extent *extents, size_t n)
{
	size_t pgoff = 0;
	size_t i;

	/* How many pages each has is not to be seen any more once they are sorted. */
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
 * Blocks come in any order, and many are neighbours. The fewer extents, the faster
 * a map. What is sorted are the blocks: there are a thousand pages in each.
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
 * mmapdemo_memory_available - how many pages may be taken now
 *
 * A part of the machine's memory is left: for the page tables of the kernel view,
 * and for everybody else, whom the OOM killer would have to choose from.
 */
unsigned long mmapdemo_memory_available(void)
{
	return max(si_mem_available() - (long)(totalram_pages() / 64), 0L);
}

/**
 * mmapdemo_memory_create - make memory that may share its beginning with another
 * @mem: what is made
 * @old: whose first pages are taken; its size may be 0, and it stays as it is
 * @size: bytes, a multiple of PAGE_SIZE, not 0; what @old has not is zero
 *
 * One of the two must then be destroyed, keeping the size of the other.
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

/* Free all but the first @keep bytes of the pages, which somebody else has now. */
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
 * mmapdemo_memory_extent - find the contiguous memory that starts at a page
 * @mem: where
 * @pgoff: of a page inside the buffer; the caller has checked it
 * @nr_pages: set to the pages from there to the end of the extent, at least 1
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
 * @mem: where
 * @pgoff: of the page, any value
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
