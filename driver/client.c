// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client: one process that uses a buffer through one open file. It has a
 * number, which others can store, and which is known to be dead as soon as the
 * process is done with the open file: close, exit and exec come to .flush at once,
 * while .release waits for the last process that inherited it.
 */
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <linux/mmapdemo.h>

#include "client.h"
#include "process.h"

/* In the list of its open file and in the table of its buffer. */
struct client {
	struct list_head entry;
	struct mmapdemo_process process; /* with a reference of its group */
	u32 number;
};

void mmapdemo_clients_init(struct mmapdemo_clients *clients)
{
	xa_init_flags(&clients->alive, XA_FLAGS_ALLOC1);
	clients->next = 1;
	atomic_set(&clients->count, 0);
}

/* All have ended. */
void mmapdemo_clients_destroy(struct mmapdemo_clients *clients)
{
	xa_destroy(&clients->alive);
}

void mmapdemo_processes_init(struct mmapdemo_processes *processes)
{
	mutex_init(&processes->lock);
	INIT_LIST_HEAD(&processes->list);
}

/* Whether @number, any value, was given and has not ended. */
bool mmapdemo_client_alive(struct mmapdemo_clients *clients, u32 number)
{
	return xa_load(&clients->alive, number);
}

/* Under the lock of the list. */
static struct client *find(const struct mmapdemo_processes *processes, const struct pid *group)
{
	struct client *client;

	list_for_each_entry(client, &processes->list, entry) {
		if (client->process.group == group)
			return client;
	}
	return NULL;
}

static int add(struct mmapdemo_clients *clients, struct mmapdemo_processes *processes)
{
	struct client *client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	int err;

	if (!client)
		return -ENOMEM;
	err = xa_alloc_cyclic(&clients->alive, &client->number, client,
			      XA_LIMIT(1, MMAPDEMO_CLIENT_MAX), &clients->next, GFP_KERNEL_ACCOUNT);
	if (err < 0) {
		kfree(client);
		return err == -EBUSY ? -ENOSPC : err;
	}
	client->process = mmapdemo_process_current();
	get_pid(client->process.group);
	list_add(&client->entry, &processes->list);
	atomic_inc(&clients->count);
	return client->number;
}

/**
 * mmapdemo_client_number - the client that the caller's process is, made if need be
 * @clients: of the buffer
 * @processes: of the open file
 *
 * Return: its number, 1 to MMAPDEMO_CLIENT_MAX; -ENOSPC, -ENOMEM.
 */
int mmapdemo_client_number(struct mmapdemo_clients *clients, struct mmapdemo_processes *processes)
{
	struct client *client;
	int number;

	mutex_lock(&processes->lock);
	client = find(processes, task_tgid(current));
	number = client ? client->number : add(clients, processes);
	mutex_unlock(&processes->lock);
	return number;
}

/**
 * mmapdemo_client_end - end the clients of an open file that a close has ended
 * @clients: of the buffer
 * @processes: of the open file
 * @close: what was closed; NULL for the last reference, which ends all
 *
 * Return: whether there was one. Then a waiter must look again.
 */
bool mmapdemo_client_end(struct mmapdemo_clients *clients, struct mmapdemo_processes *processes,
			 struct mmapdemo_close *close)
{
	struct client *client, *next;
	bool ended = false;

	mutex_lock(&processes->lock);
	list_for_each_entry_safe(client, next, &processes->list, entry) {
		cond_resched();
		if (close && !mmapdemo_process_ended(&client->process, close))
			continue;
		xa_erase(&clients->alive, client->number);
		atomic_dec(&clients->count);
		list_del(&client->entry);
		put_pid(client->process.group);
		kfree(client);
		ended = true;
	}
	mutex_unlock(&processes->lock);
	return ended;
}
