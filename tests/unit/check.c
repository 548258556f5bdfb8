// SPDX-License-Identifier: BSD-2-Clause
/*
 * The runner of "mmapdemo check": whatever a check does, there is a verdict,
 * in time. The node is /dev/zero; the checks here do not touch it.
 */
#include "unit.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "check/check.h"

#define LIMIT 300

static struct options options = { .device = "/dev/zero" };
static struct verdict verdict;

static void run_limited(void (*body)(struct trial *trial), unsigned int bits, int limit)
{
	const struct check check = { "name", body, bits, "meaning", NULL };
	const struct subject subject = {
		.options = &options, .page = 4096, .length = 4096, .limit = limit
	};

	memset(&verdict, 0xa5, sizeof(verdict));
	run_check(&subject, &check, &verdict);
}

/* For checks that end by themselves, however slow the machine is. */
static void run(void (*body)(struct trial *trial), unsigned int bits)
{
	run_limited(body, bits, 60000);
}

static void concludes(struct trial *trial)
{
	conclude(trial, RESULT_NOTE, "fd is open: %d", trial->fd >= 0);
}

static void says_nothing(struct trial *trial)
{
	(void)trial;
}

static void dies(struct trial *trial)
{
	conclude(trial, RESULT_OK, "too early");
	raise(SIGSEGV);
}

static void meets_bus_error(struct trial *trial)
{
	(void)trial;
	raise(SIGBUS);
}

static void hangs(struct trial *trial)
{
	conclude(trial, RESULT_OK, "too early");
	for (;;)
		pause();
}

/* A child of the check must not stay: it would keep the pipe open. */
static int ends[2];

static void hangs_with_child(struct trial *trial)
{
	close(ends[0]);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(20);
	}
	hangs(trial);
}

static void test_verdict_arrives(void **state)
{
	(void)state;
	run(concludes, 0);
	assert_int_equal(verdict.result, RESULT_NOTE);
	assert_string_equal(verdict.what, "fd is open: 1");
	assert_false(verdict.hung);
}

static void test_silence_is_failure(void **state)
{
	(void)state;
	run(says_nothing, 0);
	assert_int_equal(verdict.result, RESULT_FAIL);
	assert_string_equal(verdict.what, "ended without a verdict");
}

static void test_death_is_failure(void **state)
{
	(void)state;
	run(dies, 0);
	assert_int_equal(verdict.result, RESULT_FAIL);
	assert_non_null(strstr(verdict.what, "killed by signal 11 ("));
	run(meets_bus_error, 0);
	assert_int_equal(verdict.result, RESULT_FAIL);
	assert_non_null(strstr(verdict.what, "killed by signal 7 ("));
}

static void test_hang_is_failure_in_time(void **state)
{
	struct timespec start, end;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &start);
	run_limited(hangs, 0, LIMIT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_int_equal(verdict.result, RESULT_FAIL);
	assert_true(verdict.hung);
	assert_string_equal(verdict.what, "timed out after 0.3 s");
	assert_in_range(end.tv_sec - start.tv_sec, 0, 5);
}

static void test_hang_leaves_no_process(void **state)
{
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	run_limited(hangs_with_child, 0, LIMIT);
	close(ends[1]);
	alarm(10);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	alarm(0);
	close(ends[0]);
	assert_true(verdict.hung);
}

static void test_stores_need_leave(void **state)
{
	(void)state;
	run(dies, STORES);
	assert_int_equal(verdict.result, RESULT_SKIP);
	assert_string_equal(verdict.what, "only with --write");
	options.write = true;
	run(concludes, STORES);
	options.write = false;
	assert_int_equal(verdict.result, RESULT_NOTE);
}

static void test_node_that_is_gone_is_skipped(void **state)
{
	(void)state;
	options.device = "/dev/gone";
	run(concludes, 0);
	options.device = "/dev/zero";
	assert_int_equal(verdict.result, RESULT_SKIP);
	assert_string_equal(verdict.what,
			    "cannot be opened for reading: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdict_arrives),
		cmocka_unit_test(test_silence_is_failure),
		cmocka_unit_test(test_death_is_failure),
		cmocka_unit_test(test_hang_is_failure_in_time),
		cmocka_unit_test(test_hang_leaves_no_process),
		cmocka_unit_test(test_stores_need_leave),
		cmocka_unit_test(test_node_that_is_gone_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
