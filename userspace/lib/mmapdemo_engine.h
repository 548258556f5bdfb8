/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libmmapdemo: engines, peers inside the kernel. An engine consumes one channel of
 * the driver, produces for another, or both; see ENGINES in <linux/mmapdemo.h>. It
 * is a descriptor: close(2) stops it, and as long as somebody has it, it works. It
 * ends by itself when a peer that it has met is gone.
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
 * Start an engine of the @kind "source", "sink", "echo" or another, and set *@engine
 * to its descriptor, close-on-exec. It consumes @in and produces for @out, NULL for
 * what its kind does not have; both may be closed then. @args may be NULL for zeroes.
 * Errors: -ENOENT for a kind that there is not; -EINVAL for a channel that it does
 * not have, lacks, or that is none, and for @args that are not as its kind wants
 * them; -EBADF for a buffer opened read-only; -EBUSY if the role is taken; -EDQUOT,
 * -ENOSPC if the user, all users have enough; -EOPNOTSUPP for what is not of the
 * driver; -ENOMEM, -EMFILE.
 */
int mmapdemo_engine_start(int *engine, const char *kind, const struct mmapdemo_buffer *in,
			  const struct mmapdemo_buffer *out,
			  const struct mmapdemo_engine_args *args);

/* Fill *@info with what it has done so far. Errors: those of ioctl(2). */
int mmapdemo_engine_get_info(int engine, struct mmapdemo_engine_info *info);

/*
 * Wait until it has ended, for @timeout milliseconds at most, for ever if that is
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
	int fd; /* in that process */
	struct mmapdemo_engine_info info;
};

/*
 * The engines of all processes that the caller may look into, which for who is not
 * privileged are its own, sorted by process; free(3) *@entries. Errors: -ENOMEM;
 * those of opendir(3).
 */
int mmapdemo_engine_list(struct mmapdemo_engine_entry **entries, size_t *count);

#ifdef __cplusplus
}
#endif

#endif /* MMAPDEMO_ENGINE_H */
