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

/* channels.c: two of them, and an engine between. */
long run_create_channel(void);
void finish_create_channel(long result);
void make_channels(void);
void close_channels(long result);
long run_join_and_map(void);
void finish_join_and_map(long result);
long run_send(void);
void finish_send(long result);
void send_message(void);
long run_receive(void);
void finish_receive(long result);
long run_echo(void);
long run_sink(void);
long run_source(void);
void finish_engine(long result);
void start_echo(void);
long run_engine_info(void);
void finish_engine_info(long result);

/* watch.c: make a descriptor of WATCH, and read from it. */
long run_watch(void);
void finish_watch(long result);
void publish(void);
long run_read_watch(void);
void finish_read_watch(long result);

#endif /* OPERATIONS_H */
