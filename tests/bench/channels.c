// SPDX-License-Identifier: BSD-2-Clause
/*
 * Messages through a channel of the driver, from one handle to the other, when
 * nobody has to wait: beside copying alone, and beside what else sends messages.
 * Arguments: how the library was linked, and what a message may take then.
 */
#include <string.h>

#include "bench.h"
#include "copies.h"

#define ROUNDS 10000
#define BATCH 32

static struct copy copy;
static uint64_t sum; /* of the words that came by batches */

static void one_by_one(void *argument)
{
	static uint64_t number;
	const void *message;
	void *place;
	size_t length;

	(void)argument;
	if (mmapdemo_producer_reserve(&copy.producer, &place, 64, NULL))
		errx(1, "reserve");
	*(uint64_t *)place = ++number;
	if (mmapdemo_producer_commit(&copy.producer, 64) ||
	    mmapdemo_consumer_peek(&copy.consumer, &message, &length, NULL))
		errx(1, "commit and peek");
	sum += *(const uint64_t *)message;
	mmapdemo_consumer_release(&copy.consumer);
}

static void batch_of_32(void *argument)
{
	struct mmapdemo_batch batch;
	struct mmapdemo_cursor cursor;
	const uint64_t *message;
	uint64_t all = sum;
	size_t length;
	void *place;
	int left = BATCH;

	(void)argument;
	/* More than one where the ring ends. */
	while (left) {
		if (mmapdemo_batch_begin(&batch, &copy.producer, &place, 64, NULL))
			errx(1, "batch");
		do
			*(uint64_t *)place = (uint64_t)left;
		while (--left && (place = mmapdemo_batch_add(&batch, 64)));
		if (mmapdemo_batch_publish(&batch))
			errx(1, "publish");
	}
	do {
		if (mmapdemo_cursor_begin(&cursor, &copy.consumer, NULL))
			errx(1, "cursor");
		while ((message = mmapdemo_cursor_next(&cursor, &length)))
			all += *message;
		mmapdemo_cursor_end(&cursor);
	} while (mmapdemo_consumer_position(&copy.consumer) !=
		 mmapdemo_producer_position(&copy.producer));
	sum = all;
}

static void small(const char *linked, double goal)
{
	char name[80];

	copy.size = 64;
	snprintf(name, sizeof(name), "message of 64 bytes, %s", linked);
	print_figure(&(struct figure){
		.name = name,
		.work = "send() and recv() with copying, all bytes written, received and compared",
		.value = sending(through_channel, &copy, ROUNDS),
		.goal = goal,
		.others = { { "two memcpys", instructions(two_memcpys, &copy, ROUNDS) } },
	});
	snprintf(name, sizeof(name), "its system calls, %s", linked);
	print_figure(&(struct figure){
		.name = name,
		.work = "processes, of one, killed for the first system call while they did as "
			"above",
		.unit = "processes",
		.value = is_killed(open_channel, through_channel, &copy, ROUNDS),
		.goal = 0,
	});
}

static void in_place(const char *linked)
{
	double batch, single;
	char name[80];

	sum = 0;
	batch_of_32(NULL);
	if (sum != BATCH * (BATCH + 1) / 2)
		errx(1, "the words of a batch are %llu", (unsigned long long)sum);
	batch = instructions(batch_of_32, NULL, ROUNDS / BATCH) / BATCH;
	sum = 0;
	one_by_one(NULL);
	one_by_one(NULL);
	if (sum != 1 + 2)
		errx(1, "the words are %llu", (unsigned long long)sum);
	single = instructions(one_by_one, NULL, ROUNDS);
	snprintf(name, sizeof(name), "64 bytes in place, batch of 32, %s", linked);
	print_figure(&(struct figure){
		.name = name,
		.work = "a word of each written, read and summed up, the sum compared; one publish",
		.value = batch,
		.goal = 30,
		.others = { { "one message per commit, a fence each", single } },
	});
}

int main(int argc, char **argv)
{
	const char *linked = argc > 1 ? argv[1] : "";
	double goal = argc > 2 ? atof(argv[2]) : NO_GOAL;

	open_channel(&copy);
	small(linked, goal);
	in_place(linked);
	return 0;
}
