// SPDX-License-Identifier: BSD-2-Clause
/*
 * An engine is held by the limits of the thread that runs it: of control groups, of the process,
 * and of its CPUs. Judged by what the kernel counts, never by a clock.
 */
#include "engine.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define ROOT "/tmp/engine-limits"
#define GROUP ROOT "/held"

static void write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
}

/* A line of a file of the group: "NAME VALUE". */
static uint64_t value_of(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	unsigned long long value = 0;
	char found[64];

	assert_non_null(file);
	while (fscanf(file, "%63s %llu", found, &value) == 2) {
		if (strcmp(found, name) == 0) {
			fclose(file);
			return value;
		}
	}
	fail_msg("%s has no %s", path, name);
	return 0;
}

static int make_group(void **state)
{
	begin_test(state);
	assert_true(mkdir(ROOT, 0700) == 0 || errno == EEXIST);
	assert_int_equal(mount("none", ROOT, "cgroup2", 0, NULL), 0);
	write_file(ROOT "/cgroup.subtree_control", "+cpu +pids");
	assert_int_equal(mkdir(GROUP, 0700), 0);
	return 0;
}

static int remove_group(void **state)
{
	/* A process that was reaped may not have left it yet. */
	while (rmdir(GROUP) < 0)
		assert_int_equal(errno, EBUSY);
	assert_int_equal(umount2(ROOT, MNT_DETACH), 0);
	rmdir(ROOT);
	return end_test(state);
}

static void enter_group(void)
{
	write_file(GROUP "/cgroup.procs", "0");
}

static void run_in_group(void *arg)
{
	enter_group();
	run(*(int *)arg);
	fail();
}

/* User and system time of a process, in microseconds. */
static uint64_t time_of(pid_t pid)
{
	unsigned long user = 0, system = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file,
				"%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				&user, &system),
			 2);
	fclose(file);
	return (user + system) * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

#define PERIODS 30
#define PERIOD 100000 /* microseconds, and a tenth of them is the group's */

static void cpu_max_holds_an_engine_that_never_sleeps(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	int sink = make_engine(fd, "sink", fd, -1);
	uint64_t periods, used, charged;
	pid_t pid;

	fill_without_end(&producer);
	write_file(GROUP "/cpu.max", "10000 100000");
	pid = start_child(run_in_group, &sink);
	while (value_of(GROUP "/cpu.stat", "nr_periods") < PERIODS)
		usleep(10000);
	charged = time_of(pid);
	used = value_of(GROUP "/cpu.stat", "usage_usec");
	periods = value_of(GROUP "/cpu.stat", "nr_periods");
	assert_true(engine_info(sink).received > 0);
	assert_true(value_of(GROUP "/cpu.stat", "nr_throttled") > PERIODS / 2);
	/* It took what it may, and what two CPUs take before they notice. */
	assert_in_range(used, periods * PERIOD / 20, (periods + 2) * PERIOD / 10 * 2);
	/* That is the time of the process, which had some before it entered the group. */
	assert_in_range(charged, used / 2, used * 2);
	kill_child(pid);
	close(sink);
	leave_role(&producer);
	close(fd);
}

static void *do_nothing_at_all(void *arg)
{
	return arg;
}

/* Of one task in the group, the engine needs no other. */
static void run_alone(void *arg)
{
	int fd = *(int *)arg, source;
	pthread_t thread;

	enter_group();
	source = make_source(fd, fd, 1000000, 16, 10);
	assert_int_equal(pthread_create(&thread, NULL, do_nothing_at_all, NULL), EAGAIN);
	assert_int_equal(run(source), 0);
	assert_int_equal(engine_info(source).sent, 10);
	assert_int_equal(value_of(GROUP "/pids.events", "max"), 1);
}

static void pids_max_of_one_is_enough_and_no_task_comes_beyond_it(void **state)
{
	int fd = create_channel(node(state), "");

	write_file(GROUP "/pids.max", "1");
	assert_int_equal(run_child(run_alone, &fd), 0);
	close(fd);
}

static void run_with_little_time(void *arg)
{
	const struct rlimit second = { 1, 1 };

	assert_int_equal(setrlimit(RLIMIT_CPU, &second), 0);
	run(*(int *)arg);
	fail();
}

static void RLIMIT_CPU_kills_who_runs_it(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	int sink = make_engine(fd, "sink", fd, -1);
	int status;
	pid_t pid;

	fill_without_end(&producer);
	pid = start_child(run_with_little_time, &sink);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(sink);
	leave_role(&producer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cpu_max_holds_an_engine_that_never_sleeps,
						make_group, remove_group),
		cmocka_unit_test_setup_teardown(
			pids_max_of_one_is_enough_and_no_task_comes_beyond_it, make_group,
			remove_group),
		TEST(RLIMIT_CPU_kills_who_runs_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
