// SPDX-License-Identifier: BSD-2-Clause
/*
 * JOIN: who gets a role. It belongs to a process and an open file; when it is given
 * back is in channel-leave.c.
 */
#include "channel.h"

static void a_role_is_given_once(void **state)
{
	int fd = create_channel(node(state), "");

	for (unsigned long role = MMAPDEMO_PRODUCER; role <= MMAPDEMO_CONSUMER; role++) {
		int own = open_again(fd, O_RDWR);
		int other = open_again(fd, O_RDWR);

		assert_int_equal(join_as(own, role), 0);
		assert_fails(join_as(other, role), EBUSY);
		assert_fails(join_as(own, role), EBUSY);
		close(own);
		assert_int_equal(join_as(other, role), 0);
		close(other);
	}
	close(fd);
}

static void an_open_file_has_one_role(void **state)
{
	int fd = create_channel(node(state), "");
	int own = open_again(fd, O_RDWR);

	assert_int_equal(join_as(own, MMAPDEMO_PRODUCER), 0);
	assert_fails(join_as(own, MMAPDEMO_CONSUMER), EBUSY);
	assert_false(has_consumer(fd));
	close(own);
	assert_int_equal(join_as(fd, MMAPDEMO_CONSUMER), 0);
	assert_fails(join_as(fd, MMAPDEMO_PRODUCER), EBUSY);
	assert_false(has_producer(fd));
	close(fd);
}

static void a_process_may_have_both_roles(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	assert_true(publish_text(&producer, "to myself"));
	assert_true(take_text(&consumer, "to myself"));
	assert_true(publish_text(&producer, ""));
	assert_true(take_text(&consumer, ""));
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

static void no_such_role_is_EINVAL(void **state)
{
	int fd = create_channel(node(state), "");

	assert_fails(join_as(fd, 0), EINVAL);
	for (unsigned long role = 3; role; role <<= 1)
		assert_fails(join_as(fd, role), EINVAL);
	for (int bit = 2; bit < 64; bit++) {
		assert_fails(join_as(fd, MMAPDEMO_PRODUCER | 1UL << bit), EINVAL);
		assert_fails(join_as(fd, MMAPDEMO_CONSUMER | 1UL << bit), EINVAL);
	}
	assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL);
	close(fd);
}

static void a_descriptor_that_is_not_O_RDWR_is_EBADF(void **state)
{
	int fd = create_channel(node(state), "half");
	const int fds[] = { open_again(fd, O_RDONLY), open(NODE "-half", O_RDONLY | O_CLOEXEC),
			    open(NODE "-half", O_WRONLY | O_CLOEXEC) };

	for (int i = 0; i < 3; i++) {
		assert_true(fds[i] >= 0);
		assert_fails(join_as(fds[i], MMAPDEMO_PRODUCER), EBADF);
		assert_fails(join_as(fds[i], MMAPDEMO_CONSUMER), EBADF);
		close(fds[i]);
	}
	assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL);
	remove_and_close(fd);
}

static void read_and_write_take_a_role_too(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);

	send_text(writer, "x");
	assert_true(has_producer(fd));
	assert_false(has_consumer(fd));
	assert_fails(join_as(fd, MMAPDEMO_PRODUCER), EBUSY);
	assert_fails(join_as(writer, MMAPDEMO_PRODUCER), EBUSY);
	assert_fails(join_as(writer, MMAPDEMO_CONSUMER), EBUSY);
	expect_text(reader, "x");
	assert_true(has_consumer(fd));
	assert_fails(join_as(fd, MMAPDEMO_CONSUMER), EBUSY);
	close(writer);
	assert_false(has_producer(fd));
	assert_int_equal(join_as(fd, MMAPDEMO_PRODUCER), 0);
	close(reader);
	assert_false(has_consumer(fd));
	close(fd);
}

static void use_inherited(void *arg)
{
	int fd = *(int *)arg;

	assert_fails(wait_until(fd, 0), EBADF);
	assert_fails(wake_peer(fd), EBADF);
	assert_fails(join_as(fd, MMAPDEMO_PRODUCER), EBUSY);
	assert_fails(join_as(fd, MMAPDEMO_CONSUMER), EBUSY);
}

static void a_child_has_not_its_parents_role(void **state)
{
	int fd = create_channel(node(state), "");

	assert_int_equal(join_as(fd, MMAPDEMO_PRODUCER), 0);
	assert_int_equal(run_child(use_inherited, &fd), 0);
	assert_int_equal(wake_peer(fd), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_role_is_given_once),
		TEST(an_open_file_has_one_role),
		TEST(a_process_may_have_both_roles),
		TEST(no_such_role_is_EINVAL),
		TEST(a_descriptor_that_is_not_O_RDWR_is_EBADF),
		TEST(read_and_write_take_a_role_too),
		TEST(a_child_has_not_its_parents_role),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
