// SPDX-License-Identifier: BSD-2-Clause
/*
 * Words: sleep on 32 bits of a buffer, and who this process is to the others. In
 * memory of the driver by its ioctls, elsewhere by futex(2).
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>
#include <linux/mmapdemo.h>

#include "buffer.h"
#include "word.h"

static_assert(sizeof(struct mmapdemo_wait) == 32, "the layout of the ABI");
static_assert(sizeof(struct mmapdemo_wake) == 16, "the layout of the ABI");

/*
 * The most looks at a word before sleeping: about as long as one sleep and one
 * wake-up take, 5 us at 40 ns a pause.
 */
#define SPINS_MAX 128

bool mmapdemo_word_is_nodes(const struct mmapdemo_word *word)
{
	return word->buffer->kind == MMAPDEMO_KIND_NODE;
}

int mmapdemo_word_at(struct mmapdemo_word *word, struct mmapdemo_buffer *buffer,
		     const struct mmapdemo_view *view, uint64_t offset)
{
	static const uint32_t no_client;
	const uint32_t *process;
	int err;

	if (buffer->kind == MMAPDEMO_KIND_DEVICE)
		return -EOPNOTSUPP;
	if (offset % sizeof(uint32_t) || offset < view->offset || view->size < sizeof(uint32_t) ||
	    offset - view->offset > view->size - sizeof(uint32_t))
		return -EINVAL;
	err = buffer->kind == MMAPDEMO_KIND_NODE ? mmapdemo_remember_process(buffer) : 0;
	if (err)
		return err;
	process = __atomic_load_n(&buffer->process, __ATOMIC_ACQUIRE);
	*word = (struct mmapdemo_word){
		.value = (uint32_t *)((char *)view->data + (offset - view->offset)),
		.client = process ? process : &no_client,
		.buffer = buffer,
		.offset = offset,
	};
	return 0;
}

/* A mutex or a semaphore: @size bytes, by somebody who must be known. */
int mmapdemo_word_at_writable(struct mmapdemo_word *word, struct mmapdemo_buffer *buffer,
			      const struct mmapdemo_view *view, uint64_t offset, size_t size)
{
	struct mmapdemo_word first, last;
	uint32_t self;
	int err;

	if (!buffer->writable)
		return -EBADF;
	err = mmapdemo_word_at(&first, buffer, view, offset);
	if (!err)
		err = mmapdemo_word_at(&last, buffer, view, offset + size - sizeof(uint32_t));
	if (!err)
		err = mmapdemo_word_self(&first, &self);
	if (!err)
		*word = first;
	return err;
}

/* The number by which others know this process; 0 where nobody does. */
int mmapdemo_word_self(const struct mmapdemo_word *word, uint32_t *self)
{
	uint32_t *process = __atomic_load_n(&word->buffer->process, __ATOMIC_ACQUIRE);
	uint32_t known;
	int number;

	if (!mmapdemo_word_is_nodes(word)) {
		*self = 0;
		return 0;
	}
	known = __atomic_load_n(process, __ATOMIC_RELAXED);
	if (!known) {
		number = ioctl(word->buffer->fd, MMAPDEMO_IOC_CLIENT, 0);
		if (number < 0)
			return -errno;
		known = (uint32_t)number + 1;
		__atomic_store_n(process, known, __ATOMIC_RELAXED);
	}
	*self = known - 1;
	return 0;
}

/* A clock that starts at 0 has passed all before, which futex(2) calls invalid. */
static const struct timespec *after_boot(const struct timespec *deadline)
{
	static const struct timespec boot = { 0 };

	return deadline && deadline->tv_sec < 0 && mmapdemo_is_time(deadline) ? &boot : deadline;
}

int mmapdemo_futex(uint32_t *value, int operation, uint32_t argument,
		   const struct timespec *deadline)
{
	long result = syscall(SYS_futex, value, operation, argument, after_boot(deadline), NULL,
			      FUTEX_BITSET_MATCH_ANY);

	return result < 0 ? -errno : (int)result;
}

bool mmapdemo_is_time(const struct timespec *deadline)
{
	return !deadline || (deadline->tv_nsec >= 0 && deadline->tv_nsec < 1000000000);
}

/* Times that the clock will not reach mean no limit; times before it began are past. */
uint64_t mmapdemo_nanoseconds(const struct timespec *deadline)
{
	if (!deadline || deadline->tv_sec >= INT64_MAX / 1000000000)
		return MMAPDEMO_WAIT_FOREVER;
	if (deadline->tv_sec < 0)
		return 0;
	return (uint64_t)deadline->tv_sec * 1000000000 + (uint64_t)deadline->tv_nsec;
}

static int word_wait(const struct mmapdemo_word *word, uint32_t expected,
		     const struct timespec *deadline, uint32_t flags)
{
	struct mmapdemo_wait args = {
		.offset = word->offset,
		.expected = expected,
		.flags = flags,
		.deadline = mmapdemo_nanoseconds(deadline),
	};

	if (!mmapdemo_is_time(deadline))
		return -EINVAL;
	if (mmapdemo_word_is_nodes(word))
		return ioctl(word->buffer->fd, MMAPDEMO_IOC_WAIT, &args) < 0 ? -errno : 0;
	return mmapdemo_futex(word->value, FUTEX_WAIT_BITSET, expected, deadline);
}

int mmapdemo_word_wait(const struct mmapdemo_word *word, uint32_t expected,
		       const struct timespec *deadline)
{
	return word_wait(word, expected, deadline, 0);
}

/* -EOWNERDEAD, too; in memory of the driver only. */
int mmapdemo_word_wait_owned(const struct mmapdemo_word *word, uint32_t expected,
			     const struct timespec *deadline)
{
	return word_wait(word, expected, deadline, MMAPDEMO_WAIT_OWNER);
}

int mmapdemo_word_wake(const struct mmapdemo_word *word, int count)
{
	struct mmapdemo_wake args = { .offset = word->offset, .count = (uint32_t)count };
	int woken;

	if (count < 1)
		return -EINVAL;
	if (!word->buffer->writable)
		return -EBADF;
	if (!mmapdemo_word_is_nodes(word))
		return mmapdemo_futex(word->value, FUTEX_WAKE, (uint32_t)count, NULL);
	woken = ioctl(word->buffer->fd, MMAPDEMO_IOC_WAKE, &args);
	return woken < 0 ? -errno : woken;
}

/* On one CPU a waiter must sleep, for the others to run. */
bool mmapdemo_is_alone(void)
{
	static int cpus;

	if (!__atomic_load_n(&cpus, __ATOMIC_RELAXED))
		__atomic_store_n(&cpus, (int)sysconf(_SC_NPROCESSORS_ONLN), __ATOMIC_RELAXED);
	return __atomic_load_n(&cpus, __ATOMIC_RELAXED) <= 1;
}

/*
 * Wait without sleeping for the word to be something else than @value: not at all
 * on one CPU, and otherwise about twice as long as it took of late, as glibc's
 * adaptive mutexes do.
 */
void mmapdemo_word_spin(struct mmapdemo_word *word, uint32_t value)
{
	uint32_t usual = __atomic_load_n(&word->spins, __ATOMIC_RELAXED);
	uint32_t most = usual * 2 + 10;
	uint32_t spins = 0;

	if (mmapdemo_is_alone())
		return;
	if (most > SPINS_MAX)
		most = SPINS_MAX;
	while (spins < most && __atomic_load_n(word->value, __ATOMIC_RELAXED) == value) {
		mmapdemo_relax();
		spins++;
	}
	__atomic_store_n(&word->spins, usual + ((int32_t)(spins - usual)) / 8, __ATOMIC_RELAXED);
}
