// SPDX-License-Identifier: BSD-2-Clause
/*
 * Channels with both sides busy: no message is lost or seen twice, and no wake-up
 * missed, however the sides meet.
 */
#include "channel.h"

/* Long enough for some rounds of the ring, of messages of any length. */
#define MESSAGES 4000

static size_t length_of(uint32_t number)
{
	return 4 + number * 2654435761U % (number % 16 ? 50 : 3000);
}

/* It begins with its number, and its last byte tells of it, too. */
static void fill_message(unsigned char *message, uint32_t number)
{
	memset(message, (unsigned char)number, length_of(number));
	memcpy(message, &number, sizeof(number));
}

static void assert_message(const unsigned char *message, size_t length, uint32_t number)
{
	uint32_t found;

	memcpy(&found, message, sizeof(found));
	assert_int_equal(found, number);
	assert_int_equal(length, length_of(number));
	assert_all(message + sizeof(number), (unsigned char)number, length - sizeof(number));
}

static void wait_for_peer(const struct side *side)
{
	assert_int_equal(wait_until(side->fd, MMAPDEMO_WAIT_FOREVER), 0);
}

static void produce(struct side *side)
{
	static unsigned char message[4096];

	for (uint32_t i = 0; i < MESSAGES; i++) {
		size_t length = length_of(i);

		fill_message(message, i);
		while (!has_room(side, length)) {
			side->producer->wanted = (uint32_t)record_size(length) + 8;
			wait_for_peer(side);
		}
		publish_silently(side, message, length);
		side->producer->head = side->position;
		wake_if_asleep(side, &side->consumer->sleeping);
	}
}

/* How a consumer waits for a message. */
static void consume_by(struct side *side, void (*wait_for_message)(const struct side *))
{
	for (uint32_t i = 0; i < MESSAGES; i++) {
		while (peek(side) < 0)
			wait_for_message(side);
		assert_message((unsigned char *)(record_at(side, side->position) + 1),
			       (size_t)peek(side), i);
		side->position += record_size((size_t)peek(side));
		free_taken(side);
		wake_if_asleep(side, &side->producer->sleeping);
	}
}

static void consume(struct side *side)
{
	consume_by(side, wait_for_peer);
}

static void poll_for_message(const struct side *side)
{
	assert_true(polled(side->fd, -1) & POLLIN);
}

static void consume_with_poll(struct side *side)
{
	consume_by(side, poll_for_message);
}

static void produce_by_write(void *arg)
{
	static unsigned char message[4096];

	for (uint32_t i = 0; i < MESSAGES; i++) {
		fill_message(message, i);
		assert_int_equal(write(*(int *)arg, message, length_of(i)), length_of(i));
	}
}

static void consume_by_read(void *arg)
{
	static unsigned char message[4096];

	for (uint32_t i = 0; i < MESSAGES; i++)
		assert_message(message, (size_t)read(*(int *)arg, message, sizeof(message)), i);
}

static void mapped_peers_miss_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	pid_t consumer = start_peer(fd, MMAPDEMO_CONSUMER, consume);
	pid_t producer = start_peer(fd, MMAPDEMO_PRODUCER, produce);

	assert_int_equal(end_child(producer), 0);
	assert_int_equal(end_child(consumer), 0);
	close(fd);
}

static void poll_misses_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	pid_t consumer = start_peer(fd, MMAPDEMO_CONSUMER, consume_with_poll);
	pid_t producer = start_peer(fd, MMAPDEMO_PRODUCER, produce);

	assert_int_equal(end_child(producer), 0);
	assert_int_equal(end_child(consumer), 0);
	close(fd);
}

static void calls_miss_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);
	pid_t consumer = start_child(consume_by_read, &reader);
	pid_t producer = start_child(produce_by_write, &writer);

	assert_int_equal(end_child(producer), 0);
	assert_int_equal(end_child(consumer), 0);
	close(reader);
	close(writer);
	close(fd);
}

static void a_call_and_a_map_miss_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	int reader = open_again(fd, O_RDONLY);
	pid_t consumer = start_child(consume_by_read, &reader);
	pid_t producer = start_peer(fd, MMAPDEMO_PRODUCER, produce);

	assert_int_equal(end_child(producer), 0);
	assert_int_equal(end_child(consumer), 0);
	close(reader);
	close(fd);
	fd = create_channel(node(state), "");
	consumer = start_peer(fd, MMAPDEMO_CONSUMER, consume);
	producer = start_child(produce_by_write, &fd);
	assert_int_equal(end_child(producer), 0);
	assert_int_equal(end_child(consumer), 0);
	close(fd);
}

#define ROUNDS 1500

/* One message there, one back: each side sleeps for each. */
struct table {
	int there;
	int back;
};

static void answer_pings(void *arg)
{
	const struct table *t = arg;
	struct side in = take(t->there, MMAPDEMO_CONSUMER);
	struct side out = take(t->back, MMAPDEMO_PRODUCER);

	for (int i = 0; i < ROUNDS; i++) {
		while (peek(&in) < 0)
			wait_for_peer(&in);
		take_text(&in, "ping");
		publish_text(&out, "pong");
	}
}

static void no_wake_up_of_a_ping_pong_is_lost(void **state)
{
	struct table t = { create_channel(node(state), ""), create_channel(node(state), "") };
	struct side out = take(t.there, MMAPDEMO_PRODUCER);
	struct side in = take(t.back, MMAPDEMO_CONSUMER);
	pid_t pid = start_child(answer_pings, &t);

	for (int i = 0; i < ROUNDS; i++) {
		publish_text(&out, "ping");
		while (peek(&in) < 0)
			wait_for_peer(&in);
		take_text(&in, "pong");
	}
	assert_int_equal(end_child(pid), 0);
	leave_role(&in);
	leave_role(&out);
	close(t.back);
	close(t.there);
}

#define CROWD 6

static void use_shortly(struct side *side, int role, int fd)
{
	if (random() % 2) {
		struct side maps = map_side(side->fd, role);

		if (role == MMAPDEMO_PRODUCER)
			publish_text(&maps, "x");
		if (random() % 2) {
			close(side->fd);
			side->fd = open_again(fd, O_RDWR);
		}
		wait_until(side->fd, now() + SECOND / 1000);
		unmap_side(&maps);
	}
	wake_peer(side->fd);
}

/* Joins, maps, publishes, leaves and looks on, forever. */
static void come_and_go(void *arg)
{
	int fd = *(int *)arg;

	srandom((unsigned int)getpid());
	for (;;) {
		int role = 1 + (int)(random() % 2);
		struct side side = { .fd = open_again(fd, O_RDWR) };
		char byte[8];

		set_nonblocking(side.fd, true);
		if (random() % 4 == 0)
			(void)!write(side.fd, "y", 1);
		else if (random() % 4 == 0)
			(void)!read(side.fd, byte, sizeof(byte));
		else if (join_as(side.fd, (unsigned long)role) == 0)
			use_shortly(&side, role, fd);
		polled(side.fd, 0);
		close(side.fd);
	}
}

static void a_crowd_leaves_nothing_behind(void **state)
{
	int fd = create_channel(node(state), "");
	pid_t pids[CROWD];

	for (int i = 0; i < CROWD; i++)
		pids[i] = start_child(come_and_go, &fd);
	for (int i = 0; i < 100; i++) {
		int j = i % CROWD;

		usleep(20000);
		assert_alive(pids[j]);
		kill_child(pids[j]);
		pids[j] = start_child(come_and_go, &fd);
	}
	for (int i = 0; i < CROWD; i++)
		kill_child(pids[i]);
	assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL);
	assert_int_equal(info(fd).opens, 1);
	assert_int_equal(info(fd).maps, 0);
	for (unsigned long role = MMAPDEMO_PRODUCER; role <= MMAPDEMO_CONSUMER; role++) {
		int own = open_again(fd, O_RDWR);

		assert_int_equal(join_as(own, role), 0);
		close(own);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mapped_peers_miss_nothing),
		TEST(poll_misses_nothing),
		TEST(calls_miss_nothing),
		TEST(a_call_and_a_map_miss_nothing),
		TEST(no_wake_up_of_a_ping_pong_is_lost),
		TEST(a_crowd_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
