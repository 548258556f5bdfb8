/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both sides of a channel have in common: where its parts lie, and how one
 * sleeps and wakes the other.
 */
#ifndef MMAPDEMO_LIB_CHANNEL_H
#define MMAPDEMO_LIB_CHANNEL_H

#include <stdbool.h>

#define MMAPDEMO_LIBRARY /* not a program: see <mmapdemo_tsan.h> */
#include "mmapdemo_channel.h"

#define RECORD sizeof(struct mmapdemo_record)
#define NOWHERE (~(uint64_t)0) /* a position that is none */
#define SMALL 64	       /* bytes that are copied without a call */

/* Where things are in the buffer, by offset. */
struct mmapdemo_shape {
	bool node;
	uint64_t size; /* bytes in the ring */
	uint64_t align;
	uint64_t producer, consumer, data;
};

int mmapdemo_channel_shape(const struct mmapdemo_buffer *buffer, struct mmapdemo_shape *shape);

/* Outside of the driver: odd while a side is there, and once more when it is gone. */
uint32_t *mmapdemo_presence(const void *page);

/* A channel in this process, of one role. */
struct mmapdemo_maps {
	int fd;
	int lock; /* of a file, where the maps do not keep the role; else -1 */
	void *own, *peer;
	char *data;
};

int mmapdemo_maps_open(struct mmapdemo_maps *maps, struct mmapdemo_shape *shape,
		       const struct mmapdemo_buffer *buffer, int role);
void mmapdemo_maps_close(const struct mmapdemo_maps *maps, uint64_t size, int role);

/* role.c: roles outside of the driver. */
int mmapdemo_role_take(int fd, int role, bool *by_maps);
void mmapdemo_role_give_back(int own, int role);

/* For @absent: no absence is like this. */
#define MMAPDEMO_MET 1

/* A look at a handle, by which it waits and wakes. */
struct mmapdemo_side {
	int fd;
	uint32_t *sleeping, *peer_sleeping;
	uint32_t *presence, *peer_presence;
	uint32_t absent;
};

uint32_t mmapdemo_side_arrive(const struct mmapdemo_side *side);
void mmapdemo_side_leave(const struct mmapdemo_side *side);
int mmapdemo_side_announce(const struct mmapdemo_side *side, const struct timespec *deadline);
void mmapdemo_side_spin(uint32_t *vain, const uint32_t *word, uint32_t value,
			const struct timespec *deadline, uint64_t pauses);
int mmapdemo_side_sleep(const struct mmapdemo_side *side, const struct timespec *deadline);
int mmapdemo_side_wake(const struct mmapdemo_side *side);

/* Into each of its callers, for the same reason that SELDOM is not. */
#define ALWAYS static inline __attribute__((always_inline))

/* { 0 }: the caller does not mean to wait. */
static inline bool mmapdemo_is_try(const struct timespec *deadline)
{
	return deadline && deadline->tv_sec == 0 && deadline->tv_nsec == 0;
}

/* After a message of @length bytes in the record at @record. */
ALWAYS char *mmapdemo_behind(const char *record, uint64_t length, uint64_t align)
{
	uint64_t last = (uintptr_t)record + length + (RECORD - 1);

	return (char *)(uintptr_t)((last | align) + 1);
}

ALWAYS void mmapdemo_clear(char *header)
{
	__atomic_store_n((uint32_t *)(void *)header, 0, __ATOMIC_RELAXED);
}

/*
 * Copy up to SMALL bytes, and say whether there are no more, between places that lie
 * @to_skip and @from_skip after what is given: the ends are then one addition away.
 * By a call, the caller would lose its registers. If it @clears, that comes first.
 */
ALWAYS bool mmapdemo_copy_small(char *to, size_t to_skip, const char *from, size_t from_skip,
				size_t n, bool clears, char *header)
{
	char *to_end = to + n;
	const char *from_end = from + n;

#define COPY_ENDS(bytes)                                                                           \
	do {                                                                                       \
		if (clears)                                                                        \
			mmapdemo_clear(header);                                                    \
		__builtin_memcpy(to + to_skip, from + from_skip, bytes);                           \
		__builtin_memcpy(to_end + to_skip - (bytes), from_end + from_skip - (bytes),       \
				 bytes);                                                           \
	} while (0)
	if (__builtin_expect(n - 33 <= SMALL - 33, 1))
		COPY_ENDS(32);
	else if (n > SMALL)
		return false;
	else if (n >= 16)
		COPY_ENDS(16);
	else if (n >= 8)
		COPY_ENDS(8);
	else if (n >= 4)
		COPY_ENDS(4);
	else if (n >= 2)
		COPY_ENDS(2);
	else if (n)
		COPY_ENDS(1);
	else if (clears)
		mmapdemo_clear(header);
#undef COPY_ENDS
	return true;
}

#endif /* MMAPDEMO_LIB_CHANNEL_H */
