// SPDX-License-Identifier: BSD-2-Clause
/* The operations of channels and engines that fault-injection.c lets fail. */
#include "operations.h"

#define RING MMAPDEMO_RING_MIN
/* Far from all other maps, as in operations.c. */
#define ARENA ((void *)0x300000000000)
#define MESSAGE "stays whole"

/* What goes in and out of an engine; a file of the first; the engine. */
static int in = -1, out = -1;
static int other;
static int engine = -1;
static void *data;

static int create_channel(void)
{
	struct mmapdemo_create args = { .size = RING, .flags = MMAPDEMO_CREATE_CHANNEL };

	return ioctl(fd, MMAPDEMO_IOC_CREATE, &args);
}

long run_create_channel(void)
{
	in = create_channel();
	return in;
}

void finish_create_channel(long result)
{
	if (result >= 0)
		assert_int_equal(close(in), 0);
}

void make_channels(void)
{
	in = create_channel();
	out = create_channel();
	other = ioctl(in, MMAPDEMO_IOC_OPEN, O_RDWR);
	assert_true(in >= 0 && out >= 0 && other >= 0);
}

static void assert_free(int channel)
{
	assert_int_equal(info(channel).channel, MMAPDEMO_CHANNEL);
	assert_int_equal(info(channel).maps, 0);
}

/* Whatever failed: no role is taken. */
void close_channels(long result)
{
	(void)result;
	assert_int_equal(close(other), 0);
	assert_free(in);
	assert_free(out);
	assert_int_equal(close(in), 0);
	assert_int_equal(close(out), 0);
}

long run_join_and_map(void)
{
	if (ioctl(other, MMAPDEMO_IOC_JOIN, MMAPDEMO_PRODUCER) < 0)
		return -1;
	data = mmap(ARENA, 2 * RING, RW, MAP_SHARED | MAP_FIXED, other,
		    (off_t)MMAPDEMO_DATA_REGION);
	return data == MAP_FAILED ? -1 : 0;
}

void finish_join_and_map(long result)
{
	if (result == 0)
		assert_int_equal(munmap(data, 2 * RING), 0);
	close_channels(result);
}

long run_send(void)
{
	return write(other, MESSAGE, sizeof(MESSAGE));
}

long run_receive(void)
{
	char text[64];

	return read(in, text, sizeof(text));
}

/* All of it is there, or nothing. */
static void expect_message(bool sent)
{
	char text[64] = "";
	ssize_t got;

	assert_int_equal(fcntl(in, F_SETFL, O_NONBLOCK), 0);
	got = read(in, text, sizeof(text));
	assert_int_equal(got, sent ? (ssize_t)sizeof(MESSAGE) : -1);
	assert_string_equal(text, sent ? MESSAGE : "");
	/* The one open file that has a role here, and is looked at. */
	assert_int_equal(close(in), 0);
	in = ioctl(other, MMAPDEMO_IOC_OPEN, O_RDWR);
}

void finish_send(long result)
{
	expect_message(result >= 0);
	close_channels(result);
}

void send_message(void)
{
	make_channels();
	assert_int_equal(run_send(), sizeof(MESSAGE));
}

void finish_receive(long result)
{
	expect_message(result < 0);
	close_channels(result);
}

static long start(struct mmapdemo_engine args)
{
	engine = ioctl(fd, MMAPDEMO_IOC_ENGINE, &args);
	return engine;
}

long run_echo(void)
{
	return start((struct mmapdemo_engine){ .name = "echo", .in = in, .out = out });
}

long run_sink(void)
{
	return start((struct mmapdemo_engine){ .name = "sink", .in = in, .out = -1 });
}

long run_source(void)
{
	return start((struct mmapdemo_engine){
		.name = "source", .in = -1, .out = out, .rate = 1000, .length = 16 });
}

void finish_engine(long result)
{
	if (result >= 0)
		assert_int_equal(close(engine), 0);
	close_channels(result);
}

void start_echo(void)
{
	make_channels();
	assert_true(run_echo() >= 0);
}

long run_engine_info(void)
{
	struct mmapdemo_engine_info answer;

	return ioctl(engine, MMAPDEMO_IOC_ENGINE_INFO, &answer);
}

void finish_engine_info(long result)
{
	(void)result;
	finish_engine(0);
}
