// SPDX-License-Identifier: BSD-2-Clause
/* The library: in which thread an engine runs, and what is left of that thread. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mmapdemo_channel.h"
#include "mmapdemo_engine.h"

#define RING 0x10000
#define TIMES 100

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

	assert_int_equal(mmapdemo_engine_get_info(engine, &info), 0);
	return info;
}

static bool has_role(const struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_buffer_info info;

	assert_int_equal(mmapdemo_get_info(buffer, &info), 0);
	return info.channel & (MMAPDEMO_CHANNEL_PRODUCER | MMAPDEMO_CHANNEL_CONSUMER);
}

/* Tasks of this process: the library's threads are among them. */
static int tasks(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc/self/task");
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void what_is_no_engine_cannot_be_run_and_is_closed(void **state)
{
	int fd = open("/dev/null", O_RDWR);

	(void)state;
	assert_int_equal(mmapdemo_engine_run(fd), -ENOTTY);
	mmapdemo_engine_stop(fd);
	assert_int_equal(mmapdemo_engine_run(fd), -EBADF);
}

static void one_that_was_made_is_run_by_its_maker(void **state)
{
	const struct mmapdemo_engine_args args = { .rate = 1000, .length = 24, .count = 3 };
	struct mmapdemo_buffer *buffer = channel();
	int engine;

	(void)state;
	assert_int_equal(mmapdemo_engine_create(&engine, "source", NULL, buffer, &args), 0);
	assert_int_equal(tasks(), 1);
	assert_int_equal(mmapdemo_engine_wait(engine, 0), -ETIMEDOUT);
	assert_int_equal(info_of(engine).sent, 0);
	assert_int_equal(mmapdemo_engine_run(engine), 0);
	assert_int_equal(info_of(engine).sent, 3);
	assert_int_equal(mmapdemo_engine_run(engine), 0);
	mmapdemo_engine_stop(engine);
	assert_false(has_role(buffer));
	mmapdemo_close(buffer);
}

static void stop_ends_the_thread_and_frees_the_role(void **state)
{
	struct mmapdemo_buffer *buffer = channel();
	int engine;

	(void)state;
	for (int i = 0; i < TIMES; i++) {
		assert_int_equal(mmapdemo_engine_start(&engine, "sink", buffer, NULL, NULL), 0);
		assert_true(has_role(buffer));
		assert_int_equal(info_of(engine).running, 1);
		assert_int_equal(mmapdemo_engine_run(engine), -EBUSY);
		mmapdemo_engine_stop(engine);
		assert_false(has_role(buffer));
	}
	while (tasks() > 1)
		usleep(1000);
	mmapdemo_close(buffer);
}

static void a_close_ends_the_thread_soon(void **state)
{
	struct mmapdemo_buffer *buffer = channel();
	int engine;

	(void)state;
	for (int i = 0; i < TIMES; i++) {
		while (mmapdemo_engine_start(&engine, "sink", buffer, NULL, NULL) == -EBUSY)
			usleep(1000);
		close(engine);
	}
	while (tasks() > 1 || has_role(buffer))
		usleep(1000);
	mmapdemo_close(buffer);
}

/* The second has the number of the first, whose thread may be there still. */
static void stop_waits_for_the_right_thread(void **state)
{
	struct mmapdemo_buffer *first = channel(), *second = channel();
	int engine, next;

	(void)state;
	for (int i = 0; i < TIMES; i++) {
		while (mmapdemo_engine_start(&engine, "sink", first, NULL, NULL) == -EBUSY)
			usleep(1000);
		close(engine);
		assert_int_equal(mmapdemo_engine_start(&next, "sink", second, NULL, NULL), 0);
		assert_int_equal(next, engine);
		mmapdemo_engine_stop(next);
		while (has_role(second))
			usleep(1000);
	}
	mmapdemo_close(first);
	mmapdemo_close(second);
}

static void its_thread_takes_no_signals(void **state)
{
	struct mmapdemo_buffer *buffer = channel();
	sigset_t set, old, pending;
	int engine;

	(void)state;
	assert_int_equal(mmapdemo_engine_start(&engine, "sink", buffer, NULL, NULL), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &old);
	assert_false(sigismember(&old, SIGUSR1));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* It would kill a thread that does not block it. */
	kill(getpid(), SIGUSR1);
	sigpending(&pending);
	assert_true(sigismember(&pending, SIGUSR1));
	assert_int_equal(sigwaitinfo(&set, NULL), SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	mmapdemo_engine_stop(engine);
	mmapdemo_close(buffer);
}

/* As nobody who may have one task: the limit is none for root. */
static int start_beyond_limit(const struct mmapdemo_buffer *buffer)
{
	const struct rlimit limit = { 1, 1 };
	int before = dup(0), engine = 7, after, err;

	close(before);
	if (setrlimit(RLIMIT_NPROC, &limit) || setresuid(12345, 12345, 12345))
		return 2;
	err = mmapdemo_engine_start(&engine, "sink", buffer, NULL, NULL);
	after = dup(0);
	return err != -EAGAIN || engine != 7 || after != before || has_role(buffer);
}

static void without_a_thread_nothing_is_left(void **state)
{
	struct mmapdemo_buffer *buffer = channel();
	int status;
	pid_t pid;

	(void)state;
	/* To be opened by that user, too. */
	assert_int_equal(chmod(MMAPDEMO_NODE, 0666), 0);
	pid = fork();
	if (pid == 0)
		_exit(start_beyond_limit(buffer));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod(MMAPDEMO_NODE, 0600), 0);
	assert_int_equal(status, 0);
	mmapdemo_close(buffer);
}

/* It has the descriptor, and not the thread: nothing is waited for. */
static void a_child_can_stop_what_its_parent_runs_and_ends_nothing(void **state)
{
	struct mmapdemo_buffer *buffer = channel();
	int engine, status;
	pid_t pid;

	(void)state;
	assert_int_equal(mmapdemo_engine_start(&engine, "sink", buffer, NULL, NULL), 0);
	pid = fork();
	if (pid == 0) {
		mmapdemo_engine_stop(engine);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(info_of(engine).running, 1);
	mmapdemo_engine_stop(engine);
	assert_false(has_role(buffer));
	mmapdemo_close(buffer);
}

int main(void)
{
	static const struct CMUnitTest anywhere[] = {
		cmocka_unit_test(what_is_no_engine_cannot_be_run_and_is_closed),
	};
	static const struct CMUnitTest with_module[] = {
		cmocka_unit_test(what_is_no_engine_cannot_be_run_and_is_closed),
		cmocka_unit_test(one_that_was_made_is_run_by_its_maker),
		cmocka_unit_test(stop_ends_the_thread_and_frees_the_role),
		cmocka_unit_test(a_close_ends_the_thread_soon),
		cmocka_unit_test(stop_waits_for_the_right_thread),
		cmocka_unit_test(its_thread_takes_no_signals),
		cmocka_unit_test(without_a_thread_nothing_is_left),
		cmocka_unit_test(a_child_can_stop_what_its_parent_runs_and_ends_nothing),
	};

	if (access(MMAPDEMO_NODE, F_OK) < 0)
		return cmocka_run_group_tests_name("engine-thread", anywhere, NULL, NULL);
	return cmocka_run_group_tests_name("engine-thread", with_module, NULL, NULL);
}
