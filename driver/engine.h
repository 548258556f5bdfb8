/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_DRIVER_ENGINE_H
#define MMAPDEMO_DRIVER_ENGINE_H

#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include "mmapdemo_engine.h"
#include "port.h"

struct file;
struct mmapdemo_buffer;
struct task_struct;

/**
 * struct engine - one that runs
 * @ops: with a reference of its module
 * @state: its own
 * @owner: whose quota it counts for
 * @in: the channel it consumes, with a reference; or NULL
 * @out: the channel it produces for, with a reference; or NULL
 * @input: the role in @in
 * @output: the role in @out
 * @message: a copy of a message, then the answer to it; or a record.
 *	MMAPDEMO_ENGINE_MESSAGE_MAX bytes
 * @count: what it has done; of @name, @value, @ended and @error nothing yet
 * @error: why it ended, an errno
 * @ended: it works no more
 * @waiters: for the end
 * @thread: that works, and then waits to be stopped
 *
 * The thread alone writes what it counts; others may look.
 */
struct engine {
	const struct mmapdemo_engine_ops *ops;
	void *state;
	kuid_t owner;
	struct mmapdemo_buffer *in;
	struct mmapdemo_buffer *out;
	struct mmapdemo_port input;
	struct mmapdemo_port output;
	void *message;
	struct mmapdemo_engine_info count;
	int error;
	bool ended;
	wait_queue_head_t waiters;
	struct task_struct *thread;
};

/* engine.c: their kinds and their lives. */
int mmapdemo_engines_init(void);
int mmapdemo_engines_list(char *text);
struct file *mmapdemo_engine_start(const struct mmapdemo_engine *args, struct mmapdemo_buffer *in,
				   struct mmapdemo_buffer *out);

/* engine-thread.c: their work. */
int mmapdemo_engine_thread(void *data);

/* The driver's own. */
extern struct mmapdemo_engine_ops mmapdemo_echo_ops;
extern struct mmapdemo_engine_ops mmapdemo_sink_ops;
extern struct mmapdemo_engine_ops mmapdemo_source_ops;

#endif /* MMAPDEMO_DRIVER_ENGINE_H */
