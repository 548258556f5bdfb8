/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * mmapdemo: a buffer of the driver, mapped into user space.
 *
 * take THE NODE
 * take MAPPING
 * take FILE OPERATIONS
 * IOCTLS. Structures have the same layout for 32- and 64-bit programs. Reserved
 * members are zero. An unknown call is ENOTTY, a bad pointer EFAULT.
 */
#ifndef _UAPI_LINUX_MMAPDEMO_H
#define _UAPI_LINUX_MMAPDEMO_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MMAPDEMO_VERSION "0.1.0"

/* Raised only when an old program would no longer work. */
#define MMAPDEMO_ABI_VERSION 1

/**
 * struct mmapdemo_info - what the buffer is, and who uses it now
 * @abi_version: MMAPDEMO_ABI_VERSION of the driver
 * @page_size: bytes; the unit of mmap(2) offsets and of @size
 * @size: of the buffer, bytes, a multiple of @page_size
 * @opens: open files on the buffer, the caller's included
 * @maps: windows mapped now, in all processes; one split by mprotect(2) or
 *	munmap(2) counts as the parts it was split into
 * @reserved: zero
 */
struct mmapdemo_info {
	__u32 abi_version;
	__u32 page_size;
	__u64 size;
	__u32 opens;
	__u32 maps;
	__u32 reserved[10];
};

/* Choose one that Documentation/userspace-api/ioctl/ioctl-number.rst shows as free. */
#define MMAPDEMO_IOC_MAGIC 'Y'

#define MMAPDEMO_IOC_INFO _IOR(MMAPDEMO_IOC_MAGIC, 0x00, struct mmapdemo_info)

#endif /* _UAPI_LINUX_MMAPDEMO_H */
