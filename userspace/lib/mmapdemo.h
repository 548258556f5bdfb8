/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libmmapdemo: memory shared with the mmapdemo driver and between processes.
 *
 * A buffer is something that can be mapped: a node of the driver, a regular
 * file, shared memory, anonymous memory, or another device. A view is a window
 * of a buffer in this process. The same program runs on each of them.
 *
 * All functions return 0 or a negative errno, unless they say otherwise, and
 * leave their output parameters alone when they fail. A buffer may be used by
 * several threads at once; a view belongs to whoever opened it. After fork(2)
 * the child has all buffers and views of its parent.
 */
#ifndef MMAPDEMO_H
#define MMAPDEMO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The node that mmapdemo_open() takes when it is given no path. */
#define MMAPDEMO_NODE "/dev/mmapdemo"

enum mmapdemo_kind {
	MMAPDEMO_KIND_NODE,   /* a node of the mmapdemo driver */
	MMAPDEMO_KIND_DEVICE, /* any other device, such as /dev/fb0 or /dev/mem */
	MMAPDEMO_KIND_FILE,   /* a regular file, or a descriptor of shared memory */
	MMAPDEMO_KIND_SHM,    /* made by mmapdemo_open_shm() */
	MMAPDEMO_KIND_ANON,   /* anonymous memory, shared with children only */
};

enum mmapdemo_flags {
	MMAPDEMO_READ_ONLY = 1 << 0, /* open or map for reading only */
	MMAPDEMO_PRIVATE = 1 << 1,   /* views only: stores stay in this process */
};

struct mmapdemo_buffer; /* opaque */

/* What a buffer is at this moment. */
struct mmapdemo_buffer_info {
	enum mmapdemo_kind kind;
	int writable;	      /* 1, or 0 if opened read-only */
	uint64_t size;	      /* bytes; 0 if a device does not tell */
	uint32_t page_size;   /* bytes; the unit of a view's offset */
	uint32_t abi_version; /* this and the rest: of a node, else 0 */
	uint64_t features;    /* bits of <linux/mmapdemo.h>; none yet */
	uint32_t opens;	      /* open files on the buffer, this one included */
	uint32_t maps;	      /* windows mapped now, in all processes */
};

/* A window. The members are for reading. */
struct mmapdemo_view {
	void *data;	 /* its first byte, page aligned */
	size_t size;	 /* bytes, as asked for */
	uint64_t offset; /* of its first byte in the buffer */
};

/* The library's version, such as "0.1.0"; a constant string. */
const char *mmapdemo_version(void);

/*
 * Open what is at @path (NULL: MMAPDEMO_NODE) for reading and writing, or with
 * MMAPDEMO_READ_ONLY for reading. mmapdemo_close() frees *@buffer.
 * Errors: those of open(2); -EISDIR, -ENODEV for a path that cannot be mapped;
 * -EPROTO for a node whose ABI version is not this library's; -EINVAL for a
 * flag that is unknown.
 */
int mmapdemo_open(struct mmapdemo_buffer **buffer, const char *path, unsigned int flags);

/*
 * The same for a descriptor, opened here or received from another process.
 * Taken over when this succeeds, and the caller's as before when it fails.
 */
int mmapdemo_open_fd(struct mmapdemo_buffer **buffer, int fd);

/*
 * Open the regular file @path; make it, mode 0666 less the umask, when there
 * is none; grow it with zeroes to @size bytes, at least 1, when it is smaller.
 * Errors: those of open(2) and ftruncate(2); -EISDIR; -ENODEV for a path that
 * is not a regular file.
 */
int mmapdemo_open_file(struct mmapdemo_buffer **buffer, const char *path, uint64_t size);

/*
 * Open POSIX shared memory. With a @name ("/name", see shm_overview(7)) as
 * mmapdemo_open_file() opens a file, mode 0600; shm_unlink(3) removes it. With
 * NULL it has no name (memfd_create(2)): children inherit it, others may be
 * sent mmapdemo_fd().
 */
int mmapdemo_open_shm(struct mmapdemo_buffer **buffer, const char *name, uint64_t size);

/*
 * Make anonymous memory of @size bytes, at least 1, zeroed. It has no name and
 * no descriptor: only this process and its children see it.
 */
int mmapdemo_open_anon(struct mmapdemo_buffer **buffer, uint64_t size);

/* Free a buffer. Its views stay until they are closed. NULL is allowed. */
void mmapdemo_close(struct mmapdemo_buffer *buffer);

/* The buffer's descriptor, which stays the buffer's; -1 for anonymous memory. */
int mmapdemo_fd(const struct mmapdemo_buffer *buffer);

/* Fill *@info. Errors: those of fstat(2) and ioctl(2). */
int mmapdemo_get_info(const struct mmapdemo_buffer *buffer, struct mmapdemo_buffer_info *info);

/*
 * Map @length bytes at @offset, which is a multiple of the page size; a length
 * of 0 means to the end. Stores are seen by all other views at once, unless
 * MMAPDEMO_PRIVATE is given. mmapdemo_view_close() unmaps.
 * Errors: -EINVAL for an offset that is not aligned, a window that is not
 * inside the buffer, a length of 0 where the size is not known or nothing is
 * left, or an unknown flag; -EACCES for a writable view of a buffer opened
 * read-only; -EOPNOTSUPP for a private view of anonymous memory; those of
 * mmap(2), as the device's driver gives them.
 */
int mmapdemo_view_open(struct mmapdemo_view *view, const struct mmapdemo_buffer *buffer,
		       uint64_t offset, size_t length, unsigned int flags);

/* Unmap. The bytes stay in the buffer. Closing a closed view does nothing. */
void mmapdemo_view_close(struct mmapdemo_view *view);

#ifdef __cplusplus
}
#endif

#endif /* MMAPDEMO_H */
