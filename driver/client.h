/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_CLIENT_H
#define MMAPDEMO_CLIENT_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct mmapdemo_close;

/**
 * struct mmapdemo_clients - who uses a buffer, by number
 * @alive: numbers of those that have not ended
 * @next: to be given; numbers go round
 * @count: of numbers in @alive, for INFO and sysfs only
 */
struct mmapdemo_clients {
	struct xarray alive;
	u32 next;
	atomic_t count;
};

/**
 * struct mmapdemo_processes - the clients that came by one open file
 * @lock: of @list
 * @list: one for each process that asked for a number
 */
struct mmapdemo_processes {
	struct mutex lock; /* may allocate under it */
	struct list_head list;
};

void mmapdemo_clients_init(struct mmapdemo_clients *clients);
void mmapdemo_clients_destroy(struct mmapdemo_clients *clients);
void mmapdemo_processes_init(struct mmapdemo_processes *processes);

bool mmapdemo_client_alive(struct mmapdemo_clients *clients, u32 number);
int mmapdemo_client_number(struct mmapdemo_clients *clients, struct mmapdemo_processes *processes);
bool mmapdemo_client_end(struct mmapdemo_clients *clients, struct mmapdemo_processes *processes,
			 struct mmapdemo_close *close);

#endif /* MMAPDEMO_CLIENT_H */
