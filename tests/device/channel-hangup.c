// SPDX-License-Identifier: BSD-2-Clause
/*
 * The end of a peer: who misses it, what is still received, how the one that is
 * left is told, and that a successor ends the hang-up.
 */
#include "channel.h"

/* A producer that wants more than there can be: there is nothing for it, either. */
static struct side take_and_want(int fd)
{
	struct side producer = take(fd, MMAPDEMO_PRODUCER);

	producer.producer->wanted = (uint32_t)RING + 8;
	return producer;
}

static void assert_hung_up(const struct side *side)
{
	assert_fails(wait_until(side->fd, 0), EPIPE);
	assert_fails(wait_until(side->fd, MMAPDEMO_WAIT_FOREVER), EPIPE);
	assert_fails(wake_peer(side->fd), EPIPE);
}

static void assert_not_hung_up(const struct side *side)
{
	assert_fails(wait_until(side->fd, 0), ETIMEDOUT);
	assert_int_equal(wake_peer(side->fd), 0);
}

static void who_never_came_is_not_missed(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take_and_want(fd);
	struct side consumer;

	assert_not_hung_up(&producer);
	leave_role(&producer);
	consumer = take(fd, MMAPDEMO_CONSUMER);
	assert_not_hung_up(&consumer);
	leave_role(&consumer);
	close(fd);
}

static void who_came_and_went_is_missed(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take_and_want(fd);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	assert_not_hung_up(&producer);
	assert_not_hung_up(&consumer);
	leave_role(&consumer);
	assert_hung_up(&producer);
	assert_hung_up(&producer);
	leave_role(&producer);
	/* The other way round: who was there first misses, too. */
	consumer = take(fd, MMAPDEMO_CONSUMER);
	assert_not_hung_up(&consumer);
	producer = take(fd, MMAPDEMO_PRODUCER);
	leave_role(&producer);
	assert_hung_up(&consumer);
	leave_role(&consumer);
	close(fd);
}

static void a_newcomer_misses_nobody(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take_and_want(fd);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	leave_role(&consumer);
	leave_role(&producer);
	producer = take_and_want(fd);
	assert_not_hung_up(&producer);
	leave_role(&producer);
	consumer = take(fd, MMAPDEMO_CONSUMER);
	assert_not_hung_up(&consumer);
	leave_role(&consumer);
	close(fd);
}

static void messages_that_are_left_are_still_received(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	publish_text(&producer, "first");
	publish_text(&producer, "last");
	leave_role(&producer);
	assert_int_equal(wait_until(consumer.fd, 0), 0);
	take_text(&consumer, "first");
	assert_int_equal(wait_until(consumer.fd, 0), 0);
	take_text(&consumer, "last");
	assert_hung_up(&consumer);
	leave_role(&consumer);
	close(fd);
}

/* It came too late to meet the producer, but not its messages. */
static void who_was_left_messages_misses_their_sender(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer;

	publish_text(&producer, "will");
	leave_role(&producer);
	consumer = take(fd, MMAPDEMO_CONSUMER);
	assert_int_equal(wait_until(consumer.fd, 0), 0);
	take_text(&consumer, "will");
	assert_hung_up(&consumer);
	leave_role(&consumer);
	close(fd);
}

static void a_successor_ends_the_hang_up(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take_and_want(fd);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	for (int i = 0; i < 3; i++) {
		leave_role(&consumer);
		assert_hung_up(&producer);
		consumer = take(fd, MMAPDEMO_CONSUMER);
		assert_not_hung_up(&producer);
		leave_role(&producer);
		assert_hung_up(&consumer);
		producer = take_and_want(fd);
		assert_not_hung_up(&consumer);
	}
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

static void a_call_is_a_successor_too(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	leave_role(&producer);
	assert_hung_up(&consumer);
	send_text(fd, "by write");
	assert_int_equal(wait_until(consumer.fd, 0), 0);
	take_text(&consumer, "by write");
	assert_not_hung_up(&consumer);
	leave_role(&consumer);
	close(fd);
}

/* Else the one that is left, and awake, would never be told. */
static void the_flag_of_who_has_gone_is_set_and_stays(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	assert_int_equal(producer.consumer->sleeping, 0);
	leave_role(&consumer);
	for (int i = 0; i < 3; i++) {
		assert_int_not_equal(producer.consumer->sleeping, 0);
		assert_false(publish_text(&producer, "to nobody"));
	}
	consumer = take(fd, MMAPDEMO_CONSUMER);
	assert_int_equal(wake_peer(producer.fd), 0);
	leave_role(&producer);
	for (int i = 0; i < 3; i++) {
		assert_int_not_equal(consumer.producer->sleeping, 0);
		assert_false(take_text(&consumer, "to nobody"));
	}
	leave_role(&consumer);
	close(fd);
}

static void await_end_of_messages(struct side *side)
{
	int result;

	do
		result = wait_until(side->fd, MMAPDEMO_WAIT_FOREVER);
	while (result == 0);
	assert_int_equal(errno, EPIPE);
}

static void await_hang_up(struct side *side)
{
	side->producer->wanted = (uint32_t)RING + 8;
	await_end_of_messages(side);
}

static void a_sleeper_is_told(void **state)
{
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);
	pid_t pid = start_peer(fd, MMAPDEMO_CONSUMER, await_end_of_messages);

	until_asleep(pid);
	leave_role(&side);
	assert_int_equal(end_child(pid), 0);

	side = take(fd, MMAPDEMO_CONSUMER);
	pid = start_peer(fd, MMAPDEMO_PRODUCER, await_hang_up);
	until_asleep(pid);
	leave_role(&side);
	assert_int_equal(end_child(pid), 0);
	close(fd);
}

static void a_sleeper_is_told_of_a_death(void **state)
{
	int fd = create_channel(node(state), "");
	pid_t victim = start_peer(fd, MMAPDEMO_PRODUCER, stay_there);
	pid_t pid = start_peer(fd, MMAPDEMO_CONSUMER, await_end_of_messages);

	until_asleep(pid);
	kill_child(victim);
	assert_int_equal(end_child(pid), 0);

	victim = start_peer(fd, MMAPDEMO_CONSUMER, stay_there);
	pid = start_peer(fd, MMAPDEMO_PRODUCER, await_hang_up);
	until_asleep(pid);
	kill_child(victim);
	assert_int_equal(end_child(pid), 0);
	close(fd);
}

static void a_sleeper_is_told_by_the_last_map(void **state)
{
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);
	pid_t pid = start_peer(fd, MMAPDEMO_CONSUMER, await_end_of_messages);

	close(side.fd);
	until_asleep(pid);
	unmap_side(&side);
	assert_int_equal(end_child(pid), 0);
	close(fd);
}

/* It may still write. */
static void who_closed_and_keeps_a_map_has_not_hung_up(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	close(producer.fd);
	assert_not_hung_up(&consumer);
	publish_silently(&producer, "closed", 6);
	assert_int_equal(wait_until(consumer.fd, 0), 0);
	take_text(&consumer, "closed");
	assert_not_hung_up(&consumer);
	unmap_side(&producer);
	assert_hung_up(&consumer);
	leave_role(&consumer);
	close(fd);
}

static void a_reader_has_no_part_in_it(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	int reader = open_again(fd, O_RDONLY);
	struct side viewer = map_side(reader, 0);

	close(reader);
	unmap_side(&viewer);
	assert_int_equal(wake_peer(producer.fd), 0);
	leave_role(&producer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_never_came_is_not_missed),
		TEST(who_came_and_went_is_missed),
		TEST(a_newcomer_misses_nobody),
		TEST(messages_that_are_left_are_still_received),
		TEST(who_was_left_messages_misses_their_sender),
		TEST(a_successor_ends_the_hang_up),
		TEST(a_call_is_a_successor_too),
		TEST(the_flag_of_who_has_gone_is_set_and_stays),
		TEST(a_sleeper_is_told),
		TEST(a_sleeper_is_told_of_a_death),
		TEST(a_sleeper_is_told_by_the_last_map),
		TEST(who_closed_and_keeps_a_map_has_not_hung_up),
		TEST(a_reader_has_no_part_in_it),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
