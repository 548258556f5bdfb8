// SPDX-License-Identifier: BSD-2-Clause
/*
 * The storm: words. A few locks, by the contract of WAIT, WAKE and CLIENT alone,
 * each with two counts that only its owner changes, and which are equal whenever
 * it is free; owners that die; and calls with arguments at random.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "storm.h"

/* Pages after those of the model: of the locks, and of words that mean nothing. */
#define LOCKS_PAGE PAGES
#define NOISE_PAGE (PAGES + 1)
#define LOCKS 4
#define SLEEPERS 0x80000000U

struct lock {
	uint32_t word;
	uint32_t first, second;
	uint32_t unused;
};

static struct lock *any_lock(struct worker *w)
{
	static struct lock *locks;

	if (!locks) {
		locks = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd,
			     (off_t)LOCKS_PAGE * PAGE);
		if (locks == MAP_FAILED)
			wrong(w, "mmap of the locks");
	}
	return &locks[below(w, LOCKS)];
}

/* Not before op_reopen() does the descriptor close, and with it the client end. */
static uint32_t client(struct worker *w)
{
	int number = ioctl(w->fd, MMAPDEMO_IOC_CLIENT, 0);

	if (number < 1)
		wrong(w, "CLIENT: %d", number);
	return (uint32_t)number;
}

static uint64_t offset_of(const struct lock *lock)
{
	return (uint64_t)LOCKS_PAGE * PAGE + ((uintptr_t)lock & (PAGE - 1));
}

static bool swap(struct lock *lock, uint32_t old, uint32_t new)
{
	return __atomic_compare_exchange_n(&lock->word, &old, new, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* Returns whether the last owner died. Who has to wait says so, and keeps saying so. */
static bool take(struct worker *w, struct lock *lock, uint32_t self)
{
	struct mmapdemo_wait args = { .offset = offset_of(lock),
				      .flags = MMAPDEMO_WAIT_OWNER,
				      .deadline = MMAPDEMO_WAIT_FOREVER };
	uint32_t slept = 0;
	uint32_t old;

	for (;;) {
		old = __atomic_load_n(&lock->word, __ATOMIC_SEQ_CST);
		if (!(old & MMAPDEMO_CLIENT_MASK)) {
			if (swap(lock, old, self | (old & SLEEPERS) | slept))
				return false;
			continue;
		}
		args.expected = old | SLEEPERS;
		if (!swap(lock, old, args.expected))
			continue;
		if (ioctl(w->fd, MMAPDEMO_IOC_WAIT, &args) == 0)
			slept = SLEEPERS;
		else if (errno == EOWNERDEAD && swap(lock, args.expected, self | SLEEPERS))
			return true;
		else if (errno != EOWNERDEAD && errno != EAGAIN)
			wrong(w, "WAIT for a lock");
	}
}

static void give(struct worker *w, struct lock *lock)
{
	struct mmapdemo_wake args = { .offset = offset_of(lock), .count = 1 };
	uint32_t old = __atomic_exchange_n(&lock->word, 0, __ATOMIC_SEQ_CST);

	if (old & SLEEPERS && ioctl(w->fd, MMAPDEMO_IOC_WAKE, &args) < 0)
		wrong(w, "WAKE of a lock");
}

static void take_and_check(struct worker *w, struct lock *lock)
{
	if (take(w, lock, client(w)))
		lock->second = lock->first;
	if (lock->first != lock->second)
		wrong(w, "a lock let two in: %u, %u", lock->first, lock->second);
	__atomic_fetch_add(&lock->first, 1, __ATOMIC_SEQ_CST);
}

/* A child of the same open file, which ends while we live. */
static void die_holding(struct worker *w, struct lock *lock)
{
	pid_t pid = fork();

	if (pid == 0) {
		take_and_check(w, lock);
		_exit(0);
	}
	end_child(w, pid);
}

void op_lock(struct worker *w)
{
	struct lock *lock = any_lock(w);

	if (below(w, 10) == 0)
		return die_holding(w, lock);
	take_and_check(w, lock);
	if (below(w, 8) == 0)
		usleep(1);
	lock->second = lock->first;
	give(w, lock);
}

/* Of a page of its own, mostly; also unaligned, or far away. */
static uint64_t any_offset(struct worker *w)
{
	uint64_t offset = (uint64_t)NOISE_PAGE * PAGE + below(w, 4) * sizeof(uint32_t);

	switch (below(w, 10)) {
	case 0:
		return offset + 1 + below(w, 3);
	case 1:
		return (uint64_t)size_pages * PAGE + below(w, 99) * sizeof(uint32_t);
	case 2:
		return 0 - (uint64_t)below(w, 99) * sizeof(uint32_t);
	default:
		return offset;
	}
}

static bool is_expected(int err)
{
	return err == EAGAIN || err == ETIMEDOUT || err == EINVAL || err == EOWNERDEAD;
}

void op_words(struct worker *w)
{
	struct mmapdemo_wait args = { .offset = any_offset(w), .flags = below(w, 3) };
	struct mmapdemo_wake wake = { .offset = any_offset(w), .count = below(w, 4) };
	uint32_t value = below(w, 3);
	struct timespec now;

	if (pwrite(w->fd, &value, sizeof(value), NOISE_PAGE * PAGE + below(w, 4) * 4) != 4)
		wrong(w, "pwrite of a word");
	args.expected = below(w, 3);
	clock_gettime(CLOCK_MONOTONIC, &now);
	args.deadline =
		(uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + below(w, 500000);
	if (ioctl(below(w, 2) ? w->fd : w->reader, MMAPDEMO_IOC_WAIT, &args) < 0 &&
	    !is_expected(errno))
		wrong(w, "WAIT at %#llx", (unsigned long long)args.offset);
	if (ioctl(w->fd, MMAPDEMO_IOC_WAKE, &wake) < 0 && errno != EINVAL)
		wrong(w, "WAKE at %#llx", (unsigned long long)wake.offset);
}
