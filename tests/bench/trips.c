// SPDX-License-Identifier: BSD-2-Clause
/*
 * A message of 8 bytes to another process, which sleeps for it, and one back: by
 * two of each. On one CPU, so that nobody can do without sleeping.
 */
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>

#include "bench.h"
#include "copies.h"

#define ROUNDS 1000

/* The first message is from us, the second one from the other process. */
struct way {
	const char *name;
	void (*create)(void);	/* before there are two processes */
	void (*open)(int side); /* by each, the one that sends message @side */
	void (*send)(int message, uint64_t value);
	uint64_t (*receive)(int message);
};

static struct mmapdemo_buffer *buffers[2];
static struct mmapdemo_producer producer;
static struct mmapdemo_consumer consumer;
static int pipes[2][2];
static struct {
	volatile uint32_t word;
	volatile uint64_t value;
} * shared;

static void create_channels(void)
{
	if (mmapdemo_channel_create(&buffers[0], NULL, MMAPDEMO_RING_MIN, 0, 0) ||
	    mmapdemo_channel_create(&buffers[1], NULL, MMAPDEMO_RING_MIN, 0, 0))
		errx(1, "no channel");
}

static void join_channels(int side)
{
	if (mmapdemo_producer_open(&producer, buffers[side]) ||
	    mmapdemo_consumer_open(&consumer, buffers[!side]))
		errx(1, "no role");
}

static void send_channel(int message, uint64_t value)
{
	(void)message;
	if (mmapdemo_producer_send(&producer, &value, sizeof(value)))
		errx(1, "send");
}

static uint64_t receive_channel(int message)
{
	uint64_t value;

	(void)message;
	if (mmapdemo_consumer_recv(&consumer, &value, sizeof(value)) != sizeof(value))
		errx(1, "recv");
	return value;
}

static void create_words(void)
{
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
}

static void open_nothing(int side)
{
	(void)side;
}

static void send_futex(int message, uint64_t value)
{
	shared[message].value = value;
	shared[message].word = 1;
	syscall(SYS_futex, &shared[message].word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static uint64_t receive_futex(int message)
{
	while (!shared[message].word)
		syscall(SYS_futex, &shared[message].word, FUTEX_WAIT, 0, NULL, NULL, 0);
	shared[message].word = 0;
	return shared[message].value;
}

static void create_pipes(void)
{
	open_pipe(pipes[0]);
	open_pipe(pipes[1]);
}

static void send_pipe(int message, uint64_t value)
{
	if (write(pipes[message][1], &value, sizeof(value)) != sizeof(value))
		err(1, "write");
}

static uint64_t receive_pipe(int message)
{
	uint64_t value;

	if (read(pipes[message][0], &value, sizeof(value)) != sizeof(value))
		err(1, "read");
	return value;
}

static struct way channels = { "two channels", create_channels, join_channels, send_channel,
			       receive_channel };
static struct way futexes = { "two futexes in shared memory", create_words, open_nothing,
			      send_futex, receive_futex };
static struct way by_pipes = { "two pipes", create_pipes, open_nothing, send_pipe, receive_pipe };

static void answer(const struct way *way)
{
	for (;;)
		way->send(1, ~way->receive(0));
}

static void round_trip(void *argument)
{
	static uint64_t value;
	const struct way *way = argument;

	way->send(0, ++value);
	if (way->receive(1) != ~value)
		errx(1, "another answer, by %s", way->name);
}

static double round_trips(struct way *way)
{
	double result;
	pid_t peer;

	way->create();
	peer = start_process();
	way->open(peer == 0);
	if (peer == 0)
		answer(way);
	result = instructions(round_trip, way, ROUNDS);
	kill(peer, SIGKILL);
	waitpid(peer, NULL, 0);
	return result;
}

int main(void)
{
	double trip;

	alarm(60);
	trip = round_trips(&futexes);
	print_figure(&(struct figure){
		.name = "messages, round trip of two sleeping processes",
		.work = "8 bytes there, their complement back, each compared; on one CPU",
		.value = round_trips(&channels),
		.goal = trip,
		.others = { { futexes.name, trip }, { by_pipes.name, round_trips(&by_pipes) } },
	});
	return 0;
}
