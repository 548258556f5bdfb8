// SPDX-License-Identifier: BSD-2-Clause
/* The engines that take messages: echo and sink. */
#include "engine.h"

#define LARGE (4UL * MMAPDEMO_ENGINE_MESSAGE_MAX)

static unsigned char message[LARGE], found[LARGE];

/* Bytes that tell their place in a message and which message it is. */
static void make_message(size_t length, unsigned int number)
{
	for (size_t i = 0; i < length; i++)
		message[i] = (unsigned char)(number + i * 7 + (i >> 8));
}

static void send_message(int writer, size_t length, unsigned int number)
{
	make_message(length, number);
	assert_int_equal(write(writer, message, length), length);
}

static void expect_message(int reader, size_t length, unsigned int number)
{
	make_message(length, number);
	memset(found, POISON, sizeof(found));
	assert_int_equal(read(reader, found, sizeof(found)), length);
	assert_memory_equal(found, message, length);
}

/* Two channels with an echo between them, and an end of each. */
struct echo {
	int in, out, engine, writer, reader;
};

static struct echo make_echo(int fd, uint64_t size, uint32_t flags)
{
	struct echo e;

	e.in = create_ring(fd, "", size, flags);
	e.out = create_ring(fd, "", size, flags);
	assert_true(e.in >= 0 && e.out >= 0);
	e.writer = open_again(e.in, O_RDWR);
	e.reader = open_again(e.out, O_RDONLY);
	e.engine = start_engine(fd, "echo", e.in, e.out);
	return e;
}

static void end_echo(struct echo *e)
{
	stop_engine(e->engine);
	close(e->reader);
	close(e->writer);
	close(e->out);
	close(e->in);
}

static const size_t sizes[] = { 1,    7,     8,	    9,	   4087,  4088,	 4089,	4096, 4097,
				8192, 32767, 32768, 32769, 65528, 65529, 65535, 65536 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void echo_all_sizes(int fd, uint32_t flags)
{
	struct echo e = make_echo(fd, LARGE, flags);
	uint64_t bytes = 0;
	unsigned int n = 0;

	/* An odd number of words each time, so that the ring's end falls everywhere. */
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < SIZES; i++, n++) {
			send_message(e.writer, sizes[i], n);
			expect_message(e.reader, sizes[i], n);
			bytes += sizes[i];
		}
	}
	until_received(e.engine, n);
	assert_int_equal(engine_info(e.engine).received, n);
	assert_int_equal(engine_info(e.engine).received_bytes, bytes);
	assert_int_equal(engine_info(e.engine).sent, n);
	assert_int_equal(engine_info(e.engine).sent_bytes, bytes);
	assert_int_equal(engine_info(e.engine).refused, 0);
	assert_int_equal(engine_info(e.engine).dropped, 0);
	end_echo(&e);
}

static void echo_sends_messages_of_all_sizes_back(void **state)
{
	echo_all_sizes(node(state), MMAPDEMO_CREATE_CHANNEL);
}

static void echo_does_so_in_lines(void **state)
{
	echo_all_sizes(node(state), MMAPDEMO_CREATE_CHANNEL | MMAPDEMO_CREATE_LINES);
}

/* Small steps over the ring's end: header and message are cut at each word. */
static void echo_crosses_the_end_of_the_ring_anywhere(void **state)
{
	struct echo e = make_echo(node(state), RING, MMAPDEMO_CREATE_CHANNEL);

	for (unsigned int n = 0; n < 3000; n++) {
		send_message(e.writer, n % 100 + 1, n);
		expect_message(e.reader, n % 100 + 1, n);
	}
	end_echo(&e);
}

/* write(2) of nothing sends nothing, but the ring has empty messages. */
static void echo_sends_an_empty_message_back(void **state)
{
	struct echo e = make_echo(node(state), RING, MMAPDEMO_CREATE_CHANNEL);
	struct side producer = take(e.in, MMAPDEMO_PRODUCER);
	struct side consumer = take(e.out, MMAPDEMO_CONSUMER);

	assert_true(publish_text(&producer, ""));
	assert_true(publish_text(&producer, "more"));
	assert_int_equal(wait_until(consumer.fd, MMAPDEMO_WAIT_FOREVER), 0);
	assert_true(take_text(&consumer, ""));
	while (peek(&consumer) < 0)
		assert_int_equal(wait_until(consumer.fd, MMAPDEMO_WAIT_FOREVER), 0);
	assert_true(take_text(&consumer, "more"));
	until_received(e.engine, 2);
	assert_int_equal(engine_info(e.engine).sent, 2);
	assert_int_equal(engine_info(e.engine).sent_bytes, 4);
	leave_role(&producer);
	leave_role(&consumer);
	end_echo(&e);
}

static void a_message_that_is_too_long_is_refused_and_counted(void **state)
{
	struct echo e = make_echo(node(state), LARGE, MMAPDEMO_CREATE_CHANNEL);

	send_message(e.writer, MMAPDEMO_ENGINE_MESSAGE_MAX + 1, 1);
	send_message(e.writer, LARGE / 2, 2);
	send_message(e.writer, MMAPDEMO_ENGINE_MESSAGE_MAX, 3);
	expect_message(e.reader, MMAPDEMO_ENGINE_MESSAGE_MAX, 3);
	until_received(e.engine, 1);
	assert_int_equal(engine_info(e.engine).refused, 2);
	assert_int_equal(engine_info(e.engine).received, 1);
	assert_int_equal(engine_info(e.engine).received_bytes, MMAPDEMO_ENGINE_MESSAGE_MAX);
	assert_int_equal(engine_info(e.engine).sent, 1);
	assert_running(e.engine);
	end_echo(&e);
}

static void an_answer_that_has_no_place_ends_it(void **state)
{
	int in = create_large(node(state), LARGE);
	int out = create_channel(node(state), "");
	int writer = open_again(in, O_RDWR);
	int engine = start_engine(in, "echo", in, out);

	send_message(writer, LONGEST, 1);
	expect_message(out, LONGEST, 1);
	send_message(writer, LONGEST + 1, 2);
	assert_int_equal(end_of(engine), EMSGSIZE);
	assert_int_equal(engine_info(engine).received, 1);
	stop_engine(engine);
	close(writer);
	close(in);
	close(out);
}

/* Numbers, until both rings are full and the echo waits for room. */
static uint64_t send_all_there_is_room_for(struct echo *e)
{
	struct mmapdemo_producer_page *page = map_producer_page(e->out);
	uint64_t numbers[100] = { 0 };

	set_nonblocking(e->writer, true);
	for (;;) {
		/* First: before it sleeps, the echo says how much room there is. */
		bool asleep = load_word(&page->sleeping);

		if (write(e->writer, numbers, sizeof(numbers)) == sizeof(numbers)) {
			numbers[0]++;
			continue;
		}
		assert_int_equal(errno, EAGAIN);
		if (asleep)
			break;
		usleep(1000);
	}
	unmap(page, 1);
	return numbers[0];
}

static void echo_waits_for_room_and_loses_nothing(void **state)
{
	struct echo e = make_echo(node(state), RING, MMAPDEMO_CREATE_CHANNEL);
	uint64_t sent = send_all_there_is_room_for(&e);
	uint64_t numbers[100];

	assert_true(sent > 3 * RING / 2 / sizeof(numbers));
	for (uint64_t i = 0; i < sent; i++) {
		assert_int_equal(read(e.reader, numbers, sizeof(numbers)), sizeof(numbers));
		assert_int_equal(numbers[0], i);
	}
	assert_empty(e.reader);
	assert_int_equal(engine_info(e.engine).dropped, 0);
	end_echo(&e);
}

/* Of RFC 3720, bit by bit. */
static uint32_t crc32c(uint32_t crc, const unsigned char *bytes, size_t length)
{
	crc = ~crc;
	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static void sink_makes_one_checksum_of_all(void **state)
{
	int fd = create_large(node(state), LARGE);
	int writer = open_again(fd, O_RDWR);
	int sink = start_engine(fd, "sink", fd, -1);
	uint64_t bytes = 0;
	uint32_t crc = 0;

	assert_int_equal(crc32c(0, (const unsigned char *)"123456789", 9), 0xe3069283);
	assert_int_equal(engine_info(sink).value, 0);
	for (unsigned int n = 0; n < 3 * SIZES; n++) {
		send_message(writer, sizes[n % SIZES], n);
		crc = crc32c(crc, message, sizes[n % SIZES]);
		bytes += sizes[n % SIZES];
	}
	until_received(sink, 3 * SIZES);
	assert_int_equal(engine_info(sink).value, crc);
	assert_int_equal(engine_info(sink).received_bytes, bytes);
	assert_int_equal(engine_info(sink).sent, 0);
	/* What is refused is in no checksum. */
	send_message(writer, LARGE / 2, 0);
	send_message(writer, 1, 0);
	crc = crc32c(crc, message, 1);
	until_received(sink, 3 * SIZES + 1);
	assert_int_equal(engine_info(sink).value, crc);
	assert_int_equal(engine_info(sink).refused, 1);
	stop_engine(sink);
	close(writer);
	close(fd);
}

/* In the page of the role, where people look. */
static void the_pages_count_what_engines_do(void **state)
{
	struct echo e = make_echo(node(state), RING, MMAPDEMO_CREATE_CHANNEL);
	struct mmapdemo_consumer_page *consumer = map_consumer_page(e.in);
	struct mmapdemo_producer_page *producer = map_producer_page(e.out);

	for (unsigned int n = 0; n < 10; n++) {
		send_message(e.writer, 50, n);
		expect_message(e.reader, 50, n);
	}
	until_received(e.engine, 10);
	while (__atomic_load_n(&consumer->freed, __ATOMIC_ACQUIRE) < 10 * 64)
		usleep(1000);
	assert_int_equal(consumer->messages, 10);
	assert_int_equal(consumer->bytes, 500);
	assert_int_equal(consumer->taken, 10 * 64);
	assert_int_equal(consumer->freed, 10 * 64);
	assert_int_equal(consumer->errors, 0);
	assert_true(consumer->empty >= 1);
	assert_int_equal(producer->messages, 10);
	assert_int_equal(producer->bytes, 500);
	assert_int_equal(producer->head, 10 * 64);
	assert_int_equal(producer->full, 0);
	unmap(consumer, 1);
	unmap(producer, 1);
	end_echo(&e);
}

#define RECORDS 5000

/* source, echo, sink: the rings have room for all. */
static void engines_make_a_chain(void **state)
{
	int first = create_large(node(state), LARGE);
	int second = create_large(node(state), LARGE);
	int sink = start_engine(first, "sink", second, -1);
	int echo = start_engine(first, "echo", first, second);
	int source = start_source(first, first, 1000000, 40, RECORDS);

	assert_int_equal(end_of(source), 0);
	assert_int_equal(end_of(echo), EPIPE);
	assert_int_equal(end_of(sink), EPIPE);
	assert_int_equal(engine_info(source).sent, RECORDS);
	assert_int_equal(engine_info(source).sent_bytes, RECORDS * 40);
	assert_int_equal(engine_info(source).dropped, 0);
	assert_int_equal(engine_info(echo).received, RECORDS);
	assert_int_equal(engine_info(echo).sent, RECORDS);
	assert_int_equal(engine_info(sink).received, RECORDS);
	assert_int_equal(engine_info(sink).received_bytes, RECORDS * 40);
	stop_engine(source);
	stop_engine(echo);
	stop_engine(sink);
	close(first);
	close(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(echo_sends_messages_of_all_sizes_back),
		TEST(echo_does_so_in_lines),
		TEST(echo_crosses_the_end_of_the_ring_anywhere),
		TEST(echo_sends_an_empty_message_back),
		TEST(a_message_that_is_too_long_is_refused_and_counted),
		TEST(an_answer_that_has_no_place_ends_it),
		TEST(echo_waits_for_room_and_loses_nothing),
		TEST(sink_makes_one_checksum_of_all),
		TEST(the_pages_count_what_engines_do),
		TEST(engines_make_a_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
