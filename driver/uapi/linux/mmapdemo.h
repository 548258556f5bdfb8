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
 * SEEK_HOLE).
 *
 * EVENTS. All users share one set of pages, so there is nothing to flush:
 * fsync(2), and msync(2) with MS_SYNC of a shared map, by a writable descriptor
 * publish. The buffer counts it, and each open file remembers how far it has
 * seen. poll(2), select(2), epoll(7) and SIGIO (O_ASYNC) tell an open file that
 * there is something unseen, as input; the ioctl EVENTS tells how much, and
 * then it is seen. A new open file has seen all. By a read-only descriptor
 * fsync(2) and msync(2) succeed and publish nothing.
 *
 * WORDS. futex(2) between processes is EFAULT on memory mapped by
 * remap_pfn_range(), and so pthread mutexes and semaphores that are shared
 * between processes cannot wait there. WAIT and WAKE do the same work for any
 * aligned 32-bit word of the buffer, named by its offset: WAIT sleeps while the
 * word has an expected value, WAKE wakes who sleeps. The value is compared under
 * the lock that WAKE takes, so whoever changes it first and then wakes is missed
 * by nobody.
 *
 * Words may have owners that die. CLIENT gives the calling process a number, to
 * be stored in the word while it holds what the word stands for. The number
 * ends when the process does, or when it closes a descriptor of this open file
 * (as locks of fcntl(2) do; processes that share a table of descriptors, by
 * clone(2) with CLONE_FILES, end with the last of them). Then all who wait for
 * words of the buffer are woken and look again; who waits with
 * MMAPDEMO_WAIT_OWNER is told EOWNERDEAD.
 *
 * MORE NODES. CREATE makes a buffer with a name, which is /dev/mmapdemo-NAME,
 * owned by its creator, or without one, which lives as long as its descriptors
 * and maps. REMOVE takes a name away, RESIZE changes a size. Their number and
 * bytes are limited, for all users and for each one, by the module's parameters
 * max_bytes, user_max_bytes and user_max_buffers (the latter two not for
 * CAP_SYS_RESOURCE).
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
 * @features: MMAPDEMO_FEATURE_..., abilities added within one ABI version
 * @size: of the buffer, bytes, a multiple of @page_size
 * @opens: open files on the buffer, the caller's included
 * @maps: windows mapped now, in all processes; one split by mprotect(2) or
 *	munmap(2) counts as the parts it was split into
 * @publications: so far
 * @clients: processes that have a client number now
 * @reserved: zero
 */
struct mmapdemo_info {
	__u32 abi_version;
	__u32 page_size;
	__u64 features;
	__u64 size;
	__u32 opens;
	__u32 maps;
	__u64 publications;
	__u32 clients;
	__u32 reserved[5];
};

#define MMAPDEMO_FEATURE_CREATE 0x1 /* CREATE, OPEN, REMOVE, RESIZE */
#define MMAPDEMO_FEATURE_EVENTS 0x2 /* PUBLISH, EVENTS, poll(2) */
#define MMAPDEMO_FEATURE_WORDS 0x4  /* CLIENT, WAIT, WAKE */

/* Characters in a name, bytes in a buffer: the most there can be. */
#define MMAPDEMO_NAME_MAX 32
#define MMAPDEMO_SIZE_MAX 0x10000000000ULL

/**
 * struct mmapdemo_create - a buffer to be made
 * @size: bytes, 1 to MMAPDEMO_SIZE_MAX; rounded up to whole pages
 * @mode: permission bits of the node; 0 means 0600. 0 without a name
 * @flags: zero
 * @name: of letters, digits, '_', '-' and '.', no '.' in front; zeroes behind
 *	it. Empty: no name, no node
 * @reserved: zero
 */
struct mmapdemo_create {
	__u64 size;
	__u32 mode;
	__u32 flags;
	char name[40];
	__u64 reserved;
};

/**
 * struct mmapdemo_events - what was published
 * @publications: in the life of the buffer
 * @unseen: of these, how many this open file had not been told of
 */
struct mmapdemo_events {
	__u64 publications;
	__u64 unseen;
};

/*
 * The bits of an owned word that hold a client number, 0 for nobody's; the
 * other two are their user's. The numbers given are 1 to MMAPDEMO_CLIENT_MAX.
 */
#define MMAPDEMO_CLIENT_MASK 0x3fffffffU
#define MMAPDEMO_CLIENT_MAX (MMAPDEMO_CLIENT_MASK - 1)

#define MMAPDEMO_WAIT_OWNER 0x1 /* the word holds the number of a client */
#define MMAPDEMO_WAIT_FOREVER (~0ULL)

/**
 * struct mmapdemo_wait - which word to wait for, and until when
 * @offset: of the word in the buffer, a multiple of 4
 * @expected: value that it must have for the caller to sleep
 * @flags: 0 or MMAPDEMO_WAIT_OWNER
 * @deadline: nanoseconds of CLOCK_MONOTONIC, up to 2^63 - 1, or
 *	MMAPDEMO_WAIT_FOREVER; one that is past does not sleep
 * @reserved: zero
 */
struct mmapdemo_wait {
	__u64 offset;
	__u32 expected;
	__u32 flags;
	__u64 deadline;
	__u64 reserved;
};

/**
 * struct mmapdemo_wake - which waiters to wake
 * @offset: of their word, a multiple of 4
 * @count: of how many at most, 1 to 2^31 - 1; who has waited longest comes first
 * @reserved: zero
 */
struct mmapdemo_wake {
	__u64 offset;
	__u32 count;
	__u32 reserved;
};

/* The letter is free in Documentation/userspace-api/ioctl/ioctl-number.rst. */
#define MMAPDEMO_IOC_MAGIC 'Y'

/* Fill a struct mmapdemo_info. Errors: EFAULT. */
#define MMAPDEMO_IOC_INFO _IOR(MMAPDEMO_IOC_MAGIC, 0x00, struct mmapdemo_info)

/*
 * Make a buffer; returns a descriptor of it, O_RDWR, close-on-exec. Takes a
 * struct mmapdemo_create.
 * Errors: EINVAL for a size, mode, name or reserved member that is not as said;
 * EPERM for a name, unless the descriptor is a writable one of /dev/mmapdemo
 * and the caller is not in a user namespace of its own; EEXIST for a name that
 * is taken; EDQUOT, ENOSPC if this user, all users together have enough;
 * ENOMEM; EMFILE, ENFILE; EFAULT.
 */
#define MMAPDEMO_IOC_CREATE _IOW(MMAPDEMO_IOC_MAGIC, 0x01, struct mmapdemo_create)

/*
 * Returns a new descriptor, close-on-exec, of the same buffer, with a position
 * and publications of its own. The argument is O_RDONLY or O_RDWR.
 * Errors: EINVAL for others; EACCES for more than this descriptor may; ENOMEM,
 * EMFILE, ENFILE.
 */
#define MMAPDEMO_IOC_OPEN _IO(MMAPDEMO_IOC_MAGIC, 0x02)

/*
 * Take the name of this descriptor's buffer away: /dev/mmapdemo-NAME is gone at
 * once, the name free, and the buffer is freed by its last user. No argument.
 * Errors: ENOENT if it has no name (any more); EPERM for who is neither the
 * creator nor CAP_SYS_ADMIN, and for /dev/mmapdemo; EINVAL; EINTR.
 */
#define MMAPDEMO_IOC_REMOVE _IO(MMAPDEMO_IOC_MAGIC, 0x03)

/*
 * Give this descriptor's buffer as many bytes as the argument points to, 1 to
 * MMAPDEMO_SIZE_MAX, rounded up to whole pages. Old bytes stay, new ones are zero.
 * Errors: EBUSY while it is mapped, read, written or waited for; EBADF
 * for a descriptor that cannot write; EPERM for who is neither the creator nor
 * CAP_SYS_ADMIN; EINVAL; EDQUOT, ENOSPC, ENOMEM as for CREATE; EFAULT; EINTR.
 * Then nothing has changed.
 */
#define MMAPDEMO_IOC_RESIZE _IOW(MMAPDEMO_IOC_MAGIC, 0x04, __u64)

/*
 * Publish, as msync(MS_SYNC) of a shared writable map and fsync(2) do. No argument.
 * Errors: EBADF for a descriptor that cannot write; EINVAL.
 */
#define MMAPDEMO_IOC_PUBLISH _IO(MMAPDEMO_IOC_MAGIC, 0x05)

/*
 * Fill a struct mmapdemo_events. What it tells counts as seen by this open file:
 * poll(2) waits for more. Errors: EFAULT; then nothing was seen.
 */
#define MMAPDEMO_IOC_EVENTS _IOR(MMAPDEMO_IOC_MAGIC, 0x06, struct mmapdemo_events)

/*
 * Returns the number of the calling process on this open file, which it is given
 * at the first call and keeps. A number that has ended is not given again before
 * all others were. No argument.
 * Errors: EBADF for a descriptor that cannot write; EINVAL; ENOSPC if all are
 * taken; ENOMEM.
 */
#define MMAPDEMO_IOC_CLIENT _IO(MMAPDEMO_IOC_MAGIC, 0x07)

/*
 * Sleep while a word has a value. Takes a struct mmapdemo_wait. Returns 0 when
 * woken, be it by WAKE or because a client of the buffer ended: look again. What
 * the caller stored before is visible before the value is looked at (a full
 * barrier). Needs a descriptor that can read.
 * Errors: EAGAIN if the value was another; EOWNERDEAD with MMAPDEMO_WAIT_OWNER if
 * it names a client that is no more, or never was; ETIMEDOUT; EINTR, unless the
 * signal's handler restarts calls (SA_RESTART); EBADF; EINVAL for an offset that
 * is not aligned or not inside the buffer, and for what else is not as said; EFAULT.
 */
#define MMAPDEMO_IOC_WAIT _IOW(MMAPDEMO_IOC_MAGIC, 0x08, struct mmapdemo_wait)

/*
 * Wake who sleeps on a word; returns how many. Takes a struct mmapdemo_wake.
 * Errors: EBADF for a descriptor that cannot write; EINVAL as for WAIT; EFAULT.
 */
#define MMAPDEMO_IOC_WAKE _IOW(MMAPDEMO_IOC_MAGIC, 0x09, struct mmapdemo_wake)

#endif /* _UAPI_LINUX_MMAPDEMO_H */
