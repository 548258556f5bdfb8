// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a touch of a map does: nothing more for shared maps, one fault per page
 * and copy on write for private ones.
 */
#include "device.h"

#define WINDOW 64

static void load_each_page(volatile unsigned char *p)
{
	size_t i;

	for (i = 0; i < WINDOW; i++)
		p[i * PAGE];
}

static void store_each_page(volatile unsigned char *p)
{
	size_t i;

	for (i = 0; i < WINDOW; i++)
		p[i * PAGE] = 1;
}

static long faults(void (*touch)(volatile unsigned char *), void *p)
{
	struct rusage before, after;

	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	touch(p);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	return after.ru_minflt - before.ru_minflt + after.ru_majflt - before.ru_majflt;
}

/* Once on touched memory first, so that our own code and stack cost nothing. */
static void warm_up(void)
{
	unsigned char *p = memory(WINDOW);

	faults(load_each_page, p);
	faults(store_each_page, p);
	assert_int_equal(faults(load_each_page, p), 0);
	assert_int_equal(faults(store_each_page, p), 0);
	unmap(p, WINDOW);
}

static void touching_a_shared_map_never_faults(void **state)
{
	unsigned char *p;

	warm_up();
	p = map(node(state), MAP_SHARED, RW, 32, WINDOW);
	assert_int_equal(faults(store_each_page, p), 0);
	unmap(p, WINDOW);
	p = map(node(state), MAP_SHARED, RW, 32, WINDOW);
	assert_int_equal(faults(load_each_page, p), 0);
	assert_int_equal(faults(store_each_page, p), 0);
	unmap(p, WINDOW);
}

static void touching_a_private_map_faults_once_a_page(void **state)
{
	unsigned char *p;

	warm_up();
	p = map(node(state), MAP_PRIVATE, RW, 32, WINDOW);
	assert_int_equal(faults(load_each_page, p), WINDOW);
	assert_int_equal(faults(load_each_page, p), 0);
	unmap(p, WINDOW);
	p = map(node(state), MAP_PRIVATE, RW, 32, WINDOW);
	assert_int_equal(faults(store_each_page, p), WINDOW);
	assert_int_equal(faults(load_each_page, p), 0);
	assert_int_equal(faults(store_each_page, p), 0);
	unmap(p, WINDOW);
}

static void private_stores_never_reach_the_device(void **state)
{
	int fd = node(state);
	unsigned char *p, *q;

	fill(fd);
	p = map(fd, MAP_PRIVATE, RW, 0, PAGES);
	q = map(fd, MAP_PRIVATE, PROT_READ, 0, PAGES);
	memset(p, POISON, SIZE);
	assert_all(p, POISON, SIZE);
	assert_pages(q, 0, PAGES);
	assert_device_unchanged(fd);
	unmap(p, PAGES);
	unmap(q, PAGES);
	assert_device_unchanged(fd);
}

static void a_private_store_copies_one_page_only(void **state)
{
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_PRIVATE, RW, 10, 4);
	p[PAGE + 5] = POISON;
	assert_pages(p, 10, 1);
	assert_memory_equal(p + PAGE, pattern + 11 * PAGE, 5);
	assert_memory_equal(p + PAGE + 6, pattern + 11 * PAGE + 6, PAGE - 6);
	assert_pages(p + 2 * PAGE, 12, 2);
	unmap(p, 4);
}

static void a_private_map_sees_the_device_until_it_stores(void **state)
{
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_PRIVATE, RW, 10, 3);
	assert_pages(p, 10, 1);
	p[PAGE] = POISON;
	memset(pattern + 10 * PAGE, 1, 3 * PAGE);
	assert_int_equal(pwrite(fd, pattern + 10 * PAGE, 3 * PAGE, 10 * PAGE), 3 * PAGE);
	assert_all(p, 1, PAGE);
	assert_int_equal(p[PAGE], POISON);
	assert_true(p[PAGE + 1] != 1 || p[PAGE + 2] != 1);
	assert_all(p + 2 * PAGE, 1, PAGE);
	unmap(p, 3);
}

static void MADV_DONTNEED_refills_a_private_map(void **state)
{
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_PRIVATE, RW, 30, 4);
	memset(p, POISON, 4 * PAGE);
	assert_int_equal(madvise(p + PAGE, 2 * PAGE, MADV_DONTNEED), 0);
	assert_all(p, POISON, PAGE);
	assert_pages(p + PAGE, 31, 2);
	assert_all(p + 3 * PAGE, POISON, PAGE);
	assert_int_equal(madvise(p, 4 * PAGE, MADV_DONTNEED), 0);
	p[3 * PAGE] = POISON;
	assert_pages(p, 30, 3);
	assert_int_equal(p[3 * PAGE], POISON);
	assert_device_unchanged(fd);
	unmap(p, 4);
}

static void private_maps_begin_at_their_offset(void **state)
{
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_PRIVATE, RW, PAGES - 3, 3);
	/* Last page first, and one by a store. */
	assert_pages(p + 2 * PAGE, PAGES - 1, 1);
	p[PAGE] = pattern[(PAGES - 2) * PAGE];
	assert_pages(p, PAGES - 3, 3);
	unmap(p, 3);
}

struct pair {
	unsigned char *shared;
	unsigned char *private;
	int fd;
};

static void touch_both(void *arg)
{
	struct pair *pair = arg;

	assert_int_equal(maps(pair->fd), 4);
	assert_pages(pair->shared, 40, 4);
	assert_int_equal(pair->private[0], 'p');
	pair->private[0] = 'c';
	pair->private[PAGE] = 'c';
	pair->shared[2 * PAGE] = 's';
	assert_int_equal(pair->private[2 * PAGE], 's');
}

static void fork_shares_the_one_and_copies_the_other(void **state)
{
	struct pair pair = { .fd = node(state) };

	fill(pair.fd);
	pair.shared = map(pair.fd, MAP_SHARED, RW, 40, 4);
	pair.private = map(pair.fd, MAP_PRIVATE, RW, 40, 4);
	pair.private[0] = 'p';
	assert_int_equal(run_child(touch_both, &pair), 0);
	assert_int_equal(maps(pair.fd), 2);
	assert_int_equal(pair.shared[2 * PAGE], 's');
	assert_int_equal(pair.private[0], 'p');
	assert_pages(pair.private + PAGE, 41, 1);
	assert_device_but(pair.fd, 42 * PAGE, "s", 1);
	unmap(pair.shared, 4);
	unmap(pair.private, 4);
}

static void touch_and_crash(void *arg)
{
	struct pair *pair = arg;

	assert_int_equal(maps(pair->fd), 6);
	memset(pair->shared, 's', 4 * PAGE);
	memset(pair->private, 'c', 4 * PAGE);
	store(reserve(1));
}

static void fork_and_die(void *arg)
{
	struct pair *pair = arg;

	assert_int_equal(run_child(touch_and_crash, pair), -SIGSEGV);
	assert_int_equal(maps(pair->fd), 4);
	unmap(pair->shared, 4);
	assert_int_equal(maps(pair->fd), 3);
	raise(SIGKILL);
}

static void children_that_are_killed_give_their_maps_back(void **state)
{
	struct pair pair = { .fd = node(state) };

	fill(pair.fd);
	pair.shared = map(pair.fd, MAP_SHARED, RW, 40, 4);
	pair.private = map(pair.fd, MAP_PRIVATE, RW, 40, 4);
	pair.private[0] = 'p';
	assert_int_equal(run_child(fork_and_die, &pair), -SIGKILL);
	assert_int_equal(maps(pair.fd), 2);
	unmap(pair.shared, 4);
	unmap(pair.private, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(touching_a_shared_map_never_faults),
		TEST(touching_a_private_map_faults_once_a_page),
		TEST(private_stores_never_reach_the_device),
		TEST(a_private_store_copies_one_page_only),
		TEST(a_private_map_sees_the_device_until_it_stores),
		TEST(MADV_DONTNEED_refills_a_private_map),
		TEST(private_maps_begin_at_their_offset),
		TEST(fork_shares_the_one_and_copies_the_other),
		TEST(children_that_are_killed_give_their_maps_back),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
