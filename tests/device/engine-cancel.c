// SPDX-License-Identifier: BSD-2-Clause
/* ENGINE_RUN and the descriptor: which close ends a run, and which leaves it alone. */
#include "engine.h"

/* An engine for each place where a run can be: asleep, or never so. */
static int start_kind(int kind, int in, int out, struct side *producer)
{
	struct mmapdemo_producer_page *page = map_producer_page(out);
	char message[LONGEST] = "";
	int engine, writer;

	switch (kind) {
	case 0: /* waits for a message */
		engine = start_engine(in, "sink", in, -1);
		until_asleep(runner_of(engine));
		break;
	case 1: /* waits for room */
		writer = open_again(in, O_RDWR);
		engine = start_engine(in, "echo", in, out);
		for (int i = 0; i < 4; i++)
			assert_int_equal(write(writer, message, LONGEST - 16), LONGEST - 16);
		while (!load_word(&page->sleeping))
			usleep(1000);
		until_asleep(runner_of(engine));
		close(writer);
		break;
	case 2: /* waits for its time */
		engine = start_source(in, out, 1, 16, 0);
		until_sent(engine, 1);
		until_asleep(runner_of(engine));
		break;
	default: /* never sleeps */
		*producer = take(in, MMAPDEMO_PRODUCER);
		fill_without_end(producer);
		engine = start_engine(in, "sink", in, -1);
		until_received(engine, 1000);
		break;
	}
	unmap(page, 1);
	return engine;
}

#define PLACES 4

static void a_close_by_another_thread_cancels_it(void **state)
{
	for (int kind = 0; kind < PLACES; kind++) {
		int in = create_channel(node(state), "");
		int out = create_channel(node(state), "");
		struct side producer = { 0 };
		int engine = start_kind(kind, in, out, &producer);

		assert_int_equal(close(engine), 0);
		assert_fails(join_runner(engine), ECANCELED);
		assert_false(has_consumer(in) || has_producer(out));
		if (producer.producer)
			leave_role(&producer);
		close(in);
		close(out);
	}
}

static void a_descriptor_that_is_replaced_is_closed(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = start_engine(fd, "sink", fd, -1);

	until_asleep(runner_of(sink));
	assert_int_equal(dup2(fd, sink), sink);
	assert_fails(join_runner(sink), ECANCELED);
	assert_false(has_consumer(fd));
	close(sink);
	close(fd);
}

static void a_close_of_a_duplicate_cancels_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = start_engine(fd, "sink", fd, -1);
	int copy = dup(sink);
	int writer = open_again(fd, O_RDWR);

	until_asleep(runner_of(sink));
	/* The very descriptor that the call was made with; the other one is left. */
	close(sink);
	send_text(writer, "it goes on");
	until_received(copy, 1);
	assert_running(copy);
	close(dup(copy));
	assert_running(copy);
	close(copy);
	assert_fails(join_runner(sink), ECANCELED);
	close(writer);
	close(fd);
}

static void close_it(void *arg)
{
	close(*(int *)arg);
}

/* Its table of descriptors is another; its end closes there, too. */
static void a_close_by_a_child_cancels_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = start_engine(fd, "sink", fd, -1);

	until_asleep(runner_of(sink));
	assert_int_equal(run_child(close_it, &sink), 0);
	assert_int_equal(run_child(do_nothing, &sink), 0);
	assert_running(sink);
	stop_engine(sink);
	close(fd);
}

static void run_until_killed(void *arg)
{
	run(*(int *)arg);
	fail();
}

static void until_running(int engine)
{
	while (!engine_info(engine).running)
		usleep(1000);
}

static void a_killed_runner_leaves_it_to_others(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = make_engine(fd, "sink", fd, -1);
	int writer = open_again(fd, O_RDWR);

	for (uint64_t i = 1; i <= 3; i++) {
		pid_t pid = start_child(run_until_killed, &sink);

		until_running(sink);
		send_text(writer, "x");
		until_received(sink, i);
		kill_child(pid);
		assert_int_equal(engine_info(sink).running, 0);
		assert_int_equal(engine_info(sink).ended, 0);
		assert_true(has_consumer(fd));
	}
	send_text(writer, "the last");
	close(writer);
	assert_int_equal(run(sink), 0);
	assert_int_equal(engine_info(sink).received, 4);
	close(sink);
	close(fd);
}

static void SIGKILL_ends_what_never_sleeps(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	int sink = make_engine(fd, "sink", fd, -1);
	pid_t pid;

	fill_without_end(&producer);
	pid = start_child(run_until_killed, &sink);
	until_received(sink, 1000);
	kill_child(pid);
	assert_int_equal(engine_info(sink).running, 0);
	assert_true(has_consumer(fd));
	close(sink);
	assert_false(has_consumer(fd));
	leave_role(&producer);
	close(fd);
}

/* The parent closes what only the child runs: another table, so the child goes on. */
static void a_child_goes_on_when_its_parent_has_closed(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = make_engine(fd, "sink", fd, -1);
	pid_t pid = start_child(run_until_killed, &sink);

	until_running(sink);
	close(sink);
	assert_true(has_consumer(fd));
	until_asleep(pid);
	kill_child(pid);
	assert_false(has_consumer(fd));
	close(fd);
}

#define ROUNDS 300

/* Of a close and a run at once, each comes first sometimes: no run is left. */
static void a_close_is_missed_by_no_run(void **state)
{
	int fd = create_channel(node(state), "");

	for (int i = 0; i < ROUNDS; i++) {
		int sink = make_engine(fd, "sink", fd, -1);
		struct runner *runner = &runners[sink];

		*runner = (struct runner){ .engine = sink, .started = true };
		assert_int_equal(pthread_create(&runner->thread, NULL, run_in_thread, runner), 0);
		while (!runner_of(sink))
			;
		for (volatile int wait = i * 50; wait; wait--)
			;
		close(sink);
		assert_int_equal(join_runner(sink), -1);
		assert_true(errno == ECANCELED || errno == EBADF);
		assert_false(has_consumer(fd));
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_close_by_another_thread_cancels_it),
		TEST(a_descriptor_that_is_replaced_is_closed),
		TEST(a_close_of_a_duplicate_cancels_nothing),
		TEST(a_close_by_a_child_cancels_nothing),
		TEST(a_killed_runner_leaves_it_to_others),
		TEST(SIGKILL_ends_what_never_sleeps),
		TEST(a_child_goes_on_when_its_parent_has_closed),
		TEST(a_close_is_missed_by_no_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
