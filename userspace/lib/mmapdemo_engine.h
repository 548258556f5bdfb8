/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libmmapdemo: engines, peers inside the kernel. An engine consumes one channel of
 * the driver, produces for another, or both; see ENGINES in <linux/mmapdemo.h>. It
 * is a descriptor, and works while a thread runs it, at that thread's expense. It ends by
 * itself when a peer that it has met is gone.
 *
 * All calls may be made by several threads at once.
 */
#ifndef MMAPDEMO_ENGINE_H
#define MMAPDEMO_ENGINE_H

#include <sys/types.h>

#include <linux/mmapdemo.h>

#include "mmapdemo.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a kind wants to know; 0 where it does not ask. */
struct mmapdemo_engine_args {
	uint64_t rate;	 /* source: records a second, 1 to 1,000,000 */
	uint64_t length; /* source: bytes of each, 16 to MMAPDEMO_ENGINE_MESSAGE_MAX */
	uint64_t count;	 /* source: how many, 0 for no end */
};

/*
 * Make an engine of the @kind "source", "sink", "echo" or another, and set *@engine
 * to its descriptor, close-on-exec, for mmapdemo_engine_run(). It has its roles at once,
 * and gives them back when it ends, or when its last descriptor is closed. It consumes
 * @in and produces for @out, NULL for what its kind does not have; both may be closed
 * then. @args may be NULL for zeroes. The caller must be allowed to write to /dev/mmapdemo.
 * Errors: -ENOENT for a kind that there is not; -EINVAL for a channel that it does
 * not have, lacks, or that is none, and for @args that are not as its kind wants
 * them; -EBADF for a buffer opened read-only; -EBUSY if the role is taken; -EDQUOT,
 * -ENOSPC if the user, all users have enough; -EOPNOTSUPP for what is not of the
 * driver; -ENOMEM, -EMFILE; those of open(2) of /dev/mmapdemo.
 */
int mmapdemo_engine_create(int *engine, const char *kind, const struct mmapdemo_buffer *in,
			   const struct mmapdemo_buffer *out,
			   const struct mmapdemo_engine_args *args);

/*
 * Run it in the calling thread until it ends, which mmapdemo_engine_get_info() explains.
 * Returns at once if it has ended. After -EINTR and -ECANCELED another call goes on where
 * this one was. Errors: -EINTR for a signal whose handler does not restart calls;
 * -ECANCELED when another thread has closed the last descriptor of it that this process
 * has; -EBUSY while another thread runs it; -EBADF, -ENOTTY.
 */
int mmapdemo_engine_run(int engine);

/*
 * The same as mmapdemo_engine_create(), and run it in a new thread of this process, which
 * blocks all signals and returns when the engine ends, or the process closes its last
 * descriptor of it. A child of fork(2) has the descriptor, but not the thread. Errors, more
 * than those of mmapdemo_engine_create(): -EAGAIN if the thread would be more than a limit
 * allows (RLIMIT_NPROC, pids.max of a control group). Then nothing is left.
 */
int mmapdemo_engine_start(int *engine, const char *kind, const struct mmapdemo_buffer *in,
			  const struct mmapdemo_buffer *out,
			  const struct mmapdemo_engine_args *args);

/*
 * Close the descriptor, and wait until the thread of mmapdemo_engine_start(), if there is
 * one, has ended. Then, if it was the last descriptor of all processes, the engine's roles
 * are free. If this process has a duplicate, the engine goes on, and so does the wait.
 */
void mmapdemo_engine_stop(int engine);

/* Fill *@info with what it has done so far. Errors: those of ioctl(2). */
int mmapdemo_engine_get_info(int engine, struct mmapdemo_engine_info *info);

/*
 * Wait until it has ended, for @timeout milliseconds at most, without limit if that is
 * negative. Errors: -ETIMEDOUT; -EINTR.
 */
int mmapdemo_engine_wait(int engine, int timeout);

struct mmapdemo_engine_kind {
	char name[24];
};

/*
 * All kinds that can be started now, *@count of them; free(3) *@kinds. Errors:
 * -ENOENT if the module is not loaded; -ENOMEM.
 */
int mmapdemo_engine_kinds(struct mmapdemo_engine_kind **kinds, size_t *count);

/* An engine, and a process that has its descriptor; one with two is listed twice. */
struct mmapdemo_engine_entry {
	pid_t pid;
	int fd;	      /* in that process */
	char in[40];  /* name that the channel had when the engine was made; "" for none */
	char out[40]; /* likewise */
	struct mmapdemo_engine_info info;
};

/*
 * The engines of all processes that the caller may look into, which for a caller who is not
 * privileged are its own, sorted by process; free(3) *@entries. Errors: -ENOMEM;
 * those of opendir(3).
 */
int mmapdemo_engine_list(struct mmapdemo_engine_entry **entries, size_t *count);

#ifdef __cplusplus
}
#endif

#endif /* MMAPDEMO_ENGINE_H */
