/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_FILE_H
#define MMAPDEMO_FILE_H

#include <linux/atomic.h>
#include <linux/fs.h>

#include "client.h"
#include "stream.h"

struct mmapdemo_buffer;
struct mmapdemo_node;

/**
 * struct mmapdemo_file - private_data of an open file
 * @buffer: with a reference
 * @node: by which it was opened, or that was made with it, with a reference;
 *	NULL for a buffer that never had a name
 * @seen: how many publications
 * @processes: that asked for a client number by it
 * @found: descriptor by which a process was last seen to have the open file; a hint
 * @stream: of a channel
 */
struct mmapdemo_file {
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_node *node;
	atomic64_t seen;
	struct mmapdemo_processes processes;
	unsigned int found;
	struct mmapdemo_stream stream;
};

/* Of every node, until it is opened. */
extern const struct file_operations mmapdemo_fops;

struct mmapdemo_buffer *mmapdemo_file_channel(const struct file *file);
struct file *mmapdemo_file_open(struct mmapdemo_buffer *buffer, int access);

/* In ioctl.c. */
long mmapdemo_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

static inline struct mmapdemo_buffer *mmapdemo_file_buffer(const struct file *file)
{
	const struct mmapdemo_file *open = file->private_data;

	return open->buffer;
}

#endif /* MMAPDEMO_FILE_H */
