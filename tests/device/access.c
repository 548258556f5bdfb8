// SPDX-License-Identifier: BSD-2-Clause
/*
 * Access from outside, as a debugger does it: /proc/PID/mem and ptrace(2)
 * reach a shared map through the driver's own .access, which alone stands
 * between them and bytes that the map does not give.
 */
#include "device.h"

#include <sys/ptrace.h>

static int open_mem(pid_t pid)
{
	char path[32];
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDWR | O_CLOEXEC);
	assert_true(mem >= 0);
	return mem;
}

static ssize_t peek(int mem, void *bytes, size_t length, const void *p)
{
	return pread(mem, bytes, length, (off_t)(uintptr_t)p);
}

static ssize_t poke(int mem, const void *bytes, size_t length, const void *p)
{
	return pwrite(mem, bytes, length, (off_t)(uintptr_t)p);
}

/* A window followed by an address that faults, whatever else is mapped. */
static unsigned char *map_before_hole(int fd, int flags, int prot, size_t first, size_t pages)
{
	unsigned char *p = reserve(pages + 1);

	assert_ptr_equal(mmap(p, pages * PAGE, prot, flags | MAP_FIXED, fd, (off_t)(first * PAGE)),
			 p);
	unmap(p + pages * PAGE, 1);
	return p;
}

static void proc_mem_reads_and_writes_a_shared_map(void **state)
{
	static unsigned char found[PAGES * PAGE];
	int mem = open_mem(getpid());
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 0, PAGES);
	assert_int_equal(peek(mem, found, SIZE, p), SIZE);
	assert_pages(found, 0, PAGES);
	assert_int_equal(poke(mem, "debugger", 8, p + 3 * PAGE - 4), 8);
	assert_memory_equal(p + 3 * PAGE - 4, "debugger", 8);
	assert_device_but(fd, 3 * PAGE - 4, "debugger", 8);
	unmap(p, PAGES);
	assert_int_equal(close(mem), 0);
}

static void proc_mem_finds_the_bytes_of_a_window(void **state)
{
	unsigned char found[2 * PAGE];
	int mem = open_mem(getpid());
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 100, 3);
	assert_int_equal(peek(mem, found, 2 * PAGE, p + PAGE / 2), 2 * PAGE);
	assert_memory_equal(found, pattern + 100 * PAGE + PAGE / 2, 2 * PAGE);
	assert_int_equal(poke(mem, "w", 1, p + 2 * PAGE), 1);
	assert_device_but(fd, 102 * PAGE, "w", 1);
	unmap(p, 3);
	p = map(fd, MAP_SHARED, RW, PAGES - 1, 1);
	assert_int_equal(peek(mem, found, PAGE, p), PAGE);
	assert_pages(found, PAGES - 1, 1);
	assert_int_equal(poke(mem, "z", 1, p + PAGE - 1), 1);
	assert_device_but(fd, SIZE - 1, "z", 1);
	unmap(p, 1);
	assert_int_equal(close(mem), 0);
}

static void proc_mem_finds_the_bytes_after_a_split(void **state)
{
	unsigned char found[2 * PAGE];
	int mem = open_mem(getpid());
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 20, 8);
	unmap(p + 2 * PAGE, 3);
	assert_int_equal(peek(mem, found, 2 * PAGE, p), 2 * PAGE);
	assert_pages(found, 20, 2);
	assert_fails(peek(mem, found, 1, p + 2 * PAGE), EIO);
	assert_int_equal(peek(mem, found, 2 * PAGE, p + 6 * PAGE), 2 * PAGE);
	assert_pages(found, 26, 2);
	assert_int_equal(poke(mem, "split", 5, p + 5 * PAGE), 5);
	assert_device_but(fd, 25 * PAGE, "split", 5);
	unmap(p, 8);
	assert_int_equal(close(mem), 0);
}

static void proc_mem_write_into_a_read_only_map_is_EIO(void **state)
{
	static const int rights[] = { PROT_READ, PROT_NONE };
	int reader = open_node(O_RDONLY);
	int mem = open_mem(getpid());
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 4; i++) {
		unsigned char *p = map(i % 2 ? reader : fd, MAP_SHARED, rights[i / 2], 9, 2);

		assert_fails(poke(mem, "x", 1, p), EIO);
		assert_fails(poke(mem, "xxxxxxxx", 8, p + PAGE - 4), EIO);
		assert_fails(poke(mem, "xxxxxxxx", 8, p + 2 * PAGE - 8), EIO);
		unmap(p, 2);
		assert_device_unchanged(fd);
	}
	assert_int_equal(close(reader), 0);
	assert_int_equal(close(mem), 0);
}

static void proc_mem_write_follows_mprotect(void **state)
{
	int mem = open_mem(getpid());
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 9, 2);
	assert_int_equal(mprotect(p, 2 * PAGE, PROT_READ), 0);
	assert_fails(poke(mem, "x", 1, p), EIO);
	assert_int_equal(mprotect(p, PAGE, RW), 0);
	assert_int_equal(poke(mem, "y", 1, p), 1);
	assert_device_but(fd, 9 * PAGE, "y", 1);
	/* The first page may be written, the second not. */
	assert_int_equal(poke(mem, "12345678", 8, p + PAGE - 4), 4);
	assert_device_but(fd, 10 * PAGE - 4, "1234", 4);
	unmap(p, 2);
	assert_int_equal(close(mem), 0);
}

static void proc_mem_read_stops_at_the_end_of_the_map(void **state)
{
	static const size_t firsts[] = { 60, PAGES - 4 };
	int mem = open_mem(getpid());
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map_before_hole(fd, MAP_SHARED, PROT_READ, firsts[i], 4);
		unsigned char found[2 * PAGE];

		memset(found, POISON, sizeof(found));
		assert_int_equal(peek(mem, found, 2 * PAGE, p + 4 * PAGE - 100), 100);
		assert_memory_equal(found, pattern + (firsts[i] + 4) * PAGE - 100, 100);
		assert_all(found + 100, POISON, sizeof(found) - 100);
		unmap(p, 4);
	}
	assert_int_equal(close(mem), 0);
}

static void proc_mem_write_stops_at_the_end_of_the_map(void **state)
{
	unsigned char *bytes = memory(2);
	int mem = open_mem(getpid());
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map_before_hole(fd, MAP_SHARED, RW, 60, 4);
	assert_int_equal(poke(mem, bytes, 2 * PAGE, p + 4 * PAGE - 100), 100);
	assert_device_but(fd, 64 * PAGE - 100, bytes, 100);
	unmap(p, 4);
	/* Here nothing of the buffer lies after it: the driver's own neighbours do. */
	p = map_before_hole(fd, MAP_SHARED, RW, PAGES - 1, 1);
	assert_int_equal(poke(mem, bytes, 2 * PAGE, p + PAGE - 100), 100);
	assert_device_but(fd, SIZE - 100, bytes, 100);
	unmap(p, 1);
	unmap(bytes, 2);
	assert_int_equal(close(mem), 0);
}

static void proc_mem_write_into_a_private_map_stays_private(void **state)
{
	static const int rights[] = { RW, PROT_READ };
	unsigned char found[16];
	int mem = open_mem(getpid());
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, MAP_PRIVATE, rights[i], 70, 2);

		assert_int_equal(peek(mem, found, 16, p + PAGE - 8), 16);
		assert_memory_equal(found, pattern + 71 * PAGE - 8, 16);
		/* Through PROT_READ it takes force, which a kernel may keep for tracers. */
		if (poke(mem, "private", 7, p + PAGE - 3) == 7)
			assert_memory_equal(p + PAGE - 3, "private", 7);
		else
			assert_int_equal(rights[i], PROT_READ);
		unmap(p, 2);
		assert_device_unchanged(fd);
	}
	assert_int_equal(close(mem), 0);
}

static void wait_for_tracer(void *arg)
{
	(void)arg;
	assert_int_equal(ptrace(PTRACE_TRACEME, 0, NULL, NULL), 0);
	raise(SIGSTOP);
}

static pid_t start_tracee(void)
{
	pid_t pid = start_child(wait_for_tracer, NULL);
	int status;

	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	return pid;
}

static void end_tracee(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(end_child(pid), -SIGKILL);
}

static void ptrace_peeks_and_pokes_a_shared_map(void **state)
{
	int fd = node(state);
	unsigned char *p;
	long word;
	pid_t pid;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 80, 2);
	pid = start_tracee();
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, p + PAGE, NULL);
	assert_int_equal(errno, 0);
	assert_memory_equal(&word, pattern + 81 * PAGE, sizeof(word));
	assert_int_equal(ptrace(PTRACE_POKEDATA, pid, p + PAGE - 4, 0x1122334455667788), 0);
	word = 0x1122334455667788;
	assert_device_but(fd, 81 * PAGE - 4, &word, sizeof(word));
	end_tracee(pid);
	unmap(p, 2);
}

static void ptrace_poke_into_a_read_only_map_is_EIO(void **state)
{
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	int i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(i ? reader : fd, MAP_SHARED, PROT_READ, 80, 2);
		pid_t pid = start_tracee();
		int mem = open_mem(pid);

		assert_fails(ptrace(PTRACE_POKEDATA, pid, p, 1), EIO);
		assert_fails(ptrace(PTRACE_POKEDATA, pid, p + 2 * PAGE - 8, 1), EIO);
		assert_fails(poke(mem, "x", 1, p), EIO);
		assert_device_unchanged(fd);
		assert_int_equal(close(mem), 0);
		end_tracee(pid);
		unmap(p, 2);
	}
	assert_int_equal(close(reader), 0);
}

static void ptrace_does_not_reach_across_the_end_of_a_map(void **state)
{
	int fd = node(state);
	unsigned char *p;
	pid_t pid;

	fill(fd);
	p = map_before_hole(fd, MAP_SHARED, RW, 80, 2);
	pid = start_tracee();
	assert_fails(ptrace(PTRACE_PEEKDATA, pid, p + 2 * PAGE - 4, NULL), EIO);
	assert_fails(ptrace(PTRACE_POKEDATA, pid, p + 2 * PAGE - 4, 0x1122334455667788), EIO);
	/* What lies inside may have been stored. */
	assert_device_but(fd, 82 * PAGE - 4, p + 2 * PAGE - 4, 4);
	end_tracee(pid);
	unmap(p, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(proc_mem_reads_and_writes_a_shared_map),
		TEST(proc_mem_finds_the_bytes_of_a_window),
		TEST(proc_mem_finds_the_bytes_after_a_split),
		TEST(proc_mem_write_into_a_read_only_map_is_EIO),
		TEST(proc_mem_write_follows_mprotect),
		TEST(proc_mem_read_stops_at_the_end_of_the_map),
		TEST(proc_mem_write_stops_at_the_end_of_the_map),
		TEST(proc_mem_write_into_a_private_map_stays_private),
		TEST(ptrace_peeks_and_pokes_a_shared_map),
		TEST(ptrace_poke_into_a_read_only_map_is_EIO),
		TEST(ptrace_does_not_reach_across_the_end_of_a_map),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
