// SPDX-License-Identifier: BSD-2-Clause
/*
 * Messages to an engine and back, and records of one: with the driver as the peer.
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "bench.h"
#include "copies.h"

#define BATCH 32
#define ROUNDS 100
#define RATE 100000
#define RECORDS (10 * RATE)
#define RECORD 24

static struct mmapdemo_producer producer;
static struct mmapdemo_consumer consumer;
static uint64_t count; /* of messages sent to the echo, each of which holds its number */
static int in, out;    /* of the echo by nodes */

static pthread_t runner;

static void *run(void *argument)
{
	/* Until it has ended, or its descriptor is closed. */
	ioctl(*(int *)argument, MMAPDEMO_IOC_ENGINE_RUN, 0);
	return NULL;
}

static void start_running(int engine)
{
	static int running;
	struct mmapdemo_engine_info info;

	running = engine;
	if (pthread_create(&runner, NULL, run, &running))
		errx(1, "no thread");
	do {
		if (ioctl(engine, MMAPDEMO_IOC_ENGINE_INFO, &info) < 0)
			err(1, "ENGINE_INFO");
	} while (!info.running && !info.ended);
}

static void stop(int engine)
{
	close(engine);
	pthread_join(runner, NULL);
}

static int start(const char *name, int input, int output, uint64_t records)
{
	struct mmapdemo_engine args = { .in = input, .out = output, .count = records };
	int node = open("/dev/mmapdemo", O_RDWR), engine;

	strcpy(args.name, name);
	if (records) {
		args.rate = RATE;
		args.length = RECORD;
	}
	engine = ioctl(node, MMAPDEMO_IOC_ENGINE, &args);
	if (engine < 0)
		err(1, "engine %s", name);
	close(node);
	start_running(engine);
	return engine;
}

static struct mmapdemo_buffer *new_channel(uint64_t size)
{
	struct mmapdemo_buffer *buffer;

	if (mmapdemo_channel_create(&buffer, NULL, size, 0, 0))
		errx(1, "no channel");
	return buffer;
}

static void send_batch(void)
{
	struct mmapdemo_batch batch;
	void *place;
	int left = BATCH;

	/* More than one where the ring ends. */
	while (left) {
		if (mmapdemo_batch_begin(&batch, &producer, &place, 64, NULL))
			errx(1, "batch");
		do
			*(uint64_t *)place = count++;
		while (--left && (place = mmapdemo_batch_add(&batch, 64)));
		if (mmapdemo_batch_publish(&batch))
			errx(1, "publish");
	}
}

static void by_channel(void *argument)
{
	const int *batches = argument;
	uint64_t next = count;
	struct mmapdemo_cursor cursor;
	const uint64_t *message;
	size_t length;

	for (int i = 0; i < *batches; i++)
		send_batch();
	while (next != count) {
		if (mmapdemo_cursor_begin(&cursor, &consumer, NULL))
			errx(1, "cursor");
		while ((message = mmapdemo_cursor_next(&cursor, &length))) {
			if (length != 64 || *message != next)
				errx(1, "message %llu is another", (unsigned long long)next);
			next++;
		}
		mmapdemo_cursor_end(&cursor);
	}
}

static void by_node(void *argument)
{
	uint64_t message[8] = { 0 }, next = count;

	(void)argument;
	for (int i = 0; i < BATCH; i++) {
		message[0] = count++;
		if (write(in, message, sizeof(message)) != sizeof(message))
			err(1, "write");
	}
	while (next != count) {
		if (read(out, message, sizeof(message)) != sizeof(message) || message[0] != next++)
			err(1, "read");
	}
}

static void echo(void)
{
	struct mmapdemo_buffer *there = new_channel(RING), *back = new_channel(RING);
	int engine = start("echo", mmapdemo_fd(there), mmapdemo_fd(back), 0);
	int one = 1, eight = 8;
	double nodes;

	in = mmapdemo_fd(there);
	out = mmapdemo_fd(back);
	nodes = instructions(by_node, NULL, ROUNDS) / BATCH;
	stop(engine);
	there = new_channel(RING);
	back = new_channel(RING);
	engine = start("echo", mmapdemo_fd(there), mmapdemo_fd(back), 0);
	if (mmapdemo_producer_open(&producer, there) || mmapdemo_consumer_open(&consumer, back))
		errx(1, "no role");
	print_figure(&(struct figure){
		.name = "64 bytes to the engine echo and back, batch of 32",
		.work = "a number written into each, read and compared; to be: a 15th of "
			"write() and read(), and 300",
		.value = instructions(by_channel, &one, ROUNDS) / BATCH,
		.goal = NO_GOAL,
		.aim = nodes / 15 < 300 ? nodes / 15 : 300,
		.others = { { "write() and read() of the nodes, in 32s", nodes } },
	});
	print_figure(&(struct figure){
		.name = "64 bytes to the engine echo and back, 8 batches at once",
		.work = "so that the two sleep and wake each other an 8th as often",
		.value = instructions(by_channel, &eight, ROUNDS) / (8 * BATCH),
		.goal = 300,
	});
	stop(engine);
}

/* What a reader sees of all records; it sleeps @pause between looks. */
struct seen {
	uint64_t records, gaps, missing, wrong;
};

static struct seen read_all(useconds_t pause)
{
	const struct mmapdemo_source_record *record;
	struct seen seen = { 0 };
	struct mmapdemo_cursor cursor;
	uint64_t next = 0, began = 0;
	size_t length;
	int error;

	while (!(error = mmapdemo_cursor_begin(&cursor, &consumer, NULL))) {
		while ((record = mmapdemo_cursor_next(&cursor, &length))) {
			if (!seen.records++)
				began = record->time - record->sequence * (1000000000 / RATE);
			seen.gaps += record->sequence != next;
			seen.missing += record->sequence - next;
			seen.wrong +=
				length != RECORD || record->sequence < next ||
				record->time != began + record->sequence * (1000000000 / RATE);
			next = record->sequence + 1;
		}
		mmapdemo_cursor_end(&cursor);
		if (pause)
			usleep(pause);
	}
	if (error != -EPIPE)
		errx(1, "source: %s", strerror(-error));
	seen.missing += RECORDS - next;
	return seen;
}

static struct seen source(useconds_t pause, struct mmapdemo_engine_info *info)
{
	struct mmapdemo_buffer *buffer = new_channel(MMAPDEMO_RING_MIN);
	struct seen seen;
	int engine;

	if (mmapdemo_consumer_open(&consumer, buffer))
		errx(1, "no role");
	engine = start("source", -1, mmapdemo_fd(buffer), RECORDS);
	seen = read_all(pause);
	if (ioctl(engine, MMAPDEMO_IOC_ENGINE_INFO, info) < 0)
		err(1, "ENGINE_INFO");
	stop(engine);
	mmapdemo_consumer_close(&consumer);
	return seen;
}

static void sources(void)
{
	struct mmapdemo_engine_info info;
	struct seen seen = source(0, &info);

	if (seen.wrong || info.sent != seen.records)
		errx(1, "source: %llu records of %llu", (unsigned long long)seen.records,
		     (unsigned long long)info.sent);
	print_figure(&(struct figure){
		.name = "source at 100 kHz for 10 s, reader keeps up: overruns",
		.work = "each of 1,000,000 records read, its number, time and length compared",
		.unit = "records",
		.value = (double)(info.dropped + seen.missing),
		.goal = 0,
	});
	seen = source(100000, &info);
	if (seen.wrong || !seen.gaps)
		errx(1, "source: no gaps, or wrong records");
	print_figure(&(struct figure){
		.name = "source at 100 kHz for 10 s, reader sleeps: not counted",
		.work = "100 ms each time: records neither received nor in the count of dropped "
			"ones",
		.unit = "records",
		.value = fabs((double)seen.missing - (double)info.dropped) +
			 fabs((double)RECORDS - (double)(seen.records + info.dropped)),
		.goal = 0,
		.others = { { "records dropped and counted", (double)info.dropped },
			    { "gaps seen", (double)seen.gaps } },
	});
}

int main(void)
{
	echo();
	sources();
	return 0;
}
