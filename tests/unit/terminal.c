// SPDX-License-Identifier: BSD-2-Clause
/* Colours and progress bars: on a terminal, and nowhere else. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "unit.h"

#define END "(end)"

/* Let stderr be @fd while @act runs; returns what it printed, as it reads from @from. */
static const char *stderr_of(int fd, int from, void (*act)(void))
{
	static char text[512];
	int before = dup(STDERR_FILENO);
	size_t done = 0;

	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	act();
	fputs(END, stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	/* A terminal hands it over in pieces, and late. */
	do {
		ssize_t got = read(from, text + done, sizeof(text) - 1 - done);

		assert_true(got > 0);
		done += (size_t)got;
		text[done] = '\0';
	} while (!strstr(text, END));
	*strstr(text, END) = '\0';
	return text;
}

static int open_terminal(int *other)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	assert_true(fd >= 0);
	assert_int_equal(grantpt(fd), 0);
	assert_int_equal(unlockpt(fd), 0);
	*other = open(ptsname(fd), O_RDWR | O_NOCTTY);
	assert_true(*other >= 0);
	return fd;
}

static void long_work(void)
{
	struct progress progress;

	progress_start(&progress, "save", 200);
	progress.start.tv_sec -= 2;
	progress_at(&progress, 50);
	progress_end(&progress);
	progress_end(&progress); /* is gone already */
}

static void short_work(void)
{
	struct progress progress;

	progress_start(&progress, "save", 200);
	progress_at(&progress, 50);
	progress_end(&progress);
}

static void a_terminal_shows_a_bar_after_a_second(void **state)
{
	int other;
	int fd = open_terminal(&other);
	const char *text = stderr_of(other, fd, long_work);

	(void)state;
	assert_non_null(strstr(text, "save [#######    "));
	assert_non_null(strstr(text, " 25 %"));
	assert_string_equal(text + strlen(text) - 4, "\r\033[K");
	assert_null(strstr(text, "\r\033[K\r"));
	close(other);
	close(fd);
}

static void a_terminal_shows_no_bar_at_once(void **state)
{
	int other;
	int fd = open_terminal(&other);

	(void)state;
	assert_string_equal(stderr_of(other, fd, short_work), "");
	close(other);
	close(fd);
}

static void work_without_an_end(void)
{
	struct progress progress;

	progress_start(&progress, "record", 0);
	progress.start.tv_sec -= 2;
	progress_at(&progress, 50);
	progress_at(&progress, 51); /* too soon */
	progress_end(&progress);
}

static void work_without_an_end_shows_how_far_it_is(void **state)
{
	int other;
	int fd = open_terminal(&other);
	const char *text = stderr_of(other, fd, work_without_an_end);

	(void)state;
	assert_non_null(strstr(text, "\rrecord 50 bytes "));
	assert_null(strstr(text, "51"));
	assert_string_equal(text + strlen(text) - 4, "\r\033[K");
	close(other);
	close(fd);
}

static void top_is_drawn_anew_on_a_terminal(void **state)
{
	const struct options options = { .verb = "top", .count = 2, .interval = 0.01 };
	static const char clear[] = "\033[H\033[J";
	int other, before, code, fd;
	char text[4096] = "";
	size_t done = 0;

	(void)state;
	if (access(MMAPDEMO_NODE, F_OK) < 0)
		skip();
	fd = open_terminal(&other);
	fflush(stdout);
	before = dup(STDOUT_FILENO);
	assert_true(dup2(other, STDOUT_FILENO) >= 0);
	code = find_verb("top")->run(&options, 0, NULL);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	assert_int_equal(code, 0);
	while (!strstr(text, clear) || !strstr(strstr(text, clear) + 1, clear)) {
		ssize_t got = read(fd, text + done, sizeof(text) - 1 - done);

		assert_true(got > 0);
		done += (size_t)got;
	}
	assert_int_equal(strncmp(text, clear, strlen(clear)), 0);
	close(other);
	close(fd);
}

/* A message with control characters, received by @options on a terminal, as it arrives there. */
static const char *received_on_a_terminal(struct options options)
{
	static char path[64], size[] = "64K", message[] = "\033[31m\a";
	static char text[64];
	char *create[] = { path, size, NULL }, *send[] = { path, message, NULL };
	size_t done = 0;
	int before, fd, other;

	snprintf(path, sizeof(path), "/dev/shm/mmapdemo-terminal-%d", getpid());
	options.verb = "recv";
	options.channel = true;
	fd = open_terminal(&other);
	assert_int_equal(find_verb("create")->run(&options, 2, create), 0);
	assert_int_equal(find_verb("send")->run(&options, 2, send), 0);
	fflush(stdout);
	before = dup(STDOUT_FILENO);
	assert_true(dup2(other, STDOUT_FILENO) >= 0);
	assert_int_equal(find_verb("recv")->run(&options, 1, create), 0);
	fputs(END, stdout);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	unlink(path);
	do {
		ssize_t got = read(fd, text + done, sizeof(text) - 1 - done);

		assert_true(got > 0);
		done += (size_t)got;
		text[done] = '\0';
	} while (!strstr(text, END));
	close(other);
	close(fd);
	return text;
}

static void recv_escapes_control_characters_on_a_terminal(void **state)
{
	const struct options plain = { 0 }, raw = { .raw = true };

	(void)state;
	assert_string_equal(received_on_a_terminal(plain), "\\x1b[31m\\x07\r\n" END);
	assert_string_equal(received_on_a_terminal(raw), "\033[31m\a" END);
}

static void note_stdin(void)
{
	const struct options options = { .verb = "send" };

	note_terminal(&options, STDIN_FILENO);
}

static void reading_from_a_terminal_is_said(void **state)
{
	int before = dup(STDIN_FILENO);
	int other, fds[2];
	int fd = open_terminal(&other);

	(void)state;
	assert_int_equal(pipe2(fds, 0), 0);
	assert_true(dup2(other, STDIN_FILENO) >= 0);
	assert_string_equal(stderr_of(fds[1], fds[0], note_stdin),
			    "mmapdemo send: reading from the terminal; Ctrl-D ends it\n");
	assert_true(dup2(fds[0], STDIN_FILENO) >= 0);
	assert_string_equal(stderr_of(fds[1], fds[0], note_stdin), "");
	dup2(before, STDIN_FILENO);
	close(before);
	close(other);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

static void a_pipe_shows_no_bar(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, 0), 0);
	assert_string_equal(stderr_of(fds[1], fds[0], long_work), "");
	close(fds[0]);
	close(fds[1]);
}

static void colour_is_for_terminals_without_NO_COLOR(void **state)
{
	int other, fds[2];
	int fd = open_terminal(&other);

	(void)state;
	assert_int_equal(pipe2(fds, 0), 0);
	unsetenv("NO_COLOR");
	assert_string_equal(paint(other, "\033[32m"), "\033[32m");
	assert_string_equal(paint(fds[1], "\033[32m"), "");
	setenv("NO_COLOR", "", 1);
	assert_string_equal(paint(other, "\033[32m"), "\033[32m");
	setenv("NO_COLOR", "1", 1);
	assert_string_equal(paint(other, "\033[32m"), "");
	close(other);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_shows_a_bar_after_a_second),
		cmocka_unit_test(a_terminal_shows_no_bar_at_once),
		cmocka_unit_test(work_without_an_end_shows_how_far_it_is),
		cmocka_unit_test(top_is_drawn_anew_on_a_terminal),
		cmocka_unit_test(recv_escapes_control_characters_on_a_terminal),
		cmocka_unit_test(reading_from_a_terminal_is_said),
		cmocka_unit_test(a_pipe_shows_no_bar),
		cmocka_unit_test(colour_is_for_terminals_without_NO_COLOR),
	};

	return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
