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

#define position_of mmapdemo_producer_position

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
	return p->limit + RECORD - p->size;
}

/* Rule 9. There is no room any more, so all come here. */
static int broken(struct mmapdemo_producer *p)
{
	p->err = -EPROTO;
	p->limit = position_of(p);
	p->end = p->next;
	return p->err;
}

/* Records begin in the first of the two rings. The end was of the last time round. */
static void begin_at_the_front(struct mmapdemo_producer *p)
{
	if (p->next >= p->data + p->size) {
		p->next -= p->size;
		p->bias += p->size;
		p->end = p->next;
	}
}

/* Pairs with the consumer's release of what it has freed. */
static int look(struct mmapdemo_producer *p)
{
	uint64_t now = __atomic_load_n(&p->peer->freed, __ATOMIC_ACQUIRE);

	if (now - freed(p) > position_of(p) - freed(p))
		return broken(p);
	p->limit = now + p->size - RECORD;
	return 0;
}

static bool has_room(const struct mmapdemo_producer *p, uint64_t size)
{
	return p->limit - position_of(p) >= size;
}

static int look_for(struct mmapdemo_producer *p, uint64_t size)
{
	int err = look(p);

	if (err)
		return err;
	return has_room(p, size) ? 0 : -EAGAIN;
}

static int wait_for_room(struct mmapdemo_producer *p, uint64_t size,
			 const struct timespec *deadline)
{
	struct mmapdemo_side side = side_of(p);
	int err = look_for(p, size);
	int asleep = 0;

	if (err != -EAGAIN)
		return err;
	p->page->full++;
	__atomic_store_n(&p->page->head, position_of(p), __ATOMIC_RELAXED);
	__atomic_store_n(&p->page->wanted, (uint32_t)(size + RECORD), __ATOMIC_RELAXED);
	/* Any half of what is freed will do: it differs when there is more. */
	mmapdemo_side_spin(&p->vain, (const uint32_t *)&p->peer->freed, (uint32_t)freed(p),
			   deadline, 0);
	err = look_for(p, size);
	while (err == -EAGAIN && !asleep) {
		asleep = mmapdemo_side_announce(&side, deadline);
		err = look_for(p, size);
		if (err == -EAGAIN && !asleep) {
			asleep = mmapdemo_side_sleep(&side, deadline);
			err = look_for(p, size);
		}
	}
	return err == -EAGAIN ? asleep : err;
}

/* Room for a record of @size bytes; sets @end. */
SELDOM int make_room(struct mmapdemo_producer *p, uint64_t size, const struct timespec *deadline)
{
	int err = p->err;
	uint64_t room;

	begin_at_the_front(p);
	/* What was freed meanwhile is looked for when it is needed, and not before. */
	if (!err && !has_room(p, size))
		err = wait_for_room(p, size, deadline);
	if (err)
		return err;
	room = p->limit - position_of(p);
	if (room > (uint64_t)(p->data + p->size - p->next))
		room = (uint64_t)(p->data + p->size - p->next);
	p->end = p->next + room;
	return 0;
}

SELDOM int wake(struct mmapdemo_producer *p)
{
	struct mmapdemo_side side = side_of(p);

	p->page->wakes++;
	return mmapdemo_side_wake(&side);
}

/*
 * The @record that is next, and those after it up to @end, which are @messages of
 * @bytes. There is a 0 at @end: best before the messages, for whatever is stored between
 * a message and its header gives a consumer who looks there the time to take the line.
 */
ALWAYS int publish(struct mmapdemo_producer *p, char *record, char *end, uint32_t header,
		   uint64_t messages, uint64_t bytes)
{
	struct mmapdemo_producer_page *page = p->page;
	uint32_t sleeping;

	/* Pairs with the receiver. */
	__atomic_store_n((uint32_t *)(void *)record, header, __ATOMIC_RELEASE);
	page->bytes += bytes;
	p->next = end;
	page->messages += messages;
	/* Pairs with that of a consumer who is about to sleep. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	sleeping = __atomic_load_n(&p->peer->sleeping, __ATOMIC_RELAXED);
	if (__builtin_expect(sleeping, 0))
		return wake(p);
	return (int)sleeping; /* 0, without another instruction */
}

int mmapdemo_producer_reserve(struct mmapdemo_producer *p, void **data, size_t length,
			      const struct timespec *deadline)
{
	char *end;
	int err;

	if (length > mmapdemo_producer_most(p))
		return p->err ? p->err : -EMSGSIZE;
	end = mmapdemo_behind(p->next, length, p->align);
	if (end > p->end) {
		err = make_room(p, (uint64_t)(end - p->next), deadline);
		if (err)
			return err;
	}
	p->asked = position_of(p);
	p->length = length;
	*data = p->next + RECORD;
	return 0;
}

int mmapdemo_producer_commit(struct mmapdemo_producer *p, size_t length)
{
	char *end;

	if (p->asked != position_of(p) || length > p->length)
		return -EINVAL;
	end = mmapdemo_behind(p->next, length, p->align);
	mmapdemo_clear(end);
	return publish(p, p->next, end, (uint32_t)length + 1, 1, length);
}

void mmapdemo_producer_discard(struct mmapdemo_producer *p)
{
	p->asked = NOWHERE;
}

int mmapdemo_producer_publish(struct mmapdemo_producer *p, char *next, uint32_t first,
			      uint64_t counted)
{
	mmapdemo_clear(next);
	return publish(p, p->next, next, first, counted >> 30, counted & (MMAPDEMO_COUNT(0) - 1));
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

/* Up to @end there is room. As little as can be is kept while memcpy() has the registers. */
SELDOM int send_large(struct mmapdemo_producer *p, const void *data, size_t length, char *end)
{
	char *message;

	if (length > mmapdemo_producer_most(p))
		return send_slowly(p, data, length, NULL);
	mmapdemo_clear(end);
	message = memcpy(p->next + RECORD, data, length);
	return publish(p, message - RECORD, end, (uint32_t)length + 1, 1, length);
}

ALWAYS int send(struct mmapdemo_producer *p, const void *data, size_t length,
		const struct timespec *deadline)
{
	char *record = p->next;
	char *end = mmapdemo_behind(record, length, p->align);

	if (__builtin_expect(end > p->end, 0))
		return send_slowly(p, data, length, deadline);
	if (!mmapdemo_copy_small(record, RECORD, data, 0, length, true, end))
		return send_large(p, data, length, end);
	return publish(p, record, end, (uint32_t)length + 1, 1, length);
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
 * Rule 7: what a predecessor has published, and nobody has taken, ends where a header
 * is 0. If there is none, or it is not a record, there was no honest one: begin again.
 */
static void walk(struct mmapdemo_producer *p, uint64_t start)
{
	uint32_t header;

	p->next = p->data + (start & (p->size - 1));
	p->bias = start - (uintptr_t)p->next;
	while (position_of(p) - start < p->size) {
		header = __atomic_load_n((uint32_t *)(void *)p->next, __ATOMIC_ACQUIRE);
		if (!header)
			return;
		if (header - 1 > p->size / 2)
			break;
		p->next = mmapdemo_behind(p->next, header - 1, p->align);
		begin_at_the_front(p);
	}
	p->next = p->data + (start & (p->size - 1));
	p->bias = start - (uintptr_t)p->next;
	__atomic_store_n((uint32_t *)(void *)p->next, 0, __ATOMIC_RELAXED);
}

static void go_on(struct mmapdemo_producer *p)
{
	uint64_t taken = __atomic_load_n(&p->peer->taken, __ATOMIC_ACQUIRE) & ~p->align;
	struct mmapdemo_side side = side_of(p);

	walk(p, taken);
	__atomic_store_n(&p->page->head, position_of(p), __ATOMIC_RELAXED);
	p->limit = position_of(p); /* until the first look */
	p->end = p->next;
	p->asked = NOWHERE;
	p->absent = mmapdemo_side_arrive(&side);
}

static struct mmapdemo_maps maps_of(const struct mmapdemo_producer *p)
{
	return (struct mmapdemo_maps){ p->fd, p->lock, p->page, p->peer, p->data };
}

int mmapdemo_producer_open(struct mmapdemo_producer *producer, const struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_producer p = { 0 };
	struct mmapdemo_shape shape;
	struct mmapdemo_maps maps;
	int err = mmapdemo_maps_open(&maps, &shape, buffer, MMAPDEMO_PRODUCER);

	if (err)
		return err;
	p.fd = maps.fd;
	p.lock = maps.lock;
	p.page = maps.own;
	p.peer = maps.peer;
	p.data = maps.data;
	p.size = shape.size;
	p.align = shape.align - 1;
	go_on(&p);
	*producer = p;
	return 0;
}

void mmapdemo_producer_close(struct mmapdemo_producer *producer)
{
	struct mmapdemo_maps maps = maps_of(producer);
	struct mmapdemo_side side;

	if (!producer->page)
		return;
	__atomic_store_n(&producer->page->head, position_of(producer), __ATOMIC_RELAXED);
	side = side_of(producer);
	mmapdemo_side_leave(&side);
	mmapdemo_maps_close(&maps, producer->size, MMAPDEMO_PRODUCER);
	memset(producer, 0, sizeof(*producer));
	producer->fd = -1;
	producer->lock = -1;
}
