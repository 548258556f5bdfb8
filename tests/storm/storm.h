/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MMAPDEMO_STORM_H
#define MMAPDEMO_STORM_H

#include "model.h"

#define NODE "/dev/mmapdemo"
#define MAPS 24
#define MAP_PAGES 16

/* A page of a map, as this process must find it. */
struct place {
	bool mapped;
	bool copied; /* private, and stored to: copy[] is its content */
	int prot;
	uint32_t page;
	uint64_t copy;
};

struct map {
	char *addr; /* NULL: no map */
	uint32_t pages;
	bool private, writable, split;
	struct place place[MAP_PAGES];
};

struct worker {
	uint32_t number;
	uint64_t random;
	unsigned long operations;
	int fd, reader; /* O_RDWR, O_RDONLY */
	struct map map[MAPS];
};

#define COMPLAINT 200

/* What all processes of the storm share. */
struct shared {
	struct model model;
	unsigned long operations[WORKERS];
	bool complained[WORKERS];
	char complaint[WORKERS][COMPLAINT];
};

extern struct shared *shared;
extern uint32_t size_pages; /* of the buffer */

__attribute__((noreturn, format(printf, 2, 3))) void wrong(const struct worker *w,
							   const char *format, ...);

/* worker.c: WORKERS of them run at once. */
void work(uint32_t number, uint64_t seed, unsigned int seconds);
uint32_t below(struct worker *w, uint32_t n);
void end_child(struct worker *w, pid_t pid);

/* maps.c: operations on a map at random. */
struct map *any_map(struct worker *w);
void op_map(struct worker *w);
void op_check(struct worker *w);
void op_store(struct worker *w);
void op_unmap_part(struct worker *w);
void op_protect(struct worker *w);
void op_remap(struct worker *w);
void op_advise(struct worker *w);
void op_fork(struct worker *w);
void op_mem(struct worker *w);

/* words.c */
void op_lock(struct worker *w);
void op_words(struct worker *w);

#endif /* MMAPDEMO_STORM_H */
