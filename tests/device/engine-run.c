// SPDX-License-Identifier: BSD-2-Clause
/* ENGINE_RUN: whose time an engine takes, whose signals it obeys, and where it goes on. */
#include "engine.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/time.h>

static void it_returns_when_the_engine_has_ended(void **state)
{
	int fd = create_channel(node(state), "");
	int source = make_source(fd, fd, 1000000, 16, 3);

	assert_int_equal(run(source), 0);
	assert_int_equal(end_of(source), 0);
	assert_int_equal(engine_info(source).running, 0);
	assert_int_equal(engine_info(source).sent, 3);
	/* And then at once, and nothing is done any more. */
	assert_int_equal(run(source), 0);
	assert_int_equal(engine_info(source).sent, 3);
	close(source);
	close(fd);
}

static void before_it_an_engine_has_its_roles_and_does_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = make_engine(fd, "sink", fd, -1);
	int writer = open_again(fd, O_RDWR);

	send_text(writer, "it stays");
	assert_true(has_consumer(fd));
	assert_int_equal(polled(sink, 0), 0);
	assert_int_equal(engine_info(sink).running, 0);
	assert_int_equal(engine_info(sink).ended, 0);
	assert_int_equal(engine_info(sink).received, 0);
	close(writer);
	assert_int_equal(run(sink), 0);
	assert_int_equal(engine_info(sink).received, 1);
	assert_int_equal(engine_info(sink).error, EPIPE);
	close(sink);
	close(fd);
}

static void an_argument_is_EINVAL(void **state)
{
	int fd = create_channel(node(state), "");
	int source = make_source(fd, fd, 1000000, 16, 1);

	for (int bit = 0; bit < 64; bit++)
		assert_fails(ioctl(source, MMAPDEMO_IOC_ENGINE_RUN, 1UL << bit), EINVAL);
	assert_int_equal(engine_info(source).sent, 0);
	close(source);
	close(fd);
}

static void what_is_no_engine_is_ENOTTY(void **state)
{
	int fd = create_channel(node(state), "");

	assert_fails(run(fd), ENOTTY);
	assert_fails(run(node(state)), ENOTTY);
	close(fd);
}

static void a_second_run_is_EBUSY(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = start_engine(fd, "sink", fd, -1);
	int writer = open_again(fd, O_RDWR);

	assert_fails(run(sink), EBUSY);
	send_text(writer, "the first goes on");
	until_received(sink, 1);
	assert_running(sink);
	close(writer);
	assert_int_equal(join_runner(sink), 0);
	assert_int_equal(run(sink), 0);
	close(sink);
	close(fd);
}

static void a_signal_interrupts_it_and_the_next_run_goes_on(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = make_engine(fd, "sink", fd, -1);
	int writer = open_again(fd, O_RDWR);

	send_text(writer, "1234");
	for (uint32_t i = 1; i <= 3; i++) {
		run_interrupted(sink);
		assert_int_equal(engine_info(sink).received, i);
		assert_int_equal(engine_info(sink).running, 0);
		assert_int_equal(polled(sink, 0), 0);
		assert_true(has_consumer(fd));
		send_text(writer, "56789");
	}
	close(writer);
	assert_int_equal(run(sink), 0);
	assert_int_equal(engine_info(sink).received, 4);
	close(sink);
	close(fd);
}

static void a_handler_that_restarts_calls_restarts_it(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = make_engine(fd, "sink", fd, -1);
	int writer = open_again(fd, O_RDWR);
	pid_t self = getpid(), pid;

	handled = shared_memory();
	restart_after_signal();
	pid = fork();
	if (!pid) {
		close(sink);
		signal_sleeper(&self);
		while (!load_word(handled))
			usleep(1000);
		until_asleep(self);
		send_text(writer, "after the signal");
		_exit(0);
	}
	close(writer);
	/* The child's end is the producer's: only it has the open file. */
	assert_int_equal(run(sink), 0);
	assert_int_equal(load_word(handled), 1);
	assert_int_equal(engine_info(sink).received, 1);
	assert_int_equal(end_child(pid), 0);
	unmap(handled, 1);
	close(sink);
	close(fd);
}

static void tick_each_millisecond_of_cpu_time(void)
{
	const struct itimerval tick = { { 0, 1000 }, { 0, 100000 } };

	handled = shared_memory();
	handle(SIGPROF, count_signal, 0);
	assert_int_equal(setitimer(ITIMER_PROF, &tick, NULL), 0);
}

static void tick_no_more(void)
{
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };

	assert_int_equal(setitimer(ITIMER_PROF, &none, NULL), 0);
	unmap(handled, 1);
}

/* The timer counts the time of this process only: the engine's is in it. */
static void its_time_is_the_caller_s_and_a_signal_ends_what_never_sleeps(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	int sink = make_engine(fd, "sink", fd, -1);
	struct rusage before, after;
	uint64_t received = 0;

	fill_without_end(&producer);
	assert_int_equal(getrusage(RUSAGE_THREAD, &before), 0);
	tick_each_millisecond_of_cpu_time();
	for (int i = 0; i < 10; i++) {
		assert_fails(run(sink), EINTR);
		assert_true(engine_info(sink).received >= received);
		received = engine_info(sink).received;
	}
	tick_no_more();
	assert_int_equal(getrusage(RUSAGE_THREAD, &after), 0);
	assert_true(received > 1000);
	/* 100 ms until the first tick, of which the engine had nearly all. */
	assert_true((after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
			    after.ru_stime.tv_usec - before.ru_stime.tv_usec >
		    50000);
	close(sink);
	leave_role(&producer);
	close(fd);
}

#define LARGE (64UL * RING)

/* It takes many ticks to go through the ring, which is done once, and not once for each. */
static void restarts_do_not_prolong_what_a_producer_without_end_has_left(void **state)
{
	int fd = create_large(node(state), LARGE);
	int producer = open_again(fd, O_RDWR);
	int sink = make_engine(fd, "sink", fd, -1);
	unsigned char *ring;
	uint64_t received;

	assert_int_equal(join_as(producer, MMAPDEMO_PRODUCER), 0);
	ring = map(producer, MAP_SHARED, RW, MMAPDEMO_DATA_REGION / PAGE, LARGE / PAGE);
	for (size_t i = 0; i < LARGE; i += sizeof(struct mmapdemo_record))
		store_word(&((struct mmapdemo_record *)(void *)(ring + i))->header, 1);
	tick_each_millisecond_of_cpu_time();
	assert_fails(run(sink), EINTR);
	unmap(ring, LARGE / PAGE);
	close(producer);
	received = engine_info(sink).received;
	while (run(sink) < 0)
		assert_int_equal(errno, EINTR);
	assert_true(load_word(handled) > 2);
	tick_no_more();
	assert_int_equal(end_of(sink), EPROTO);
	assert_in_range(engine_info(sink).received - received, 1, LARGE / 8 + 2 * 512);
	close(sink);
	close(fd);
}

static void a_source_that_never_sleeps_obeys_signals(void **state)
{
	int fd = create_channel(node(state), "");
	int source = make_source(fd, fd, 1000000, 1000, 0);

	tick_each_millisecond_of_cpu_time();
	for (int i = 0; i < 10; i++)
		assert_fails(run(source), EINTR);
	tick_no_more();
	assert_true(has_producer(fd));
	close(source);
	close(fd);
}

static void the_kernel_has_no_thread_for_it(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = start_engine(fd, "sink", fd, -1);
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300], name[32] = "";

	assert_non_null(proc);
	while ((entry = readdir(proc))) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fscanf(file, "%31s", name) == 1)
			assert_int_not_equal(strncmp(name, "mmapdemo", 8), 0);
		fclose(file);
	}
	closedir(proc);
	stop_engine(sink);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_returns_when_the_engine_has_ended),
		TEST(before_it_an_engine_has_its_roles_and_does_nothing),
		TEST(an_argument_is_EINVAL),
		TEST(what_is_no_engine_is_ENOTTY),
		TEST(a_second_run_is_EBUSY),
		TEST(a_signal_interrupts_it_and_the_next_run_goes_on),
		TEST(a_handler_that_restarts_calls_restarts_it),
		TEST(its_time_is_the_caller_s_and_a_signal_ends_what_never_sleeps),
		TEST(restarts_do_not_prolong_what_a_producer_without_end_has_left),
		TEST(a_source_that_never_sleeps_obeys_signals),
		TEST(the_kernel_has_no_thread_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
