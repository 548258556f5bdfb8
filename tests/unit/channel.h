/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of channels share: a small channel with both its sides open, in a
 * file, in shared memory and, where the driver is loaded, in a node.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>

#include "scene.h"

#include "mmapdemo_channel.h"

#define RING MMAPDEMO_RING_MIN
#define MOST (RING / 2) /* bytes in a message */
#define ON_CHANNELS(test) ON(test, 0), ON(test, 1), ON(test, 3)

struct pair {
	struct backing *backing;
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_producer p;
	struct mmapdemo_consumer c;
};

static inline void open_channel(struct backing *b, struct mmapdemo_buffer **buffer,
				unsigned int flags)
{
	b->path[0] = '\0';
	switch (b->kind) {
	case MMAPDEMO_KIND_NODE:
		assert_int_equal(mmapdemo_channel_create(buffer, NULL, RING, 0, flags), 0);
		return;
	case MMAPDEMO_KIND_FILE:
		sprintf(b->path, "/tmp/mmapdemo-unit-%d", (int)getpid());
		assert_int_equal(mmapdemo_open_file(buffer, b->path, 1), 0);
		break;
	default:
		assert_int_equal(mmapdemo_open_shm(buffer, NULL, 1), 0);
	}
	assert_int_equal(mmapdemo_channel_format(*buffer, RING, flags), 0);
}

/* One test at a time. */
static inline struct pair *open_pair_with(void **state, unsigned int flags)
{
	static struct pair s;

	alarm(60);
	s.backing = *state;
	open_channel(s.backing, &s.buffer, flags);
	assert_int_equal(mmapdemo_producer_open(&s.p, s.buffer), 0);
	assert_int_equal(mmapdemo_consumer_open(&s.c, s.buffer), 0);
	return &s;
}

static inline struct pair *open_pair(void **state)
{
	return open_pair_with(state, 0);
}

static inline void close_pair(struct pair *s)
{
	mmapdemo_producer_close(&s->p);
	mmapdemo_consumer_close(&s->c);
	mmapdemo_close(s->buffer);
	if (s->backing->path[0])
		unlink(s->backing->path);
}

static inline bool is_node(const struct pair *s)
{
	return s->backing->kind == MMAPDEMO_KIND_NODE;
}

static inline pid_t start_with(void (*play)(struct pair *s), struct pair *s)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		alarm(40);
		play(s);
		_exit(0);
	}
	return pid;
}

static inline struct mmapdemo_channel_stat stat_of(const struct pair *s)
{
	struct mmapdemo_channel_stat stat;

	assert_int_equal(mmapdemo_channel_stat(s->buffer, &stat), 0);
	return stat;
}

static inline uint32_t below(uint64_t *random, uint32_t n)
{
	*random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*random >> 33) % n;
}

/* Bytes that tell where they belong. */
static inline void fill(void *data, size_t length, uint64_t number)
{
	unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)(number * 31 + i * 7 + (i >> 8));
}

static inline void check(const void *data, size_t length, uint64_t number)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		assert_int_equal(bytes[i], (unsigned char)(number * 31 + i * 7 + (i >> 8)));
}

/* A message that is filled as its number says. */
static inline void send_one(struct pair *s, size_t length, uint64_t number)
{
	static char data[RING];

	fill(data, length, number);
	assert_int_equal(mmapdemo_producer_trysend(&s->p, data, length), 0);
}

static inline void receive_one(struct pair *s, size_t length, uint64_t number)
{
	static char data[RING];

	memset(data, 0x5a, length + 1);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, sizeof(data)), length);
	check(data, length, number);
	assert_int_equal(data[length], 0x5a);
}

#endif /* CHANNEL_H */
