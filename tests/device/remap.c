// SPDX-License-Identifier: BSD-2-Clause
/*
 * What becomes of a map after it was made: cut, moved, shrunk, and not grown.
 * Contents stay where they belong, and INFO counts the parts.
 */
#include "device.h"

#define MOVE (MREMAP_MAYMOVE | MREMAP_FIXED)

static const int kinds[] = { MAP_SHARED, MAP_PRIVATE };

static void assert_unmapped(unsigned char *p)
{
	assert_int_equal(run_child(load, p), -SIGSEGV);
}

static void munmap_of_an_end_leaves_one_part(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 10, 6);

		unmap(p, 1);
		assert_int_equal(maps(fd), 1);
		unmap(p + 5 * PAGE, 1);
		assert_int_equal(maps(fd), 1);
		assert_unmapped(p);
		assert_pages(p + PAGE, 11, 4);
		assert_unmapped(p + 5 * PAGE);
		/* What is not mapped any more does not matter. */
		unmap(p, 6);
		assert_int_equal(maps(fd), 0);
	}
}

static void munmap_of_the_middle_leaves_two_parts(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 20, 6);

		unmap(p + 2 * PAGE, 2);
		assert_int_equal(maps(fd), 2);
		assert_pages(p, 20, 2);
		assert_unmapped(p + 2 * PAGE);
		assert_unmapped(p + 4 * PAGE - 1);
		assert_pages(p + 4 * PAGE, 24, 2);
		unmap(p, 2);
		assert_int_equal(maps(fd), 1);
		unmap(p + 4 * PAGE, 2);
	}
}

static void mprotect_of_the_middle_makes_three_parts(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 30, 6);

		assert_int_equal(mprotect(p + 2 * PAGE, 2 * PAGE, PROT_READ), 0);
		assert_int_equal(maps(fd), 3);
		assert_int_equal(run_child(store, p + 2 * PAGE), -SIGSEGV);
		assert_pages(p, 30, 6);
		assert_int_equal(mprotect(p, 6 * PAGE, RW), 0);
		p[3 * PAGE] = pattern[33 * PAGE];
		assert_pages(p, 30, 6);
		unmap(p, 6);
		assert_int_equal(maps(fd), 0);
	}
	assert_device_unchanged(fd);
}

static void mremap_moves_a_map(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 50, 4);
		unsigned char *to = reserve(4);

		p[0] = 'm';
		assert_ptr_equal(mremap(p, 4 * PAGE, 4 * PAGE, MOVE, to), to);
		assert_int_equal(maps(fd), 1);
		assert_unmapped(p);
		assert_int_equal(to[0], 'm');
		assert_memory_equal(to + 1, pattern + 50 * PAGE + 1, 4 * PAGE - 1);
		to[3 * PAGE] = pattern[53 * PAGE];
		unmap(to, 4);
		if (kinds[i] == MAP_SHARED)
			assert_device_but(fd, 50 * PAGE, "m", 1);
	}
	assert_device_unchanged(fd);
}

static void mremap_moves_a_part_of_a_map(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 60, 6);
		unsigned char *to = reserve(2);

		assert_ptr_equal(mremap(p + 2 * PAGE, 2 * PAGE, 2 * PAGE, MOVE, to), to);
		assert_int_equal(maps(fd), 3);
		assert_pages(p, 60, 2);
		assert_unmapped(p + 2 * PAGE);
		assert_pages(p + 4 * PAGE, 64, 2);
		assert_pages(to, 62, 2);
		unmap(p, 6);
		unmap(to, 2);
	}
}

static void mremap_shrinks_a_map(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 70, 6);
		unsigned char *to = reserve(1);

		assert_ptr_equal(mremap(p, 6 * PAGE, 3 * PAGE, 0), p);
		assert_pages(p, 70, 3);
		assert_unmapped(p + 3 * PAGE);
		assert_int_equal(maps(fd), 1);
		assert_ptr_equal(mremap(p, 3 * PAGE, PAGE, MOVE, to), to);
		assert_pages(to, 70, 1);
		assert_int_equal(maps(fd), 1);
		unmap(to, 1);
	}
}

static void mremap_grow_is_EFAULT(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 80, 4);

		/* There would be room in place, and pages in the buffer. */
		unmap(p + 2 * PAGE, 2);
		assert_fails(mremap(p, 2 * PAGE, 3 * PAGE, 0), EFAULT);
		assert_fails(mremap(p, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE), EFAULT);
		assert_fails(mremap(p, 2 * PAGE, 16 * SIZE, MREMAP_MAYMOVE), EFAULT);
		assert_pages(p, 80, 2);
		assert_int_equal(maps(fd), 1);
		unmap(p, 2);
	}
}

static void mremap_duplicates_nothing(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 90, 2);

		assert_fails(mremap(p, 0, 2 * PAGE, MREMAP_MAYMOVE),
			     kinds[i] == MAP_SHARED ? EFAULT : EINVAL);
		assert_fails(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP),
			     EINVAL);
		assert_int_equal(maps(fd), 1);
		assert_pages(p, 90, 2);
		unmap(p, 2);
	}
}

/* The core emulates this obsolete call by a new mmap(). */
static void remap_file_pages_stays_inside_the_buffer(void **state)
{
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 0, 4);
	assert_int_equal(remap_file_pages(p + PAGE, PAGE, 0, 100, 0), 0);
	assert_int_equal(maps(fd), 3);
	assert_pages(p, 0, 1);
	assert_pages(p + PAGE, 100, 1);
	assert_pages(p + 2 * PAGE, 2, 2);
	assert_fails(remap_file_pages(p + 2 * PAGE, 2 * PAGE, 0, PAGES - 1, 0), EINVAL);
	assert_fails(remap_file_pages(p, PAGE, 0, PAGES, 0), EINVAL);
	assert_fails(remap_file_pages(p, PAGE, 0, (size_t)-1, 0), EINVAL);
	unmap(p, 4);
	assert_int_equal(maps(fd), 0);
}

/* Since 6.10. */
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static void change_a_sealed_map(void *arg)
{
	int fd = *(int *)arg;
	size_t i;

	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 10, 4);
		unsigned char *to = reserve(4);

		assert_int_equal(syscall(SYS_mseal, p + PAGE, 2 * PAGE, 0), 0);
		assert_int_equal(maps(fd), 3 * (i + 1));
		assert_fails(munmap(p, 4 * PAGE), EPERM);
		assert_fails(munmap(p + 2 * PAGE, PAGE), EPERM);
		assert_fails(mprotect(p + PAGE, PAGE, PROT_READ), EPERM);
		assert_fails(mremap(p + PAGE, 2 * PAGE, PAGE, 0), EPERM);
		assert_fails(mremap(p + PAGE, 2 * PAGE, 2 * PAGE, MOVE, to), EPERM);
		assert_fails(mmap(p + PAGE, PAGE, RW, MAP_FIXED | kinds[i], fd, 0), EPERM);
		assert_int_equal(maps(fd), 3 * (i + 1));
		assert_pages(p, 10, 4);
		p[PAGE] = pattern[11 * PAGE];
		assert_pages(p, 10, 4);
	}
}

/* Only the end of its process takes a sealed map away. */
static void a_sealed_map_stays_until_exit(void **state)
{
	int fd = node(state);

	if (syscall(SYS_mseal, NULL, 0, 0) && errno == ENOSYS)
		skip();
	fill(fd);
	assert_int_equal(run_child(change_a_sealed_map, &fd), 0);
	assert_int_equal(maps(fd), 0);
	assert_device_unchanged(fd);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Parts of a map of which @mapped tells what is left. */
static size_t count_parts(const bool *mapped)
{
	size_t parts = 0;
	size_t i;

	for (i = 0; i < PAGES; i++)
		parts += mapped[i] && (i == 0 || !mapped[i - 1]);
	return parts;
}

static void random_munmaps_keep_contents_and_count(void **state)
{
	int fd = node(state);
	uint32_t seed = 1;
	size_t round, i;

	fill(fd);
	for (round = 0; round < 1000; round++) {
		static bool mapped[PAGES];
		static unsigned char *p;
		size_t first = next_random(&seed) % PAGES;
		size_t pages = 1 + next_random(&seed) % 8;

		if (round % 50 == 0) {
			p = map(fd, kinds[round / 50 % 2], RW, 0, PAGES);
			memset(mapped, true, sizeof(mapped));
		}
		pages = first + pages > PAGES ? PAGES - first : pages;
		unmap(p + first * PAGE, pages);
		memset(mapped + first, false, pages);
		assert_int_equal(maps(fd), count_parts(mapped));
		for (i = 0; i < PAGES; i++) {
			if (mapped[i])
				assert_memory_equal(p + i * PAGE, pattern + i * PAGE, 8);
		}
		if (round % 50 == 49)
			unmap(p, PAGES);
	}
	assert_int_equal(maps(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(munmap_of_an_end_leaves_one_part),
		TEST(munmap_of_the_middle_leaves_two_parts),
		TEST(mprotect_of_the_middle_makes_three_parts),
		TEST(mremap_moves_a_map),
		TEST(mremap_moves_a_part_of_a_map),
		TEST(mremap_shrinks_a_map),
		TEST(mremap_grow_is_EFAULT),
		TEST(mremap_duplicates_nothing),
		TEST(remap_file_pages_stays_inside_the_buffer),
		TEST(a_sealed_map_stays_until_exit),
		TEST(random_munmaps_keep_contents_and_count),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
