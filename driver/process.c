// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process: when it is done with an open file. The core calls the driver for each
 * descriptor that is closed, and for nothing else. This file finds out which of them
 * was the last one of a process.
 *
 * A process is done when none of its threads has a descriptor of the open file
 * any more, because it was closed or because the thread's table of descriptors is gone.
 * A process is also done when it executes another program and that closes a descriptor.
 */
#include <linux/errno.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "process.h"

/* For iterate_fd(): stops it at a descriptor of @file, with the descriptor plus 1. */
static int is_of(const void *file, struct file *other, unsigned int fd)
{
	return other == file ? (int)fd + 1 : 0;
}

static int find(struct files_struct *table, unsigned int from, const struct file *file)
{
	return iterate_fd(table, from, is_of, file);
}

/*
 * Whether @table still has a descriptor of @file. Programs often close descriptors from the
 * first to the last. So the search begins where the last one ended: otherwise, to close a
 * million copies would take a million searches of the whole table.
 */
bool mmapdemo_table_has(const struct mmapdemo_close *close)
{
	unsigned int hint = READ_ONCE(*close->hint);
	int found = find(close->table, hint, close->file);

	if (!found && hint)
		found = find(close->table, 0, close->file);
	if (found)
		WRITE_ONCE(*close->hint, found - 1);
	return found;
}

/* Let others run between two searches. Returns false if @thread has ended meanwhile. */
static bool rest(struct task_struct *thread)
{
	bool alive;

	get_task_struct(thread);
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
	alive = pid_alive(thread);
	put_task_struct(thread);
	return alive;
}

/*
 * Look for a descriptor in the tables of the threads of @leader, except in close->table. Returns
 * 1 if there is one, 0 if not, -EAGAIN if a thread has ended: then the caller starts again.
 */
static int search_threads(struct task_struct *leader, const struct mmapdemo_close *close)
{
	const struct files_struct *searched = close->table;
	struct task_struct *thread;
	bool differs;
	int found = 0;

	for_each_thread(leader, thread) {
		task_lock(thread); /* so that its table stays */
		differs =
			thread->files && thread->files != close->table && thread->files != searched;
		if (differs) {
			searched = thread->files;
			found = find(thread->files, 0, close->file);
		}
		task_unlock(thread);
		if (found)
			return 1;
		if (differs && !rest(thread))
			return -EAGAIN;
	}
	return 0;
}

/* Whether a thread of @group has a descriptor in a table other than close->table. */
static bool is_in_another_table(struct pid *group, const struct mmapdemo_close *close)
{
	struct task_struct *leader;
	int found;

	rcu_read_lock();
	do {
		leader = pid_task(group, PIDTYPE_TGID);
		found = leader ? search_threads(leader, close) : 0;
	} while (found == -EAGAIN);
	rcu_read_unlock();
	return found;
}

/**
 * mmapdemo_process_ended - whether a process is done with an open file after a close
 * @process: that got a client number or a role by the open file
 * @close: the descriptor that the caller, any process, has closed
 *
 * May be called under a mutex, not under a spinlock: it may let others run.
 */
bool mmapdemo_process_ended(const struct mmapdemo_process *process, struct mmapdemo_close *close)
{
	bool own = process->group == task_tgid(current);

	if (!own && process->table != close->table)
		return false;
	if (own && current->in_execve)
		return true;
	/* A caller that exits has no table any more: the core closes all that is in it. */
	if (current->files && !close->searched) {
		close->found = mmapdemo_table_has(close);
		close->searched = true;
	}
	if (close->found)
		return false;
	return !is_in_another_table(process->group, close);
}
