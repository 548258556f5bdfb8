// SPDX-License-Identifier: BSD-2-Clause
/*
 * CLOCK_MONOTONIC is what the caller's time namespace shows: the deadlines that the
 * driver is given, and the times that it gives.
 */
#include "engine.h"

#include <sched.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* Seconds; what goes wrong by them lasts longer than any test. */
#define AHEAD 1000

struct visit {
	int fd;
	long long offset; /* of the namespace, in seconds */
	void (*body)(int fd);
};

static void write_offset(long long seconds)
{
	char line[64];
	int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	int length = snprintf(line, sizeof(line), "monotonic %lld 0", seconds);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, line, (size_t)length), length);
	close(fd);
}

static void run_body(void *arg)
{
	const struct visit *v = arg;

	v->body(v->fd);
}

/* The children of the process that has unshared it are in the new one. */
static void enter_namespace(void *arg)
{
	const struct visit *v = arg;

	assert_int_equal(unshare(CLONE_NEWTIME), 0);
	write_offset(v->offset);
	assert_int_equal(run_child(run_body, arg), 0);
}

static void visit(int fd, long long seconds, void (*body)(int fd))
{
	struct visit v = { fd, seconds, body };

	assert_int_equal(run_child(enter_namespace, &v), 0);
}

/* The clock cannot be set before 0: this is as early as it goes, but for a second. */
static long long to_the_boot(void)
{
	return -(long long)(now() / SECOND);
}

static void wait_a_quarter(int fd)
{
	uint64_t deadline = now() + SECOND / 4;

	assert_fails(wait_call(fd, WORD, 0, 0, deadline), ETIMEDOUT);
	assert_true(now() >= deadline);
	assert_true(now() < deadline + PATIENCE);
}

static void the_deadline_of_WAIT_is_of_the_callers_clock(void **state)
{
	int fd = create(node(state), "", 1);

	visit(fd, AHEAD, wait_a_quarter);
	visit(fd, -1, wait_a_quarter);
	visit(fd, to_the_boot(), wait_a_quarter);
	close(fd);
}

static void wait_for_a_message(int fd)
{
	uint64_t deadline = now() + SECOND / 4;

	assert_int_equal(join_as(fd, MMAPDEMO_CONSUMER), 0);
	assert_fails(wait_until(fd, deadline), ETIMEDOUT);
	assert_true(now() >= deadline);
	assert_true(now() < deadline + PATIENCE);
}

static void the_deadline_of_CHANNEL_WAIT_is_of_the_callers_clock(void **state)
{
	int fd = create_channel(node(state), "");

	visit(fd, AHEAD, wait_for_a_message);
	visit(fd, -1, wait_for_a_message);
	visit(fd, to_the_boot(), wait_for_a_message);
	close(fd);
}

/* These are before the kernel booted. */
static void wait_for_what_is_past(int fd)
{
	assert_fails(wait_call(fd, WORD, 0, 0, 0), ETIMEDOUT);
	assert_fails(wait_call(fd, WORD, 0, 0, 1), ETIMEDOUT);
	assert_fails(wait_call(fd, WORD, 0, 0, SECOND), ETIMEDOUT);
	assert_fails(wait_call(fd, WORD, 0, 0, (AHEAD - 1) * SECOND), ETIMEDOUT);
}

static void a_deadline_before_the_boot_is_past(void **state)
{
	int fd = create(node(state), "", 1);

	visit(fd, AHEAD, wait_for_what_is_past);
	close(fd);
}

static void sleep_long(void *arg)
{
	const uint64_t *args = arg;

	assert_int_equal(wait_call((int)args[0], WORD, 0, 0, args[1]), 0);
}

static void wait_for_the_latest(int fd)
{
	const uint64_t deadlines[] = { INT64_MAX, INT64_MAX - SECOND, MMAPDEMO_WAIT_FOREVER };

	for (int i = 0; i < 3; i++) {
		uint64_t args[] = { (uint64_t)fd, deadlines[i] };
		pid_t pid = start_child(sleep_long, args);

		until_asleep(pid);
		assert_int_equal(wake(fd, WORD, 1), 1);
		assert_int_equal(end_child(pid), 0);
	}
}

/* By the kernel's clock it would be later than there is. */
static void the_latest_deadline_waits(void **state)
{
	int fd = create(node(state), "", 1);

	visit(fd, AHEAD, wait_for_the_latest);
	visit(fd, to_the_boot(), wait_for_the_latest);
	close(fd);
}

static void take_a_record(int fd)
{
	int channel = create_channel(fd, "");
	uint64_t before = now();
	int source = start_source(fd, channel, 1000, 16, 1);
	int reader = open_again(channel, O_RDONLY);
	struct mmapdemo_source_record record = { 0 };

	assert_int_equal(read(reader, &record, sizeof(record)), sizeof(record));
	assert_in_range(record.time, before, now());
	stop_engine(source);
	close(reader);
	close(channel);
}

static void the_time_of_a_record_is_of_the_callers_clock(void **state)
{
	visit(node(state), AHEAD, take_a_record);
	visit(node(state), -1, take_a_record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_deadline_of_WAIT_is_of_the_callers_clock),
		TEST(the_deadline_of_CHANNEL_WAIT_is_of_the_callers_clock),
		TEST(a_deadline_before_the_boot_is_past),
		TEST(the_latest_deadline_waits),
		TEST(the_time_of_a_record_is_of_the_callers_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
