// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who may write where in a channel: the holder of a role, in its own regions, by
 * the open file that has the role, in the process that took it, and nobody else.
 */
#include "channel.h"

#include <sys/personality.h>

static const uint64_t regions[] = { MMAPDEMO_PRODUCER_REGION, MMAPDEMO_CONSUMER_REGION,
				    MMAPDEMO_DATA_REGION };

#define NO_ROLE 0
#define REGIONS 3
#define ROLES 3

/* By role and region. */
static const bool may_write[ROLES][REGIONS] = {
	[MMAPDEMO_PRODUCER] = { true, false, true },
	[MMAPDEMO_CONSUMER] = { false, true, false },
};

static long map_region(int fd, int prot, int region)
{
	return raw_mmap(PAGE, prot, MAP_SHARED, fd, regions[region]);
}

static void assert_read_only(int fd, int region)
{
	unsigned char *p;

	assert_fails(map_region(fd, RW, region), EACCES);
	assert_fails(map_region(fd, PROT_WRITE, region), EACCES);
	p = (unsigned char *)map_region(fd, PROT_READ, region);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_fails(mprotect(p, PAGE, RW), EACCES);
	assert_fails(mprotect(p, PAGE, PROT_WRITE), EACCES);
	unmap(p, 1);
	p = (unsigned char *)map_region(fd, PROT_NONE, region);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(mprotect(p, PAGE, PROT_READ), 0);
	assert_fails(mprotect(p, PAGE, RW), EACCES);
	unmap(p, 1);
}

static void assert_all_read_only(int fd)
{
	for (int region = 0; region < REGIONS; region++)
		assert_read_only(fd, region);
}

static void assert_writable(int fd, int region)
{
	unsigned char *p = (unsigned char *)map_region(fd, RW, region);

	assert_ptr_not_equal(p, MAP_FAILED);
	store(p);
	assert_int_equal(mprotect(p, PAGE, PROT_READ), 0);
	assert_int_equal(mprotect(p, PAGE, RW), 0);
	store(p);
	unmap(p, 1);
	p = (unsigned char *)map_region(fd, PROT_WRITE, region);
	assert_ptr_not_equal(p, MAP_FAILED);
	store(p);
	unmap(p, 1);
}

static void a_role_may_write_its_own_regions(void **state)
{
	for (int role = 0; role < ROLES; role++) {
		int fd = create_channel(node(state), "");

		if (role != NO_ROLE)
			assert_int_equal(join_as(fd, (unsigned long)role), 0);
		for (int region = 0; region < REGIONS; region++) {
			if (may_write[role][region])
				assert_writable(fd, region);
			else
				assert_read_only(fd, region);
		}
		assert_int_equal(maps(fd), 0);
		close(fd);
	}
}

static void every_region_may_be_read_by_all(void **state)
{
	int fd = create_channel(node(state), "");
	int reader = open_again(fd, O_RDONLY);
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	const int fds[] = { fd, reader, producer.fd, consumer.fd };

	memset(producer.producer, 10, PAGE);
	memset(consumer.consumer, 11, PAGE);
	memset(producer.data, 12, PAGE);
	for (int i = 0; i < 4 * REGIONS; i++) {
		unsigned char *p = (unsigned char *)map_region(fds[i / 3], PROT_READ, i % 3);

		assert_ptr_not_equal(p, MAP_FAILED);
		assert_all(p, (unsigned char)(10 + i % 3), PAGE);
		unmap(p, 1);
	}
	leave_role(&producer);
	leave_role(&consumer);
	close(reader);
	close(fd);
}

static void a_read_only_descriptor_maps_for_reading(void **state)
{
	int fd = create_channel(node(state), "");
	int reader = open_again(fd, O_RDONLY);
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	assert_all_read_only(reader);
	leave_role(&producer);
	leave_role(&consumer);
	close(reader);
	close(fd);
}

static void a_write_only_descriptor_maps_nothing(void **state)
{
	static const int rights[] = { PROT_NONE, PROT_READ, PROT_WRITE, RW };
	int fd = create_channel(node(state), "wronly");
	int writer = open(NODE "-wronly", O_WRONLY | O_CLOEXEC);

	assert_true(writer >= 0);
	send_text(writer, "so it produces");
	for (int i = 0; i < 4 * REGIONS; i++)
		assert_fails(map_region(writer, rights[i / 3], i % 3), EACCES);
	close(writer);
	remove_and_close(fd);
}

static void what_was_mapped_before_JOIN_gains_nothing(void **state)
{
	for (unsigned long role = MMAPDEMO_PRODUCER; role <= MMAPDEMO_CONSUMER; role++) {
		int fd = create_channel(node(state), "");
		struct side early = map_side(fd, NO_ROLE);

		assert_int_equal(join_as(fd, role), 0);
		assert_fails(mprotect(early.producer, PAGE, RW), EACCES);
		assert_fails(mprotect(early.consumer, PAGE, RW), EACCES);
		assert_fails(mprotect(early.data, 2 * RING, RW), EACCES);
		assert_fails(mprotect(early.data + PAGE, PAGE, PROT_WRITE), EACCES);
		unmap_side(&early);
		close(fd);
	}
}

static void the_role_is_of_one_open_file(void **state)
{
	int fd = create_channel(node(state), "");
	int other = open_again(fd, O_RDWR);
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	assert_all_read_only(fd);
	assert_all_read_only(other);
	leave_role(&producer);
	leave_role(&consumer);
	close(other);
	close(fd);
}

static void map_what_was_inherited(void *arg)
{
	assert_all_read_only(*(int *)arg);
}

static void the_role_is_of_one_process(void **state)
{
	int fd = create_channel(node(state), "");

	for (unsigned long role = MMAPDEMO_PRODUCER; role <= MMAPDEMO_CONSUMER; role++) {
		int own = open_again(fd, O_RDWR);

		assert_int_equal(join_as(own, role), 0);
		assert_int_equal(run_child(map_what_was_inherited, &own), 0);
		close(own);
	}
	close(fd);
}

static void keep_it(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/* By the same open file, which a child has kept meanwhile. */
static void who_has_left_maps_for_reading(void **state)
{
	int fd = create_channel(node(state), "");

	for (unsigned long role = MMAPDEMO_PRODUCER; role <= MMAPDEMO_CONSUMER; role++) {
		int own = open_again(fd, O_RDWR);
		pid_t pid = start_child(keep_it, NULL);
		int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
		int back;

		assert_int_equal(join_as(own, role), 0);
		close(own);
		back = (int)syscall(SYS_pidfd_getfd, pidfd, own, 0);
		assert_true(back >= 0);
		assert_all_read_only(back);
		close(back);
		close(pidfd);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(end_child(pid), -SIGKILL);
	}
	close(fd);
}

static void who_failed_to_join_gains_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	int other = open_again(fd, O_RDWR);

	assert_int_equal(join_as(fd, MMAPDEMO_PRODUCER), 0);
	assert_fails(join_as(other, MMAPDEMO_PRODUCER), EBUSY);
	assert_all_read_only(other);
	/* The same by the role that it has not got. */
	assert_fails(join_as(fd, MMAPDEMO_CONSUMER), EBUSY);
	assert_read_only(fd, 1);
	assert_writable(fd, 0);
	close(other);
	close(fd);
}

/* The driver writes for it. */
static void who_reads_and_writes_by_calls_maps_for_reading(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDWR);

	send_text(writer, "one");
	expect_text(reader, "one");
	assert_all_read_only(writer);
	assert_all_read_only(reader);
	close(reader);
	close(writer);
	close(fd);
}

static void touch(void *arg)
{
	load(*(void **)arg);
}

static void assert_inherited(void *p, bool inherited)
{
	assert_int_equal(run_child(touch, &p), inherited ? 0 : -SIGSEGV);
}

static void a_writable_map_is_not_inherited(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	void *const p[] = { producer.producer, producer.data, producer.data + RING,
			    consumer.consumer };

	for (int i = 0; i < 4; i++) {
		assert_inherited(p[i], false);
		madvise(p[i], PAGE, MADV_DOFORK);
		assert_inherited(p[i], false);
		assert_int_equal(madvise(p[i], PAGE, MADV_DONTFORK), 0);
		madvise(p[i], PAGE, MADV_DOFORK);
		assert_inherited(p[i], false);
	}
	assert_int_equal(madvise(producer.data, 2 * RING, MADV_NORMAL), 0);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

/* Nor is one that may be made writable again. */
static void a_map_that_was_writable_is_not_inherited(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);

	assert_int_equal(mprotect(producer.data, 2 * RING, PROT_READ), 0);
	assert_inherited(producer.data, false);
	assert_inherited(producer.data + RING, false);
	assert_int_equal(mprotect(producer.data, 2 * RING, RW), 0);
	leave_role(&producer);
	close(fd);
}

static void a_map_without_a_role_is_inherited(void **state)
{
	int fd = create_channel(node(state), "");
	struct side viewer = map_side(fd, NO_ROLE);

	assert_inherited(viewer.producer, true);
	assert_inherited(viewer.consumer, true);
	assert_inherited(viewer.data, true);
	assert_inherited(viewer.data + RING, true);
	unmap_side(&viewer);
	close(fd);
}

static void map_with_READ_IMPLIES_EXEC(void *arg)
{
	assert_int_not_equal(personality(READ_IMPLIES_EXEC), -1);
	for (int region = 0; region < REGIONS; region++)
		assert_fails(map_region(*(int *)arg, PROT_READ, region), EPERM);
}

/* By the node: for a descriptor without one newer kernels imply nothing. */
static void READ_IMPLIES_EXEC_is_refused_too(void **state)
{
	int fd = create_channel(node(state), "implied");
	int other = open(NODE "-implied", O_RDWR | O_CLOEXEC);

	assert_true(other >= 0);
	assert_int_equal(run_child(map_with_READ_IMPLIES_EXEC, &other), 0);
	close(other);
	remove_and_close(fd);
}

static void assert_store_faults(void *p)
{
	assert_int_equal(run_child(store, p), -SIGSEGV);
}

static void a_store_without_the_right_faults(void **state)
{
	int fd = create_channel(node(state), "");
	struct side viewer = map_side(fd, NO_ROLE);

	assert_store_faults(viewer.producer);
	assert_store_faults(viewer.consumer);
	assert_store_faults(viewer.data);
	assert_store_faults(viewer.data + 2 * RING - 1);
	assert_all(viewer.data, 0, 2 * RING);
	unmap_side(&viewer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_role_may_write_its_own_regions),
		TEST(every_region_may_be_read_by_all),
		TEST(a_read_only_descriptor_maps_for_reading),
		TEST(a_write_only_descriptor_maps_nothing),
		TEST(what_was_mapped_before_JOIN_gains_nothing),
		TEST(the_role_is_of_one_open_file),
		TEST(the_role_is_of_one_process),
		TEST(who_has_left_maps_for_reading),
		TEST(who_failed_to_join_gains_nothing),
		TEST(who_reads_and_writes_by_calls_maps_for_reading),
		TEST(a_writable_map_is_not_inherited),
		TEST(a_map_that_was_writable_is_not_inherited),
		TEST(a_map_without_a_role_is_inherited),
		TEST(READ_IMPLIES_EXEC_is_refused_too),
		TEST(a_store_without_the_right_faults),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
