/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the device tests share. They talk to /dev/mmapdemo by system calls
 * only, never through the library: a bug there cannot hide one in the driver.
 *
 * Each test gets a descriptor of its own, and must leave as many open files
 * and maps as it found them. Include this before anything else.
 */
#ifndef DEVICE_H
#define DEVICE_H

#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/mmapdemo.h>

#define NODE "/dev/mmapdemo"

/* The default size of the buffer, and what it is counted in. */
#define PAGE 4096UL
#define PAGES 256UL
#define SIZE (PAGES * PAGE)

#define NOBODY 65534
#define RW (PROT_READ | PROT_WRITE)
#define POISON 0xa5

/* Nothing may hang: who takes longer is killed, a child earlier than us. */
#define TEST_SECONDS 60
#define CHILD_SECONDS 40

/* mmap(2) and most others report failure as -1; @call may have any such type. */
#define assert_fails(call, error)                                                                  \
	do {                                                                                       \
		errno = 0;                                                                         \
		assert_int_equal((long)(call), -1);                                                \
		assert_int_equal(errno, (int)(error));                                             \
	} while (0)

static inline struct mmapdemo_info info(int fd)
{
	struct mmapdemo_info info;

	memset(&info, POISON, sizeof(info));
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_INFO, &info), 0);
	return info;
}

static inline unsigned int maps(int fd)
{
	return info(fd).maps;
}

static inline int open_node(int flags)
{
	int fd = open(NODE, flags | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* A window in pages. */
static inline unsigned char *map(int fd, int flags, int prot, size_t first, size_t pages)
{
	unsigned char *p = mmap(NULL, pages * PAGE, prot, flags, fd, (off_t)(first * PAGE));

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static inline void unmap(void *p, size_t pages)
{
	assert_int_equal(munmap(p, pages * PAGE), 0);
}

/* The kernel's own call: libc refuses some arguments before it gets there. */
static inline long raw_mmap(size_t length, int prot, int flags, int fd, uint64_t offset)
{
	return syscall(SYS_mmap, NULL, length, prot, flags, fd, offset);
}

/* Addresses that nobody else uses, and that fault. */
static inline unsigned char *reserve(size_t pages)
{
	return map(-1, MAP_PRIVATE | MAP_ANONYMOUS, PROT_NONE, 0, pages);
}

/* Ordinary memory, all POISON. */
static inline unsigned char *memory(size_t pages)
{
	unsigned char *p = map(-1, MAP_PRIVATE | MAP_ANONYMOUS, RW, 0, pages);

	memset(p, POISON, pages * PAGE);
	return p;
}

/* What fill() stores: no two words of the buffer are equal, none is POISON. */
static unsigned char pattern[SIZE];

static inline void expect_pattern(void)
{
	uint32_t word;
	size_t i;

	for (i = 0; i < SIZE; i += sizeof(word)) {
		word = (uint32_t)(i + 4) * 2654435761U;
		memcpy(pattern + i, &word, sizeof(word));
	}
}

static inline void fill(int fd)
{
	expect_pattern();
	assert_int_equal(pwrite(fd, pattern, SIZE, 0), SIZE);
}

static inline void assert_pages(const void *p, size_t first, size_t pages)
{
	assert_memory_equal(p, pattern + first * PAGE, pages * PAGE);
}

static inline void assert_all(const unsigned char *p, unsigned char value, size_t length)
{
	size_t i;

	for (i = 0; i < length && p[i] == value; i++)
		;
	assert_int_equal(i, length);
}

/* The device holds the pattern but for @length bytes at @offset. */
static inline void assert_device_but(int fd, size_t offset, const void *bytes, size_t length)
{
	static unsigned char found[SIZE];

	memcpy(pattern + offset, bytes, length);
	memset(found, POISON, SIZE);
	assert_int_equal(pread(fd, found, SIZE, 0), SIZE);
	assert_pages(found, 0, PAGES);
}

static inline void assert_device_unchanged(int fd)
{
	assert_device_but(fd, 0, pattern, 0);
}

/* cmocka does not end the line in which it says why it aborts. */
static inline void end_line(int signal)
{
	if (signal == SIGABRT && write(STDERR_FILENO, "\n", 1) != 1)
		_exit(1);
}

/*
 * A child process. In there a failing assertion is an abort(), and a bad
 * access is what it would be in any program.
 */
static inline pid_t start_child(void (*body)(void *), void *arg)
{
	const struct rlimit no_core = { 0, RLIM_INFINITY };
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(CHILD_SECONDS);
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		signal(SIGALRM, SIG_DFL);
		signal(SIGABRT, end_line);
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		body(arg);
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

/* How it ended: its exit status, or minus the signal. */
static inline int end_child(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static inline int run_child(void (*body)(void *), void *arg)
{
	return end_child(start_child(body, arg));
}

/* A thread of ours is joined before its table of descriptors is gone. */
static inline void until_thread_is_gone(pid_t thread)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d", (int)thread);
	while (access(path, F_OK) == 0)
		usleep(1000);
}

static inline void load(void *p)
{
	*(volatile unsigned char *)p;
}

static inline void store(void *p)
{
	*(volatile unsigned char *)p = 1;
}

static inline void become_nobody(void)
{
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setresgid(NOBODY, NOBODY, NOBODY), 0);
	assert_int_equal(setresuid(NOBODY, NOBODY, NOBODY), 0);
	/* As a program that nobody started; else /proc/self would be root's. */
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
}

/* For a whole program of tests, which own the node and need no other right. */
static inline int as_nobody(void **state)
{
	(void)state;
	if (chown(NODE, NOBODY, NOBODY))
		return -1;
	become_nobody();
	return 0;
}

struct fixture {
	int fd;
	unsigned int maps;
	unsigned int opens;
};

static struct fixture fixture; /* of the test that runs */

/* So that a hang has the name of its test. */
static inline void on_alarm(int signal)
{
	(void)signal;
	fail_msg("hangs");
}

static inline int begin_test(void **state)
{
	const struct sigaction hang = { .sa_handler = on_alarm, .sa_flags = SA_NODEFER };

	sigaction(SIGALRM, &hang, NULL);
	alarm(TEST_SECONDS);
	fixture.fd = open_node(O_RDWR);
	fixture.maps = info(fixture.fd).maps;
	fixture.opens = info(fixture.fd).opens;
	*state = &fixture;
	return 0;
}

static inline int end_test(void **state)
{
	(void)state;
	assert_int_equal(info(fixture.fd).maps, fixture.maps);
	assert_int_equal(info(fixture.fd).opens, fixture.opens);
	return close(fixture.fd);
}

/* The test's own descriptor, O_RDWR. */
static inline int node(void **state)
{
	return ((struct fixture *)*state)->fd;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

#endif /* DEVICE_H */
