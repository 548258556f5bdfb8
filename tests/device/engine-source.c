// SPDX-License-Identifier: BSD-2-Clause
/* The engine that makes records: which, when, and what becomes of those without room. */
#include "engine.h"

static unsigned char record[MMAPDEMO_ENGINE_MESSAGE_MAX];

/* The next record, of @length; false at a hang-up. */
static bool read_record(int reader, size_t length, struct mmapdemo_source_record *begin)
{
	ssize_t got = read(reader, record, sizeof(record));

	if (got == 0)
		return false;
	assert_int_equal(got, length);
	memcpy(begin, record, sizeof(*begin));
	assert_all(record + sizeof(*begin), 0, length - sizeof(*begin));
	return true;
}

static uint64_t due(uint64_t start, uint64_t sequence, uint64_t rate)
{
	return start + sequence * SECOND / rate;
}

static void get_all(int fd, uint64_t rate, size_t length, uint64_t count)
{
	int channel = create_channel(fd, "");
	int reader = open_again(channel, O_RDONLY);
	uint64_t before = now();
	int source = start_source(fd, channel, rate, length, count);
	struct mmapdemo_source_record got;
	uint64_t start = 0, sequence = 0;

	for (; read_record(reader, length, &got); sequence++) {
		if (!sequence)
			start = got.time;
		assert_int_equal(got.sequence, sequence);
		assert_int_equal(got.time, due(start, sequence, rate));
		assert_in_range(got.time, before, now());
	}
	assert_int_equal(sequence, count);
	assert_int_equal(end_of(source), 0);
	assert_int_equal(engine_info(source).sent, count);
	assert_int_equal(engine_info(source).sent_bytes, count * length);
	assert_int_equal(engine_info(source).dropped, 0);
	assert_int_equal(engine_info(source).received, 0);
	stop_engine(source);
	close(reader);
	close(channel);
}

/* All of them fit into the ring: the reader is fast enough. */
static void each_record_comes_and_was_due_at_an_exact_time(void **state)
{
	get_all(node(state), 1000, 16, 300);
	get_all(node(state), 3, 16, 2);
	get_all(node(state), 7777, 100, 500);
	get_all(node(state), 999999, 24, 1000);
	get_all(node(state), 1000000, 17, 2000);
	get_all(node(state), 50, LONGEST, 1);
}

/* Nobody reads: the first ones stay, the others are dropped. */
static void what_finds_no_room_is_dropped_and_counted(void **state)
{
	int channel = create_channel(node(state), "");
	int source = start_source(channel, channel, 1000000, 1000, 5000);
	struct mmapdemo_source_record got;
	uint64_t sequence = 0;

	assert_int_equal(end_of(source), 0);
	assert_int_equal(engine_info(source).sent, (RING - 8) / 1008);
	assert_int_equal(engine_info(source).dropped, 5000 - (RING - 8) / 1008);
	for (; read_record(channel, 1000, &got); sequence++)
		assert_int_equal(got.sequence, sequence);
	assert_int_equal(sequence, engine_info(source).sent);
	stop_engine(source);
	close(channel);
}

static void a_slow_reader_misses_only_what_was_dropped(void **state)
{
	int channel = create_channel(node(state), "");
	int reader = open_again(channel, O_RDONLY);
	int source = start_source(channel, channel, 100000, 500, 20000);
	struct mmapdemo_source_record got;
	uint64_t received = 0, next = 0, start = 0;

	for (; read_record(reader, 500, &got); received++) {
		if (!received)
			start = got.time;
		assert_true(got.sequence >= next);
		assert_int_equal(got.time, due(start, got.sequence, 100000));
		next = got.sequence + 1;
		if (received % 64 == 0)
			usleep(20000);
	}
	assert_int_equal(end_of(source), 0);
	assert_int_equal(engine_info(source).sent, received);
	assert_true(engine_info(source).dropped > 0);
	assert_int_equal(engine_info(source).sent + engine_info(source).dropped, 20000);
	stop_engine(source);
	close(reader);
	close(channel);
}

static void without_a_count_it_goes_on(void **state)
{
	int channel = create_channel(node(state), "");
	int reader = open_again(channel, O_RDONLY);
	int source = start_source(channel, channel, 100000, 16, 0);
	struct mmapdemo_source_record got;

	for (int i = 0; i < 10000; i++)
		assert_true(read_record(reader, 16, &got));
	assert_running(source);
	stop_engine(source);
	while (read_record(reader, 16, &got))
		;
	assert_false(has_producer(channel));
	close(reader);
	close(channel);
}

static void a_consumer_that_has_gone_ends_it(void **state)
{
	static const uint64_t rates[] = { 2, 100000, 1000000 };

	for (int i = 0; i < 3; i++) {
		int channel = create_channel(node(state), "");
		int source = start_source(channel, channel, rates[i], 16, 0);
		int reader = open_again(channel, O_RDONLY);
		struct mmapdemo_source_record got;

		assert_true(read_record(reader, 16, &got));
		assert_running(source);
		close(reader);
		assert_int_equal(end_of(source), EPIPE);
		assert_false(has_producer(channel));
		assert_int_equal(join_as(channel, MMAPDEMO_PRODUCER), 0);
		stop_engine(source);
		close(channel);
	}
}

/* Nobody was there whom it could miss. */
static void it_does_not_miss_whom_it_has_not_met(void **state)
{
	int channel = create_channel(node(state), "");
	int source = start_source(channel, channel, 100000, 1000, 0);

	while (engine_info(source).dropped < 1000)
		usleep(1000);
	assert_running(source);
	stop_engine(source);
	close(channel);
}

static void a_record_that_has_no_place_ends_it(void **state)
{
	int channel = create_channel(node(state), "");
	int source = start_source(channel, channel, 1, LONGEST + 1, 1);

	assert_int_equal(end_of(source), EMSGSIZE);
	assert_int_equal(engine_info(source).sent + engine_info(source).dropped, 0);
	assert_false(has_producer(channel));
	stop_engine(source);
	close(channel);
}

static void the_longest_record_has_its_place_in_a_larger_ring(void **state)
{
	int channel = create_large(node(state), 4UL * MMAPDEMO_ENGINE_MESSAGE_MAX);
	int source = start_source(channel, channel, 1000, MMAPDEMO_ENGINE_MESSAGE_MAX, 3);
	struct mmapdemo_source_record got;

	for (uint64_t i = 0; i < 3; i++) {
		assert_true(read_record(channel, MMAPDEMO_ENGINE_MESSAGE_MAX, &got));
		assert_int_equal(got.sequence, i);
	}
	assert_false(read_record(channel, MMAPDEMO_ENGINE_MESSAGE_MAX, &got));
	stop_engine(source);
	close(channel);
}

static void more_than_a_GiB_a_second_is_EINVAL(void **state)
{
	int channel = create_large(node(state), 4UL * MMAPDEMO_ENGINE_MESSAGE_MAX);
	uint64_t most = (1UL << 30) / MMAPDEMO_ENGINE_MESSAGE_MAX;

	assert_fails(
		make_any(channel, source_args(channel, most + 1, MMAPDEMO_ENGINE_MESSAGE_MAX, 1)),
		EINVAL);
	assert_fails(make_any(channel, source_args(channel, 1000000, 1074, 1)), EINVAL);
	stop_engine(start_source(channel, channel, most, MMAPDEMO_ENGINE_MESSAGE_MAX, 1));
	stop_engine(start_source(channel, channel, 1000000, 1073, 1));
	close(channel);
}

/* What the first one left comes before what the second one makes. */
static void a_source_goes_on_behind_another(void **state)
{
	int channel = create_channel(node(state), "");
	struct mmapdemo_source_record got;

	for (uint64_t i = 0; i < 5; i++) {
		int source = start_source(channel, channel, 1000000, 20, i + 1);

		assert_int_equal(end_of(source), 0);
		stop_engine(source);
	}
	for (uint64_t i = 0; i < 5; i++) {
		for (uint64_t sequence = 0; sequence <= i; sequence++) {
			assert_true(read_record(channel, 20, &got));
			assert_int_equal(got.sequence, sequence);
		}
	}
	assert_false(read_record(channel, 20, &got));
	close(channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_record_comes_and_was_due_at_an_exact_time),
		TEST(what_finds_no_room_is_dropped_and_counted),
		TEST(a_slow_reader_misses_only_what_was_dropped),
		TEST(without_a_count_it_goes_on),
		TEST(a_consumer_that_has_gone_ends_it),
		TEST(it_does_not_miss_whom_it_has_not_met),
		TEST(a_record_that_has_no_place_ends_it),
		TEST(the_longest_record_has_its_place_in_a_larger_ring),
		TEST(more_than_a_GiB_a_second_is_EINVAL),
		TEST(a_source_goes_on_behind_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
