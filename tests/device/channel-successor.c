// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who takes a role that somebody had before: it goes on where the other stopped,
 * whatever that left.
 */
#include "channel.h"

static void assert_reads(int fd, const char *texts)
{
	char text[2] = { 0 };
	int reader = open_again(fd, O_RDONLY);

	for (; *texts; texts++) {
		text[0] = *texts;
		expect_text(reader, text);
	}
	close(reader);
}

/* The records of this length are 16 bytes. */
static void publish_letters(struct side *producer, const char *letters)
{
	for (; *letters; letters++)
		publish_silently(producer, letters, 1);
}

static void a_producer_walks_to_the_first_0(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);

	/* It was killed before it said where it was. */
	publish_letters(&producer, "abc");
	assert_int_equal(producer.producer->head, 0);
	leave_role(&producer);
	send_text(fd, "d");
	assert_reads(fd, "abcd");
	close(fd);
}

static void a_producer_starts_at_taken(void **state)
{
	static const uint64_t heads[] = { 0, 16, 48, 64, 80 };

	for (int i = 0; i < 5; i++) {
		int fd = create_channel(node(state), "");
		struct side producer = take(fd, MMAPDEMO_PRODUCER);
		struct side consumer = take(fd, MMAPDEMO_CONSUMER);

		publish_letters(&producer, "abcde");
		producer.producer->head = heads[i];
		consumer.position = 48;
		free_taken(&consumer);
		/* What was taken is no record any more, whatever it looks like. */
		memset(producer.data, i % 2 ? 0xff : 0, 48);
		leave_role(&producer);
		leave_role(&consumer);
		send_text(fd, "f");
		assert_reads(fd, "def");
		close(fd);
	}
}

/* Before @taken, after it, in the middle of a record, where none is yet, or a ring ahead. */
static void no_head_is_believed(void **state)
{
	static const uint64_t heads[] = { 1,	      8,	  24,	     40,	56,
					  RING,	      RING + 16,  RING + 24, RING + 48, 2 * RING,
					  1ULL << 32, 1ULL << 63, ~0ULL };

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		int fd = create_channel(node(state), "");
		struct side producer = take(fd, MMAPDEMO_PRODUCER);
		struct side consumer = take(fd, MMAPDEMO_CONSUMER);

		publish_letters(&producer, "xyz");
		producer.producer->head = heads[i];
		consumer.position = 16;
		free_taken(&consumer);
		leave_role(&producer);
		leave_role(&consumer);
		send_text(fd, "!");
		assert_reads(fd, "yz!");
		close(fd);
	}
}

/* Nothing was sent: a side that believed that would write where nobody looks, or wait forever. */
static void no_head_is_believed_in_an_empty_ring(void **state)
{
	static const uint64_t heads[] = { 8, 16, RING - 8, RING };

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		int fd = create_channel(node(state), "");
		struct side producer = take(fd, MMAPDEMO_PRODUCER);

		producer.producer->head = heads[i];
		leave_role(&producer);
		send_text(fd, "!");
		assert_reads(fd, "!");
		close(fd);
	}
}

static void a_producer_walks_across_the_end(void **state)
{
	static char message[1000];
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	while (producer.position < RING - 100)
		publish_silently(&producer, message, 1);
	consumer.position = producer.position;
	free_taken(&consumer);
	leave_role(&consumer);
	for (int i = 0; i < 20; i++)
		publish_letters(&producer, "a");
	assert_true(producer.position > RING);
	leave_role(&producer);
	send_text(fd, "b");
	assert_reads(fd, "aaaaaaaaaaaaaaaaaaaab");
	close(fd);
}

static void write_one(void *arg)
{
	send_text(*(int *)arg, "x");
}

/* What was not a record is gone. By a child, which can be abandoned if it walks on. */
static void assert_begins_anew(int fd)
{
	int reader = open_again(fd, O_RDONLY);

	assert_int_equal(run_child(write_one, &fd), 0);
	expect_text(reader, "x");
	assert_empty(reader);
	close(reader);
}

static void a_ring_without_a_0_is_walked_once(void **state)
{
	static const uint32_t headers[] = { 1, 2, 9, 1001, LONGEST + 1, LONGEST + 2, ~0U };

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		int fd = create_channel(node(state), "");
		struct side producer = take(fd, MMAPDEMO_PRODUCER);

		for (size_t j = 0; j < RING / 4; j++)
			store_word((uint32_t *)producer.data + j, headers[i]);
		leave_role(&producer);
		assert_begins_anew(fd);
		close(fd);
	}
}

static void a_header_that_is_none_ends_the_walk(void **state)
{
	for (uint32_t header = LONGEST + 2; header; header *= 2) {
		int fd = create_channel(node(state), "");
		struct side producer = take(fd, MMAPDEMO_PRODUCER);

		publish_letters(&producer, "abc");
		store_word(&record_at(&producer, 32)->header, header);
		leave_role(&producer);
		assert_begins_anew(fd);
		close(fd);
	}
}

static void a_consumer_goes_on_at_taken(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	publish_letters(&producer, "abcd");
	/* It has used two, and the third, but was killed before it said so. */
	__atomic_store_n(&consumer.consumer->taken, 32, __ATOMIC_RELEASE);
	leave_role(&consumer);
	assert_reads(fd, "cd");
	assert_int_equal(producer.consumer->taken, 64);
	assert_int_equal(producer.consumer->freed, 64);
	leave_role(&producer);
	close(fd);
}

static void a_consumer_frees_what_was_taken_before(void **state)
{
	int fd = create_channel(node(state), "");
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);
	char found[1000];

	fill_ring(writer);
	__atomic_store_n(&consumer.consumer->taken, 20 * 1008, __ATOMIC_RELEASE);
	leave_role(&consumer);
	assert_int_equal(read(reader, found, sizeof(found)), sizeof(found));
	set_nonblocking(writer, true);
	for (int i = 0; i < 21; i++)
		assert_int_equal(write(writer, found, sizeof(found)), sizeof(found));
	assert_fails(write(writer, found, sizeof(found)), EAGAIN);
	close(reader);
	close(writer);
	close(fd);
}

static void a_mapped_producer_follows_write(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);
	struct side producer;

	for (int i = 0; i < 3; i++) {
		send_text(writer, "by write");
		close(writer);
		producer = take(fd, MMAPDEMO_PRODUCER);
		producer.position = producer.producer->head;
		assert_int_equal(peek(&producer), -1);
		publish_text(&producer, "by a map");
		leave_role(&producer);
		writer = open_again(fd, O_RDWR);
		expect_text(reader, "by write");
		expect_text(reader, "by a map");
	}
	close(reader);
	close(writer);
	close(fd);
}

static void a_mapped_consumer_follows_read(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer;

	for (int i = 0; i < 3; i++) {
		publish_text(&producer, "o");
		publish_text(&producer, "p");
		assert_reads(fd, "o");
		consumer = take(fd, MMAPDEMO_CONSUMER);
		consumer.position = consumer.consumer->taken;
		take_text(&consumer, "p");
		leave_role(&consumer);
	}
	leave_role(&producer);
	close(fd);
}

static void the_counts_are_the_channels(void **state)
{
	int fd = create_channel(node(state), "");
	struct side viewer = map_side(fd, 0);

	for (uint32_t i = 1; i <= 5; i++) {
		int writer = open_again(fd, O_RDWR);

		send_text(writer, "c");
		assert_reads(fd, "c");
		assert_int_equal(viewer.producer->messages, i);
		assert_int_equal(viewer.producer->bytes, i);
		assert_int_equal(viewer.consumer->messages, i);
		assert_int_equal(viewer.consumer->bytes, i);
		close(writer);
	}
	unmap_side(&viewer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_producer_walks_to_the_first_0),
		TEST(a_producer_starts_at_taken),
		TEST(no_head_is_believed),
		TEST(no_head_is_believed_in_an_empty_ring),
		TEST(a_producer_walks_across_the_end),
		TEST(a_ring_without_a_0_is_walked_once),
		TEST(a_header_that_is_none_ends_the_walk),
		TEST(a_consumer_goes_on_at_taken),
		TEST(a_consumer_frees_what_was_taken_before),
		TEST(a_mapped_producer_follows_write),
		TEST(a_mapped_consumer_follows_read),
		TEST(the_counts_are_the_channels),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
