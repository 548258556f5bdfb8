// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mapping: a window of a buffer in a process. All rules for it are in
 * this file, and no other file of the driver touches a vm_area_struct.
 *
 * A VMA keeps its open file, the open file keeps the buffer: nothing here
 * takes a reference. What makes, splits or ends a VMA runs under the mmap_lock of the
 * process, held for writing. A fault holds that, or on newer kernels the lock of its VMA
 * only, for reading; the access of a debugger likewise. So these two change nothing.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "channel.h"
#include "compat.h"
#include "mapping.h"

static struct mmapdemo_buffer *vma_buffer(const struct vm_area_struct *vma)
{
	return vma->vm_private_data;
}

/**
 * struct region - what can be mapped at some offset of a buffer
 * @mem: its pages
 * @start: page offset of mmap(2) at which it begins
 * @first: page of @mem that is there
 * @pages: how many, from @first
 * @length: pages of mmap(2): @pages, or more, in which these repeat
 * @role: of a channel that may map it for writing, or 0
 */
struct region {
	const struct mmapdemo_memory *mem;
	pgoff_t start;
	pgoff_t first;
	unsigned long pages;
	unsigned long length;
	int role;
};

static int channel_region(struct region *region, const struct mmapdemo_buffer *buffer,
			  pgoff_t pgoff)
{
	const struct mmapdemo_channel *channel = buffer->channel;

	region->start = pgoff & ~((MMAPDEMO_PRODUCER_REGION >> PAGE_SHIFT) - 1);
	region->role = MMAPDEMO_PRODUCER;
	region->first = 0;
	switch ((u64)region->start << PAGE_SHIFT) {
	case MMAPDEMO_CONSUMER_REGION:
		region->role = MMAPDEMO_CONSUMER;
		region->first = 1;
		fallthrough;
	case MMAPDEMO_PRODUCER_REGION:
		region->mem = &channel->pages;
		region->pages = 1;
		region->length = 1;
		return 0;
	case MMAPDEMO_DATA_REGION:
		region->mem = &buffer->mem;
		region->pages = channel->size >> PAGE_SHIFT;
		region->length = 2 * region->pages;
		return 0;
	default:
		return -EINVAL;
	}
}

/* The region that @pgoff, any value, may be in; how far it goes is the caller's to check. */
static int find_region(struct region *region, const struct mmapdemo_buffer *buffer, pgoff_t pgoff)
{
	if (buffer->channel)
		return channel_region(region, buffer, pgoff);
	*region = (struct region){
		.mem = &buffer->mem,
		.pages = buffer->mem.size >> PAGE_SHIFT,
		.length = buffer->mem.size >> PAGE_SHIFT,
	};
	return 0;
}

/* The role without which there would not be this VMA: all others lost VM_MAYWRITE. */
static int vma_role(const struct vm_area_struct *vma)
{
	struct region region;

	if (!vma_buffer(vma)->channel || !(vma->vm_flags & VM_MAYWRITE))
		return 0;
	find_region(&region, vma_buffer(vma), vma->vm_pgoff);
	return region.role;
}

/*
 * A VMA is a user of its buffer, whose memory stays what it is until the last
 * one is gone.
 */
static void count_vma(struct vm_area_struct *vma)
{
	mmapdemo_buffer_enter(vma_buffer(vma));
	atomic_inc(&vma_buffer(vma)->maps);
}

/* For each but the first: fork, and a split by munmap or mprotect. */
static void mapping_open(struct vm_area_struct *vma)
{
	int role = vma_role(vma);

	count_vma(vma);
	if (role)
		mmapdemo_channel_map_again(vma_buffer(vma)->channel, role);
}

static void mapping_close(struct vm_area_struct *vma)
{
	int role = vma_role(vma);

	if (role)
		mmapdemo_channel_unmap(vma_buffer(vma)->channel, role);
	atomic_dec(&vma_buffer(vma)->maps);
	mmapdemo_buffer_leave(vma_buffer(vma));
}

/*
 * Debuggers, /proc/PID/mem and process_vm_readv come here, because the pages
 * of a PFN map cannot be taken by get_user_pages. The core has found the VMA
 * that holds @addr, and nothing more: it asks for writes to read-only maps and
 * for lengths that run past vm_end.
 */
static int shared_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
			 int write)
{
	pgoff_t pgoff = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	struct region region;
	size_t offset;
	void *bytes;

	if (len < 0 || find_region(&region, vma_buffer(vma), vma->vm_pgoff))
		return -EINVAL;
	if (write && !(vma->vm_flags & VM_WRITE))
		return -EACCES;
	offset = ((pgoff - region.start) % region.pages << PAGE_SHIFT) + offset_in_page(addr);
	bytes = region.mem->base + (region.first << PAGE_SHIFT) + offset;
	len = min3((unsigned long)len, vma->vm_end - addr, (region.pages << PAGE_SHIFT) - offset);
	if (write)
		memcpy(bytes, buf, len);
	else
		memcpy(buf, bytes, len);
	return len;
}

static const struct vm_operations_struct shared_ops = {
	.open = mapping_open,
	.close = mapping_close,
	.access = shared_access,
};

/* The pages that are mapped between two looks at the scheduler, at most. */
#define STEP (SZ_64M >> PAGE_SHIFT)

/**
 * struct cursor - what to map next
 * @region: from where
 * @vma: to where
 * @pgoff: page of the region
 * @pfn: of that page, and of the @nr - 1 pages after it
 * @nr: 0 before they are looked for
 */
struct cursor {
	const struct region *region;
	struct vm_area_struct *vma;
	pgoff_t pgoff;
	unsigned long pfn;
	unsigned long nr;
};

static void find_extent(struct cursor *cursor)
{
	const struct region *region = cursor->region;
	pgoff_t page = cursor->pgoff % region->pages;

	cursor->pfn = mmapdemo_memory_extent(region->mem, region->first + page, &cursor->nr);
	cursor->nr = min(cursor->nr, region->pages - page);
}

static void advance(struct cursor *cursor, unsigned long nr)
{
	cursor->pgoff += nr;
	cursor->pfn += nr;
	cursor->nr -= nr;
}

/*
 * On x86 remap_pfn_range() of less than a whole VMA looks up the memory type of each
 * page, which takes six times as long as to map it. The answer is known: these pages are
 * ordinary memory. So they are entered one by one there, as a PFN map all the same.
 */
#ifdef CONFIG_X86
static int enter_page(pte_t *pte, unsigned long addr, void *data)
{
	struct cursor *cursor = data;
	struct vm_area_struct *vma = cursor->vma;

	if (!cursor->nr)
		find_extent(cursor);
	set_pte_at(vma->vm_mm, addr, pte, pte_mkspecial(pfn_pte(cursor->pfn, vma->vm_page_prot)));
	advance(cursor, 1);
	return 0;
}

static int map_pages(struct cursor *cursor, unsigned long addr, unsigned long nr)
{
	struct vm_area_struct *vma = cursor->vma;

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return apply_to_page_range(vma->vm_mm, addr, nr << PAGE_SHIFT, enter_page, cursor);
}
#else
static int map_pages(struct cursor *cursor, unsigned long addr, unsigned long nr)
{
	struct vm_area_struct *vma = cursor->vma;

	while (nr) {
		unsigned long some;
		int err;

		find_extent(cursor);
		some = min(nr, cursor->nr);
		err = remap_pfn_range(vma, addr, cursor->pfn, some << PAGE_SHIFT,
				      vma->vm_page_prot);
		if (err)
			return err;
		advance(cursor, some);
		addr += some << PAGE_SHIFT;
		nr -= some;
	}
	return 0;
}
#endif

/*
 * All pages at once. remap_pfn_range() sets VM_IO, VM_PFNMAP, VM_DONTEXPAND and
 * VM_DONTDUMP: the window cannot grow, its pages cannot be pinned, core dumps leave it
 * out. Where the pages are contiguous, one call does. When it fails half way the core
 * unmaps what is there.
 */
static int map_shared(const struct region *region, struct vm_area_struct *vma)
{
	struct cursor cursor = { region, vma, .pgoff = vma->vm_pgoff - region->start };
	unsigned long left = vma_pages(vma);
	unsigned long addr = vma->vm_start;
	int err = 0;

	find_extent(&cursor);
	if (cursor.nr >= left && left <= STEP) {
		err = remap_pfn_range(vma, addr, cursor.pfn, left << PAGE_SHIFT, vma->vm_page_prot);
		left = 0;
	}
	while (left && !err) {
		unsigned long nr = min_t(unsigned long, left, STEP);

		err = map_pages(&cursor, addr, nr);
		addr += nr << PAGE_SHIFT;
		left -= nr;
		cond_resched();
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	if (!err)
		vma->vm_ops = &shared_ops;
	return err;
}

/*
 * Who maps a part of a channel for writing has the role for it, alone: a child
 * of fork(2) would be a second one, and hide that the first has died. VM_IO, set
 * by remap_pfn_range(), keeps madvise(2) from undoing that.
 */
static int map_channel(struct mmapdemo_buffer *buffer, const struct region *region,
		       struct vm_area_struct *vma)
{
	const struct mmapdemo_holder holder = { vma->vm_file, mmapdemo_process_current() };
	int err;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (!(vma->vm_flags & VM_WRITE)) {
		vm_flags_clear(vma, VM_MAYWRITE);
		return map_shared(region, vma);
	}
	err = mmapdemo_channel_map(buffer->channel, region->role, &holder);
	if (err)
		return err;
	vm_flags_set(vma, VM_DONTCOPY);
	err = map_shared(region, vma);
	if (err)
		mmapdemo_channel_unmap(buffer->channel, region->role);
	return err;
}

/*
 * Private maps get their pages as struct page, on first touch. By
 * remap_pfn_range() a writable one would carry the physical address in
 * vm_pgoff, where /proc/PID/maps shows it to everybody.
 */
static vm_fault_t private_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct region region;
	struct page *page;

	/* Without it there would not be this VMA. */
	find_region(&region, vma_buffer(vma), vma->vm_pgoff);
	page = mmapdemo_memory_page(region.mem, region.first + (vmf->pgoff - region.start));
	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct private_ops = {
	.open = mapping_open,
	.close = mapping_close,
	.fault = private_fault,
};

static int check_and_map(struct mmapdemo_buffer *buffer, struct vm_area_struct *vma)
{
	unsigned long len = vma_pages(vma);
	struct region region;
	pgoff_t pgoff;
	int err;

	err = find_region(&region, buffer, vma->vm_pgoff);
	if (err)
		return err;
	/* Subtract, never add: vm_pgoff + len may wrap. */
	pgoff = vma->vm_pgoff - region.start;
	if (pgoff > region.length || len > region.length - pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYEXEC);

	vma->vm_private_data = buffer;
	if (buffer->channel)
		return map_channel(buffer, &region, vma);
	if (vma->vm_flags & VM_MAYSHARE)
		return map_shared(&region, vma);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &private_ops;
	return 0;
}

/**
 * mmapdemo_mapping_create - check a VMA, then map the buffer into it
 * @buffer: kept alive by vma->vm_file until the last part of the VMA is gone
 * @vma: new; its offset, length and flags come from an untrusted caller
 *
 * The core has refused a shared writable map of a read-only descriptor and
 * taken VM_MAYWRITE from a readable one; it leaves VM_MAYEXEC to us. Such a
 * readable shared map arrives without VM_SHARED, hence VM_MAYSHARE above.
 *
 * Return: 0, -EINVAL for a window that is not inside the buffer, -EPERM for PROT_EXEC,
 * or what remap_pfn_range() says.
 * Of a channel also -EINVAL between its regions, -EACCES for a caller without the role.
 */
int mmapdemo_mapping_create(struct mmapdemo_buffer *buffer, struct vm_area_struct *vma)
{
	int err;

	mmapdemo_buffer_enter(buffer);
	err = check_and_map(buffer, vma);
	/* A VMA whose .mmap fails gets no .close; one that succeeds stays a user. */
	if (!err)
		count_vma(vma);
	mmapdemo_buffer_leave(buffer);
	return err;
}
