// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mapping: a window of a buffer in a process. All rules for it stand in
 * this file, and no other file of the driver touches a vm_area_struct.
 *
 * A VMA keeps its open file, the open file keeps the buffer: nothing here
 * takes a reference. All functions run under the mmap_lock of the process.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "buffer.h"
#include "compat.h"
#include "mapping.h"

static struct mmapdemo_buffer *vma_buffer(const struct vm_area_struct *vma)
{
	return vma->vm_private_data;
}

/*
 * A VMA is a user of its buffer, whose memory stays what it is until the last
 * one is gone. Called for each but the first: fork, and a split by munmap or
 * mprotect.
 */
static void mapping_open(struct vm_area_struct *vma)
{
	mmapdemo_buffer_enter(vma_buffer(vma));
	atomic_inc(&vma_buffer(vma)->maps);
}

static void mapping_close(struct vm_area_struct *vma)
{
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
	unsigned long offset = (vma->vm_pgoff << PAGE_SHIFT) + (addr - vma->vm_start);
	void *bytes = vma_buffer(vma)->mem.base + offset;

	if (len < 0)
		return -EINVAL;
	if (write && !(vma->vm_flags & VM_WRITE))
		return -EACCES;
	len = min_t(unsigned long, len, vma->vm_end - addr);
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

/*
 * All pages at once, extent by extent. remap_pfn_range() sets VM_IO,
 * VM_PFNMAP, VM_DONTEXPAND and VM_DONTDUMP: the window cannot grow, its pages
 * cannot be pinned, core dumps leave it out. When it fails half way the core
 * unmaps what is there.
 */
static int map_shared(struct mmapdemo_buffer *buffer, struct vm_area_struct *vma)
{
	unsigned long left = vma_pages(vma);
	unsigned long addr = vma->vm_start;
	pgoff_t pgoff = vma->vm_pgoff;

	while (left) {
		unsigned long nr;
		unsigned long pfn = mmapdemo_memory_extent(&buffer->mem, pgoff, &nr);
		int err;

		nr = min(nr, left);
		err = remap_pfn_range(vma, addr, pfn, nr << PAGE_SHIFT, vma->vm_page_prot);
		if (err)
			return err;
		addr += nr << PAGE_SHIFT;
		pgoff += nr;
		left -= nr;
	}
	vma->vm_ops = &shared_ops;
	return 0;
}

/*
 * Private maps get their pages as struct page, on first touch. By
 * remap_pfn_range() a writable one would carry the physical address in
 * vm_pgoff, where /proc/PID/maps shows it to everybody.
 */
static vm_fault_t private_fault(struct vm_fault *vmf)
{
	struct page *page = mmapdemo_memory_page(&vma_buffer(vmf->vma)->mem, vmf->pgoff);

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
	unsigned long size = buffer->mem.size >> PAGE_SHIFT;
	unsigned long len = vma_pages(vma);

	/* Subtract, never add: vm_pgoff + len may wrap. */
	if (vma->vm_pgoff > size || len > size - vma->vm_pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYEXEC);

	vma->vm_private_data = buffer;
	if (vma->vm_flags & VM_MAYSHARE)
		return map_shared(buffer, vma);
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
 * Return: 0, -EINVAL for a window that is not inside the buffer, -EPERM for
 * PROT_EXEC, or what remap_pfn_range() says.
 */
int mmapdemo_mapping_create(struct mmapdemo_buffer *buffer, struct vm_area_struct *vma)
{
	int err;

	mmapdemo_buffer_enter(buffer);
	err = check_and_map(buffer, vma);
	/* A VMA whose .mmap fails gets no .close; one that succeeds stays a user. */
	if (!err)
		mapping_open(vma);
	mmapdemo_buffer_leave(buffer);
	return err;
}
