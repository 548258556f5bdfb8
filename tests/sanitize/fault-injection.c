// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every allocation of every operation fails once. In a kernel with fault
 * injection, N written to /proc/self/fail-nth makes the Nth allocation from
 * then on fail, or the Nth copy from or to user space. Each operation here is
 * repeated with N = 1, 2, 3... until it ends before its Nth. It must succeed or
 * give an errno that it may give, and leave nothing behind.
 *
 * All of that twice: first whoever allocates; then only what the driver asks
 * for, itself or through the kernel, which is what has an address of a module
 * on its call stack, as no other module is loaded.
 */
#include "../device/device.h"

#define MODULE "/root/mmapdemo.ko"
#define DEBUG "/sys/kernel/debug/"
#define SECONDS 400

/* Addresses of modules on x86-64, whatever the configuration. */
#define MODULES_START "0xffffffffa0000000"
#define MODULES_END "0xffffffffff000000"
#define ANYWHERE "18446744073709551615"

/* Far from all other maps: the page tables of what is mapped here are its own. */
#define ARENA ((unsigned char *)0x100000000000)
#define OTHER ((unsigned char *)0x200000000000)

/* One leaked buffer must stand out from what others allocate meanwhile. */
#define LARGE "size=8M"
#define LARGE_PAGES 2048L
#define SMALL "size=8K"

static unsigned char bytes[4 * PAGE];
/* The node, as long as the module is loaded for all tests; then -1. */
static int fd = -1;
/* What an operation opens: the node, the module's file, /proc/self/mem. */
static int opened;
static int pipes[2];
static int fail_nth;
/* Of the module that is loaded. */
static const char *size;

static void put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
}

static void let_fail(const char *start, const char *end)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[64];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), DEBUG "%s/verbose", kinds[i]);
		put(path, "0");
		snprintf(path, sizeof(path), DEBUG "%s/require-start", kinds[i]);
		put(path, start);
		snprintf(path, sizeof(path), DEBUG "%s/require-end", kinds[i]);
		put(path, end);
	}
	/* As it is by default, hardly anything would ever fail. */
	put(DEBUG "failslab/ignore-gfp-wait", "N");
	put(DEBUG "fail_page_alloc/ignore-gfp-wait", "N");
	put(DEBUG "fail_page_alloc/ignore-gfp-highmem", "N");
	put(DEBUG "fail_page_alloc/min-order", "0");
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

static void unmap_all(long result)
{
	(void)result;
	unmap(ARENA, PAGES);
	unmap(OTHER, PAGES);
}

static long map_at(unsigned char *address, int flags)
{
	return (long)mmap(address, SIZE, RW, flags | MAP_FIXED, fd, 0);
}

static void map_shared(void)
{
	assert_int_equal(map_at(ARENA, MAP_SHARED), (long)ARENA);
}

static void map_private(void)
{
	assert_int_equal(map_at(ARENA, MAP_PRIVATE), (long)ARENA);
}

static void map_both(void)
{
	map_shared();
	assert_int_equal(map_at(OTHER, MAP_PRIVATE), (long)OTHER);
	store(OTHER);
}

static void open_pipe(void)
{
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
}

static void close_pipe(long result)
{
	(void)result;
	assert_int_equal(close(pipes[0]), 0);
	assert_int_equal(close(pipes[1]), 0);
}

static long run_open(void)
{
	opened = open(NODE, O_RDWR | O_CLOEXEC);
	return opened;
}

static void finish_open(long result)
{
	if (result >= 0)
		assert_int_equal(close(opened), 0);
}

static long run_map_shared(void)
{
	return map_at(ARENA, MAP_SHARED);
}

static long run_map_private(void)
{
	return map_at(ARENA, MAP_PRIVATE);
}

/* A page fault that finds no memory is tried again: no error reaches us. */
static long run_load(void)
{
	load(ARENA + PAGE);
	return 0;
}

static long run_store(void)
{
	store(ARENA + PAGE);
	return 0;
}

static long run_read(void)
{
	return pread(fd, bytes, sizeof(bytes), PAGE);
}

static long run_write(void)
{
	return pwrite(fd, bytes, sizeof(bytes), PAGE);
}

static long run_splice_out(void)
{
	loff_t offset = PAGE;

	return splice(fd, &offset, pipes[1], NULL, 4 * PAGE, 0);
}

static void fill_pipe(void)
{
	open_pipe();
	assert_int_equal(write(pipes[1], bytes, sizeof(bytes)), sizeof(bytes));
}

static long run_splice_in(void)
{
	loff_t offset = PAGE;

	return splice(pipes[0], NULL, fd, &offset, 4 * PAGE, 0);
}

static long run_info(void)
{
	struct mmapdemo_info answer;

	return ioctl(fd, MMAPDEMO_IOC_INFO, &answer);
}

static long create(const char *name)
{
	struct mmapdemo_create args = { .size = 4 * PAGE };

	snprintf(args.name, sizeof(args.name), "%s", name);
	opened = ioctl(fd, MMAPDEMO_IOC_CREATE, &args);
	return opened;
}

static long run_create(void)
{
	return create("");
}

static long run_create_named(void)
{
	return create("failing");
}

/* Whole, or nothing is there. */
static void finish_create_named(long result)
{
	if (result >= 0) {
		assert_int_equal(access(NODE "-failing", F_OK), 0);
		assert_int_equal(ioctl(opened, MMAPDEMO_IOC_REMOVE, 0), 0);
		assert_int_equal(close(opened), 0);
	}
	assert_fails(access(NODE "-failing", F_OK), ENOENT);
}

static void create_named(void)
{
	assert_true(run_create_named() >= 0);
}

/* Its node is gone, whatever the rest of the system has heard of that. */
static long run_remove(void)
{
	return ioctl(opened, MMAPDEMO_IOC_REMOVE, 0);
}

static void finish_remove(long result)
{
	if (result < 0)
		assert_int_equal(run_remove(), 0);
	assert_int_equal(close(opened), 0);
	assert_fails(access(NODE "-failing", F_OK), ENOENT);
}

static void create_unnamed(void)
{
	assert_true(run_create() >= 0);
	assert_int_equal(pwrite(opened, "stays", 5, 0), 5);
}

static long run_resize(void)
{
	uint64_t more = 64 * PAGE;

	return ioctl(opened, MMAPDEMO_IOC_RESIZE, &more);
}

/* All of it, or nothing has changed. */
static void finish_resize(long result)
{
	char text[6] = "";

	assert_int_equal(info(opened).size, (result < 0 ? 4 : 64) * PAGE);
	assert_int_equal(pread(opened, text, 5, 0), 5);
	assert_string_equal(text, "stays");
	assert_int_equal(close(opened), 0);
}

static long run_shrink(void)
{
	uint64_t less = PAGE;

	return ioctl(opened, MMAPDEMO_IOC_RESIZE, &less);
}

static void finish_shrink(long result)
{
	assert_int_equal(info(opened).size, (result < 0 ? 4 : 1) * PAGE);
	assert_int_equal(close(opened), 0);
}

static long run_open_again(void)
{
	opened = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	return opened;
}

static long run_events(void)
{
	struct mmapdemo_events answer;

	return ioctl(fd, MMAPDEMO_IOC_EVENTS, &answer);
}

static long run_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static void finish_fork(long result)
{
	if (result > 0)
		assert_int_equal(end_child((pid_t)result), 0);
	unmap_all(result);
}

static long run_protect(void)
{
	return mprotect(ARENA + PAGE, PAGE, PROT_READ);
}

static long run_unmap(void)
{
	return munmap(ARENA + PAGE, PAGE);
}

static long run_move(void)
{
	return (long)mremap(ARENA, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, OTHER);
}

static long run_remap(void)
{
	return remap_file_pages(ARENA + PAGE, PAGE, 0, 100, 0);
}

static void open_mem(void)
{
	map_shared();
	opened = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	assert_true(opened >= 0);
}

static void close_mem(long result)
{
	assert_int_equal(close(opened), 0);
	unmap_all(result);
}

static long run_peek(void)
{
	return pread(opened, bytes, 64, (off_t)(ARENA + PAGE));
}

static long run_poke(void)
{
	return pwrite(opened, bytes, 64, (off_t)(ARENA + PAGE));
}

static long run_rmmod(void)
{
	return syscall(SYS_delete_module, "mmapdemo", O_NONBLOCK);
}

static void unload(void)
{
	assert_int_equal(run_rmmod(), 0);
	assert_fails(access("/sys/module/mmapdemo", F_OK), ENOENT);
	assert_fails(access(NODE, F_OK), ENOENT);
}

/* Here ends what load_for_all() began. */
static void open_module(void)
{
	if (fd >= 0) {
		assert_int_equal(close(fd), 0);
		fd = -1;
		unload();
	}
	opened = open(MODULE, O_RDONLY | O_CLOEXEC);
	assert_true(opened >= 0);
}

static long run_insmod(void)
{
	return syscall(SYS_finit_module, opened, size, 0);
}

/* Loaded whole, or nothing is there. */
static void finish_load(long result)
{
	assert_int_equal(close(opened), 0);
	if (result == 0)
		unload();
	assert_fails(access("/sys/module/mmapdemo", F_OK), ENOENT);
	assert_fails(access(NODE, F_OK), ENOENT);
}

static void load_it(void)
{
	open_module();
	assert_int_equal(run_insmod(), 0);
	assert_int_equal(close(opened), 0);
}

static void finish_unload(long result)
{
	if (result < 0)
		unload();
}

/* The module as the other tests have it, and nobody else who has it open. */
static int load_for_all(void **state)
{
	(void)state;
	opened = open(MODULE, O_RDONLY | O_CLOEXEC);
	if (syscall(SYS_finit_module, opened, "", 0) < 0 || close(opened) < 0)
		return -1;
	fd = open_node(O_RDWR);
	return 0;
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

/* What one test repeats. Those that load the module come last: see open_module(). */
struct operation {
	const char *name;
	/* Something can fail beneath the driver, not only beside it. */
	bool ours;
	void (*prepare)(void);
	/* Returns -1 and sets errno to fail, as a system call. */
	long (*run)(void);
	/* Whatever became of it. */
	void (*finish)(long result);
	int errors[4];
};

static const struct operation operations[] = {
	{ "open", true, NULL, run_open, finish_open, { ENOMEM, EFAULT } },
	{ "mmap, shared", true, NULL, run_map_shared, unmap_all, { ENOMEM } },
	{ "mmap, private", false, NULL, run_map_private, unmap_all, { ENOMEM } },
	{ "load from a private map", false, map_private, run_load, unmap_all, { 0 } },
	{ "store to a private map", false, map_private, run_store, unmap_all, { 0 } },
	{ "read", true, NULL, run_read, NULL, { EFAULT } },
	{ "write", true, NULL, run_write, NULL, { EFAULT } },
	{ "splice out", false, open_pipe, run_splice_out, close_pipe, { ENOMEM, EFAULT } },
	{ "splice in", false, fill_pipe, run_splice_in, close_pipe, { ENOMEM, EFAULT } },
	{ "ioctl", true, NULL, run_info, NULL, { EFAULT } },
	{ "EVENTS", true, NULL, run_events, NULL, { EFAULT } },
	{ "OPEN", true, NULL, run_open_again, finish_open, { ENOMEM, EFAULT } },
	{ "CREATE", true, NULL, run_create, finish_open, { ENOMEM, EFAULT } },
	{ "CREATE with a name",
	  true,
	  NULL,
	  run_create_named,
	  finish_create_named,
	  { ENOMEM, EFAULT } },
	{ "REMOVE", false, create_named, run_remove, finish_remove, { ENOMEM, EFAULT } },
	{ "RESIZE to more", true, create_unnamed, run_resize, finish_resize, { ENOMEM, EFAULT } },
	{ "RESIZE to less", true, create_unnamed, run_shrink, finish_shrink, { ENOMEM, EFAULT } },
	{ "fork with maps", false, map_both, run_fork, finish_fork, { ENOMEM, EAGAIN } },
	{ "mprotect of a part", false, map_shared, run_protect, unmap_all, { ENOMEM } },
	{ "munmap of a part", false, map_shared, run_unmap, unmap_all, { ENOMEM } },
	{ "mremap", false, map_shared, run_move, unmap_all, { ENOMEM } },
	{ "remap_file_pages", false, map_shared, run_remap, unmap_all, { ENOMEM } },
	{ "peek, /proc/self/mem", false, open_mem, run_peek, close_mem, { ENOMEM, EFAULT, EIO } },
	{ "poke, /proc/self/mem", false, open_mem, run_poke, close_mem, { ENOMEM, EFAULT, EIO } },
	{ "load of the module", true, open_module, run_insmod, finish_load, { ENOMEM, EFAULT } },
	{ "unload of the module", false, load_it, run_rmmod, finish_unload, { ENOMEM, EFAULT } },
};

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

static void assert_memory_is_back(long before)
{
	long lost = before - free_pages();

	print_message("# %ld pages less than before\n", lost);
	assert_true(lost < LARGE_PAGES / 2);
}

static void every_failure_is_answered(void **state)
{
	const struct operation *operation = *state;
	unsigned int all, ours;
	long before;

	alarm(SECONDS);
	fail_nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	assert_true(fail_nth >= 0);
	size = SMALL;
	let_fail("0", ANYWHERE);
	all = fail_each(operation);
	/* Only now: KASAN keeps what was freed for a while, and that was much. */
	before = free_pages();
	size = LARGE;
	let_fail(MODULES_START, MODULES_END);
	ours = fail_each(operation);
	print_message("# %u failures, %u beneath the driver: %s\n", all, ours, operation->name);
	assert_true(all > 0);
	if (operation->ours)
		assert_true(ours > 0);
	assert_memory_is_back(before);
	close(fail_nth);
}

/* Not one failure, but no page at all beneath the driver from the Nth on. */
static void load_where_memory_ends(void **state)
{
	static const char *const ends[] = { "0", "1", "2", "4", "1025", "1537", "2047" };
	long before;

	(void)state;
	alarm(SECONDS);
	before = free_pages();
	size = LARGE;
	let_fail(MODULES_START, MODULES_END);
	put(DEBUG "fail_page_alloc/times", "-1");
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
	assert_memory_is_back(before);
}

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

int main(void)
{
	struct CMUnitTest tests[OPERATIONS + 1] = {
		[OPERATIONS] = cmocka_unit_test(load_where_memory_ends),
	};

	for (size_t i = 0; i < OPERATIONS; i++)
		tests[i] = (struct CMUnitTest){
			.name = operations[i].name,
			.test_func = every_failure_is_answered,
			.initial_state = (void *)(uintptr_t)&operations[i],
		};
	return cmocka_run_group_tests(tests, load_for_all, NULL);
}
