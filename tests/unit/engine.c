// SPDX-License-Identifier: BSD-2-Clause
/* The library: engines. With the driver, all of it; without, what needs none. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mmapdemo_channel.h"
#include "mmapdemo_engine.h"

#define RING 0x10000

static struct mmapdemo_buffer *channel(void)
{
	struct mmapdemo_buffer *buffer;

	alarm(60);
	assert_int_equal(mmapdemo_channel_create(&buffer, NULL, RING, 0, 0), 0);
	return buffer;
}

static struct mmapdemo_engine_info info_of(int engine)
{
	struct mmapdemo_engine_info info;

	memset(&info, 0x55, sizeof(info));
	assert_int_equal(mmapdemo_engine_get_info(engine, &info), 0);
	return info;
}

static void only_the_driver_has_engines(void **state)
{
	struct mmapdemo_buffer *buffer;
	int engine = 7;

	(void)state;
	assert_int_equal(mmapdemo_open_shm(&buffer, NULL, 4096), 0);
	assert_int_equal(mmapdemo_engine_start(&engine, "sink", buffer, NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(mmapdemo_engine_start(&engine, "source", NULL, buffer, NULL), -EOPNOTSUPP);
	assert_int_equal(mmapdemo_engine_start(&engine, "sink", NULL, NULL, NULL), -EINVAL);
	assert_int_equal(mmapdemo_engine_create(&engine, "sink", buffer, NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(engine, 7);
	mmapdemo_close(buffer);
}

static void without_the_module_there_is_no_kind(void **state)
{
	struct mmapdemo_engine_kind *kinds = NULL;
	size_t count = 7;

	(void)state;
	assert_int_equal(mmapdemo_engine_kinds(&kinds, &count), -ENOENT);
	assert_null(kinds);
	assert_int_equal(count, 7);
}

static void what_is_no_engine_has_no_info(void **state)
{
	struct mmapdemo_engine_info info = { .ended = 7 };
	int fd = open("/dev/null", O_RDWR);

	(void)state;
	assert_int_equal(mmapdemo_engine_get_info(fd, &info), -ENOTTY);
	assert_int_equal(mmapdemo_engine_run(fd), -ENOTTY);
	assert_int_equal(info.ended, 7);
	close(fd);
	assert_int_equal(mmapdemo_engine_get_info(fd, &info), -EBADF);
	assert_int_equal(mmapdemo_engine_run(fd), -EBADF);
}

static void there_are_three_kinds(void **state)
{
	struct mmapdemo_engine_kind *kinds;
	size_t count;

	(void)state;
	assert_int_equal(mmapdemo_engine_kinds(&kinds, &count), 0);
	assert_int_equal(count, 3);
	assert_string_equal(kinds[0].name, "source");
	assert_string_equal(kinds[1].name, "sink");
	assert_string_equal(kinds[2].name, "echo");
	free(kinds);
}

static void a_source_has_what_it_was_given(void **state)
{
	const struct mmapdemo_engine_args args = { .rate = 1000, .length = 24, .count = 3 };
	struct mmapdemo_buffer *buffer = channel();
	struct mmapdemo_source_record *record;
	struct mmapdemo_consumer consumer;
	struct mmapdemo_engine_info info;
	char data[64];
	int engine;

	(void)state;
	assert_int_equal(mmapdemo_engine_start(&engine, "source", NULL, buffer, &args), 0);
	assert_true(fcntl(engine, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(mmapdemo_engine_wait(engine, -1), 0);
	info = info_of(engine);
	assert_string_equal(info.name, "source");
	assert_int_equal(info.sent, 3);
	assert_int_equal(info.sent_bytes, 3 * 24);
	assert_int_equal(info.ended, 1);
	assert_int_equal(info.error, 0);
	close(engine);
	assert_int_equal(mmapdemo_consumer_open(&consumer, buffer), 0);
	record = (struct mmapdemo_source_record *)(void *)data;
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(mmapdemo_consumer_recv(&consumer, data, sizeof(data)), 24);
		assert_int_equal(record->sequence, i);
	}
	assert_int_equal(mmapdemo_consumer_recv(&consumer, data, sizeof(data)), -EPIPE);
	mmapdemo_consumer_close(&consumer);
	mmapdemo_close(buffer);
}

static void an_echo_goes_both_ways(void **state)
{
	struct mmapdemo_buffer *there = channel(), *back = channel();
	struct mmapdemo_producer producer;
	struct mmapdemo_consumer consumer;
	char data[64] = "";
	int engine;

	(void)state;
	assert_int_equal(mmapdemo_producer_open(&producer, there), 0);
	assert_int_equal(mmapdemo_consumer_open(&consumer, back), 0);
	assert_int_equal(mmapdemo_engine_start(&engine, "echo", there, back, NULL), 0);
	assert_int_equal(mmapdemo_producer_send(&producer, "hello", 5), 0);
	assert_int_equal(mmapdemo_consumer_recv(&consumer, data, sizeof(data)), 5);
	assert_string_equal(data, "hello");
	assert_int_equal(mmapdemo_engine_wait(engine, 0), -ETIMEDOUT);
	mmapdemo_producer_close(&producer);
	assert_int_equal(mmapdemo_engine_wait(engine, -1), 0);
	assert_int_equal(info_of(engine).error, EPIPE);
	close(engine);
	mmapdemo_consumer_close(&consumer);
	mmapdemo_close(there);
	mmapdemo_close(back);
}

static void what_cannot_be_started(void **state)
{
	struct mmapdemo_engine_args args = { .rate = 1, .length = 15 };
	struct mmapdemo_buffer *buffer = channel(), *plain;
	struct mmapdemo_consumer consumer;
	int engine = 7;

	(void)state;
	assert_int_equal(mmapdemo_create(&plain, NULL, 4096, 0), 0);
	assert_int_equal(mmapdemo_engine_start(&engine, "none", buffer, NULL, NULL), -ENOENT);
	assert_int_equal(
		mmapdemo_engine_start(&engine, "a-name-of-24-characters-", buffer, NULL, NULL),
		-ENOENT);
	assert_int_equal(mmapdemo_engine_start(&engine, "sink", plain, NULL, NULL), -EINVAL);
	assert_int_equal(mmapdemo_engine_start(&engine, "sink", buffer, NULL, &args), -EINVAL);
	assert_int_equal(mmapdemo_engine_start(&engine, "source", NULL, buffer, &args), -EINVAL);
	assert_int_equal(mmapdemo_engine_start(&engine, "echo", buffer, NULL, NULL), -EINVAL);
	assert_int_equal(mmapdemo_consumer_open(&consumer, buffer), 0);
	assert_int_equal(mmapdemo_engine_start(&engine, "sink", buffer, NULL, NULL), -EBUSY);
	mmapdemo_consumer_close(&consumer);
	assert_int_equal(engine, 7);
	mmapdemo_close(plain);
	mmapdemo_close(buffer);
}

static void engines_that_work_are_listed(void **state)
{
	struct mmapdemo_buffer *buffer = channel();
	struct mmapdemo_engine_entry *entries;
	struct mmapdemo_producer producer;
	size_t count;
	int engine;

	(void)state;
	assert_int_equal(mmapdemo_engine_list(&entries, &count), 0);
	assert_int_equal(count, 0);
	free(entries);
	assert_int_equal(mmapdemo_producer_open(&producer, buffer), 0);
	assert_int_equal(mmapdemo_producer_send(&producer, "123456789", 9), 0);
	assert_int_equal(mmapdemo_engine_start(&engine, "sink", buffer, NULL, NULL), 0);
	mmapdemo_producer_close(&producer);
	assert_int_equal(mmapdemo_engine_wait(engine, -1), 0);
	assert_int_equal(mmapdemo_engine_list(&entries, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(entries[0].pid, getpid());
	assert_int_equal(entries[0].fd, engine);
	assert_string_equal(entries[0].info.name, "sink");
	assert_int_equal(entries[0].info.received, 1);
	assert_int_equal(entries[0].info.received_bytes, 9);
	assert_int_equal(entries[0].info.sent, 0);
	assert_int_equal(entries[0].info.value, 0xe3069283);
	assert_string_equal(entries[0].in, "");
	assert_string_equal(entries[0].out, "");
	assert_int_equal(entries[0].info.running, 0);
	assert_int_equal(entries[0].info.ended, 1);
	assert_int_equal(entries[0].info.error, EPIPE);
	free(entries);
	close(engine);
	assert_int_equal(mmapdemo_engine_list(&entries, &count), 0);
	assert_int_equal(count, 0);
	free(entries);
	mmapdemo_close(buffer);
}

static void engines_are_listed_with_their_channels(void **state)
{
	struct mmapdemo_engine_entry *entries;
	struct mmapdemo_buffer *in, *out;
	size_t count;
	int engine;

	(void)state;
	assert_int_equal(mmapdemo_channel_create(&in, "unit-in", RING, 0, 0), 0);
	assert_int_equal(mmapdemo_channel_create(&out, "unit-out", RING, 0, 0), 0);
	assert_int_equal(mmapdemo_engine_start(&engine, "echo", in, out, NULL), 0);
	assert_int_equal(mmapdemo_engine_list(&entries, &count), 0);
	assert_int_equal(count, 1);
	assert_string_equal(entries[0].in, "unit-in");
	assert_string_equal(entries[0].out, "unit-out");
	assert_int_equal(entries[0].info.running, 1);
	free(entries);
	mmapdemo_engine_stop(engine);
	assert_int_equal(mmapdemo_remove(in), 0);
	assert_int_equal(mmapdemo_remove(out), 0);
	mmapdemo_close(in);
	mmapdemo_close(out);
}

static void nodes_that_are_channels_are_listed_so(void **state)
{
	struct mmapdemo_entry *entries;
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_producer producer;
	size_t count;

	(void)state;
	assert_int_equal(mmapdemo_channel_create(&buffer, "unit", RING, 0, MMAPDEMO_CREATE_LINES),
			 0);
	assert_int_equal(mmapdemo_producer_open(&producer, buffer), 0);
	assert_int_equal(mmapdemo_list(&entries, &count), 0);
	assert_int_equal(entries[0].channel, 0);
	assert_int_equal(entries[1].channel,
			 MMAPDEMO_CHANNEL | MMAPDEMO_CHANNEL_LINES | MMAPDEMO_CHANNEL_PRODUCER);
	free(entries);
	mmapdemo_producer_close(&producer);
	assert_int_equal(mmapdemo_remove(buffer), 0);
	mmapdemo_close(buffer);
}

int main(void)
{
	static const struct CMUnitTest anywhere[] = {
		cmocka_unit_test(only_the_driver_has_engines),
		cmocka_unit_test(what_is_no_engine_has_no_info),
		cmocka_unit_test(without_the_module_there_is_no_kind),
	};
	static const struct CMUnitTest with_module[] = {
		cmocka_unit_test(only_the_driver_has_engines),
		cmocka_unit_test(what_is_no_engine_has_no_info),
		cmocka_unit_test(there_are_three_kinds),
		cmocka_unit_test(a_source_has_what_it_was_given),
		cmocka_unit_test(an_echo_goes_both_ways),
		cmocka_unit_test(what_cannot_be_started),
		cmocka_unit_test(engines_that_work_are_listed),
		cmocka_unit_test(engines_are_listed_with_their_channels),
		cmocka_unit_test(nodes_that_are_channels_are_listed_so),
	};

	if (access(MMAPDEMO_NODE, F_OK) < 0)
		return cmocka_run_group_tests_name("engine", anywhere, NULL, NULL);
	return cmocka_run_group_tests_name("engine", with_module, NULL, NULL);
}
