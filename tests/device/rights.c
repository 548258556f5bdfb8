// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who may map what: no execution, nothing that the descriptor does not allow,
 * and no way round it later.
 */
#include "device.h"

#include <sys/personality.h>

static const int kinds[] = { MAP_SHARED, MAP_PRIVATE };

static void a_map_with_PROT_EXEC_is_EPERM(void **state)
{
	static const int rights[] = { PROT_EXEC, PROT_READ | PROT_EXEC, PROT_WRITE | PROT_EXEC,
				      RW | PROT_EXEC };
	int reader = open_node(O_RDONLY);
	size_t i;

	for (i = 0; i < 8; i++) {
		assert_fails(mmap(NULL, PAGE, rights[i / 2], kinds[i % 2], node(state), 0), EPERM);
		if (!(rights[i / 2] & PROT_WRITE))
			assert_fails(mmap(NULL, PAGE, rights[i / 2], kinds[i % 2], reader, 0),
				     EPERM);
	}
	assert_int_equal(close(reader), 0);
}

static void mprotect_to_PROT_EXEC_is_EACCES(void **state)
{
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 4; i++) {
		unsigned char *p = map(i / 2 ? reader : fd, kinds[i % 2], PROT_READ, 5, 2);

		assert_fails(mprotect(p, PAGE, PROT_READ | PROT_EXEC), EACCES);
		assert_fails(mprotect(p, 2 * PAGE, PROT_EXEC), EACCES);
		assert_fails(mprotect(p + PAGE, PAGE, RW | PROT_EXEC), EACCES);
		assert_pages(p, 5, 2);
		unmap(p, 2);
	}
	assert_int_equal(close(reader), 0);
}

static void map_with_READ_IMPLIES_EXEC(void *arg)
{
	int fd = *(int *)arg;
	size_t i;

	assert_int_not_equal(personality(READ_IMPLIES_EXEC), -1);
	for (i = 0; i < 2; i++) {
		unsigned char *p;

		assert_fails(mmap(NULL, PAGE, PROT_READ, kinds[i], fd, 0), EPERM);
		assert_fails(mmap(NULL, PAGE, RW, kinds[i], fd, 0), EPERM);
		/* mprotect() does not imply what may not be. */
		p = map(fd, kinds[i], PROT_NONE, 9, 1);
		assert_int_equal(mprotect(p, PAGE, PROT_READ), 0);
		assert_pages(p, 9, 1);
		assert_fails(mprotect(p, PAGE, PROT_READ | PROT_EXEC), EACCES);
	}
}

static void READ_IMPLIES_EXEC_is_refused_too(void **state)
{
	int fd = node(state);

	fill(fd);
	assert_int_equal(run_child(map_with_READ_IMPLIES_EXEC, &fd), 0);
}

static void shared_write_through_a_read_only_descriptor_is_EACCES(void **state)
{
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	assert_fails(mmap(NULL, PAGE, RW, MAP_SHARED, reader, 0), EACCES);
	assert_fails(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, reader, 0), EACCES);
	assert_fails(mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE, reader, 0), EACCES);
	p = map(reader, MAP_SHARED, PROT_READ, 3, 2);
	assert_fails(mprotect(p, 2 * PAGE, RW), EACCES);
	assert_fails(mprotect(p + PAGE, PAGE, PROT_WRITE), EACCES);
	assert_int_equal(close(reader), 0);
	assert_fails(mprotect(p, PAGE, RW), EACCES);
	assert_int_equal(run_child(store, p), -SIGSEGV);
	assert_pages(p, 3, 2);
	assert_device_unchanged(fd);
	unmap(p, 2);
}

static void widen_after_fork(void *p)
{
	assert_pages(p, 3, 2);
	assert_fails(mprotect(p, PAGE, RW), EACCES);
	assert_int_equal(run_child(store, p), -SIGSEGV);
}

static void fork_does_not_widen_a_read_only_map(void **state)
{
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(reader, MAP_SHARED, PROT_READ, 3, 2);
	assert_int_equal(run_child(widen_after_fork, p), 0);
	assert_device_unchanged(fd);
	unmap(p, 2);
	assert_int_equal(close(reader), 0);
}

static void a_private_write_needs_a_readable_descriptor_only(void **state)
{
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(reader, MAP_PRIVATE, RW, 3, 1);
	memset(p, POISON, PAGE);
	unmap(p, 1);
	p = map(reader, MAP_PRIVATE, PROT_READ, 3, 1);
	assert_pages(p, 3, 1);
	assert_int_equal(mprotect(p, PAGE, RW), 0);
	memset(p, POISON, PAGE);
	assert_all(p, POISON, PAGE);
	unmap(p, 1);
	assert_device_unchanged(fd);
	assert_int_equal(close(reader), 0);
}

static void any_map_of_a_write_only_descriptor_is_EACCES(void **state)
{
	static const int rights[] = { PROT_NONE, PROT_READ, PROT_WRITE, RW };
	int writer = open_node(O_WRONLY);
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++)
		assert_fails(mmap(NULL, PAGE, rights[i / 2], kinds[i % 2], writer, 0), EACCES);
	assert_int_equal(close(writer), 0);
}

static void a_PROT_NONE_map_can_be_opened_later(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], PROT_NONE, 12, 2);

		assert_int_equal(run_child(load, p), -SIGSEGV);
		assert_int_equal(mprotect(p, 2 * PAGE, RW), 0);
		assert_pages(p, 12, 2);
		p[PAGE] = 'n';
		if (kinds[i] == MAP_SHARED)
			assert_device_but(fd, 13 * PAGE, "n", 1);
		assert_int_equal(mprotect(p, PAGE, PROT_NONE), 0);
		assert_int_equal(run_child(load, p), -SIGSEGV);
		assert_int_equal(p[PAGE], 'n');
		unmap(p, 2);
	}
	assert_device_unchanged(fd);
}

/* Each change of rights that there is, on each kind of map and descriptor. */
static void mprotect_goes_where_mmap_may(void **state)
{
	int fds[] = { node(state), open_node(O_RDONLY) };
	int from, to;
	size_t i;

	fill(fds[0]);
	for (i = 0; i < 4; i++) {
		bool may_write = kinds[i % 2] == MAP_PRIVATE || i / 2 == 0;

		for (from = 0; from < 4; from++) {
			if (from & PROT_WRITE && !may_write)
				continue;
			for (to = 0; to < 8; to++) {
				unsigned char *p = map(fds[i / 2], kinds[i % 2], from, 5, 2);

				if (to & PROT_EXEC || (to & PROT_WRITE && !may_write))
					assert_fails(mprotect(p, 2 * PAGE, to), EACCES);
				else
					assert_int_equal(mprotect(p, 2 * PAGE, to), 0);
				assert_int_equal(mprotect(p, 2 * PAGE, PROT_READ), 0);
				assert_pages(p, 5, 2);
				unmap(p, 2);
			}
		}
	}
	assert_int_equal(close(fds[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_map_with_PROT_EXEC_is_EPERM),
		TEST(mprotect_to_PROT_EXEC_is_EACCES),
		TEST(READ_IMPLIES_EXEC_is_refused_too),
		TEST(shared_write_through_a_read_only_descriptor_is_EACCES),
		TEST(fork_does_not_widen_a_read_only_map),
		TEST(a_private_write_needs_a_readable_descriptor_only),
		TEST(any_map_of_a_write_only_descriptor_is_EACCES),
		TEST(mprotect_goes_where_mmap_may),
		TEST(a_PROT_NONE_map_can_be_opened_later),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
