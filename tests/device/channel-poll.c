// SPDX-License-Identifier: BSD-2-Clause
/*
 * poll(2) on a channel: of which role they speak, that they wake, and
 * that they raise the flag of that role and of no other.
 */
#include "channel.h"

/* All free: what the descriptor could do. */
static void without_roles_the_access_mode_decides(void **state)
{
	int fd = create_channel(node(state), "poll");
	int reader = open(NODE "-poll", O_RDONLY | O_CLOEXEC);
	int writer = open(NODE "-poll", O_WRONLY | O_CLOEXEC);

	assert_int_equal(polled(fd, 0), POLLOUT);
	assert_int_equal(polled(reader, 0), 0);
	assert_int_equal(polled(writer, 0), POLLOUT);
	send_text(writer, "x");
	assert_int_equal(polled(fd, 0), POLLIN);
	assert_int_equal(polled(reader, 0), POLLIN);
	assert_int_equal(polled(writer, 0), POLLOUT);
	expect_text(reader, "x");
	assert_int_equal(polled(fd, 0), 0);
	assert_int_equal(polled(reader, 0), 0);
	assert_int_equal(polled(writer, 0), POLLOUT);
	assert_int_equal(info(fd).channel & 0xf0, 0x30);
	close(reader);
	close(writer);
	remove_and_close(fd);
}

static void the_role_by_JOIN_is_spoken_of(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(polled(producer.fd, 0), POLLOUT);
		assert_int_equal(polled(consumer.fd, 0), 0);
		publish_text(&producer, "x");
		assert_int_equal(polled(producer.fd, 0), POLLOUT);
		assert_int_equal(polled(consumer.fd, 0), POLLIN);
		assert_int_equal(polled(fd, 0), 0);
		take_text(&consumer, "x");
	}
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

static void output_is_the_room_that_is_wanted(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	producer.producer->head = RING / 2;
	producer.producer->wanted = RING / 2;
	assert_int_equal(polled(producer.fd, 0), POLLOUT);
	producer.producer->wanted = RING / 2 + 8;
	assert_int_equal(polled(producer.fd, 0), 0);
	consumer.consumer->freed = 8;
	assert_int_equal(polled(producer.fd, 0), POLLOUT);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

static void a_full_ring_is_no_output(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);

	for (int i = 0; i < 5; i++) {
		fill_ring(writer);
		assert_int_equal(polled(writer, 0), 0);
		assert_int_equal(polled(reader, 0), POLLIN);
		drain_ring(reader);
		assert_int_equal(polled(writer, 0), POLLOUT);
		assert_int_equal(polled(reader, 0), 0);
	}
	close(reader);
	close(writer);
	close(fd);
}

/* At the end of its time poll(2) looks again: so there is none. */
static void poll_for_input(void *arg)
{
	assert_true(polled(*(int *)arg, -1) & POLLIN);
}

static void poll_for_output(void *arg)
{
	assert_true(polled(*(int *)arg, -1) & POLLOUT);
}

static void a_sleeping_poll_is_woken_by_calls(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);

	for (int i = 0; i < 5; i++) {
		pid_t pid = start_child(poll_for_input, &reader);

		until_asleep(pid);
		send_text(writer, "x");
		assert_int_equal(end_child(pid), 0);
		fill_ring(writer);
		pid = start_child(poll_for_output, &writer);
		until_asleep(pid);
		drain_ring(reader);
		assert_int_equal(end_child(pid), 0);
	}
	close(reader);
	close(writer);
	close(fd);
}

static void poll_as_consumer(struct side *side)
{
	poll_for_input(&side->fd);
}

static void poll_as_producer(struct side *side)
{
	side->producer->head = 8;
	side->producer->wanted = RING;
	poll_for_output(&side->fd);
}

static void a_sleeping_poll_is_woken_by_a_mapped_peer(void **state)
{
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);
	pid_t pid = start_peer(fd, MMAPDEMO_CONSUMER, poll_as_consumer);

	until_asleep(pid);
	assert_int_not_equal(side.consumer->sleeping, 0);
	assert_true(publish_text(&side, "x"));
	assert_int_equal(end_child(pid), 0);
	leave_role(&side);

	side = take(fd, MMAPDEMO_CONSUMER);
	pid = start_peer(fd, MMAPDEMO_PRODUCER, poll_as_producer);
	until_asleep(pid);
	assert_int_not_equal(side.producer->sleeping, 0);
	side.position = 8;
	free_taken(&side);
	assert_true(wake_if_asleep(&side, &side.producer->sleeping));
	assert_int_equal(end_child(pid), 0);
	leave_role(&side);
	close(fd);
}

/* It has no role yet, and may take it when it is told. */
static void a_sleeping_poll_without_a_role_is_woken(void **state)
{
	int fd = create_channel(node(state), "");
	int reader = open_again(fd, O_RDONLY);
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	pid_t pid = start_child(poll_for_input, &reader);

	until_asleep(pid);
	assert_int_not_equal(producer.consumer->sleeping, 0);
	assert_true(publish_text(&producer, "x"));
	assert_int_equal(end_child(pid), 0);
	assert_false(has_consumer(fd));
	expect_text(reader, "x");
	leave_role(&producer);
	close(reader);
	close(fd);
}

/* It polls for what another has, who leaves a message. */
static void a_sleeping_poll_learns_that_a_role_is_free(void **state)
{
	int fd = create_channel(node(state), "");
	int reader = open_again(fd, O_RDONLY);
	struct side producer = take(fd, MMAPDEMO_PRODUCER);

	for (int i = 0; i < 2; i++) {
		struct side consumer = take(fd, MMAPDEMO_CONSUMER);
		pid_t pid = start_child(poll_for_input, &reader);

		if (i == 0)
			publish_text(&producer, "x");
		until_asleep(pid);
		leave_role(&consumer);
		assert_int_equal(end_child(pid), 0);
	}
	leave_role(&producer);
	close(reader);
	close(fd);
}

/* Nobody has the role, and the producer misses who had it. */
static void a_message_at_a_hang_up_wakes_a_poll(void **state)
{
	int fd = create_channel(node(state), "");
	int reader = open_again(fd, O_RDONLY);
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	pid_t pid;

	leave_role(&consumer);
	pid = start_child(poll_for_input, &reader);
	until_asleep(pid);
	assert_false(publish_text(&producer, "x"));
	assert_int_equal(end_child(pid), 0);
	leave_role(&producer);
	close(reader);
	close(fd);
}

/* Else nobody who polls would ever be told of the room that there is. */
static void who_has_gone_wants_no_room(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);

	producer.producer->head = RING;
	producer.producer->wanted = ~0U;
	assert_int_equal(polled(producer.fd, 0), 0);
	leave_role(&producer);
	assert_int_equal(polled(fd, 0), POLLOUT);
	send_text(fd, "x");
	close(fd);
}

static void a_poll_raises_the_flag_of_its_role(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	assert_int_equal(polled(consumer.fd, 0), 0);
	assert_int_not_equal(consumer.consumer->sleeping, 0);
	assert_int_equal(producer.producer->sleeping, 0);
	assert_int_equal(wake_peer(producer.fd), 0);
	assert_int_equal(consumer.consumer->sleeping, 0);
	producer.producer->wanted = (uint32_t)RING + 8;
	assert_int_equal(polled(producer.fd, 0), 0);
	assert_int_not_equal(producer.producer->sleeping, 0);
	assert_int_equal(consumer.consumer->sleeping, 0);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

/* Else anyone who can open the node costs its users a call for each message. */
static void a_poll_raises_nobody_elses_flag(void **state)
{
	int fd = create_channel(node(state), "");
	int reader = open_again(fd, O_RDONLY);
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	producer.producer->wanted = (uint32_t)RING + 8;
	assert_int_equal(polled(fd, 0), 0);
	assert_int_equal(polled(reader, 0), 0);
	assert_int_equal(producer.producer->sleeping, 0);
	assert_int_equal(consumer.consumer->sleeping, 0);
	/* Nor does it learn what is going on. */
	publish_silently(&producer, "x", 1);
	producer.producer->wanted = 16;
	assert_int_equal(polled(fd, 0), 0);
	assert_int_equal(polled(reader, 0), 0);
	leave_role(&producer);
	leave_role(&consumer);
	close(reader);
	close(fd);
}

static void a_hang_up_is_told(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	publish_text(&producer, "left");
	leave_role(&producer);
	assert_true(polled(consumer.fd, 0) & POLLIN);
	take_text(&consumer, "left");
	assert_true(polled(consumer.fd, 0) & POLLHUP);
	producer = take(fd, MMAPDEMO_PRODUCER);
	assert_int_equal(polled(consumer.fd, 0), 0);
	assert_int_equal(polled(producer.fd, 0), POLLOUT);
	leave_role(&consumer);
	assert_true(polled(producer.fd, 0) & POLLHUP);
	consumer = take(fd, MMAPDEMO_CONSUMER);
	assert_int_equal(polled(producer.fd, 0), POLLOUT);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

static void a_hang_up_of_calls_is_told(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);

	send_text(writer, "x");
	expect_text(reader, "x");
	close(writer);
	assert_true(polled(reader, 0) & POLLHUP);
	assert_int_equal(read(reader, &writer, sizeof(writer)), 0);
	writer = open_again(fd, O_RDWR);
	send_text(writer, "y");
	assert_int_equal(polled(reader, 0), POLLIN);
	close(reader);
	assert_true(polled(writer, 0) & POLLHUP);
	close(writer);
	close(fd);
}

static void poll_for_hang_up(struct side *side)
{
	struct pollfd pollfd = { .fd = side->fd };

	assert_int_equal(poll(&pollfd, 1, -1), 1);
	assert_true(pollfd.revents & POLLHUP);
}

static void a_hang_up_wakes(void **state)
{
	int fd = create_channel(node(state), "");

	for (int role = MMAPDEMO_PRODUCER; role <= MMAPDEMO_CONSUMER; role++) {
		pid_t victim = start_peer(fd, role, stay_there);
		pid_t pid = start_peer(fd, 3 - role, poll_for_hang_up);

		until_asleep(pid);
		kill_child(victim);
		assert_int_equal(end_child(pid), 0);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_roles_the_access_mode_decides),
		TEST(the_role_by_JOIN_is_spoken_of),
		TEST(output_is_the_room_that_is_wanted),
		TEST(a_full_ring_is_no_output),
		TEST(a_sleeping_poll_is_woken_by_calls),
		TEST(a_sleeping_poll_is_woken_by_a_mapped_peer),
		TEST(a_sleeping_poll_without_a_role_is_woken),
		TEST(a_sleeping_poll_learns_that_a_role_is_free),
		TEST(a_message_at_a_hang_up_wakes_a_poll),
		TEST(who_has_gone_wants_no_room),
		TEST(a_poll_raises_the_flag_of_its_role),
		TEST(a_poll_raises_nobody_elses_flag),
		TEST(a_hang_up_is_told),
		TEST(a_hang_up_of_calls_is_told),
		TEST(a_hang_up_wakes),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
