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

#define PAUSES 64

#define position_of mmapdemo_consumer_position

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

/* Pairs with the producer's release of the record. */
static uint32_t load_header(const struct mmapdemo_consumer *c)
{
	return __atomic_load_n((const uint32_t *)(const void *)c->next, __ATOMIC_ACQUIRE);
}

static void go_to(struct mmapdemo_consumer *c, const char *place)
{
	c->bias += (uint64_t)(uintptr_t)c->next - (uintptr_t)place;
	c->next = place;
}

/* Rule 9. From now on there is nothing, where this looks, so all come here. */
static int broken(struct mmapdemo_consumer *c)
{
	static const struct mmapdemo_record nothing;

	go_to(c, (const char *)&nothing);
	c->end = c->next + sizeof(nothing);
	c->peeked = NOWHERE;
	c->err = -EPROTO;
	c->page->errors++;
	return c->err;
}

SELDOM void wake(struct mmapdemo_consumer *c)
{
	struct mmapdemo_side side = side_of(c);

	c->page->wakes++;
	mmapdemo_side_wake(&side); /* a hang-up is told when there is nothing left */
}

/* Where to stop next: where an eighth is taken, or the first of the two rings ends. */
static void set_end(struct mmapdemo_consumer *c)
{
	uint64_t more = c->freed + c->size / 8 - position_of(c);

	if (c->next >= c->data + c->size)
		go_to(c, c->next - c->size);
	if (more > (uint64_t)(c->data + c->size - c->next))
		more = (uint64_t)(c->data + c->size - c->next);
	c->end = c->next + more;
}

/* Pairs with the producer's look; the fence with its, when it is about to sleep. */
static void free_taken(struct mmapdemo_consumer *c)
{
	c->freed = position_of(c);
	set_end(c);
	__atomic_store_n(&c->page->freed, c->freed, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&c->peer->sleeping, __ATOMIC_RELAXED))
		wake(c);
}

/*
 * Each look takes the line from a producer who is writing there. Where messages come
 * in a stream, let some come; where each is waited for, there is one since the last.
 */
static uint64_t pauses(struct mmapdemo_consumer *c)
{
	uint64_t messages = c->page->messages;
	uint64_t more = messages - c->waited - 1;

	c->waited = messages;
	return more < PAUSES / 4 ? more * 4 : PAUSES;
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
		mmapdemo_side_spin(&c->vain, (const uint32_t *)(const void *)c->next, 0, deadline,
				   pauses(c));
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
	return *header - 1 <= c->size / 2 ? 0 : broken(c);
}

/* Returns @result, for the sake of the last call of a function. */
SELDOM ssize_t stop(struct mmapdemo_consumer *c, ssize_t result)
{
	if (position_of(c) - c->freed >= c->size / 8)
		free_taken(c);
	else
		set_end(c);
	return result;
}

/* The records up to @next are done with, which are @messages of @bytes. */
ALWAYS ssize_t take(struct mmapdemo_consumer *c, const char *next, uint64_t messages,
		    uint64_t bytes)
{
	struct mmapdemo_consumer_page *page = c->page;

	page->bytes += bytes;
	__atomic_store_n(&page->taken, (uintptr_t)next + c->bias, __ATOMIC_RELEASE);
	c->next = next;
	page->messages += messages;
	if (__builtin_expect(next >= c->end, 0))
		return stop(c, (ssize_t)bytes);
	return (ssize_t)bytes;
}

int mmapdemo_consumer_peek(struct mmapdemo_consumer *c, const void **data, size_t *length,
			   const struct timespec *deadline)
{
	uint32_t header;
	int err;

	if (c->peeked != position_of(c)) {
		header = load_header(c);
		if (header - 1 > c->size / 2) {
			err = wait_for_message(c, &header, deadline);
			if (err)
				return err;
		}
		c->peeked = position_of(c);
		c->length = header - 1;
	}
	*data = c->next + RECORD;
	*length = (size_t)c->length;
	return 0;
}

void mmapdemo_consumer_release(struct mmapdemo_consumer *c)
{
	if (c->peeked == position_of(c))
		take(c, mmapdemo_behind(c->next, c->length, c->align), 1, c->length);
}

/* There is a message, or was, when this returns 0: the cursor looks by itself. */
int mmapdemo_consumer_begin(struct mmapdemo_consumer *c, const struct timespec *deadline)
{
	uint32_t header = load_header(c);

	if (header - 1 <= c->size / 2)
		return 0;
	return wait_for_message(c, &header, deadline);
}

void mmapdemo_consumer_end(struct mmapdemo_consumer *c, const char *next, uint64_t counted)
{
	take(c, next, counted >> 30, counted & (MMAPDEMO_COUNT(0) - 1));
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
	return take(c, mmapdemo_behind(c->next, length, c->align), 1, length);
}

/* It fits. Beyond half the ring it is none, or none was there. */
SELDOM ssize_t recv_large(struct mmapdemo_consumer *c, void *data, uint32_t length,
			  const struct timespec *deadline)
{
	if (length > c->size / 2)
		return recv_slowly(c, data, length, deadline);
	memcpy(data, c->next + RECORD, length);
	return take(c, mmapdemo_behind(c->next, length, c->align), 1, length);
}

ALWAYS ssize_t recv(struct mmapdemo_consumer *c, void *data, size_t size,
		    const struct timespec *deadline)
{
	const char *record = c->next;
	uint32_t length = load_header(c) - 1;

	/* Where nothing is, or something that is no message, it is long. */
	if (__builtin_expect(length > size, 0))
		return recv_slowly(c, data, size, deadline);
	if (__builtin_expect(!mmapdemo_copy_small(data, 0, record, RECORD, length, false, NULL), 0))
		return recv_large(c, data, length, deadline);
	return take(c, mmapdemo_behind(record, length, c->align), 1, length);
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
	return (struct mmapdemo_maps){ c->fd, c->lock, c->page, c->peer,
				       (char *)(uintptr_t)c->data };
}

/* Rule 7. A predecessor may have died before it freed, or before it woke. */
static void go_on(struct mmapdemo_consumer *c)
{
	uint64_t taken = __atomic_load_n(&c->page->taken, __ATOMIC_RELAXED) & ~c->align;
	struct mmapdemo_side side = side_of(c);

	c->next = c->data + (taken & (c->size - 1));
	c->bias = taken - (uintptr_t)c->next;
	c->peeked = NOWHERE;
	__atomic_store_n(&c->page->taken, taken, __ATOMIC_RELEASE);
	free_taken(c);
	c->absent = mmapdemo_side_arrive(&side);
	if (load_header(c))
		c->absent = MMAPDEMO_MET; /* the one who has left this */
}

int mmapdemo_consumer_open(struct mmapdemo_consumer *consumer, const struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_consumer c = { 0 };
	struct mmapdemo_shape shape;
	struct mmapdemo_maps maps;
	int err = mmapdemo_maps_open(&maps, &shape, buffer, MMAPDEMO_CONSUMER);

	if (err)
		return err;
	c.fd = maps.fd;
	c.lock = maps.lock;
	c.page = maps.own;
	c.peer = maps.peer;
	c.data = maps.data;
	c.size = shape.size;
	c.align = shape.align - 1;
	go_on(&c);
	*consumer = c;
	return 0;
}

void mmapdemo_consumer_close(struct mmapdemo_consumer *consumer)
{
	struct mmapdemo_maps maps = maps_of(consumer);
	struct mmapdemo_side side;

	if (!consumer->page)
		return;
	if (!consumer->err)
		free_taken(consumer);
	side = side_of(consumer);
	mmapdemo_side_leave(&side);
	mmapdemo_maps_close(&maps, consumer->size, MMAPDEMO_CONSUMER);
	memset(consumer, 0, sizeof(*consumer));
	consumer->fd = -1;
	consumer->lock = -1;
}
