// SPDX-License-Identifier: BSD-2-Clause
/*
 * Producers: see THE RING in <linux/mmapdemo.h>. What the consumer's page says is
 * loaded once and judged; nothing else of it is believed.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer.h"
#include "channel.h"
#include "word.h"

static const struct timespec at_once = { 0 };

static uint64_t record_size(const struct mmapdemo_producer *p, uint64_t length)
{
	return (length + RECORD + p->align) & ~p->align;
}

static struct mmapdemo_side side_of(const struct mmapdemo_producer *p)
{
	return (struct mmapdemo_side){
		.fd = p->fd,
		.sleeping = &p->page->sleeping,
		.peer_sleeping = &p->peer->sleeping,
		.presence = mmapdemo_presence(p->page),
		.peer_presence = mmapdemo_presence(p->peer),
		.absent = p->absent,
	};
}

/* What the consumer has freed, as far as this side has accepted it. */
static uint64_t freed(const struct mmapdemo_producer *p)
{
	return p->limit + RECORD - (p->mask + 1);
}

/* Rule 9. There is no room any more, so all come here. */
static int broken(struct mmapdemo_producer *p)
{
	p->err = -EPROTO;
	p->limit = p->position;
	return p->err;
}

/* Pairs with the consumer's release of what it has freed. */
static int look(struct mmapdemo_producer *p)
{
	uint64_t now = __atomic_load_n(&p->peer->freed, __ATOMIC_ACQUIRE);

	if (now - freed(p) > p->position - freed(p))
		return broken(p);
	p->limit = now + p->mask + 1 - RECORD;
	return 0;
}

static bool has_room(const struct mmapdemo_producer *p, uint64_t size)
{
	return p->limit - p->position >= size;
}

/* Any half of what is freed will do: it differs when there is more. */
static void spin(struct mmapdemo_producer *p)
{
	uint32_t *value = (uint32_t *)&p->peer->freed;
	struct mmapdemo_word word = { .value = value, .spins = p->spins };

	mmapdemo_word_spin(&word, (uint32_t)freed(p));
	p->spins = word.spins;
}

SELDOM int wait_for_room(struct mmapdemo_producer *p, uint64_t size,
			 const struct timespec *deadline)
{
	struct mmapdemo_side side = side_of(p);
	int err = p->err ? p->err : look(p);

	if (err || has_room(p, size))
		return err;
	p->page->full++;
	if (!mmapdemo_is_try(deadline))
		spin(p);
	p->page->wanted = (uint32_t)(size + RECORD);
	for (;;) {
		int asleep = mmapdemo_side_announce(&side, deadline);

		err = look(p);
		if (err || has_room(p, size))
			return err;
		if (!asleep)
			asleep = mmapdemo_side_sleep(&side, deadline);
		err = look(p);
		if (err || has_room(p, size))
			return err;
		if (asleep)
			return asleep;
	}
}

SELDOM int wake(struct mmapdemo_producer *p)
{
	struct mmapdemo_side side = side_of(p);

	p->page->wakes++;
	return mmapdemo_side_wake(&side);
}

/*
 * The record at the position, and those behind it up to @end, which are @messages
 * of @bytes. The 0 behind them is there before the first header is.
 */
static inline int publish(struct mmapdemo_producer *p, uint32_t header, uint64_t end,
			  uint64_t messages, uint64_t bytes)
{
	uint32_t *record = (uint32_t *)(void *)(p->data + (p->position & p->mask));

	__atomic_store_n((uint32_t *)(void *)(p->data + (end & p->mask)), 0, __ATOMIC_RELAXED);
	/* Pairs with whoever receives it. */
	__atomic_store_n(record, header, __ATOMIC_RELEASE);
	p->position = end;
	p->reserved = 0;
	__atomic_store_n(&p->page->head, end, __ATOMIC_RELAXED);
	p->page->messages += messages;
	p->page->bytes += bytes;
	/* Pairs with that of a consumer who is about to sleep. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(__atomic_load_n(&p->peer->sleeping, __ATOMIC_RELAXED), 0))
		return wake(p);
	return 0;
}

int mmapdemo_producer_reserve(struct mmapdemo_producer *p, void **data, size_t length,
			      const struct timespec *deadline)
{
	uint64_t size;
	int err;

	p->reserved = 0;
	if (length > mmapdemo_producer_most(p))
		return p->err ? p->err : -EMSGSIZE;
	size = record_size(p, length);
	if (!has_room(p, size)) {
		err = wait_for_room(p, size, deadline);
		if (err)
			return err;
	}
	p->reserved = length + 1;
	*data = p->data + (p->position & p->mask) + RECORD;
	return 0;
}

int mmapdemo_producer_commit(struct mmapdemo_producer *p, size_t length)
{
	if (length >= p->reserved)
		return -EINVAL;
	return publish(p, (uint32_t)length + 1, p->position + record_size(p, length), 1, length);
}

void mmapdemo_producer_discard(struct mmapdemo_producer *p)
{
	p->reserved = 0;
}

int mmapdemo_producer_publish(struct mmapdemo_producer *p, char *next, uint32_t first,
			      uint64_t counted)
{
	uint64_t size = (uint64_t)(next - (p->data + (p->position & p->mask)));

	return publish(p, first, p->position + size, counted >> 30,
		       counted & (MMAPDEMO_COUNT(0) - 1));
}

SELDOM int send_slowly(struct mmapdemo_producer *p, const void *data, size_t length,
		       const struct timespec *deadline)
{
	void *place;
	int err = mmapdemo_producer_reserve(p, &place, length, deadline);

	if (err)
		return err;
	memcpy(place, data, length);
	return mmapdemo_producer_commit(p, length);
}

static inline int send(struct mmapdemo_producer *p, const void *data, size_t length,
		       const struct timespec *deadline)
{
	uint64_t end = p->position + record_size(p, length);

	if (__builtin_expect(length > SMALL || end > p->limit, 0))
		return send_slowly(p, data, length, deadline);
	mmapdemo_copy_small(p->data + (p->position & p->mask) + RECORD, data, length);
	return publish(p, (uint32_t)length + 1, end, 1, length);
}

int mmapdemo_producer_send(struct mmapdemo_producer *p, const void *data, size_t length)
{
	return send(p, data, length, NULL);
}

int mmapdemo_producer_trysend(struct mmapdemo_producer *p, const void *data, size_t length)
{
	int err = send(p, data, length, &at_once);

	return err == -ETIMEDOUT ? -EAGAIN : err;
}

int mmapdemo_producer_timedsend(struct mmapdemo_producer *p, const void *data, size_t length,
				const struct timespec *deadline)
{
	return send(p, data, length, deadline);
}

/*
 * Rule 7: what a predecessor has published, and what it was about to, is told
 * apart by the first header that is 0.
 */
static int find_position(struct mmapdemo_producer *p)
{
	uint64_t size = p->mask + 1;
	uint64_t head = __atomic_load_n(&p->page->head, __ATOMIC_RELAXED);
	uint64_t taken = __atomic_load_n(&p->peer->taken, __ATOMIC_ACQUIRE);
	uint64_t start = head > taken ? head : taken;
	uint64_t at = start;
	uint32_t header;

	p->limit = __atomic_load_n(&p->peer->freed, __ATOMIC_ACQUIRE) + size - RECORD;
	if (start & p->align)
		return -EPROTO;
	for (;;) {
		header = __atomic_load_n((uint32_t *)(void *)(p->data + (at & p->mask)),
					 __ATOMIC_ACQUIRE);
		if (at - freed(p) > size - RECORD || header > size / 2)
			return -EPROTO;
		if (!header)
			break;
		at += record_size(p, header - 1);
		if (at - start > size)
			return -EPROTO;
	}
	p->position = at;
	__atomic_store_n(&p->page->head, at, __ATOMIC_RELAXED);
	return 0;
}

static struct mmapdemo_maps maps_of(const struct mmapdemo_producer *p)
{
	return (struct mmapdemo_maps){ p->fd, p->page, p->peer, p->data };
}

int mmapdemo_producer_open(struct mmapdemo_producer *producer, const struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_producer p = { 0 };
	struct mmapdemo_shape shape;
	struct mmapdemo_maps maps;
	struct mmapdemo_side side;
	int err = mmapdemo_channel_shape(buffer, &shape);

	if (!err && !buffer->writable)
		err = -EBADF;
	if (!err)
		err = mmapdemo_maps_open(&maps, buffer, &shape, MMAPDEMO_PRODUCER);
	if (err)
		return err;
	p.fd = maps.fd;
	p.page = maps.own;
	p.peer = maps.peer;
	p.data = maps.data;
	p.mask = shape.size - 1;
	p.align = shape.align - 1;
	err = find_position(&p);
	if (err) {
		mmapdemo_maps_close(&maps, shape.size);
		return err;
	}
	side = side_of(&p);
	p.absent = mmapdemo_side_arrive(&side);
	*producer = p;
	return 0;
}

void mmapdemo_producer_close(struct mmapdemo_producer *producer)
{
	struct mmapdemo_maps maps = maps_of(producer);
	struct mmapdemo_side side;

	if (!producer->page)
		return;
	side = side_of(producer);
	mmapdemo_side_leave(&side);
	mmapdemo_maps_close(&maps, producer->mask + 1);
	memset(producer, 0, sizeof(*producer));
	producer->fd = -1;
}
