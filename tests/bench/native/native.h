/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What carries messages between two processes, each on a CPU of its own. All
 * carry the same: words that are written by one and compared by the other.
 */
#ifndef NATIVE_H
#define NATIVE_H

#include <err.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RING (1UL << 20)
#define BATCH 32
#define SHORT 32   /* bytes of a message that is one of many */
#define LINE 56	   /* of one that goes there and back: what has room in a line */
#define LONG 65536 /* of the longest */
#define LINES 1	   /* create: one message at a time, as fast as can be */

/*
 * A way to send: one producer, one consumer. What create() returns is there before
 * the processes are.
 */
struct peer {
	const char *name;
	unsigned int many; /* short messages of a run, some tenths of a second */
	size_t most;	   /* bytes of a message; 0: any */
	void *(*create)(size_t size, int lines);
	void (*produces)(void *state); /* what each process does first; may be NULL */
	void (*consumes)(void *state);
	void (*send)(void *state, const void *message, size_t size);
	void (*receive)(void *state, void *message, size_t size);
	/* @count short ones. NULL: by send() and receive() */
	void (*send_many)(void *state, uint64_t count);
	void (*receive_many)(void *state, uint64_t count);
};

extern const struct peer floor_peer, ours, ours_batches, pipe_peer, sockets, queue, mutex_peer,
	semaphores, interprocess, boost_single, boost_arrays, boost_all, ck;

/* Another message for each @number. */
static inline void write_message(uint64_t *words, size_t size, uint64_t number)
{
	for (size_t i = 0; i < size / 8; i++)
		words[i] = number + i;
}

static inline void compare_message(const uint64_t *words, size_t size, uint64_t number)
{
	uint64_t differ = 0;

	for (size_t i = 0; i < size / 8; i++)
		differ |= words[i] ^ (number + i);
	if (__builtin_expect(differ != 0, 0))
		errx(1, "message %llu is another", (unsigned long long)number);
}

static inline void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Zeroed memory that both processes see. */
static inline void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "mmap");
	return memory;
}

#ifdef __cplusplus
}
#endif

#endif /* NATIVE_H */
