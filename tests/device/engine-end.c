// SPDX-License-Identifier: BSD-2-Clause
/* How an engine ends: by itself, by a close, with its holder; and what it leaves. */
#include "engine.h"

static void sink_ends_when_its_producer_has_gone(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = start_engine(fd, "sink", fd, -1);
	int writer = open_again(fd, O_RDWR);

	assert_running(sink);
	for (int i = 0; i < 100; i++)
		send_text(writer, "before it goes");
	close(writer);
	assert_int_equal(end_of(sink), EPIPE);
	assert_int_equal(engine_info(sink).received, 100);
	/* Its role is free, though its descriptor is there. */
	assert_int_equal(join_as(fd, MMAPDEMO_CONSUMER), 0);
	stop_engine(sink);
	close(fd);
}

/* It has no 0, so there is always one more. */
static void a_ring_without_an_end_ends_it_when_its_producer_has_gone(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	int sink;

	fill_without_end(&producer);
	sink = start_engine(fd, "sink", fd, -1);
	until_received(sink, 5000);
	leave_role(&producer);
	assert_int_equal(end_of(sink), EPROTO);
	stop_engine(sink);
	close(fd);
}

static void echo_ends_with_either_peer(void **state)
{
	for (int i = 0; i < 2; i++) {
		int in = create_channel(node(state), "");
		int out = create_channel(node(state), "");
		int echo = start_engine(in, "echo", in, out);
		int writer = open_again(in, O_RDWR);
		int reader = open_again(out, O_RDONLY);

		send_text(writer, "both have been there");
		expect_text(reader, "both have been there");
		assert_running(echo);
		close(i ? reader : writer);
		assert_int_equal(end_of(echo), EPIPE);
		assert_false(has_consumer(in) || has_producer(out));
		close(i ? writer : reader);
		stop_engine(echo);
		close(in);
		close(out);
	}
}

static void an_engine_that_waits_for_a_message_can_be_closed(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	struct mmapdemo_consumer_page *page = map_consumer_page(in);

	for (int i = 0; i < 2; i++) {
		int engine =
			i ? start_engine(in, "echo", in, out) : start_engine(in, "sink", in, -1);

		until_consumer_sleeps(page);
		assert_true(has_consumer(in));
		stop_engine(engine);
		assert_false(has_consumer(in) || has_producer(out));
	}
	unmap(page, 1);
	close(in);
	close(out);
}

/* The message that it could not send yet is its successor's. */
static void an_engine_that_waits_for_room_can_be_closed(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	struct mmapdemo_producer_page *page = map_producer_page(out);
	int writer = open_again(in, O_RDWR);
	int echo = start_engine(in, "echo", in, out);
	char message[LONGEST] = "";

	/* Two in the second ring, one that waits, one after it. */
	for (int i = 0; i < 4; i++) {
		message[0] = (char)('a' + i);
		assert_int_equal(write(writer, message, LONGEST - 16), LONGEST - 16);
	}
	while (!load_word(&page->sleeping))
		usleep(1000);
	assert_int_equal(engine_info(echo).sent, 2);
	stop_engine(echo);
	assert_false(has_consumer(in) || has_producer(out));
	echo = start_engine(in, "echo", in, out);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(read(out, message, LONGEST), LONGEST - 16);
		assert_int_equal(message[0], 'a' + i);
	}
	stop_engine(echo);
	unmap(page, 1);
	close(writer);
	close(in);
	close(out);
}

static void a_source_can_be_closed_at_any_time(void **state)
{
	static const uint64_t rates[] = { 1, 1000, 1000000 };
	int fd = create_channel(node(state), "");

	for (int i = 0; i < 30; i++) {
		int source = start_source(fd, fd, rates[i % 3], 16, 0);

		while (i % 2 && !engine_info(source).sent && !engine_info(source).dropped)
			usleep(1000);
		stop_engine(source);
		assert_false(has_producer(fd));
	}
	close(fd);
}

static void hold_engine(void *arg)
{
	const int *fds = arg;

	start_engine(fds[0], "echo", fds[0], fds[1]);
	store_word(*(uint32_t **)(fds + 2), 1);
	for (;;)
		pause();
}

static void a_killed_holder_ends_it(void **state)
{
	struct {
		int fds[2];
		uint32_t *told;
	} arg = { { create_channel(node(state), ""), create_channel(node(state), "") },
		  shared_memory() };
	pid_t pid = start_child(hold_engine, &arg);

	until_told(pid, arg.told);
	assert_true(has_consumer(arg.fds[0]) && has_producer(arg.fds[1]));
	kill_child(pid);
	assert_false(has_consumer(arg.fds[0]) || has_producer(arg.fds[1]));
	unmap(arg.told, 1);
	close(arg.fds[0]);
	close(arg.fds[1]);
}

static void only_the_last_descriptor_ends_it(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = start_engine(fd, "sink", fd, -1);
	int copy = dup(sink);
	int none = 0;

	close(sink);
	assert_int_equal(run_child(do_nothing, &none), 0);
	assert_running(copy);
	assert_true(has_consumer(fd));
	close(copy);
	assert_int_equal(join_runner(sink), -1);
	assert_false(has_consumer(fd));
	close(fd);
}

/* The channel is there as long as its engine is. */
static void an_engine_keeps_its_channels(void **state)
{
	int in = create_channel(node(state), "kept");
	int out = create_channel(node(state), "");
	int echo = start_engine(in, "echo", in, out);
	int writer, reader = open_again(out, O_RDONLY);

	close(out);
	close(in);
	writer = open(NODE "-kept", O_RDWR | O_CLOEXEC);
	assert_int_equal(remove_name(writer), 0);
	send_text(writer, "still there");
	expect_text(reader, "still there");
	close(writer);
	close(reader);
	assert_int_equal(end_of(echo), EPIPE);
	stop_engine(echo);
}

static void a_header_that_is_none_ends_it(void **state)
{
	static const uint32_t headers[] = { LONGEST + 2, RING, 0x80000000, UINT32_MAX };

	for (int i = 0; i < 4; i++) {
		int fd = create_channel(node(state), "");
		struct side producer = take(fd, MMAPDEMO_PRODUCER);
		int sink = start_engine(fd, "sink", fd, -1);

		assert_true(publish_text(&producer, "a good one"));
		until_received(sink, 1);
		store_word(&record_at(&producer, producer.position)->header, headers[i]);
		wake_if_asleep(&producer, &producer.consumer->sleeping);
		assert_int_equal(end_of(sink), EPROTO);
		assert_int_equal(producer.consumer->errors, 1);
		assert_int_equal(engine_info(sink).received, 1);
		assert_false(has_consumer(fd));
		leave_role(&producer);
		stop_engine(sink);
		close(fd);
	}
}

static int start_and_fill(int fd)
{
	int source = start_source(fd, fd, 1000000, 1000, 0);

	while (!engine_info(source).dropped)
		usleep(1000);
	assert_int_equal(engine_info(source).sent, 65);
	return source;
}

static void free_up_to(const struct side *consumer, uint64_t freed)
{
	__atomic_store_n(&consumer->consumer->freed, freed, __ATOMIC_RELAXED);
}

/* The producer looks at @freed when its room ends. */
static void a_freed_that_cannot_be_ends_it(void **state)
{
	const uint64_t wrong[] = { 65 * 1008 + 1, 65 * 1008 + RING, -1ULL, 1ULL << 63, -RING };

	for (int i = 0; i < 5; i++) {
		int fd = create_channel(node(state), "");
		struct side consumer = take(fd, MMAPDEMO_CONSUMER);
		int source = start_and_fill(fd);

		free_up_to(&consumer, wrong[i]);
		assert_int_equal(end_of(source), EPROTO);
		assert_int_equal(engine_info(source).sent, 65);
		assert_false(has_producer(fd));
		leave_role(&consumer);
		stop_engine(source);
		close(fd);
	}
}

static void a_freed_that_goes_back_ends_it(void **state)
{
	int fd = create_channel(node(state), "");
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	int source = start_and_fill(fd);

	free_up_to(&consumer, 1008);
	until_sent(source, 66);
	assert_running(source);
	free_up_to(&consumer, 1007);
	assert_int_equal(end_of(source), EPROTO);
	assert_int_equal(engine_info(source).sent, 66);
	leave_role(&consumer);
	stop_engine(source);
	close(fd);
}

#define NUMBERS 3000U

/* Each number once the last one was taken; again when nobody was there to take it. */
static void send_numbers(void *arg)
{
	int fd = open_again(*(int *)arg, O_RDWR);

	for (uint32_t i = 0; i < NUMBERS;) {
		if (write(fd, &i, sizeof(i)) == sizeof(i))
			i++;
		else
			assert_int_equal(errno, EPIPE);
	}
}

static void receive_numbers(void *arg)
{
	int fd = open_again(*(int *)arg, O_RDWR);
	uint32_t number;

	for (uint32_t i = 0; i < NUMBERS;) {
		ssize_t got = read(fd, &number, sizeof(number));

		if (!got)
			continue;
		assert_int_equal(got, sizeof(number));
		assert_int_equal(number, i);
		i++;
	}
}

/* The next side goes on exactly where it was. */
static void stopped_in_the_middle_it_loses_and_doubles_nothing(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	pid_t receiver = start_child(receive_numbers, &out);
	pid_t sender = start_child(send_numbers, &in);

	while (state_of(receiver) != 'Z') {
		int echo = start_engine(in, "echo", in, out);

		usleep(3000);
		stop_engine(echo);
	}
	assert_int_equal(end_child(receiver), 0);
	assert_int_equal(end_child(sender), 0);
	close(in);
	close(out);
}

#define STARTERS 4
#define STARTS 150

static void start_and_stop(void *arg)
{
	const int *fds = arg;

	for (int i = 0; i < STARTS; i++) {
		int engine;

		if (i % 3 == 2)
			engine = make_any(fds[0], source_args(fds[i % 2], 1000000, 16, 5));
		else
			engine = make_any(fds[0], engine_args(i % 3 ? "echo" : "sink", fds[i % 2],
							      i % 3 ? fds[!(i % 2)] : -1));
		if (engine < 0) {
			assert_int_equal(errno, EBUSY);
			continue;
		}
		start_running(engine);
		if (i % 5 == 0)
			dup2(STDERR_FILENO, engine);
		stop_engine(engine);
	}
}

static void many_start_and_stop_at_once(void **state)
{
	int fds[] = { create_channel(node(state), ""), create_channel(node(state), "") };
	pid_t pids[STARTERS];

	for (int i = 0; i < STARTERS; i++)
		pids[i] = start_child(start_and_stop, fds);
	for (int i = 0; i < STARTERS; i++)
		assert_int_equal(end_child(pids[i]), 0);
	for (int i = 0; i < 2; i++) {
		assert_false(has_consumer(fds[i]) || has_producer(fds[i]));
		close(fds[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sink_ends_when_its_producer_has_gone),
		TEST(a_ring_without_an_end_ends_it_when_its_producer_has_gone),
		TEST(echo_ends_with_either_peer),
		TEST(an_engine_that_waits_for_a_message_can_be_closed),
		TEST(an_engine_that_waits_for_room_can_be_closed),
		TEST(a_source_can_be_closed_at_any_time),
		TEST(a_killed_holder_ends_it),
		TEST(only_the_last_descriptor_ends_it),
		TEST(an_engine_keeps_its_channels),
		TEST(a_header_that_is_none_ends_it),
		TEST(a_freed_that_cannot_be_ends_it),
		TEST(a_freed_that_goes_back_ends_it),
		TEST(stopped_in_the_middle_it_loses_and_doubles_nothing),
		TEST(many_start_and_stop_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
