/* SPDX-License-Identifier: BSD-2-Clause */
/* What fault-injection.c repeats, and operations.c does. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "../device/device.h"

/* What one test repeats. Those that load the module come last: see open_module(). */
struct operation {
	const char *name;
	/* Something can fail beneath the driver, not only beside it. */
	bool ours;
	void (*prepare)(void);
	/* Returns -1 and sets errno to fail, as a system call. */
	long (*run)(void);
	/* Whatever became of it. */
	void (*finish)(long result);
	int errors[4];
};

extern const struct operation operations[];
extern const size_t operations_count;

/* The node, as long as the module is loaded for all operations; then -1. */
extern int fd;
/* Of the module that is loaded, as its parameter. */
extern const char *size;

/* module.c: open its file, load it, see that this is all or nothing. */
void open_module(void);
long run_insmod(void);
void finish_load(long result);
void load_it(void);
long run_rmmod(void);
void finish_unload(long result);
void unload(void);
int load_for_all(void **state);

#endif /* OPERATIONS_H */
