// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every allocation of every operation fails once. In a kernel with fault
 * injection, N written to /proc/self/fail-nth makes the Nth allocation from
 * then on fail, or the Nth copy from or to user space. Each operation here is
 * repeated with N = 1, 2, 3... until it ends before its Nth. It must succeed or
 * give an errno that it may give, and leave nothing.
 *
 * All of that twice: first any code that allocates; then only what the driver asks
 * for, itself or through the kernel, which is what has an address of a module
 * on its call stack, as no other module is loaded. That is done a kind at a time:
 * how often it asks for objects is the same each time, and for pages it is not, as
 * some objects need a new one. Counted together, an object may be passed over.
 */
#include "operations.h"

#define DEBUG "/sys/kernel/debug/"
#define SECONDS 400

/* Addresses of modules on x86-64, whatever the configuration. */
#define MODULES_START "0xffffffffa0000000"
#define MODULES_END "0xffffffffff000000"
#define NOWHERE "0"
#define ANYWHERE "18446744073709551615"

/* One leaked buffer must stand out from what others allocate meanwhile. */
#define LARGE "size=8M"
#define LARGE_PAGES 2048L
#define SMALL "size=8K"

#define TRIALS 3

static int fail_nth;

static void put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
}

static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* What may fail of a kind is what has an address from start to end on its call stack. */
static void let_fail(const char *kind, const char *start, const char *end)
{
	char path[64];

	snprintf(path, sizeof(path), DEBUG "%s/require-start", kind);
	put(path, start);
	snprintf(path, sizeof(path), DEBUG "%s/require-end", kind);
	put(path, end);
}

static void let_all_fail(const char *start, const char *end)
{
	for (size_t i = 0; i < KINDS; i++)
		let_fail(kinds[i], start, end);
}

/* As it is by default, hardly anything would ever fail. */
static void make_ready(void)
{
	put(DEBUG "failslab/verbose", "0");
	put(DEBUG "failslab/ignore-gfp-wait", "N");
	put(DEBUG "fail_page_alloc/verbose", "0");
	put(DEBUG "fail_page_alloc/ignore-gfp-wait", "N");
	put(DEBUG "fail_page_alloc/ignore-gfp-highmem", "N");
	put(DEBUG "fail_page_alloc/min-order", "0");
	put(DEBUG "fail_usercopy/verbose", "0");
}

static void arm(unsigned int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", n);

	assert_int_equal(pwrite(fail_nth, text, (size_t)length, 0), length);
}

/*
 * Has it failed? The file says 0 if so. If not, the Nth may be one of ours:
 * then reading it is EFAULT.
 */
static bool disarm(void)
{
	char text[16] = "";
	bool failed = pread(fail_nth, text, sizeof(text), 0) > 0 && text[0] == '0';

	pwrite(fail_nth, "0", 1, 0);
	return failed;
}

/* Free memory in pages. What is freed may wait in a list of a CPU. */
static long free_pages(void)
{
	const char *const files[] = { "/proc/meminfo", "/proc/zoneinfo" };
	char line[256];
	long pages = 0;
	long n;

	put("/proc/sys/vm/drop_caches", "3");
	for (size_t i = 0; i < 2; i++) {
		FILE *file = fopen(files[i], "re");

		assert_non_null(file);
		while (fgets(line, sizeof(line), file)) {
			if (sscanf(line, "MemFree: %ld", &n) == 1)
				pages += n / 4;
			else if (sscanf(line, " count: %ld", &n) == 1)
				pages += n;
		}
		fclose(file);
	}
	return pages;
}

static bool counts_are_right(void)
{
	return fd < 0 || (info(fd).opens == 1 && info(fd).maps == 0);
}

/* Returns how many failures it took until there was nothing more to fail. */
static unsigned int fail_each(const struct operation *operation)
{
	unsigned int n = 0;
	bool failed;

	do {
		long result;
		size_t i = 0;
		int error;

		if (operation->prepare)
			operation->prepare();
		arm(++n);
		result = operation->run();
		error = errno;
		failed = disarm();
		if (operation->finish)
			operation->finish(result);
		while (operation->errors[i] && operation->errors[i] != error)
			i++;
		if (result < 0 && !(failed && operation->errors[i]))
			fail_msg("errno %d after failure %u", error, n - !failed);
		assert_true(counts_are_right());
	} while (failed);
	return n - 1;
}

/*
 * Does what may leak until it leaves as much memory as there was. The kernel's own
 * caches, and KASAN, which keeps what was freed for a while, may take some megabytes
 * at any moment, but not each time.
 */
static void assert_memory_is_back(void (*leak)(const struct operation *operation),
				  const struct operation *operation)
{
	long before, lost = LARGE_PAGES;

	for (int i = 0; i < TRIALS && lost >= LARGE_PAGES / 2; i++) {
		before = free_pages();
		leak(operation);
		lost = before - free_pages();
		print_message("# %ld pages less than before\n", lost);
	}
	assert_true(lost < LARGE_PAGES / 2);
}

static unsigned int ours;

static void fail_ours(const struct operation *operation)
{
	ours = 0;
	for (size_t i = 0; i < KINDS; i++) {
		let_all_fail(NOWHERE, NOWHERE);
		let_fail(kinds[i], MODULES_START, MODULES_END);
		ours += fail_each(operation);
	}
}

static void every_failure_is_answered(void **state)
{
	const struct operation *operation = *state;
	unsigned int all;

	alarm(SECONDS);
	fail_nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	assert_true(fail_nth >= 0);
	size = SMALL;
	make_ready();
	let_all_fail("0", ANYWHERE);
	all = fail_each(operation);
	size = LARGE;
	assert_memory_is_back(fail_ours, operation);
	print_message("# %u failures, %u beneath the driver: %s\n", all, ours, operation->name);
	assert_true(all > 0);
	if (operation->ours)
		assert_true(ours > 0);
	close(fail_nth);
}

static void load_at_each_end(const struct operation *operation)
{
	static const char *const ends[] = { "0", "1", "2", "4", "1025", "1537", "2047" };

	(void)operation;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		long result;
		int error;

		open_module();
		put(DEBUG "fail_page_alloc/space", ends[i]);
		put(DEBUG "fail_page_alloc/probability", "100");
		result = run_insmod();
		error = errno;
		put(DEBUG "fail_page_alloc/probability", "0");
		finish_load(result);
		assert_int_equal(result, -1);
		assert_int_equal(error, ENOMEM);
	}
	put(DEBUG "fail_page_alloc/space", "0");
	load_it();
	unload();
}

/* Not one failure, but no page at all beneath the driver from the Nth on. */
static void load_where_memory_ends(void **state)
{
	(void)state;
	alarm(SECONDS);
	size = LARGE;
	make_ready();
	let_fail("fail_page_alloc", MODULES_START, MODULES_END);
	put(DEBUG "fail_page_alloc/times", "-1");
	assert_memory_is_back(load_at_each_end, NULL);
}

int main(void)
{
	struct CMUnitTest *tests = calloc(operations_count + 1, sizeof(*tests));

	assert_non_null(tests);
	for (size_t i = 0; i < operations_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = operations[i].name,
			.test_func = every_failure_is_answered,
			.initial_state = (void *)(uintptr_t)&operations[i],
		};
	tests[operations_count] = (struct CMUnitTest)cmocka_unit_test(load_where_memory_ends);
	return _cmocka_run_group_tests("fault-injection", tests, operations_count + 1, load_for_all,
				       NULL);
}
