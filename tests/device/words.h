/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of words and clients share. A process that sleeps in these tests has a
 * deadline far away: a wake-up that is lost is ETIMEDOUT and not a hang.
 */
#ifndef WORDS_H
#define WORDS_H

#include "named.h"

#include <time.h>

#define SECOND 1000000000ULL
#define PATIENCE (20 * SECOND)

/* Where most tests have their word, in a fresh buffer 0. */
#define WORD 64

static inline uint64_t now(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static inline int wait_call(int fd, uint64_t offset, uint32_t expected, uint32_t flags,
			    uint64_t deadline)
{
	struct mmapdemo_wait args = {
		.offset = offset,
		.expected = expected,
		.flags = flags,
		.deadline = deadline,
	};

	return ioctl(fd, MMAPDEMO_IOC_WAIT, &args);
}

static inline int wait_word(int fd, uint64_t offset, uint32_t expected)
{
	return wait_call(fd, offset, expected, 0, now() + PATIENCE);
}

static inline int wake(int fd, uint64_t offset, uint32_t count)
{
	struct mmapdemo_wake args = { .offset = offset, .count = count };

	return ioctl(fd, MMAPDEMO_IOC_WAKE, &args);
}

static inline int client(int fd)
{
	return ioctl(fd, MMAPDEMO_IOC_CLIENT, 0);
}

/* Without a map, which would be one more user of the buffer. */
static inline void put(int fd, uint64_t offset, uint32_t value)
{
	assert_int_equal(pwrite(fd, &value, sizeof(value), (off_t)offset), sizeof(value));
}

static inline uint32_t get(int fd, uint64_t offset)
{
	uint32_t value;

	assert_int_equal(pread(fd, &value, sizeof(value), (off_t)offset), sizeof(value));
	return value;
}

static inline char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
	fclose(file);
	return state;
}

static inline void assert_alive(pid_t pid)
{
	assert_int_not_equal(state_of(pid), 'Z');
}

/* Our children sleep nowhere else before they do what they are waited for. */
static inline void until_asleep(pid_t pid)
{
	while (state_of(pid) != 'S') {
		assert_alive(pid);
		usleep(1000);
	}
}

/* A process that waits for a word, and what WAIT must say to it. */
struct sleeper {
	int fd;
	uint32_t offset;
	uint32_t expected;
	uint32_t flags;
	int error;
};

static inline void sleep_on_word(void *arg)
{
	const struct sleeper *s = arg;
	int result = wait_call(s->fd, s->offset, s->expected, s->flags, now() + PATIENCE);

	assert_int_equal(result < 0 ? errno : 0, s->error);
}

/* Sleeping, when this returns. */
static inline pid_t start_sleeper_on(struct sleeper sleeper)
{
	pid_t pid = start_child(sleep_on_word, &sleeper);

	until_asleep(pid);
	return pid;
}

static inline pid_t start_sleeper(int fd, uint32_t offset)
{
	return start_sleeper_on((struct sleeper){ .fd = fd, .offset = offset });
}

/* Memory that children share with us; it is zero. */
static inline void *shared_memory(void)
{
	return map(-1, MAP_SHARED | MAP_ANONYMOUS, RW, 0, 1);
}

static inline uint32_t load_word(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void store_word(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	assert_int_equal(sigaction(signal, &action, NULL), 0);
}

static inline void do_nothing(void *arg)
{
	(void)arg;
}

static inline void ignore_signal(int signal)
{
	(void)signal;
}

/* Whether @number is a client's of the buffer; its last word tells. */
static inline bool is_client(int fd, uint32_t number)
{
	uint64_t offset = info(fd).size - 4;

	put(fd, offset, number);
	errno = 0;
	assert_int_equal(wait_call(fd, offset, number, MMAPDEMO_WAIT_OWNER, 0), -1);
	assert_true(errno == ETIMEDOUT || errno == EOWNERDEAD);
	return errno == ETIMEDOUT;
}

/* A child that asks for a number and tells it, then does something else. */
struct member {
	int fd;
	uint32_t *told;
	void (*then)(int fd, uint32_t number);
};

static inline void join(void *arg)
{
	const struct member *m = arg;
	int number = client(m->fd);

	assert_true(number > 0);
	store_word(m->told, (uint32_t)number);
	m->then(m->fd, (uint32_t)number);
}

/* It is a client when this returns, and has done nothing else for sure. */
static inline pid_t start_member(int fd, uint32_t *number, void (*then)(int fd, uint32_t number))
{
	struct member member = { fd, shared_memory(), then };
	pid_t pid = start_child(join, &member);

	while (!load_word(member.told)) {
		/* It may tell and end between two looks. */
		if (state_of(pid) == 'Z' && !load_word(member.told))
			assert_alive(pid);
		usleep(1000);
	}
	*number = load_word(member.told);
	unmap(member.told, 1);
	return pid;
}

static inline void stay(int fd, uint32_t number)
{
	(void)fd;
	(void)number;
	for (;;)
		pause();
}

static inline void kill_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(end_child(pid), -SIGKILL);
}

#endif /* WORDS_H */
