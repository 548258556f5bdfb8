/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of engines share. */
#ifndef ENGINE_H
#define ENGINE_H

#include "channel.h"

static inline int start_any(int fd, struct mmapdemo_engine args)
{
	return ioctl(fd, MMAPDEMO_IOC_ENGINE, &args);
}

static inline struct mmapdemo_engine engine_args(const char *name, int in, int out)
{
	struct mmapdemo_engine args = { .in = in, .out = out };

	snprintf(args.name, sizeof(args.name), "%s", name);
	return args;
}

static inline int start_engine(int fd, const char *name, int in, int out)
{
	int engine = start_any(fd, engine_args(name, in, out));

	assert_true(engine >= 0);
	return engine;
}

static inline struct mmapdemo_engine source_args(int out, uint64_t rate, uint64_t length,
						 uint64_t count)
{
	struct mmapdemo_engine args = engine_args("source", -1, out);

	args.rate = rate;
	args.length = length;
	args.count = count;
	return args;
}

static inline int start_source(int fd, int out, uint64_t rate, uint64_t length, uint64_t count)
{
	int engine = start_any(fd, source_args(out, rate, length, count));

	assert_true(engine >= 0);
	return engine;
}

static inline struct mmapdemo_engine_info engine_info(int engine)
{
	struct mmapdemo_engine_info info;

	memset(&info, POISON, sizeof(info));
	assert_int_equal(ioctl(engine, MMAPDEMO_IOC_ENGINE_INFO, &info), 0);
	return info;
}

/* Sleeps in poll(2) until the engine has ended, and tells why: an errno. */
static inline int end_of(int engine)
{
	struct pollfd pollfd = { .fd = engine, .events = POLLIN | POLLOUT };
	struct mmapdemo_engine_info info;

	assert_int_equal(poll(&pollfd, 1, -1), 1);
	assert_int_equal(pollfd.revents, POLLHUP);
	info = engine_info(engine);
	assert_int_equal(info.ended, 1);
	return (int)info.error;
}

static inline void assert_running(int engine)
{
	struct pollfd pollfd = { .fd = engine, .events = POLLIN | POLLOUT };

	assert_int_equal(poll(&pollfd, 1, 0), 0);
	assert_int_equal(engine_info(engine).ended, 0);
	assert_int_equal(engine_info(engine).error, 0);
}

static inline void until_received(int engine, uint64_t messages)
{
	while (engine_info(engine).received < messages)
		usleep(1000);
}

static inline void until_sent(int engine, uint64_t messages)
{
	while (engine_info(engine).sent < messages)
		usleep(1000);
}

/* The consumer that is on its way to sleep has said so. */
static inline void until_consumer_sleeps(const struct mmapdemo_consumer_page *page)
{
	while (!load_word(&page->sleeping))
		usleep(1000);
}

static inline struct mmapdemo_consumer_page *map_consumer_page(int fd)
{
	return (void *)map(fd, MAP_SHARED, PROT_READ, CONSUMER_PAGE, 1);
}

static inline struct mmapdemo_producer_page *map_producer_page(int fd)
{
	return (void *)map(fd, MAP_SHARED, PROT_READ, PRODUCER_PAGE, 1);
}

/* A channel with a larger ring than most tests need. */
static inline int create_large(int fd, uint64_t size)
{
	int channel = create_ring(fd, "", size, MMAPDEMO_CREATE_CHANNEL);

	assert_true(channel >= 0);
	return channel;
}

#endif /* ENGINE_H */
