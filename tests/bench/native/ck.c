// SPDX-License-Identifier: BSD-2-Clause
/* The ring of Concurrency Kit. */
#include <stdbool.h>

#include <ck_ring.h>

#include "native.h"

struct small {
	uint64_t words[SHORT / 8];
};

struct line {
	uint64_t words[LINE / 8];
};

CK_RING_PROTOTYPE(small, small)
CK_RING_PROTOTYPE(line, line)

struct state {
	struct ck_ring ring;
	char slots[RING] __attribute__((aligned(64)));
};

static void *create(size_t size, int lines)
{
	struct state *state = shared_memory(sizeof(*state));

	(void)lines;
	ck_ring_init(&state->ring, size == SHORT ? RING / SHORT : RING / 64);
	return state;
}

static void send(void *argument, const void *message, size_t size)
{
	struct state *state = argument;
	struct line line;

	__builtin_memcpy(&line, message, size);
	while (!ck_ring_enqueue_spsc_line(&state->ring, (struct line *)state->slots, &line))
		relax();
}

static void receive(void *argument, void *message, size_t size)
{
	struct state *state = argument;
	struct line line;

	while (!ck_ring_dequeue_spsc_line(&state->ring, (struct line *)state->slots, &line))
		relax();
	__builtin_memcpy(message, &line, size);
}

static void send_many(void *argument, uint64_t count)
{
	struct state *state = argument;
	struct small small;

	for (uint64_t i = 0; i < count; i++) {
		write_message(small.words, SHORT, i);
		while (!ck_ring_enqueue_spsc_small(&state->ring, (struct small *)state->slots,
						   &small))
			relax();
	}
}

static void receive_many(void *argument, uint64_t count)
{
	struct state *state = argument;
	struct small small;

	for (uint64_t i = 0; i < count; i++) {
		while (!ck_ring_dequeue_spsc_small(&state->ring, (struct small *)state->slots,
						   &small))
			relax();
		compare_message(small.words, SHORT, i);
	}
}

const struct peer ck = {
	.name = "ck_ring, one by one",
	.many = 1500000,
	.most = LINE,
	.create = create,
	.send = send,
	.receive = receive,
	.send_many = send_many,
	.receive_many = receive_many,
};
