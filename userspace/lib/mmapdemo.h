/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libmmapdemo: memory shared with the mmapdemo driver and between processes.
 *
 * A buffer is something that can be mapped: a node of the driver, a regular
 * file, shared memory, anonymous memory, or another device. A view is a window
 * of a buffer in this process. The same program runs on each of them.
 *
 * All functions return 0 or a negative errno, unless they say otherwise, and
 * leave their output parameters alone when they fail. strerror(3) of -err is the
 * message of an error; the library has none of its own, and does not set errno.
 * A buffer may be used by several threads at once; a view belongs to the thread that
 * opened it. After fork(2) the child has all buffers and views of its parent.
 * Channels have a header of their own, <mmapdemo_channel.h>, and so have engines,
 * <mmapdemo_engine.h>.
 */
#ifndef MMAPDEMO_H
#define MMAPDEMO_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct timespec; /* which ISO C99 has not */

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
	int writable;	       /* 1, or 0 if opened read-only */
	uint64_t size;	       /* bytes; 0 if a device does not tell */
	uint32_t page_size;    /* bytes; the unit of a view's offset */
	uint32_t abi_version;  /* this and the rest: of a node, else 0 */
	uint64_t features;     /* MMAPDEMO_FEATURE_... of <linux/mmapdemo.h> */
	uint32_t opens;	       /* open files on the buffer, this one included */
	uint32_t maps;	       /* windows mapped now, in all processes */
	uint64_t publications; /* so far */
	uint32_t clients;      /* processes that use mutexes and semaphores in it */
	uint32_t channel;      /* MMAPDEMO_CHANNEL...; 0 for what is none */
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

/*
 * Make a buffer of @size bytes, rounded up to whole pages and zeroed, in the
 * driver. With a @name it is /dev/mmapdemo-NAME, the caller's, with the
 * permission bits @mode (0: 0600), until mmapdemo_remove(); with NULL it lives
 * as long as somebody has it open or mapped, and others may be sent its
 * mmapdemo_fd(). The caller must be allowed to write to /dev/mmapdemo. A user who has
 * made more names at once than user_max_names allows in ten seconds waits for the next.
 * mmapdemo_check_node() tells whether the node has come to this /dev.
 * Errors: -EINVAL for a size of 0, a name not of 1 to 32 letters, digits, '_',
 * '-' and '.' (none in front), or a mode beyond 0777; -EEXIST; -EPERM for a
 * name in a user namespace; -EDQUOT, -ENOSPC if the user, or all users, have enough;
 * -ENOMEM; -EINTR; those of open(2) of /dev/mmapdemo, -ENOENT if it is not there.
 */
int mmapdemo_create(struct mmapdemo_buffer **buffer, const char *name, uint64_t size,
		    unsigned int mode);

/* mmapdemo_open() of /dev/mmapdemo-NAME. Errors: those, and -EINVAL for no name. */
int mmapdemo_open_name(struct mmapdemo_buffer **buffer, const char *name, unsigned int flags);

/*
 * Take the name of a buffer away, at once; its memory goes with its last user.
 * Errors: -ENOENT if it has none; -EPERM if the caller is neither its creator nor
 * privileged, and for /dev/mmapdemo; -EOPNOTSUPP for what is not the driver's.
 */
int mmapdemo_remove(struct mmapdemo_buffer *buffer);

/*
 * The same by the @name, whose node need not be in this /dev. The caller must be allowed
 * to write to /dev/mmapdemo.
 * Errors: -ENOENT if there is no such name; -EPERM if the caller is neither its creator nor
 * privileged; -EINVAL for no name; -ENODEV if /dev/mmapdemo is not there; others of
 * open(2) of it.
 */
int mmapdemo_remove_name(const char *name);

/*
 * Whether /dev/mmapdemo-NAME is the node of the buffer of that @name, or, with NULL,
 * /dev/mmapdemo that of the driver. Names are the same for all; nodes are files in one
 * /dev, and a container may have another one.
 * Returns 0; -ENXIO if that file is not there, -EEXIST if it is another file; -ENOENT
 * if there is no such name, -ESTALE if there is none but that file is there; -ENODEV if
 * the module is not loaded, or /sys not mounted; -EINVAL for no name; those of open(2).
 */
int mmapdemo_check_node(const char *name);

/*
 * Give a buffer @size bytes; in the driver, rounded up to whole pages. What is
 * new is zero. Errors: -EBUSY while somebody maps a buffer of the driver (a file
 * can be cut short under its maps, which then get SIGBUS); -EBADF if it was
 * opened read-only; -EPERM if the caller is neither its creator nor privileged;
 * -EINVAL for a size of 0; -EOPNOTSUPP for anonymous memory and other devices;
 * those of mmapdemo_create() and ftruncate(2).
 */
int mmapdemo_resize(struct mmapdemo_buffer *buffer, uint64_t size);

/* A node of the driver, as /sys tells of it to everybody. */
struct mmapdemo_entry {
	char name[40]; /* "" is /dev/mmapdemo, "NAME" is /dev/mmapdemo-NAME */
	uint64_t size; /* bytes */
	uint64_t publications;
	uint32_t opens, maps; /* as in struct mmapdemo_buffer_info */
	uint32_t owner;	      /* user ID of the creator */
	uint32_t channel;     /* as in struct mmapdemo_buffer_info */
};

/*
 * All nodes, sorted by name, *@count of them; free(3) *@entries. Errors:
 * -ENOENT if the module is not loaded; -ENOMEM; those of opendir(3).
 */
int mmapdemo_list(struct mmapdemo_entry **entries, size_t *count);

/*
 * Publish: tell all who have a buffer of the driver open that there is
 * something new. msync(2) with MS_SYNC on a view does so too. What was stored
 * before is seen by a process that is notified.
 * Errors: -EBADF if it was opened read-only; -EOPNOTSUPP for other buffers.
 */
int mmapdemo_publish(struct mmapdemo_buffer *buffer);

/*
 * Set *@unseen to the publications that were not yet told to this buffer, which
 * has then seen them; a buffer just opened has seen all. Errors: -EOPNOTSUPP.
 */
int mmapdemo_events(struct mmapdemo_buffer *buffer, uint64_t *unseen);

/*
 * Wait until there is an unseen publication, for @timeout milliseconds at most,
 * without limit if it is negative. mmapdemo_fd() can be polled for POLLPRI instead: it
 * has input (POLLIN) always, for read(2) of it never waits.
 * Errors: -ETIMEDOUT; -EINTR; -EOPNOTSUPP.
 */
int mmapdemo_wait_events(struct mmapdemo_buffer *buffer, int timeout);

/*
 * Returns a new descriptor, close-on-exec, for event loops: it has input (POLLIN) while
 * there is a publication that it has not told of, and read(2) of 8 bytes or more gives
 * their number since the last read, a uint64_t. It begins with the next publication
 * and has a count of its own, beside that of mmapdemo_events(). With @flags 0 read(2)
 * waits; with O_NONBLOCK it fails with EAGAIN. The caller closes it, before or after @buffer.
 * Errors: -EINVAL for other flags; -ENOTTY for a channel; -EOPNOTSUPP for what is not
 * the driver's; -ENOMEM; -EMFILE, -ENFILE.
 */
int mmapdemo_watch(const struct mmapdemo_buffer *buffer, int flags);

/*
 * WORDS, MUTEXES, SEMAPHORES. futex(2), and all of pthreads that is shared
 * between processes, fails on memory of the driver as soon as somebody has to
 * wait: with EFAULT, and glibc then aborts the program. These calls wait in the
 * driver instead; on files, shared and anonymous memory the same calls wait by
 * futex(2). Other devices have neither: -EOPNOTSUPP.
 *
 * Each is a place in the buffer, and each process has a handle of its own for it,
 * made by mmapdemo_..._at(): @offset is of the buffer, as everywhere, and inside
 * @view, which must stay open as long as the handle is used, as must @buffer.
 * Handles need not be freed, may be used by several threads at once, and by a
 * child after fork(2). Processes may map different windows, at any address.
 *
 * Deadlines are of CLOCK_MONOTONIC; NULL means no limit.
 *
 * The driver knows each process that uses mutexes and semaphores of a buffer, and
 * knows at once when it ends: what it held, or was about to wake, strands nobody.
 * Closing the last descriptor of its open file counts as an end of the process.
 */

/* A 32-bit word of a buffer. The members are the library's, but for @value. */
struct mmapdemo_word {
	uint32_t *value; /* of the view; use atomic operations */
	const uint32_t *client;
	struct mmapdemo_buffer *buffer;
	uint64_t offset;
	uint32_t spins;
};

/*
 * Make a handle for the word at @offset. Errors: -EINVAL for an offset that is not
 * a multiple of 4 or not inside @view; -EOPNOTSUPP; -ENOMEM.
 */
int mmapdemo_word_at(struct mmapdemo_word *word, struct mmapdemo_buffer *buffer,
		     const struct mmapdemo_view *view, uint64_t offset);

/*
 * Sleep while the word has the value @expected. Returns 0 when woken, which may be
 * for no reason: look at the word again. What was stored before the call is
 * visible before the word is looked at (a full barrier).
 * Errors: -EAGAIN if it has another value; -ETIMEDOUT; -EINTR; -EINVAL for a
 * @deadline whose nanoseconds are none.
 */
int mmapdemo_word_wait(const struct mmapdemo_word *word, uint32_t expected,
		       const struct timespec *deadline);

/*
 * Wake up to @count (at least 1) who sleep on the word; change it first. Returns
 * how many there were. Errors: -EINVAL; -EBADF for a buffer opened read-only.
 */
int mmapdemo_word_wake(const struct mmapdemo_word *word, int count);

/*
 * A mutex: 64 bytes, zero when nobody has used it. It is robust: if its owner
 * dies, the next one gets it with -EOWNERDEAD. In memory of the driver the owner
 * is a process; elsewhere it is a thread, by a robust mutex of pthreads. Neither
 * may lock twice, and the one who locks unlocks. Locking acquires and unlocking
 * releases: what one owner stored, the next one sees. No system call is made
 * unless somebody has to wait or be woken, or mmapdemo_mutex_trylock() finds it held.
 */
#define MMAPDEMO_MUTEX_SIZE 64
#define MMAPDEMO_MUTEX_ALIGN 8 /* of its offset */

struct mmapdemo_mutex {
	struct mmapdemo_word word;
};

/*
 * Zeroes become a mutex by this call. Errors: those of mmapdemo_word_at(); -EINVAL for an
 * offset that is not aligned, and for bytes that are neither zeroes nor a mutex, which
 * stay as they are; -EBADF for a buffer opened read-only.
 */
int mmapdemo_mutex_at(struct mmapdemo_mutex *mutex, struct mmapdemo_buffer *buffer,
		      const struct mmapdemo_view *view, uint64_t offset);

/*
 * Errors: -EOWNERDEAD: it is locked, but its last owner died holding it: make what
 * it guards whole again, then call mmapdemo_mutex_consistent(); -ENOTRECOVERABLE:
 * somebody unlocked it without having done so, and it is of no use any more;
 * -EBUSY (trylock); -ETIMEDOUT (timedlock); -EINVAL for a @deadline whose
 * nanoseconds are none, and, in memory of the driver, if something that is no mutex was
 * stored over it; -ENOMEM if the driver has no room for one more process.
 */
int mmapdemo_mutex_lock(struct mmapdemo_mutex *mutex);
int mmapdemo_mutex_trylock(struct mmapdemo_mutex *mutex);
int mmapdemo_mutex_timedlock(struct mmapdemo_mutex *mutex, const struct timespec *deadline);

/* Before the view is closed. Errors: -EPERM if the caller is not the owner. */
int mmapdemo_mutex_unlock(struct mmapdemo_mutex *mutex);

/* After -EOWNERDEAD, by the owner. Errors: -EINVAL if there is nothing amiss. */
int mmapdemo_mutex_consistent(struct mmapdemo_mutex *mutex);

/*
 * A semaphore: 8 bytes, of which the first 4 are its value, 0 to 2^31 - 1, to be
 * stored before others use it. Nobody owns it: what a process took and did not
 * post is lost with it. Posting releases and waiting acquires. No system call is
 * made unless somebody has to wait or be woken.
 */
#define MMAPDEMO_SEMAPHORE_SIZE 8

struct mmapdemo_semaphore {
	struct mmapdemo_word word;
};

/*
 * Errors: those of mmapdemo_word_at(); -EINVAL for what can be no semaphore: a value over
 * 2^31 - 1, or 2^24 or more in the other 4 bytes, which count who waits, as in a text;
 * -EBADF for a buffer opened read-only.
 */
int mmapdemo_semaphore_at(struct mmapdemo_semaphore *semaphore, struct mmapdemo_buffer *buffer,
			  const struct mmapdemo_view *view, uint64_t offset);

/* Add one. Errors: -EOVERFLOW; -ENOMEM as for locking. */
int mmapdemo_semaphore_post(struct mmapdemo_semaphore *semaphore);

/*
 * Take one, when there is one. Errors: -EAGAIN (trywait); -ETIMEDOUT (timedwait);
 * -EINVAL for a @deadline whose nanoseconds are none; -ENOMEM as for locking.
 */
int mmapdemo_semaphore_wait(struct mmapdemo_semaphore *semaphore);
int mmapdemo_semaphore_trywait(struct mmapdemo_semaphore *semaphore);
int mmapdemo_semaphore_timedwait(struct mmapdemo_semaphore *semaphore,
				 const struct timespec *deadline);

#ifdef __cplusplus
}
#endif

/* gcc says that it is -fsanitize=thread by a macro, clang is asked. */
#ifdef __SANITIZE_THREAD__
#define MMAPDEMO_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MMAPDEMO_TSAN
#endif
#endif
#if defined(MMAPDEMO_TSAN) && !defined(MMAPDEMO_LIBRARY)
#include "mmapdemo_tsan.h"
#endif

#endif /* MMAPDEMO_H */
