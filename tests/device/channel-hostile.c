// SPDX-License-Identifier: BSD-2-Clause
/*
 * Peers that write what they like into what they may write. A process that calls the
 * driver is told, or gets garbage; nobody waits forever and nothing breaks.
 */
#include "channel.h"

#include <sched.h>

static unsigned char message[RING];

static void a_length_beyond_half_the_ring_is_EPROTO(void **state)
{
	static const uint32_t headers[] = { LONGEST + 2, LONGEST + 9, RING,    RING + 1,
					    2 * RING,	 1U << 31,    ~0U - 6, ~0U };

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		int fd = create_channel(node(state), "");
		struct side producer = take(fd, MMAPDEMO_PRODUCER);
		int reader = open_again(fd, O_RDONLY);

		publish_text(&producer, "good");
		store_word(&record_at(&producer, 16)->header, headers[i]);
		expect_text(reader, "good");
		assert_int_equal(producer.consumer->errors, 0);
		assert_fails(read(reader, message, sizeof(message)), EPROTO);
		assert_int_equal(producer.consumer->errors, 1);
		/* It is the end of the matter. */
		store_word(&record_at(&producer, 16)->header, 5);
		assert_fails(read(reader, message, sizeof(message)), EPROTO);
		assert_int_equal(producer.consumer->taken, 16);
		leave_role(&producer);
		close(reader);
		close(fd);
	}
}

static void half_the_ring_is_a_message(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);

	publish_silently(&producer, message, LONGEST);
	assert_int_equal(read(fd, message, sizeof(message)), LONGEST);
	leave_role(&producer);
	close(fd);
}

/* Until the driver must look at @freed: with messages that are an eighth. */
static int error_of_writes(int writer)
{
	int i;

	set_nonblocking(writer, true);
	for (i = 0; i < 100 && write(writer, message, RING / 8) > 0; i++)
		;
	assert_true(i < 100);
	return errno;
}

static void freed_past_the_producer_is_EPROTO(void **state)
{
	static const uint64_t beyond[] = { 1, 8, RING, 1ULL << 32, 1ULL << 62 };

	for (int i = 0; i < 5; i++) {
		int fd = create_channel(node(state), "");
		struct side consumer = take(fd, MMAPDEMO_CONSUMER);
		uint64_t head;

		assert_int_equal(error_of_writes(fd), EAGAIN);
		head = consumer.producer->head;
		/* All that there is can be freed, and no byte more. */
		consumer.consumer->freed = head;
		assert_int_equal(error_of_writes(fd), EAGAIN);
		head = consumer.producer->head;
		consumer.consumer->freed = head + beyond[i];
		assert_int_equal(error_of_writes(fd), EPROTO);
		assert_int_equal(consumer.producer->head, head);
		/* It is the end of the matter. */
		consumer.consumer->freed = head;
		assert_int_equal(error_of_writes(fd), EPROTO);
		leave_role(&consumer);
		close(fd);
	}
}

static void freed_that_goes_back_is_EPROTO(void **state)
{
	static const uint64_t back[] = { 8, 1000, RING, 1ULL << 62 };

	for (int i = 0; i < 4; i++) {
		int fd = create_channel(node(state), "");
		struct side consumer = take(fd, MMAPDEMO_CONSUMER);

		assert_int_equal(error_of_writes(fd), EAGAIN);
		consumer.consumer->freed = RING / 8 + 8;
		assert_int_equal(error_of_writes(fd), EAGAIN);
		consumer.consumer->freed -= back[i];
		assert_int_equal(error_of_writes(fd), EPROTO);
		leave_role(&consumer);
		close(fd);
	}
}

/* Lengths that are likely, and any others. */
static uint32_t random_word(void)
{
	switch (random() % 4) {
	case 0:
		return 0;
	case 1:
		return (uint32_t)random() % 100;
	case 2:
		return (uint32_t)random() % (2 * RING);
	default:
		return (uint32_t)random() << 1;
	}
}

static void store_anywhere(void *to, size_t size)
{
	store_word((uint32_t *)to + (size_t)random() % (size / 4), random_word());
}

static void vandalize(struct side *side, int role)
{
	srandom((unsigned int)getpid());
	for (;;) {
		for (int i = 0; i < 50; i++) {
			if (role == MMAPDEMO_PRODUCER) {
				store_anywhere(side->producer, sizeof(*side->producer));
				store_anywhere(side->data, random() % 2 ? RING : PAGE);
			} else {
				store_anywhere(side->consumer, sizeof(*side->consumer));
			}
		}
		wake_peer(side->fd);
		sched_yield();
	}
}

static void vandalize_as_producer(struct side *side)
{
	vandalize(side, MMAPDEMO_PRODUCER);
}

static void vandalize_as_consumer(struct side *side)
{
	vandalize(side, MMAPDEMO_CONSUMER);
}

#define VICTIMS 2
#define CALLS 1000

/* Errors that the peer's memory may be the cause of. */
static void assert_excusable(int error)
{
	assert_true(error == EAGAIN || error == EPROTO || error == EBUSY || error == EMSGSIZE ||
		    error == EPIPE);
}

static void read_garbage(void *arg)
{
	int reader = -1;

	srandom((unsigned int)getpid());
	for (int i = 0; i < CALLS; i++) {
		long length;

		if (reader < 0)
			reader = open_again(*(int *)arg, O_RDONLY);
		set_nonblocking(reader, true);
		polled(reader, 0);
		length = read(reader, message, i % 2 ? sizeof(message) : 1 + (size_t)random() % 99);
		if (length < 0)
			assert_excusable(errno);
		else
			assert_true(length <= (long)LONGEST);
		if (length < 0 && errno != EAGAIN) {
			close(reader);
			reader = -1;
		}
	}
}

static void write_into_garbage(void *arg)
{
	int writer = -1;

	srandom((unsigned int)getpid());
	for (int i = 0; i < CALLS; i++) {
		size_t length = 1 + (size_t)random() % (random() % 4 ? 300 : LONGEST);

		if (writer < 0)
			writer = open_again(*(int *)arg, O_RDWR);
		set_nonblocking(writer, true);
		polled(writer, 0);
		if (write(writer, message, length) == (long)length)
			continue;
		assert_excusable(errno);
		if (errno != EAGAIN) {
			close(writer);
			writer = -1;
		}
	}
}

/* They take turns with the role. */
static void harm(int fd, int role, void (*vandal)(struct side *), void (*victim)(void *))
{
	pid_t pids[VICTIMS];
	pid_t pid = start_peer(fd, role, vandal);

	for (int i = 0; i < VICTIMS; i++)
		pids[i] = start_child(victim, &fd);
	for (int i = 0; i < VICTIMS; i++)
		assert_int_equal(end_child(pids[i]), 0);
	assert_alive(pid);
	kill_child(pid);
	assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL);
	assert_int_equal(info(fd).opens, 1);
	assert_int_equal(info(fd).maps, 0);
}

static void a_hostile_producer_harms_no_read(void **state)
{
	int fd = create_channel(node(state), "");

	harm(fd, MMAPDEMO_PRODUCER, vandalize_as_producer, read_garbage);
	close(fd);
}

static void a_hostile_consumer_harms_no_write(void **state)
{
	int fd = create_channel(node(state), "");

	harm(fd, MMAPDEMO_CONSUMER, vandalize_as_consumer, write_into_garbage);
	close(fd);
}

/* Successors by calls of somebody who has left any garbage. */
static void garbage_that_was_left_harms_nobody(void **state)
{
	int fd = create_channel(node(state), "");

	srandom(1);
	for (int i = 0; i < 300; i++) {
		struct side producer = take(fd, MMAPDEMO_PRODUCER);
		struct side consumer = take(fd, MMAPDEMO_CONSUMER);
		int writer, reader;

		for (int j = 0; j < 300; j++) {
			store_anywhere(producer.producer, sizeof(*producer.producer));
			store_anywhere(producer.data, RING);
			store_anywhere(consumer.consumer, sizeof(*consumer.consumer));
		}
		leave_role(&producer);
		leave_role(&consumer);
		writer = open_again(fd, O_RDWR);
		reader = open_again(fd, O_RDONLY);
		set_nonblocking(writer, true);
		set_nonblocking(reader, true);
		for (int j = 0; j < 5; j++) {
			if (write(writer, message, 100) < 0)
				assert_excusable(errno);
			if (read(reader, message, sizeof(message)) < 0)
				assert_excusable(errno);
		}
		close(reader);
		close(writer);
	}
	close(fd);
}

static void wait_in_garbage(struct side *side)
{
	for (int i = 0; i < CALLS; i++) {
		if (wait_until(side->fd, now() + SECOND / 1000) < 0)
			assert_true(errno == ETIMEDOUT || errno == EPIPE);
		polled(side->fd, 0);
	}
}

static void a_hostile_peer_harms_no_wait(void **state)
{
	int fd = create_channel(node(state), "");

	for (int role = MMAPDEMO_PRODUCER; role <= MMAPDEMO_CONSUMER; role++) {
		pid_t vandal = start_peer(fd, role,
					  role == MMAPDEMO_PRODUCER ? vandalize_as_producer :
								      vandalize_as_consumer);
		pid_t victim = start_peer(fd, 3 - role, wait_in_garbage);

		assert_int_equal(end_child(victim), 0);
		assert_alive(vandal);
		kill_child(vandal);
	}
	assert_int_equal(info(fd).opens, 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_length_beyond_half_the_ring_is_EPROTO),
		TEST(half_the_ring_is_a_message),
		TEST(freed_past_the_producer_is_EPROTO),
		TEST(freed_that_goes_back_is_EPROTO),
		TEST(a_hostile_producer_harms_no_read),
		TEST(a_hostile_consumer_harms_no_write),
		TEST(garbage_that_was_left_harms_nobody),
		TEST(a_hostile_peer_harms_no_wait),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
