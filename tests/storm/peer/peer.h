/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rooms of storm-peer share. */
#ifndef MMAPDEMO_STORM_PEER_H
#define MMAPDEMO_STORM_PEER_H

#include "../model.h"

#define RING MMAPDEMO_RING_MIN
#define KINDS 4

/* A channel as somebody has it who has joined, or has not. */
struct end {
	int fd; /* of its own, or -1 */
	int role;
	char *producer, *consumer, *data;
	uint64_t position;
};

struct actor {
	unsigned int number;
	uint64_t random;
	const int *channels;
	struct end end;
	int engines[4];
};

/* What all processes share. */
struct shared {
	unsigned long done[KINDS];
	unsigned long received; /* by engines */
	bool complained;
	char complaint[200];
};

extern struct shared *shared;
extern int node; /* /dev/mmapdemo, which alone makes engines */

/* peer.c: rounds, and what all kinds need. */
uint32_t below(struct actor *a, uint32_t n);
__attribute__((format(printf, 2, 3))) void wrong(const struct actor *a, const char *format, ...);
void may_fail(const struct actor *a, const char *what, long result, const int *errors);
int open_again(struct actor *a, int access);

/* The errors that a call may give: any other one is a complaint. */
#define MAY_FAIL(a, what, result, ...) may_fail(a, what, result, (const int[]){ __VA_ARGS__, 0 })

/* liar.c */
void act_liar(struct actor *a);

/* honest.c: who does what he may, whatever comes back. */
void act_reader(struct actor *a);
void act_writer(struct actor *a);
void act_engines(struct actor *a);

#endif /* MMAPDEMO_STORM_PEER_H */
