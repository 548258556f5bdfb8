// SPDX-License-Identifier: BSD-2-Clause
/*
 * Channels and engines in a real 32-bit program, as in compat.c: mmap2(2) reaches all
 * regions, and the layouts are the same.
 */
#include "compat.h"

#ifdef __i386__

#include <linux/mmapdemo.h>

#define POISON 0xa5

static int fd;

static int create_channel(void)
{
	struct mmapdemo_create args = { .size = MMAPDEMO_RING_MIN,
					.flags = MMAPDEMO_CREATE_CHANNEL };
	int channel = call(__NR_ioctl, fd, MMAPDEMO_IOC_CREATE, &args);

	_Static_assert(sizeof(args) == 64, "");
	_Static_assert(MMAPDEMO_IOC_CREATE == 0x40405901, "");
	expect(channel >= 0, true);
	return channel;
}

static void a_channel_has_the_same_layout(void)
{
	const uint32_t pgoffs[] = { 1U << 28, 2U << 28, 3U << 28 };
	struct mmapdemo_producer_page *producer;
	struct mmapdemo_consumer_page *consumer;
	struct mmapdemo_record *record;
	int channel = create_channel();

	_Static_assert(sizeof(*producer) == 256, "");
	_Static_assert(offsetof(struct mmapdemo_producer_page, sleeping) == 128, "");
	_Static_assert(offsetof(struct mmapdemo_producer_page, wanted) == 132, "");
	_Static_assert(sizeof(*consumer) == 384, "");
	_Static_assert(offsetof(struct mmapdemo_consumer_page, freed) == 128, "");
	_Static_assert(offsetof(struct mmapdemo_consumer_page, sleeping) == 256, "");
	expect(call(__NR_write, channel, "32 bits", 7), 7);
	producer = (void *)map2(channel, PAGE, PROT_READ, MAP_SHARED, pgoffs[0]);
	consumer = (void *)map2(channel, PAGE, PROT_READ, MAP_SHARED, pgoffs[1]);
	record = (void *)map2(channel, 2 * MMAPDEMO_RING_MIN, PROT_READ, MAP_SHARED, pgoffs[2]);
	expect(producer->head, 16);
	expect(producer->bytes, 7);
	expect(consumer->freed, 0);
	expect(record->header, 8);
	expect(record[MMAPDEMO_RING_MIN / sizeof(*record)].header, 8);
	expect(call(__NR_munmap, producer, PAGE), 0);
	expect(call(__NR_munmap, consumer, PAGE), 0);
	expect(call(__NR_munmap, record, 2 * MMAPDEMO_RING_MIN), 0);
	expect(call(__NR_close, channel), 0);
}

static void mmap2_outside_the_regions_is_EINVAL(void)
{
	static const struct {
		size_t length;
		uint32_t pgoff;
	} windows[] = {
		{ PAGE, 0 },
		{ PAGE, 15 },
		{ PAGE, (1U << 28) - 1 },
		{ 2 * PAGE, (1U << 28) - 1 },
		{ 2 * PAGE, 1U << 28 },
		{ PAGE, (1U << 28) + 1 },
		{ 2 * PAGE, 2U << 28 },
		{ PAGE, (2U << 28) + 1 },
		{ PAGE, (3U << 28) - 1 },
		{ PAGE, (3U << 28) + 32 },
		{ 2 * PAGE, (3U << 28) + 31 },
		{ 33 * PAGE, 3U << 28 },
		{ PAGE, 4U << 28 },
		{ PAGE, 0xf0000000 },
		{ PAGE, 0xffffffff },
		{ 2 * PAGE, 0xffffffff },
	};
	int channel = create_channel();
	size_t i;

	for (i = 0; i < sizeof(windows) / sizeof(*windows); i++)
		expect(map2(channel, windows[i].length, PROT_READ, MAP_SHARED, windows[i].pgoff),
		       -EINVAL);
	expect(map2(channel, PAGE, PROT_READ, MAP_PRIVATE, 1U << 28), -EINVAL);
	expect(call(__NR_close, channel), 0);
}

static void the_calls_of_a_channel_are_the_same(void)
{
	uint64_t deadline = 1;
	int channel = create_channel();
	long p;

	_Static_assert(MMAPDEMO_IOC_JOIN == 0x590a, "");
	_Static_assert(MMAPDEMO_IOC_CHANNEL_WAIT == 0x4008590b, "");
	_Static_assert(MMAPDEMO_IOC_CHANNEL_WAKE == 0x590c, "");
	expect(map2(channel, PAGE, RW, MAP_SHARED, 2U << 28), -EACCES);
	expect(call(__NR_ioctl, channel, MMAPDEMO_IOC_JOIN, 3), -EINVAL);
	expect(call(__NR_ioctl, channel, MMAPDEMO_IOC_JOIN, MMAPDEMO_CONSUMER), 0);
	expect(call(__NR_ioctl, channel, MMAPDEMO_IOC_JOIN, MMAPDEMO_CONSUMER), -EBUSY);
	expect(call(__NR_ioctl, channel, MMAPDEMO_IOC_CHANNEL_WAIT, &deadline), -ETIMEDOUT);
	/* A high half of its own. */
	deadline = 1ULL << 63;
	expect(call(__NR_ioctl, channel, MMAPDEMO_IOC_CHANNEL_WAIT, &deadline), -EINVAL);
	expect(call(__NR_ioctl, channel, MMAPDEMO_IOC_CHANNEL_WAIT, -PAGE), -EFAULT);
	expect(call(__NR_ioctl, channel, MMAPDEMO_IOC_CHANNEL_WAKE, 0), 0);
	p = map2(channel, PAGE, RW, MAP_SHARED, 2U << 28);
	expect(call(__NR_munmap, p, PAGE), 0);
	expect(call(__NR_close, channel), 0);
}

static void ENGINE_has_the_same_layout(void)
{
	long in = create_channel();
	long out = create_channel();
	struct mmapdemo_engine args = { .name = "source", .in = -1, .out = out };
	struct mmapdemo_engine_info info;
	long engine;

	_Static_assert(sizeof(args) == 64, "");
	_Static_assert(offsetof(struct mmapdemo_engine, in) == 24, "");
	_Static_assert(offsetof(struct mmapdemo_engine, rate) == 32, "");
	_Static_assert(offsetof(struct mmapdemo_engine, reserved) == 56, "");
	_Static_assert(MMAPDEMO_IOC_ENGINE == 0x4040590d, "");
	args.rate = 1000;
	args.length = 16;
	args.count = 3;
	engine = call(__NR_ioctl, fd, MMAPDEMO_IOC_ENGINE, &args);
	expect(engine >= 0, true);
	expect(call(__NR_ioctl, engine, MMAPDEMO_IOC_ENGINE_RUN, 1), -EINVAL);
	expect(call(__NR_ioctl, engine, MMAPDEMO_IOC_ENGINE_RUN, 0), 0);
	expect(call(__NR_ioctl, engine, MMAPDEMO_IOC_ENGINE_INFO, &info), 0);
	expect(info.ended, 1);
	expect(info.sent, 3);
	expect(call(__NR_close, engine), 0);
	/* Each of the long ones has a high half. */
	args.rate |= 1ULL << 32;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_ENGINE, &args), -EINVAL);
	args.rate = 1000;
	args.length |= 1ULL << 32;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_ENGINE, &args), -EINVAL);
	args.length = 16;
	args.reserved = 1ULL << 32;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_ENGINE, &args), -EINVAL);
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_ENGINE, -PAGE), -EFAULT);
	expect(call(__NR_close, in), 0);
	expect(call(__NR_close, out), 0);
}

static void ENGINE_INFO_has_the_same_layout(void)
{
	unsigned char bytes[3 * 96];
	struct mmapdemo_engine_info *info = (void *)(bytes + 96);
	long in = create_channel();
	struct mmapdemo_engine args = { .name = "sink", .in = in, .out = -1 };
	long engine = call(__NR_ioctl, fd, MMAPDEMO_IOC_ENGINE, &args);
	size_t i;

	_Static_assert(sizeof(*info) == 96, "");
	_Static_assert(offsetof(struct mmapdemo_engine_info, received) == 24, "");
	_Static_assert(offsetof(struct mmapdemo_engine_info, value) == 72, "");
	_Static_assert(offsetof(struct mmapdemo_engine_info, ended) == 84, "");
	_Static_assert(MMAPDEMO_IOC_ENGINE_INFO == 0x8060590e, "");
	memset(bytes, POISON, sizeof(bytes));
	expect(call(__NR_ioctl, engine, MMAPDEMO_IOC_ENGINE_INFO, info), 0);
	expect(info->name[0], 's');
	expect(info->name[3], 'k');
	for (i = 4; i < 96; i++)
		expect(bytes[96 + i], 0);
	for (i = 0; i < 96; i++)
		expect(bytes[i] + bytes[2 * 96 + i], 2 * POISON);
	expect(call(__NR_ioctl, engine, MMAPDEMO_IOC_ENGINE_INFO, -PAGE), -EFAULT);
	expect(call(__NR_close, engine), 0);
	expect(call(__NR_close, in), 0);
}

static const struct test tests[] = {
	TEST(a_channel_has_the_same_layout),	   TEST(mmap2_outside_the_regions_is_EINVAL),
	TEST(the_calls_of_a_channel_are_the_same), TEST(ENGINE_has_the_same_layout),
	TEST(ENGINE_INFO_has_the_same_layout),
};

int main(void)
{
	fd = open_node();
	return run_tests(tests, sizeof(tests) / sizeof(*tests));
}

#endif
