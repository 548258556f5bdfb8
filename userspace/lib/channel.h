/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both sides of a channel have in common: where its parts lie, and how one
 * sleeps and wakes the other.
 */
#ifndef MMAPDEMO_LIB_CHANNEL_H
#define MMAPDEMO_LIB_CHANNEL_H

#include <stdbool.h>

#include "mmapdemo_channel.h"

#define RECORD sizeof(struct mmapdemo_record)
#define SMALL 64 /* bytes that are copied without a call */

/* Where things are in the buffer, by offset. */
struct mmapdemo_shape {
	bool node;
	uint64_t size; /* bytes in the ring */
	uint64_t align;
	uint64_t producer, consumer, data;
};

int mmapdemo_channel_shape(const struct mmapdemo_buffer *buffer, struct mmapdemo_shape *shape);
uint32_t mmapdemo_label_flags(const struct mmapdemo_buffer *buffer);

/* Outside of the driver: odd while a side is there, and once more when it is gone. */
uint32_t *mmapdemo_presence(const void *page);

/* A channel in this process, of one role. */
struct mmapdemo_maps {
	int fd;
	void *own, *peer;
	char *data;
};

int mmapdemo_maps_open(struct mmapdemo_maps *maps, const struct mmapdemo_buffer *buffer,
		       const struct mmapdemo_shape *shape, int role);
void mmapdemo_maps_close(const struct mmapdemo_maps *maps, uint64_t size);

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
int mmapdemo_side_sleep(const struct mmapdemo_side *side, const struct timespec *deadline);
int mmapdemo_side_wake(const struct mmapdemo_side *side);

/* { 0 }: the caller does not mean to wait. */
static inline bool mmapdemo_is_try(const struct timespec *deadline)
{
	return deadline && deadline->tv_sec == 0 && deadline->tv_nsec == 0;
}

/* A message of up to SMALL bytes: a call would cost the caller its registers. */
static inline void mmapdemo_copy_small(void *to, const void *from, size_t n)
{
	char *t = to, *t_end = t + n;
	const char *f = from, *f_end = f + n;

#define COPY_ENDS(bytes)                                                                           \
	do {                                                                                       \
		__builtin_memcpy(t, f, bytes);                                                     \
		__builtin_memcpy(t_end - (bytes), f_end - (bytes), bytes);                         \
	} while (0)
	if (n > 32)
		COPY_ENDS(32);
	else if (n >= 16)
		COPY_ENDS(16);
	else if (n >= 8)
		COPY_ENDS(8);
	else if (n >= 4)
		COPY_ENDS(4);
	else if (n >= 2)
		COPY_ENDS(2);
	else if (n)
		*t = *f;
#undef COPY_ENDS
}

#endif /* MMAPDEMO_LIB_CHANNEL_H */
