/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * mmapdemo: a buffer of the driver, mapped into user space.
 *
 * THE NODE. /dev/mmapdemo is one buffer: memory that the driver owns, zeroed
 * when the module is loaded, of a fixed size in whole pages. It behaves like a
 * plain file of that size which cannot grow. Its bytes stay until the module
 * is unloaded.
 *
 * MAPPING. mmap(2) shows the buffer's own pages, at the offset asked for:
 *
 *   MAP_SHARED    all pages at once, by remap_pfn_range(): touching them never
 *                 faults, and every map, read(2) and write(2) meets the same
 *                 bytes at once
 *   MAP_PRIVATE   page by page on first touch; a store copies the page and
 *                 stays in the process
 *
 *   EINVAL        offset not a multiple of the page size, length 0, or any
 *                 part of the window past the end of the buffer
 *   EPERM         PROT_EXEC (mprotect(2) answers EACCES later)
 *   EACCES        a shared writable map of a read-only descriptor, at once or
 *                 by mprotect(2); any map of a write-only descriptor
 *   EFAULT        mremap(2) to more than was mapped; and calls that would pin the
 *                 pages of a shared map: vmsplice(2), process_vm_readv(2), a
 *                 read(2) into it from a disk with O_DIRECT, registered buffers
 *                 of io_uring(7), futex(2) between processes
 *
 * FILE OPERATIONS. read(2), write(2), pread(2), pwrite(2), their vectored
 * forms and splice(2) act on the same bytes. At the end of the buffer a read
 * returns 0 and a write fails with ENOSPC; across it both return a short
 * count. O_APPEND means the end, so such a write is ENOSPC too. A bad address
 * is EFAULT. lseek(2) knows all five whences: SEEK_END tells the size, all of
 * it is data, and a position past the end is EINVAL (ENXIO for SEEK_DATA and
 * SEEK_HOLE). fsync(2) and msync(2) succeed: all users share one set of
 * pages, so there is nothing to flush.
 *
 * IOCTLS. Structures have the same layout for 32- and 64-bit programs.
 * Reserved members are zero. An unknown call is ENOTTY, a bad pointer EFAULT.
 */
#ifndef _UAPI_LINUX_MMAPDEMO_H
#define _UAPI_LINUX_MMAPDEMO_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Version of the module, the library and the tool: they are released as one. */
#define MMAPDEMO_VERSION "0.1.0"

/* Raised only when an old program would no longer work. */
#define MMAPDEMO_ABI_VERSION 1

/**
 * struct mmapdemo_info - what a buffer is, and who uses it now
 * @abi_version: MMAPDEMO_ABI_VERSION of the driver
 * @page_size: bytes; the unit of mmap(2) offsets and of @size
 * @features: bits for abilities added within one ABI version; none yet
 * @size: of the buffer, bytes, a multiple of @page_size
 * @opens: open files on the buffer, the caller's included
 * @maps: windows mapped now, in all processes; one split by mprotect(2) or
 *	munmap(2) counts as the parts it was split into
 * @reserved: zero
 */
struct mmapdemo_info {
	__u32 abi_version;
	__u32 page_size;
	__u64 features;
	__u64 size;
	__u32 opens;
	__u32 maps;
	__u64 reserved[4];
};

/* The letter is free in Documentation/userspace-api/ioctl/ioctl-number.rst. */
#define MMAPDEMO_IOC_MAGIC 'Y'

/* Fill a struct mmapdemo_info. Errors: EFAULT. */
#define MMAPDEMO_IOC_INFO _IOR(MMAPDEMO_IOC_MAGIC, 0x00, struct mmapdemo_info)

#endif /* _UAPI_LINUX_MMAPDEMO_H */
