/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_PROCESS_H
#define MMAPDEMO_PROCESS_H

#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/types.h>

struct file;
struct files_struct;

/**
 * struct mmapdemo_process - a process that got a client number or a role by an open file
 * @group: its thread group; NULL for the kernel
 * @table: its table of descriptors at that moment; only compared
 *
 * Two structures describe the same process if @group is the same.
 */
struct mmapdemo_process {
	struct pid *group;
	const struct files_struct *table;
};

/**
 * struct mmapdemo_close - a descriptor that the caller has closed
 * @file: its open file
 * @table: the table of descriptors that it was in
 * @hint: a search for a descriptor of @file begins here; any value
 * @searched: whether @found is known; for mmapdemo_process_ended()
 * @found: whether @table has another descriptor of @file
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
