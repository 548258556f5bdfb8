// SPDX-License-Identifier: BSD-2-Clause
/*
 * Core dumps leave the buffer out, even if the process asks for everything.
 * Root alone may say where a dump goes.
 */
#include "device.h"

#define PATTERN_FILE "/proc/sys/kernel/core_pattern"
#define CORE "/tmp/mmapdemo-core"
#define MARKER 32

static void set_core_pattern(const char *text)
{
	int file = open(PATTERN_FILE, O_WRONLY | O_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	assert_int_equal(close(file), 0);
}

/*
 * Bytes that stand nowhere in the program: @seed is volatile, so they come to
 * be in @where alone.
 */
static void put_marker(volatile unsigned char *where, volatile uint32_t *seed)
{
	uint32_t value = *seed;
	size_t i;

	for (i = 0; i < MARKER; i++) {
		value = value * 1664525 + 1013904223;
		where[i] = (unsigned char)(value >> 24);
	}
}

struct dumped {
	int fd;
	int flags;
	uint32_t in_map;
	uint32_t in_memory;
};

static void dump_core(void *arg)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct dumped *dumped = arg;
	unsigned char *p = map(dumped->fd, dumped->flags, RW, 0, PAGES);
	size_t i;
	int filter = open("/proc/self/coredump_filter", O_WRONLY);

	/* Anonymous, file, ELF, huge and DAX memory, private and shared. */
	assert_int_equal(write(filter, "0x1ff", 5), 5);
	for (i = 0; i < PAGES; i++)
		put_marker(p + i * PAGE + i, &dumped->in_map);
	put_marker(memory(1), &dumped->in_memory);
	assert_int_equal(setrlimit(RLIMIT_CORE, &all), 0);
	become_nobody();
	abort();
}

static bool core_holds(uint32_t seed)
{
	unsigned char marker[MARKER];
	int core = open(CORE, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool holds;
	void *p;

	assert_true(core >= 0);
	assert_int_equal(fstat(core, &st), 0);
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, core, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	put_marker(marker, &seed);
	holds = memmem(p, st.st_size, marker, MARKER);
	assert_int_equal(munmap(p, st.st_size), 0);
	assert_int_equal(close(core), 0);
	return holds;
}

static void assert_left_out(int fd, int flags)
{
	struct dumped dumped = { .fd = fd, .flags = flags, .in_map = 1, .in_memory = 2 };
	char saved[128] = "";
	int file = open(PATTERN_FILE, O_RDONLY | O_CLOEXEC);

	assert_true(read(file, saved, sizeof(saved) - 1) > 0);
	assert_int_equal(close(file), 0);
	/* Nothing of an earlier run may shine through. */
	fill(fd);
	unlink(CORE);
	set_core_pattern(CORE);
	assert_int_equal(run_child(dump_core, &dumped), -SIGABRT);
	set_core_pattern(saved);
	assert_true(core_holds(dumped.in_memory));
	assert_false(core_holds(dumped.in_map));
	assert_int_equal(unlink(CORE), 0);
}

static void a_core_dump_leaves_a_shared_map_out(void **state)
{
	unsigned char marker[MARKER], found[MARKER];
	uint32_t seed = 1;
	int fd = node(state);

	assert_left_out(fd, MAP_SHARED);
	/* The child did store it. */
	put_marker(marker, &seed);
	assert_int_equal(pread(fd, found, MARKER, 3 * PAGE + 3), MARKER);
	assert_memory_equal(found, marker, MARKER);
}

static void a_core_dump_leaves_a_private_map_out(void **state)
{
	assert_left_out(node(state), MAP_PRIVATE);
	assert_device_unchanged(node(state));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_core_dump_leaves_a_shared_map_out),
		TEST(a_core_dump_leaves_a_private_map_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
