// SPDX-License-Identifier: BSD-2-Clause
/*
 * Verbs that wait, and a signal: each dies of it, as wait(2) tells apart from an exit code of
 * 128 and more, after it has said in one line what was done.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "unit.h"

#define CHANNEL "/tmp/mmapdemo-unit-channel"
#define PLACE_FILE "/tmp/mmapdemo-unit-place"
#define RECORDING "/tmp/mmapdemo-unit-recording"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

struct trial {
	const char *verb;
	struct options options;
	char *argv[6];
	const char *says;
};

static void make_files(void)
{
	struct mmapdemo_buffer *buffer;

	unlink(CHANNEL);
	assert_int_equal(mmapdemo_open_file(&buffer, CHANNEL, 1), 0);
	assert_int_equal(mmapdemo_channel_format(buffer, MMAPDEMO_RING_MIN, 0), 0);
	mmapdemo_close(buffer);
	unlink(PLACE_FILE);
	assert_int_equal(mmapdemo_open_file(&buffer, PLACE_FILE, 4096), 0);
	mmapdemo_close(buffer);
}

static void remove_files(void)
{
	unlink(CHANNEL);
	unlink(PLACE_FILE);
	unlink(RECORDING);
}

static void until_asleep(pid_t pid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (state != 'S') {
		usleep(1000);
		file = fopen(path, "re");
		assert_non_null(file);
		assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
		fclose(file);
	}
}

/* As main() does. */
static pid_t start_verb(const struct trial *trial, int err)
{
	pid_t pid = fork();
	int argc = 0;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	dup2(err, STDERR_FILENO);
	dup2(open("/dev/null", O_RDWR), STDOUT_FILENO);
	while (trial->argv[argc])
		argc++;
	argc = find_verb(trial->verb)->run(&trial->options, argc, (char **)(uintptr_t)trial->argv);
	die_if_stopped(&trial->options, 0);
	_exit(argc);
}

/* @signal: 0 if the verb comes to its end by itself. */
static void expect_death(const struct trial *trial, int signal, int death)
{
	char text[512];
	int status, fds[2];
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = start_verb(trial, fds[1]);
	close(fds[1]);
	if (signal) {
		until_asleep(pid);
		kill(pid, signal);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	got = read(fds[0], text, sizeof(text) - 1);
	assert_true(got >= 0);
	text[got] = '\0';
	close(fds[0]);
	assert_string_equal(text, trial->says);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), death);
}

static void expect_all_deaths(const struct trial *trial)
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		expect_death(trial, signals[i], signals[i]);
}

static void what_waits_dies_of_the_signal(void **state)
{
	static const struct trial trials[] = {
		{ "recv",
		  { .verb = "recv" },
		  { CHANNEL },
		  "mmapdemo recv: " CHANNEL ": interrupted; 0 received\n" },
		{ "recv",
		  { .verb = "recv", .count = 2 },
		  { CHANNEL },
		  "mmapdemo recv: " CHANNEL ": interrupted; 0 received\n" },
		{ "record",
		  { .verb = "record", .force = true },
		  { CHANNEL, RECORDING },
		  "mmapdemo record: " CHANNEL ": interrupted; 0 recorded\n" },
		{ "wait",
		  { .verb = "wait" },
		  { PLACE_FILE, "0" },
		  "mmapdemo wait: " PLACE_FILE ": interrupted; the word at 0 is still 0\n" },
	};

	(void)state;
	alarm(60);
	make_files();
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		expect_all_deaths(&trials[i]);
	remove_files();
}

static void lock_frees_the_mutex_and_dies_of_the_signal(void **state)
{
	static const struct trial held = { "lock",
					   { .verb = "lock" },
					   { PLACE_FILE, "sleep", "100000" },
					   "mmapdemo lock: " PLACE_FILE
					   ": interrupted; the mutex is free\n" };
	static const struct trial free_again = {
		"lock",
		{ .verb = "lock" },
		{ PLACE_FILE, "sh", "-c", "kill -INT $$" },
		"",
	};

	(void)state;
	alarm(60);
	make_files();
	expect_death(&held, SIGTERM, SIGTERM);
	expect_death(&free_again, 0, SIGINT);
	expect_death(&held, SIGHUP, SIGHUP);
	expect_death(&free_again, 0, SIGINT);
	remove_files();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_waits_dies_of_the_signal),
		cmocka_unit_test(lock_frees_the_mutex_and_dies_of_the_signal),
	};

	return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
