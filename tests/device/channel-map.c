// SPDX-License-Identifier: BSD-2-Clause
/*
 * The regions of a channel: where they begin and end, that the data are there
 * twice in a row, and what becomes of windows that are cut, moved or looked at by
 * others. Who may write into them is in channel-rights.c.
 */
#include "channel.h"

#define DATA_PAGES (2 * RING_PAGES)

static const struct {
	uint64_t offset;
	size_t pages;
} regions[] = {
	{ MMAPDEMO_PRODUCER_REGION, 1 },
	{ MMAPDEMO_CONSUMER_REGION, 1 },
	{ MMAPDEMO_DATA_REGION, DATA_PAGES },
};

#define REGIONS (sizeof(regions) / sizeof(*regions))

/* The first word of each page of the data is its number in the ring. */
static void number_pages(const struct side *side)
{
	for (uint32_t i = 0; i < RING_PAGES; i++)
		*(uint32_t *)(side->data + i * PAGE) = 100 + i;
	*(uint32_t *)side->producer = 1;
}

static void every_window_inside_shows_its_pages(void **state)
{
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);

	number_pages(&side);
	for (size_t first = 0; first < DATA_PAGES; first++) {
		for (size_t pages = 1; pages <= DATA_PAGES - first; pages++) {
			unsigned char *p = map(fd, MAP_SHARED, PROT_READ, DATA_PAGE + first, pages);

			for (size_t i = 0; i < pages; i++)
				assert_int_equal(*(uint32_t *)(p + i * PAGE),
						 100 + (first + i) % RING_PAGES);
			unmap(p, pages);
		}
	}
	leave_role(&side);
	close(fd);
}

static void the_regions_share_no_page(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	memset(producer.producer, 1, PAGE);
	memset(producer.data, 3, RING);
	memset(consumer.consumer, 2, PAGE);
	assert_all((unsigned char *)consumer.producer, 1, PAGE);
	assert_all((unsigned char *)producer.consumer, 2, PAGE);
	assert_all(consumer.data, 3, 2 * RING);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

static void assert_no_window(int fd, uint64_t offset, size_t length)
{
	assert_fails(raw_mmap(length, PROT_READ, MAP_SHARED, fd, offset), EINVAL);
	assert_fails(raw_mmap(length, PROT_NONE, MAP_SHARED, fd, offset), EINVAL);
}

static void a_window_across_a_border_is_EINVAL(void **state)
{
	int fd = create_channel(node(state), "");

	for (size_t i = 0; i < REGIONS; i++) {
		uint64_t begin = regions[i].offset;
		size_t size = regions[i].pages * PAGE;

		assert_no_window(fd, begin - PAGE, PAGE);
		assert_no_window(fd, begin - PAGE, 2 * PAGE);
		assert_no_window(fd, begin - PAGE, size + 2 * PAGE);
		assert_no_window(fd, begin, size + PAGE);
		assert_no_window(fd, begin, size + 1);
		assert_no_window(fd, begin + size - PAGE, PAGE + 1);
		assert_no_window(fd, begin + size - PAGE, 2 * PAGE);
		assert_no_window(fd, begin + size, PAGE);
		assert_no_window(fd, begin + size, size);
		assert_no_window(fd, begin + size + PAGE, PAGE);
		assert_no_window(fd, begin, 0);
		/* From this region into the next. */
		assert_no_window(fd, begin, (1ULL << 40) + PAGE);
	}
	assert_int_equal(maps(fd), 0);
	close(fd);
}

static void a_window_elsewhere_is_EINVAL(void **state)
{
	static const uint64_t offsets[] = {
		0, PAGE, RING - PAGE, RING, 2 * RING, 1ULL << 31, 1ULL << 32, 1ULL << 39,
	};
	int fd = create_channel(node(state), "");

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		assert_no_window(fd, offsets[i], PAGE);
		assert_no_window(fd, offsets[i], RING);
		for (size_t j = 0; j < REGIONS && offsets[i] > 2 * RING; j++)
			assert_no_window(fd, regions[j].offset + offsets[i], PAGE);
	}
	/* Of each power of two three are a region's. */
	for (int bit = 12; bit < 63; bit++) {
		if (bit != 40 && bit != 41) {
			assert_no_window(fd, 1ULL << bit, PAGE);
			assert_no_window(fd, MMAPDEMO_PRODUCER_REGION | 1ULL << bit, PAGE);
			assert_no_window(fd, MMAPDEMO_CONSUMER_REGION | 1ULL << bit, PAGE);
		}
		if (bit > 41)
			assert_no_window(fd, MMAPDEMO_DATA_REGION | 1ULL << bit, PAGE);
	}
	assert_no_window(fd, 4ULL << 40, PAGE);
	assert_int_equal(maps(fd), 0);
	close(fd);
}

/* Some of these are refused before the driver is asked. */
static void a_window_that_wraps_is_refused(void **state)
{
	int fd = create_channel(node(state), "");

	for (uint64_t pages = 1; pages < 2 * DATA_PAGES; pages++) {
		for (uint64_t before = 1; before < 4; before++) {
			errno = 0;
			assert_int_equal(raw_mmap(pages * PAGE, PROT_READ, MAP_SHARED, fd,
						  0 - before * PAGE),
					 -1);
			assert_true(errno == EINVAL || errno == EOVERFLOW);
		}
	}
	assert_int_equal(maps(fd), 0);
	close(fd);
}

static void an_unaligned_offset_is_EINVAL(void **state)
{
	static const uint64_t wrong[] = { 1, 8, PAGE / 2, PAGE - 1 };
	int fd = create_channel(node(state), "");

	for (size_t i = 0; i < REGIONS * 4; i++)
		assert_no_window(fd, regions[i / 4].offset + wrong[i % 4], 1);
	close(fd);
}

static void a_private_map_is_EINVAL(void **state)
{
	static const int rights[] = { PROT_NONE, PROT_READ, PROT_WRITE, RW };
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);
	int reader = open_again(fd, O_RDONLY);

	for (size_t i = 0; i < REGIONS * 4; i++) {
		int prot = rights[i % 4];
		uint64_t offset = regions[i / 4].offset;

		assert_fails(raw_mmap(PAGE, prot, MAP_PRIVATE, fd, offset), EINVAL);
		assert_fails(raw_mmap(PAGE, prot, MAP_PRIVATE, side.fd, offset), EINVAL);
		assert_fails(raw_mmap(PAGE, prot, MAP_PRIVATE, reader, offset), EINVAL);
	}
	assert_int_equal(maps(fd), SIDE_MAPS);
	close(reader);
	leave_role(&side);
	close(fd);
}

static void PROT_EXEC_is_EPERM_and_later_EACCES(void **state)
{
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);

	for (size_t i = 0; i < REGIONS; i++)
		assert_fails(raw_mmap(PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, side.fd,
				      regions[i].offset),
			     EPERM);
	assert_fails(mprotect(side.data, PAGE, RW | PROT_EXEC), EACCES);
	assert_fails(mprotect(side.producer, PAGE, PROT_READ | PROT_EXEC), EACCES);
	assert_fails(mprotect(side.consumer, PAGE, PROT_READ | PROT_EXEC), EACCES);
	leave_role(&side);
	close(fd);
}

static void the_data_are_there_twice_in_a_row(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side viewer = map_side(fd, 0);

	for (size_t i = 0; i < RING; i++)
		producer.data[i] = (unsigned char)(i * 7 + i / 251);
	assert_memory_equal(viewer.data, viewer.data + RING, RING);
	assert_memory_equal(viewer.data, producer.data, 2 * RING);
	/* One store across the end, by either way. */
	memset(producer.data + RING - 100, 0xee, 200);
	assert_all(viewer.data + RING - 100, 0xee, 200);
	assert_all(viewer.data, 0xee, 100);
	assert_all(viewer.data + 2 * RING - 100, 0xee, 100);
	producer.data[2 * RING - 1] = 0x11;
	assert_int_equal(viewer.data[RING - 1], 0x11);
	unmap_side(&viewer);
	leave_role(&producer);
	close(fd);
}

static int open_memory(int flags)
{
	int mem = open("/proc/self/mem", flags | O_CLOEXEC);

	assert_true(mem >= 0);
	return mem;
}

static void a_debugger_sees_the_data_across_the_wrap(void **state)
{
	static unsigned char found[2 * RING];
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);
	int mem = open_memory(O_RDWR);

	for (size_t i = 0; i < RING; i++)
		side.data[i] = (unsigned char)(i * 7 + i / 251);
	assert_int_equal(pread(mem, found, 2 * RING, (off_t)side.data), 2 * RING);
	assert_memory_equal(found, side.data, 2 * RING);
	for (size_t before = 1; before < PAGE; before = before * 3 + 1) {
		off_t at = (off_t)(side.data + RING - before);

		assert_int_equal(pread(mem, found, 2 * before, at), 2 * before);
		assert_memory_equal(found, (void *)at, 2 * before);
		memset(found, (int)before, 2 * before);
		assert_int_equal(pwrite(mem, found, 2 * before, at), 2 * before);
		assert_all(side.data, (unsigned char)before, before);
		assert_all(side.data + RING - before, (unsigned char)before, before);
	}
	side.producer->head = 0x1234;
	assert_int_equal(pread(mem, found, 8, (off_t)&side.producer->head), 8);
	assert_int_equal(*(uint64_t *)found, 0x1234);
	close(mem);
	leave_role(&side);
	close(fd);
}

/* After the window there is nothing. */
static void a_debugger_stops_at_the_end_of_a_window(void **state)
{
	unsigned char found[256];
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);
	unsigned char *hole = reserve(DATA_PAGES + 1);
	int mem = open_memory(O_RDONLY);

	assert_true(mmap(hole, 2 * RING, PROT_READ, MAP_SHARED | MAP_FIXED, side.fd,
			 MMAPDEMO_DATA_REGION) == hole);
	unmap(hole + 2 * RING, 1);
	memset(side.data, 9, RING);
	memset(found, POISON, sizeof(found));
	assert_int_equal(pread(mem, found, 256, (off_t)(hole + 2 * RING - 100)), 100);
	assert_all(found, 9, 100);
	assert_all(found + 100, POISON, 156);
	unmap(hole, DATA_PAGES);
	close(mem);
	leave_role(&side);
	close(fd);
}

static void a_debugger_writes_into_no_read_only_window(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	int mem = open_memory(O_RDWR);

	assert_fails(pwrite(mem, "bad", 3, (off_t)consumer.data), EIO);
	assert_fails(pwrite(mem, "bad", 3, (off_t)(consumer.data + RING)), EIO);
	assert_fails(pwrite(mem, "bad", 3, (off_t)consumer.producer), EIO);
	assert_fails(pwrite(mem, "bad", 3, (off_t)producer.consumer), EIO);
	assert_all(producer.data, 0, 2 * RING);
	assert_all((unsigned char *)producer.producer, 0, PAGE);
	assert_all((unsigned char *)producer.consumer, 0, PAGE);
	close(mem);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

static void a_window_is_cut_and_moved_and_does_not_grow(void **state)
{
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);
	unsigned char *there = reserve(2);

	number_pages(&side);
	assert_fails(mremap(side.data, 2 * RING, 2 * RING + PAGE, MREMAP_MAYMOVE), EFAULT);
	assert_fails(mremap(side.producer, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
	unmap(side.data + 2 * PAGE, 1);
	assert_int_equal(maps(fd), SIDE_MAPS + 1);
	assert_true(mremap(side.data + (RING_PAGES - 1) * PAGE, 2 * PAGE, 2 * PAGE,
			   MREMAP_MAYMOVE | MREMAP_FIXED, there) == there);
	assert_int_equal(*(uint32_t *)there, 100 + RING_PAGES - 1);
	assert_int_equal(*(uint32_t *)(there + PAGE), 100);
	*(uint32_t *)(there + PAGE) = 7;
	assert_int_equal(*(uint32_t *)side.data, 7);
	unmap(there, 2);
	leave_role(&side);
	assert_int_equal(maps(fd), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_window_inside_shows_its_pages),
		TEST(the_regions_share_no_page),
		TEST(a_window_across_a_border_is_EINVAL),
		TEST(a_window_elsewhere_is_EINVAL),
		TEST(a_window_that_wraps_is_refused),
		TEST(an_unaligned_offset_is_EINVAL),
		TEST(a_private_map_is_EINVAL),
		TEST(PROT_EXEC_is_EPERM_and_later_EACCES),
		TEST(the_data_are_there_twice_in_a_row),
		TEST(a_debugger_sees_the_data_across_the_wrap),
		TEST(a_debugger_stops_at_the_end_of_a_window),
		TEST(a_debugger_writes_into_no_read_only_window),
		TEST(a_window_is_cut_and_moved_and_does_not_grow),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
