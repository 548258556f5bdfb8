// SPDX-License-Identifier: BSD-2-Clause
/*
 * read(2) and write(2) of a channel: one message each, whole and in order, or an
 * error and nothing lost. Who waits for whom is in channel-block.c.
 */
#include "channel.h"

static unsigned char out[RING], in[RING];

/* The bytes of a message follow from its number. */
static void send_number(int fd, uint32_t number, size_t length)
{
	for (size_t i = 0; i < length; i++)
		out[i] = (unsigned char)(number * 31 + i * 7 + i / 256) | 0x80;
	assert_int_equal(write(fd, out, length), length);
}

static void expect_number(int fd, uint32_t number, size_t length)
{
	for (size_t i = 0; i < length; i++)
		out[i] = (unsigned char)(number * 31 + i * 7 + i / 256) | 0x80;
	memset(in, POISON, sizeof(in));
	assert_int_equal(read(fd, in, sizeof(in)), length);
	assert_memory_equal(in, out, length);
	assert_all(in + length, POISON, 64);
}

static void each_call_is_one_message(void **state)
{
	struct ends e = make_ends(state);

	send_text(e.writer, "one");
	send_text(e.writer, "two, longer");
	send_text(e.writer, "3");
	expect_text(e.reader, "one");
	expect_text(e.reader, "two, longer");
	expect_text(e.reader, "3");
	assert_fails(read(e.reader, in, 1), EAGAIN);
	close_ends(&e);
}

static void a_message_has_any_length(void **state)
{
	static const size_t lengths[] = { 1,	4,    7,	8,	     9,		  55,
					  56,	57,   63,	64,	     65,	  PAGE - 8,
					  PAGE, 5000, RING / 4, LONGEST - 8, LONGEST - 1, LONGEST };
	struct ends e = make_ends(state);

	for (uint32_t i = 0; i < 5 * sizeof(lengths) / sizeof(*lengths); i++) {
		send_number(e.writer, i, lengths[i / 5]);
		expect_number(e.reader, i, lengths[i / 5]);
		assert_fails(read(e.reader, in, 1), EAGAIN);
	}
	close_ends(&e);
}

/* To be told from a hang-up by poll(2) only. */
static void an_empty_message_is_read_as_nothing(void **state)
{
	struct ends e = make_ends(state);
	struct side producer = take(e.fd, MMAPDEMO_PRODUCER);

	publish_text(&producer, "");
	publish_text(&producer, "after it");
	assert_int_equal(read(e.reader, in, 1), 0);
	expect_text(e.reader, "after it");
	leave_role(&producer);
	close_ends(&e);
}

static void nothing_is_no_message(void **state)
{
	struct ends e = make_ends(state);

	assert_int_equal(write(e.writer, "", 0), 0);
	assert_int_equal(read(e.reader, in, 0), 0);
	assert_int_equal(info(e.fd).channel, MMAPDEMO_CHANNEL);
	assert_fails(read(e.reader, in, 1), EAGAIN);
	send_text(e.writer, "x");
	assert_int_equal(read(e.reader, in, 0), 0);
	expect_text(e.reader, "x");
	close_ends(&e);
}

static void a_message_beyond_half_the_ring_is_EMSGSIZE(void **state)
{
	static const size_t lengths[] = { LONGEST + 1, LONGEST + 2, RING - 8, RING };
	struct ends e = make_ends(state);

	send_text(e.writer, "before");
	for (int i = 0; i < 4; i++)
		assert_fails(write(e.writer, out, lengths[i]), EMSGSIZE);
	send_text(e.writer, "after");
	expect_text(e.reader, "before");
	expect_text(e.reader, "after");
	assert_fails(read(e.reader, in, 1), EAGAIN);
	close_ends(&e);
}

static void a_buffer_that_is_too_short_is_EMSGSIZE(void **state)
{
	struct ends e = make_ends(state);

	for (uint32_t i = 0; i < 50; i++) {
		size_t length = 2 + i * 97;

		send_number(e.writer, i, length);
		memset(in, POISON, sizeof(in));
		assert_fails(read(e.reader, in, length - 1), EMSGSIZE);
		assert_all(in, POISON, length);
		expect_number(e.reader, i, length);
		send_number(e.writer, i, length);
		assert_int_equal(read(e.reader, in, length), length);
		assert_fails(read(e.reader, in, sizeof(in)), EAGAIN);
	}
	close_ends(&e);
}

static void a_full_ring_is_EAGAIN_and_loses_nothing(void **state)
{
	struct ends e = make_ends(state);
	uint32_t sent, received = 0;

	for (sent = 0; write(e.writer, &sent, sizeof(sent)) == sizeof(sent); sent++)
		;
	assert_int_equal(errno, EAGAIN);
	/* Each takes 16 bytes, and 8 are never used: all but one place. */
	assert_int_equal(sent, RING / 16 - 1);
	assert_fails(write(e.writer, &sent, sizeof(sent)), EAGAIN);
	while (read(e.reader, in, sizeof(in)) == sizeof(received)) {
		assert_memory_equal(in, &received, sizeof(received));
		received++;
	}
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(received, sent);
	send_text(e.writer, "there is room");
	expect_text(e.reader, "there is room");
	close_ends(&e);
}

/* Whatever lies in the ring from the rounds before, only messages are received. */
static void random_messages_arrive_in_order(void **state)
{
	static const uint32_t flags[] = { MMAPDEMO_CREATE_CHANNEL,
					  MMAPDEMO_CREATE_CHANNEL | MMAPDEMO_CREATE_LINES };

	for (int i = 0; i < 2; i++) {
		struct ends e = make_ends_as(state, flags[i]);
		size_t lengths[16];
		uint32_t sent = 0, received = 0;

		srandom(1);
		while (received < 3000) {
			while (sent - received < 16 && random() % 4) {
				lengths[sent % 16] =
					1 + (size_t)random() % (random() % 8 ? 200 : 4000);
				send_number(e.writer, sent, lengths[sent % 16]);
				sent++;
			}
			while (received < sent && random() % 4) {
				expect_number(e.reader, received, lengths[received % 16]);
				received++;
			}
			if (received == sent)
				assert_fails(read(e.reader, in, 1), EAGAIN);
		}
		close_ends(&e);
	}
}

/* It is copied in pieces, and wraps inside one. */
static void a_message_of_megabytes_arrives_whole(void **state)
{
	const size_t length = 3 * 1024 * 1024 + 7;
	int fd = create_ring(node(state), "", 8 * 1024 * 1024, MMAPDEMO_CREATE_CHANNEL);
	int reader = open_again(fd, O_RDWR);
	unsigned char *sent = malloc(length), *got = malloc(length);

	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < length; i++)
			sent[i] = (unsigned char)(i / 4096 + i % 251 + (size_t)round);
		memset(got, POISON, length);
		assert_int_equal(write(fd, sent, length), length);
		assert_int_equal(read(reader, got, length), length);
		assert_memory_equal(got, sent, length);
	}
	free(sent);
	free(got);
	close(reader);
	close(fd);
}

static void a_record_is_as_the_rules_say(void **state)
{
	static const uint32_t flags[] = { MMAPDEMO_CREATE_CHANNEL,
					  MMAPDEMO_CREATE_CHANNEL | MMAPDEMO_CREATE_LINES };

	for (int i = 0; i < 2; i++) {
		struct ends e = make_ends_as(state, flags[i]);
		struct side viewer = map_side(e.fd, 0);
		size_t next = i ? 64 : 24;

		send_text(e.writer, "hello there");
		assert_int_equal(record_at(&viewer, 0)->header, 12);
		assert_int_equal(record_at(&viewer, 0)->spare, 0);
		assert_memory_equal(viewer.data + 8, "hello there", 11);
		assert_int_equal(record_at(&viewer, next)->header, 0);
		send_text(e.writer, "x");
		assert_int_equal(record_at(&viewer, next)->header, 2);
		assert_int_equal(viewer.producer->head, i ? 128 : 40);
		expect_text(e.reader, "hello there");
		assert_int_equal(viewer.consumer->taken, next);
		assert_int_equal(viewer.producer->messages, 2);
		assert_int_equal(viewer.producer->bytes, 12);
		assert_int_equal(viewer.consumer->messages, 1);
		assert_int_equal(viewer.consumer->bytes, 11);
		assert_int_equal(viewer.consumer->errors, 0);
		unmap_side(&viewer);
		close_ends(&e);
	}
}

static void write_speaks_to_a_mapped_consumer(void **state)
{
	int fd = create_channel(node(state), "");
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	char text[40];

	set_nonblocking(fd, true);
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "%*d", 1 + i % 37, i);
		send_text(fd, text);
		take_text(&consumer, text);
		assert_int_equal(peek(&consumer), -1);
	}
	assert_true(consumer.position > RING);
	leave_role(&consumer);
	close(fd);
}

static void read_hears_a_mapped_producer(void **state)
{
	int fd = create_channel(node(state), "");
	int reader = open_again(fd, O_RDONLY);
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	char text[40];

	set_nonblocking(reader, true);
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "%*d", 1 + i % 37, i);
		assert_true(has_room(&producer, strlen(text)));
		publish_text(&producer, text);
		expect_text(reader, text);
		assert_fails(read(reader, in, 1), EAGAIN);
		assert_int_equal(producer.consumer->taken, producer.position);
		assert_int_equal(producer.consumer->freed, producer.position);
	}
	assert_true(producer.position > RING);
	leave_role(&producer);
	close(reader);
	close(fd);
}

/* At least each eighth of the ring, and never what is not taken. */
static void freed_follows_taken(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);
	struct side viewer = map_side(fd, 0);
	uint64_t taken = 0;

	set_nonblocking(writer, true);
	for (int round = 0; round < 3; round++) {
		int sent;

		for (sent = 0; write(writer, out, 1000) == 1000; sent++)
			;
		assert_int_equal(errno, EAGAIN);
		for (; sent; sent--) {
			assert_int_equal(read(reader, in, 1000), 1000);
			taken += 1008;
			assert_int_equal(viewer.consumer->taken, taken);
			assert_true(viewer.consumer->freed <= taken);
			assert_true(taken - viewer.consumer->freed <= RING / 8);
		}
	}
	unmap_side(&viewer);
	close(reader);
	close(writer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_call_is_one_message),
		TEST(a_message_has_any_length),
		TEST(an_empty_message_is_read_as_nothing),
		TEST(nothing_is_no_message),
		TEST(a_message_beyond_half_the_ring_is_EMSGSIZE),
		TEST(a_buffer_that_is_too_short_is_EMSGSIZE),
		TEST(a_full_ring_is_EAGAIN_and_loses_nothing),
		TEST(random_messages_arrive_in_order),
		TEST(a_message_of_megabytes_arrives_whole),
		TEST(a_record_is_as_the_rules_say),
		TEST(write_speaks_to_a_mapped_consumer),
		TEST(read_hears_a_mapped_producer),
		TEST(freed_follows_taken),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
