// SPDX-License-Identifier: BSD-2-Clause
/*
 * Consumers: see THE RING in <linux/mmapdemo.h>. A header is loaded once and
 * judged; the double map bounds what an accepted one can lead to.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer.h"
#include "channel.h"
#include "word.h"

static const struct timespec at_once = { 0 };

static uint64_t record_size(const struct mmapdemo_consumer *c, uint64_t length)
{
	return (length + RECORD + c->align) & ~c->align;
}

static struct mmapdemo_side side_of(const struct mmapdemo_consumer *c)
{
	return (struct mmapdemo_side){
		.fd = c->fd,
		.sleeping = &c->page->sleeping,
		.peer_sleeping = &c->peer->sleeping,
		.presence = mmapdemo_presence(c->page),
		.peer_presence = mmapdemo_presence(c->peer),
		.absent = c->absent,
	};
}

static const char *record_at(const struct mmapdemo_consumer *c)
{
	return c->data + (c->position & c->mask);
}

/* Pairs with the producer's release of the record. */
static uint32_t load_header(const struct mmapdemo_consumer *c)
{
	return __atomic_load_n((const uint32_t *)(const void *)record_at(c), __ATOMIC_ACQUIRE);
}

/* Rule 9. No header is short enough any more, so all come here. */
static int broken(struct mmapdemo_consumer *c)
{
	c->err = -EPROTO;
	c->half = 0;
	c->page->errors++;
	return c->err;
}

SELDOM void wake(struct mmapdemo_consumer *c)
{
	struct mmapdemo_side side = side_of(c);

	c->page->wakes++;
	mmapdemo_side_wake(&side); /* a hang-up is told when there is nothing left */
}

/* Pairs with the producer's look; the fence with its, when it is about to sleep. */
static void free_taken(struct mmapdemo_consumer *c)
{
	c->due = c->position + (c->mask + 1) / 8;
	__atomic_store_n(&c->page->freed, c->position, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&c->peer->sleeping, __ATOMIC_RELAXED))
		wake(c);
}

static void spin(struct mmapdemo_consumer *c)
{
	struct mmapdemo_word word = {
		.value = (uint32_t *)(uintptr_t)record_at(c),
		.spins = c->spins,
	};

	mmapdemo_word_spin(&word, 0);
	c->spins = word.spins;
}

/* Set @header to the next message's. */
SELDOM int wait_for_message(struct mmapdemo_consumer *c, uint32_t *header,
			    const struct timespec *deadline)
{
	struct mmapdemo_side side = side_of(c);
	int asleep = 0;

	if (c->err)
		return c->err;
	*header = load_header(c);
	if (!*header) {
		c->page->empty++;
		free_taken(c);
		if (!mmapdemo_is_try(deadline))
			spin(c);
		*header = load_header(c);
	}
	while (!*header && !asleep) {
		asleep = mmapdemo_side_announce(&side, deadline);
		*header = load_header(c);
		if (!*header && !asleep) {
			asleep = mmapdemo_side_sleep(&side, deadline);
			*header = load_header(c);
		}
	}
	if (!*header)
		return asleep;
	return *header - 1 < c->half ? 0 : broken(c);
}

/* Returns @result, for the sake of the last call of a function. */
SELDOM ssize_t free_and_return(struct mmapdemo_consumer *c, ssize_t result)
{
	free_taken(c);
	return result;
}

static inline ssize_t take(struct mmapdemo_consumer *c, uint64_t end, uint64_t messages,
			   uint64_t bytes)
{
	c->position = end;
	c->peeked = 0;
	__atomic_store_n(&c->page->taken, end, __ATOMIC_RELEASE);
	c->page->messages += messages;
	c->page->bytes += bytes;
	if (__builtin_expect(end >= c->due, 0))
		return free_and_return(c, (ssize_t)bytes);
	return (ssize_t)bytes;
}

int mmapdemo_consumer_peek(struct mmapdemo_consumer *c, const void **data, size_t *length,
			   const struct timespec *deadline)
{
	uint32_t header;
	int err;

	if (!c->peeked) {
		header = load_header(c);
		if (header - 1 >= c->half) {
			err = wait_for_message(c, &header, deadline);
			if (err)
				return err;
		}
		c->length = header - 1;
		c->peeked = record_size(c, header - 1);
	}
	*data = record_at(c) + RECORD;
	*length = (size_t)c->length;
	return 0;
}

void mmapdemo_consumer_release(struct mmapdemo_consumer *c)
{
	if (c->peeked)
		take(c, c->position + c->peeked, 1, c->length);
}

/* There is a message, or was, when this returns 0: the cursor looks by itself. */
int mmapdemo_consumer_begin(struct mmapdemo_consumer *c, const struct timespec *deadline)
{
	uint32_t header = load_header(c);

	c->peeked = 0;
	if (header - 1 < c->half)
		return 0;
	return wait_for_message(c, &header, deadline);
}

void mmapdemo_consumer_end(struct mmapdemo_consumer *c, uint64_t position, uint64_t counted)
{
	take(c, position, counted >> 30, counted & (MMAPDEMO_COUNT(0) - 1));
}

SELDOM ssize_t recv_slowly(struct mmapdemo_consumer *c, void *data, size_t size,
			   const struct timespec *deadline)
{
	const void *message;
	size_t length;
	int err = mmapdemo_consumer_peek(c, &message, &length, deadline);

	if (err)
		return err;
	if (length > size)
		return -EMSGSIZE;
	memcpy(data, message, length);
	return take(c, c->position + c->peeked, 1, length);
}

static inline ssize_t recv(struct mmapdemo_consumer *c, void *data, size_t size,
			   const struct timespec *deadline)
{
	const char *record = record_at(c);
	uint32_t length = load_header(c) - 1;

	/* Nothing is there, nor something that is none: these are long, too. */
	if (__builtin_expect(length > SMALL || length > size || c->half == 0, 0))
		return recv_slowly(c, data, size, deadline);
	mmapdemo_copy_small(data, record + RECORD, length);
	return take(c, c->position + record_size(c, length), 1, length);
}

ssize_t mmapdemo_consumer_recv(struct mmapdemo_consumer *c, void *data, size_t size)
{
	return recv(c, data, size, NULL);
}

ssize_t mmapdemo_consumer_tryrecv(struct mmapdemo_consumer *c, void *data, size_t size)
{
	ssize_t length = recv(c, data, size, &at_once);

	return length == -ETIMEDOUT ? -EAGAIN : length;
}

ssize_t mmapdemo_consumer_timedrecv(struct mmapdemo_consumer *c, void *data, size_t size,
				    const struct timespec *deadline)
{
	return recv(c, data, size, deadline);
}

static struct mmapdemo_maps maps_of(const struct mmapdemo_consumer *c)
{
	return (struct mmapdemo_maps){ c->fd, c->page, c->peer, (char *)(uintptr_t)c->data };
}

/* Rule 7. A predecessor may have died before it freed, or before it woke. */
static int go_on(struct mmapdemo_consumer *c)
{
	struct mmapdemo_side side;

	c->position = __atomic_load_n(&c->page->taken, __ATOMIC_RELAXED);
	if (c->position & c->align)
		return -EPROTO;
	free_taken(c);
	side = side_of(c);
	c->absent = mmapdemo_side_arrive(&side);
	if (load_header(c))
		c->absent = 1; /* whoever has left this was met */
	return 0;
}

int mmapdemo_consumer_open(struct mmapdemo_consumer *consumer, const struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_consumer c = { 0 };
	struct mmapdemo_shape shape;
	struct mmapdemo_maps maps;
	int err = mmapdemo_channel_shape(buffer, &shape);

	if (!err && !buffer->writable)
		err = -EBADF;
	if (!err)
		err = mmapdemo_maps_open(&maps, buffer, &shape, MMAPDEMO_CONSUMER);
	if (err)
		return err;
	c.fd = maps.fd;
	c.page = maps.own;
	c.peer = maps.peer;
	c.data = maps.data;
	c.mask = shape.size - 1;
	c.align = shape.align - 1;
	c.half = shape.size / 2;
	err = go_on(&c);
	if (err) {
		mmapdemo_maps_close(&maps, shape.size);
		return err;
	}
	*consumer = c;
	return 0;
}

void mmapdemo_consumer_close(struct mmapdemo_consumer *consumer)
{
	struct mmapdemo_maps maps = maps_of(consumer);
	struct mmapdemo_side side;

	if (!consumer->page)
		return;
	free_taken(consumer);
	side = side_of(consumer);
	mmapdemo_side_leave(&side);
	mmapdemo_maps_close(&maps, consumer->mask + 1);
	memset(consumer, 0, sizeof(*consumer));
	consumer->fd = -1;
}
