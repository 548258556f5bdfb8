/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_DRIVER_ENGINE_H
#define MMAPDEMO_DRIVER_ENGINE_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "mmapdemo_engine.h"
#include "port.h"

struct file;
struct files_struct;
struct mmapdemo_buffer;
struct mmapdemo_quota;

/**
 * struct engine - one that was made, and that somebody may run
 * @ops: with a reference of its module
 * @state: its own
 * @quota: who pays for it
 * @in: the channel it consumes, with a reference; or NULL
 * @out: the channel it produces for, with a reference; or NULL
 * @in_name: of @in when the engine was made; "" if it had none
 * @out_name: likewise
 * @input: the role in @in
 * @output: the role in @out
 * @message: a copy of a message, then the answer to it; or a record.
 *	MMAPDEMO_ENGINE_MESSAGE_MAX bytes
 * @held: the answer to the next message is in @message: the run that waited for room
 *	was interrupted
 * @length: of that message
 * @answer: bytes of that answer
 * @end: of the ring that a producer left which has gone; 0 as long as it is there
 * @count: what it has done, for struct mmapdemo_engine_info
 * @error: why it ended, an errno
 * @ended: it works no more
 * @waiters: for the end; with them is who runs it
 * @lock: of @table, and of @cancelled for writers
 * @table: of the descriptors of the thread that runs it, only compared; NULL if none does
 * @cancelled: that thread is to return
 * @hint: a descriptor of it is looked for from here first; any value
 *
 * Who runs it alone writes all from @message to @ended; others may look.
 */
struct engine {
	const struct mmapdemo_engine_ops *ops;
	void *state;
	struct mmapdemo_quota *quota;
	struct mmapdemo_buffer *in;
	struct mmapdemo_buffer *out;
	char in_name[MMAPDEMO_NAME_MAX + 1];
	char out_name[MMAPDEMO_NAME_MAX + 1];
	struct mmapdemo_port input;
	struct mmapdemo_port output;
	void *message;
	bool held;
	size_t length;
	size_t answer;
	u64 end;
	struct mmapdemo_engine_info count;
	int error;
	bool ended;
	wait_queue_head_t waiters;
	spinlock_t lock; /* of what follows */
	const void *table;
	bool cancelled;
	unsigned int hint;
};

/**
 * struct mmapdemo_engine_side - a channel for an engine to be made
 * @buffer: NULL for none
 * @name: of the channel, or ""
 */
struct mmapdemo_engine_side {
	struct mmapdemo_buffer *buffer;
	const char *name;
};

/* engine.c: their kinds and their lives. */
int mmapdemo_engines_init(void);
int mmapdemo_engines_list(char *text);
struct file *mmapdemo_engine_create(const struct mmapdemo_engine *args,
				    const struct mmapdemo_engine_side *in,
				    const struct mmapdemo_engine_side *out);

/* engine-run.c: their work. */
int mmapdemo_engine_run(struct engine *engine, const struct file *file);
void mmapdemo_engine_closed(struct engine *engine, const struct file *file,
			    struct files_struct *table);

/* The driver's own. */
extern struct mmapdemo_engine_ops mmapdemo_echo_ops;
extern struct mmapdemo_engine_ops mmapdemo_sink_ops;
extern struct mmapdemo_engine_ops mmapdemo_source_ops;

#endif /* MMAPDEMO_DRIVER_ENGINE_H */
