/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_PROCESS_H
#define MMAPDEMO_PROCESS_H

#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/types.h>

struct file;
struct files_struct;

/**
 * struct mmapdemo_process - a process that was given something by an open file
 * @group: its thread group; NULL for the kernel
 * @table: its descriptors, when it was given that; only compared
 *
 * Two structures name the same process if @group is the same.
 */
struct mmapdemo_process {
	struct pid *group;
	const struct files_struct *table;
};

/**
 * struct mmapdemo_close - a descriptor that the caller has closed
 * @file: its open file
 * @table: that it was in
 * @hint: a descriptor of @file is looked for from here first; any value
 * @searched: @found is known; for mmapdemo_process_ended()
 * @found: @table has another descriptor of @file
 */
struct mmapdemo_close {
	const struct file *file;
	struct files_struct *table;
	unsigned int *hint;
	bool searched;
	bool found;
};

/* The caller; no reference is taken. */
static inline struct mmapdemo_process mmapdemo_process_current(void)
{
	return (struct mmapdemo_process){ task_tgid(current), current->files };
}

bool mmapdemo_table_has(const struct mmapdemo_close *close);
bool mmapdemo_process_ended(const struct mmapdemo_process *process, struct mmapdemo_close *close);

#endif /* MMAPDEMO_PROCESS_H */
