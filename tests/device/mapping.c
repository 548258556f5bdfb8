// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmap(2): which windows there are, which there are not, and that shared ones
 * are the buffer itself. What happens to a map later is in remap.c, rights are
 * in rights.c.
 */
#include "device.h"

/* A private map that should not be does less harm: it is tried first. */
static const int kinds[] = { MAP_PRIVATE, MAP_SHARED };

static void a_shared_map_and_the_file_calls_meet_at_once(void **state)
{
	unsigned char found[8] = { POISON };
	int fd = node(state);
	volatile unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 0, PAGES);
	assert_pages((unsigned char *)p, 0, PAGES);
	assert_int_equal(pwrite(fd, "driver", 6, 3 * PAGE - 3), 6);
	assert_memory_equal((unsigned char *)p + 3 * PAGE - 3, "driver", 6);
	p[9 * PAGE] = 1;
	p[SIZE - 1] = 2;
	assert_int_equal(pread(fd, found, 1, 9 * PAGE), 1);
	assert_int_equal(pread(fd, found + 1, 1, SIZE - 1), 1);
	assert_memory_equal(found, "\1\2", 2);
	unmap((void *)p, PAGES);
}

static void two_maps_show_the_same_bytes(void **state)
{
	int other = open_node(O_RDONLY);
	int fd = node(state);
	unsigned char *one = map(fd, MAP_SHARED, RW, 0, PAGES);
	unsigned char *two = map(other, MAP_SHARED, PROT_READ, 5, 2);

	memcpy(one + 6 * PAGE - 2, "both", 4);
	assert_memory_equal(two + PAGE - 2, "both", 4);
	assert_int_equal(maps(fd), 2);
	unmap(one, PAGES);
	assert_memory_equal(two + PAGE - 2, "both", 4);
	unmap(two, 2);
	assert_int_equal(close(other), 0);
}

struct peers {
	int to_child[2];
	int to_parent[2];
};

static void answer(void *arg)
{
	struct peers *peers = arg;
	int fd = open_node(O_RDWR);
	unsigned char *p = map(fd, MAP_SHARED, RW, 1, 1);
	char token;

	assert_int_equal(read(peers->to_child[0], &token, 1), 1);
	assert_memory_equal(p, "question", 8);
	memcpy(p, "answered", 8);
	assert_int_equal(write(peers->to_parent[1], &token, 1), 1);
	assert_int_equal(read(peers->to_child[0], &token, 1), 1);
}

static void two_processes_talk_through_the_map(void **state)
{
	struct peers peers;
	char token = 0;
	unsigned char *p;
	pid_t pid;
	int fd = node(state);
	int i;

	assert_int_equal(pipe(peers.to_child), 0);
	assert_int_equal(pipe(peers.to_parent), 0);
	pid = start_child(answer, &peers);
	p = map(fd, MAP_SHARED, RW, 0, 2);
	memcpy(p + PAGE, "question", 8);
	assert_int_equal(write(peers.to_child[1], &token, 1), 1);
	assert_int_equal(read(peers.to_parent[0], &token, 1), 1);
	assert_memory_equal(p + PAGE, "answered", 8);
	assert_int_equal(maps(fd), 2);
	/* The child's own open file, and ours in two processes. */
	assert_int_equal(info(fd).opens, 2);
	assert_int_equal(write(peers.to_child[1], &token, 1), 1);
	assert_int_equal(end_child(pid), 0);
	unmap(p, 2);
	for (i = 0; i < 2; i++) {
		assert_int_equal(close(peers.to_child[i]), 0);
		assert_int_equal(close(peers.to_parent[i]), 0);
	}
}

static void a_window_opens_at_each_page(void **state)
{
	int fd = node(state);
	size_t first;
	size_t i;

	fill(fd);
	for (first = 0; first < PAGES; first++) {
		for (i = 0; i < 2; i++) {
			size_t pages = first + 3 <= PAGES ? 3 : PAGES - first;
			unsigned char *p = map(fd, kinds[i], RW, first, pages);

			assert_memory_equal(p, pattern + first * PAGE, 64);
			assert_memory_equal(p + pages * PAGE - 64,
					    pattern + (first + pages) * PAGE - 64, 64);
			unmap(p, pages);
		}
	}
}

static void the_last_page_can_be_mapped(void **state)
{
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, PAGES - 1, 1);
	assert_pages(p, PAGES - 1, 1);
	p[PAGE - 1] = 'z';
	assert_device_but(fd, SIZE - 1, "z", 1);
	unmap(p, 1);
}

static void an_unaligned_offset_is_EINVAL(void **state)
{
	static const uint64_t offsets[] = { 1, 512, PAGE - 1, PAGE + 1, SIZE - 1 };
	int fd = node(state);
	size_t i;

	for (i = 0; i < 2 * sizeof(offsets) / sizeof(*offsets); i++)
		assert_fails(raw_mmap(PAGE, PROT_READ, kinds[i % 2], fd, offsets[i / 2]), EINVAL);
}

static void length_0_is_EINVAL(void **state)
{
	size_t i;

	for (i = 0; i < 2; i++)
		assert_fails(raw_mmap(0, PROT_READ, kinds[i], node(state), 0), EINVAL);
}

static void mmap_past_the_end_is_EINVAL(void **state)
{
	static const struct {
		size_t length;
		uint64_t offset;
	} windows[] = {
		{ SIZE + 1, 0 },
		{ SIZE + PAGE, 0 },
		{ 16 * SIZE, 0 },
		{ SIZE, PAGE },
		{ 2 * PAGE, SIZE - PAGE },
		{ PAGE + 1, SIZE - PAGE },
		{ 1, SIZE },
		{ PAGE, SIZE },
		{ SIZE, SIZE },
		{ PAGE, SIZE + PAGE },
		{ PAGE, 1ULL << 32 },
		{ PAGE, (1ULL << 32) - PAGE },
		{ PAGE, 1ULL << 44 },
		{ PAGE, 1ULL << 62 },
		{ SIZE, (1ULL << 63) - SIZE },
	};
	int fd = node(state);
	size_t i;

	for (i = 0; i < 4 * sizeof(windows) / sizeof(*windows); i++) {
		size_t length = windows[i / 4].length;
		uint64_t offset = windows[i / 4].offset;
		int rights = i & 2 ? RW : PROT_READ;

		assert_fails(raw_mmap(length, rights, kinds[i & 1], fd, offset), EINVAL);
	}
	assert_int_equal(maps(fd), 0);
}

/* Here the core may be first to refuse. */
static void mmap_that_wraps_is_refused(void **state)
{
	static const uint64_t numbers[] = {
		PAGE,	      2 * PAGE,	  SIZE,	      SIZE + PAGE,	   1ULL << 31,
		1ULL << 32,   1ULL << 46, 1ULL << 63, (1ULL << 63) + PAGE, -SIZE,
		-SIZE - PAGE, -2 * PAGE,  -PAGE,
	};
	const size_t nr = sizeof(numbers) / sizeof(*numbers);
	int fd = node(state);
	size_t i;

	for (i = 0; i < 2 * nr * nr; i++) {
		uint64_t length = numbers[i / 2 / nr];
		uint64_t offset = numbers[i / 2 % nr];

		if (offset < SIZE && length <= SIZE - offset)
			continue;
		errno = 0;
		assert_int_equal(raw_mmap(length, PROT_READ, kinds[i % 2], fd, offset), -1);
		assert_true(errno == EINVAL || errno == EOVERFLOW || errno == ENOMEM);
	}
	assert_int_equal(maps(fd), 0);
}

static void a_length_is_rounded_up_to_pages(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = (void *)raw_mmap(PAGE + 1, PROT_READ, kinds[i], fd, 7 * PAGE);

		assert_ptr_not_equal(p, MAP_FAILED);
		assert_pages(p, 7, 2);
		unmap(p, 2);
		p = (void *)raw_mmap(SIZE - 1, PROT_READ, kinds[i], fd, 0);
		assert_ptr_not_equal(p, MAP_FAILED);
		assert_pages(p, 0, PAGES);
		unmap(p, PAGES);
	}
}

static void MAP_FIXED_replaces_a_part_of_a_map(void **state)
{
	int fd = node(state);
	unsigned char *p;
	void *at;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 0, 6);
	at = mmap(p + 2 * PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 100 * PAGE);
	assert_ptr_equal(at, p + 2 * PAGE);
	at = mmap(p + 4 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 200 * PAGE);
	assert_ptr_equal(at, p + 4 * PAGE);
	assert_int_equal(maps(fd), 5);
	assert_pages(p, 0, 2);
	assert_pages(p + 2 * PAGE, 100, 1);
	assert_pages(p + 3 * PAGE, 3, 1);
	assert_pages(p + 4 * PAGE, 200, 1);
	assert_pages(p + 5 * PAGE, 5, 1);
	unmap(p, 6);
}

static void MAP_FIXED_NOREPLACE_takes_free_addresses_only(void **state)
{
	const int flags = MAP_SHARED | MAP_FIXED_NOREPLACE;
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 10, 2);
	assert_fails(mmap(p, PAGE, RW, flags, fd, 0), EEXIST);
	assert_fails(mmap(p + PAGE, PAGE, RW, flags, fd, 0), EEXIST);
	assert_pages(p, 10, 2);
	unmap(p, 1);
	assert_ptr_equal(mmap(p, PAGE, RW, flags, fd, 0), p);
	assert_pages(p, 0, 1);
	assert_int_equal(maps(fd), 2);
	unmap(p, 2);
}

static void a_refused_MAP_FIXED_leaves_no_map_of_the_buffer(void **state)
{
	int fd = node(state);
	unsigned char *p;

	p = map(fd, MAP_SHARED, RW, 0, 4);
	assert_fails(mmap(p + PAGE, PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, SIZE), EINVAL);
	assert_fails(mmap(p + PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED, fd, SIZE), EINVAL);
	unmap(p, 4);
	assert_int_equal(maps(fd), 0);
}

static void flags_that_only_advise_are_accepted(void **state)
{
	static const int flags[] = { MAP_POPULATE, MAP_LOCKED, MAP_POPULATE | MAP_NONBLOCK,
				     MAP_NORESERVE, MAP_DENYWRITE };
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2 * sizeof(flags) / sizeof(*flags); i++) {
		unsigned char *p = map(fd, kinds[i % 2] | flags[i / 2], RW, 20, 4);

		assert_pages(p, 20, 4);
		p[0] = pattern[20 * PAGE];
		assert_pages(p, 20, 1);
		unmap(p, 4);
	}
	assert_device_unchanged(fd);
}

static void MAP_SHARED_VALIDATE_refuses_what_is_not_supported(void **state)
{
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED_VALIDATE, RW, 2, 1);
	assert_pages(p, 2, 1);
	unmap(p, 1);
	assert_fails(mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0), EOPNOTSUPP);
}

/* A stack that grows, and pages of other sizes, are not the buffer's. */
static void MAP_GROWSDOWN_and_MAP_HUGETLB_are_EINVAL(void **state)
{
	static const int flags[] = { MAP_GROWSDOWN, MAP_HUGETLB, MAP_GROWSDOWN | MAP_STACK,
				     MAP_HUGETLB | 21 << MAP_HUGE_SHIFT };
	size_t i;

	for (i = 0; i < 2 * sizeof(flags) / sizeof(*flags); i++)
		assert_fails(mmap(NULL, PAGE, RW, kinds[i % 2] | flags[i / 2], node(state), 0),
			     EINVAL);
}

static void a_map_outlives_its_descriptor(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		int other = open_node(O_RDWR);
		unsigned char *p = map(other, kinds[i], RW, 8, 4);

		assert_int_equal(close(other), 0);
		assert_pages(p, 8, 4);
		/* The map keeps the open file. */
		assert_int_equal(info(fd).opens, 2);
		assert_int_equal(maps(fd), 1);
		unmap(p, 4);
	}
}

static void msync_succeeds(void **state)
{
	static const int flags[] = { MS_SYNC, MS_ASYNC, MS_INVALIDATE, MS_SYNC | MS_INVALIDATE };
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	unsigned char *maps[3];
	size_t i, m;

	fill(fd);
	maps[0] = map(fd, MAP_SHARED, RW, 4, 4);
	maps[1] = map(fd, MAP_PRIVATE, RW, 4, 4);
	maps[2] = map(reader, MAP_SHARED, PROT_READ, 4, 4);
	for (m = 0; m < 3; m++) {
		for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
			assert_int_equal(msync(maps[m], 4 * PAGE, flags[i]), 0);
			assert_int_equal(msync(maps[m] + PAGE, 100, flags[i]), 0);
		}
		assert_pages(maps[m], 4, 4);
		unmap(maps[m], 4);
	}
	assert_int_equal(close(reader), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_shared_map_and_the_file_calls_meet_at_once),
		TEST(two_maps_show_the_same_bytes),
		TEST(two_processes_talk_through_the_map),
		TEST(a_window_opens_at_each_page),
		TEST(the_last_page_can_be_mapped),
		TEST(an_unaligned_offset_is_EINVAL),
		TEST(length_0_is_EINVAL),
		TEST(mmap_past_the_end_is_EINVAL),
		TEST(mmap_that_wraps_is_refused),
		TEST(a_length_is_rounded_up_to_pages),
		TEST(MAP_FIXED_replaces_a_part_of_a_map),
		TEST(MAP_FIXED_NOREPLACE_takes_free_addresses_only),
		TEST(a_refused_MAP_FIXED_leaves_no_map_of_the_buffer),
		TEST(flags_that_only_advise_are_accepted),
		TEST(MAP_SHARED_VALIDATE_refuses_what_is_not_supported),
		TEST(MAP_GROWSDOWN_and_MAP_HUGETLB_are_EINVAL),
		TEST(a_map_outlives_its_descriptor),
		TEST(msync_succeeds),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
