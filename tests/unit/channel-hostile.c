// SPDX-License-Identifier: BSD-2-Clause
/*
 * Channels: the peer writes what it likes into its page and the ring. This side
 * says EPROTO, once and for good, or receives nonsense; it does not crash or hang.
 */
#include "channel.h"

/* With SOAK ten times as many. */
static int rounds_of_noise(void)
{
	return getenv("SOAK") ? 6000 : 600;
}

static uint32_t *header(struct pair *s)
{
	return (uint32_t *)(void *)(s->p.data + mmapdemo_consumer_position(&s->c) % RING);
}

static void no_consumer_believes_a_header_that_is_too_long(void **state)
{
	static const uint32_t headers[] = { MOST + 2, RING, 0x80000000, 0xffffffff };
	struct mmapdemo_cursor cursor;
	static char data[RING];
	const void *message = NULL;
	size_t length = 7;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct pair *s = open_pair(state);

		send_one(s, 100, 1);
		receive_one(s, 100, 1);
		send_one(s, 100, 2);
		*header(s) = headers[i];
		if (i == 1)
			assert_int_equal(mmapdemo_consumer_peek(&s->c, &message, &length, NULL),
					 -EPROTO);
		else if (i == 2)
			assert_int_equal(mmapdemo_cursor_begin(&cursor, &s->c, NULL), -EPROTO);
		else
			assert_int_equal(mmapdemo_consumer_recv(&s->c, data, SIZE_MAX), -EPROTO);
		/* For good, although it is one now. */
		*header(s) = 101;
		assert_int_equal(mmapdemo_consumer_recv(&s->c, data, RING), -EPROTO);
		assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, RING), -EPROTO);
		assert_int_equal(mmapdemo_consumer_peek(&s->c, &message, &length, NULL), -EPROTO);
		assert_int_equal(mmapdemo_cursor_begin(&cursor, &s->c, NULL), -EPROTO);
		assert_null(mmapdemo_cursor_next(&cursor, &length));
		mmapdemo_cursor_end(&cursor);
		assert_int_equal(mmapdemo_consumer_recv(&s->c, data, RING), -EPROTO);
		mmapdemo_consumer_release(&s->c);
		assert_null(message);
		assert_int_equal(length, 7);
		assert_int_equal(stat_of(s).errors, 1);
		assert_int_equal(mmapdemo_consumer_position(&s->c), 112);
		close_pair(s);
	}
}

static void a_cursor_ends_at_what_is_no_message(void **state)
{
	struct pair *s = open_pair(state);
	struct mmapdemo_cursor cursor;
	size_t length;

	send_one(s, 100, 1);
	send_one(s, 100, 2);
	assert_int_equal(mmapdemo_cursor_begin(&cursor, &s->c, NULL), 0);
	assert_non_null(mmapdemo_cursor_next(&cursor, &length));
	*(uint32_t *)(void *)(s->p.data + 112) = RING;
	assert_null(mmapdemo_cursor_next(&cursor, &length));
	mmapdemo_cursor_end(&cursor);
	assert_int_equal(mmapdemo_cursor_begin(&cursor, &s->c, NULL), -EPROTO);
	close_pair(s);
}

static void no_message_is_longer_than_when_it_was_peeked_at(void **state)
{
	struct pair *s = open_pair(state);
	const void *message;
	size_t length;

	send_one(s, 100, 1);
	assert_int_equal(mmapdemo_consumer_peek(&s->c, &message, &length, NULL), 0);
	*header(s) = RING / 2;
	assert_int_equal(mmapdemo_consumer_peek(&s->c, &message, &length, NULL), 0);
	assert_int_equal(length, 100);
	mmapdemo_consumer_release(&s->c);
	assert_int_equal(mmapdemo_consumer_position(&s->c), 112);
	close_pair(s);
}

static void no_producer_believes_what_cannot_be_free(void **state)
{
	static char data[1000];

	for (int i = 0; i < 5; i++) {
		struct pair *s = open_pair(state);
		uint64_t honest, lies[5];
		void *place;

		for (int k = 0; k < 100; k++) {
			send_one(s, 1000, 1);
			receive_one(s, 1000, 1);
		}
		while (mmapdemo_producer_trysend(&s->p, data, 1000) == 0)
			;
		honest = s->c.page->freed;
		lies[0] = honest - 8;
		lies[1] = mmapdemo_producer_position(&s->p) + 8;
		lies[2] = 0;
		lies[3] = ~(uint64_t)0;
		lies[4] = honest + ((uint64_t)1 << 63);
		s->c.page->freed = lies[i];
		assert_int_equal(mmapdemo_producer_send(&s->p, data, 1000), -EPROTO);
		s->c.page->freed = mmapdemo_producer_position(&s->p);
		assert_int_equal(mmapdemo_producer_send(&s->p, data, 1), -EPROTO);
		assert_int_equal(mmapdemo_producer_trysend(&s->p, data, 1000), -EPROTO);
		assert_int_equal(mmapdemo_producer_send(&s->p, data, RING), -EPROTO);
		assert_int_equal(mmapdemo_producer_reserve(&s->p, &place, 0, NULL), -EPROTO);
		close_pair(s);
	}
}

static void successors_go_on_after_any_position(void **state)
{
	static const uint64_t positions[] = { 1, 4, RING - 8, RING + 3, 1ULL << 63, ~0ULL };
	struct pair *s = open_pair(state);

	for (size_t i = 0; i < 36; i++) {
		send_one(s, 300, i);
		s->p.page->head = positions[i / 6];
		s->c.page->taken = positions[i % 6];
		mmapdemo_producer_close(&s->p);
		mmapdemo_consumer_close(&s->c);
		assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
		assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
		assert_int_equal(mmapdemo_producer_position(&s->p) % 8, 0);
		assert_int_equal(mmapdemo_consumer_position(&s->c) % 8, 0);
	}
	close_pair(s);
}

/* Outside of the driver a consumer may write to the producer's page. */
static void a_head_that_lies_misleads_nobody(void **state)
{
	static const uint64_t heads[] = { 8, 24, 40, 200, RING, RING + 40, 1ULL << 63, ~0ULL };
	struct pair *s = open_pair(state);
	struct mmapdemo_producer next;

	send_one(s, 30, 1);
	send_one(s, 30, 2);
	receive_one(s, 30, 1);
	mmapdemo_producer_close(&s->p);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		s->c.peer->head = heads[i];
		assert_int_equal(mmapdemo_producer_open(&next, s->buffer), 0);
		assert_int_equal(mmapdemo_producer_position(&next), 80);
		mmapdemo_producer_close(&next);
	}
	close_pair(s);
}

static void a_ring_without_a_zero_is_begun_anew(void **state)
{
	struct pair *s = open_pair(state);

	for (size_t i = 0; i < RING; i += 8)
		*(uint32_t *)(void *)(s->p.data + i) = 1;
	mmapdemo_producer_close(&s->p);
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	assert_int_equal(mmapdemo_producer_position(&s->p), 0);
	send_one(s, 30, 1);
	receive_one(s, 30, 1);

	/* Or after something that is not a record. */
	*header(s) = MOST + 2;
	*(uint32_t *)(void *)(s->p.data + 40 + 8 + MOST + 8) = 0;
	mmapdemo_producer_close(&s->p);
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	assert_int_equal(mmapdemo_producer_position(&s->p), 40);
	send_one(s, 30, 2);
	receive_one(s, 30, 2);
	close_pair(s);
}

/* A bit, a small number, or anything. */
static uint32_t noise(uint64_t *random)
{
	switch (below(random, 3)) {
	case 0:
		return 1U << below(random, 32);
	case 1:
		return below(random, 1000);
	default:
		return below(random, 1U << 31) * 2 + below(random, 2);
	}
}

/* Any word of a page, and what leads somewhere in the ring. */
static void make_noise(struct pair *s, void *page, size_t size, uint64_t *random)
{
	uint32_t *words = page;

	for (int i = 0; i < 4; i++)
		words[below(random, (uint32_t)(size / 4))] = noise(random);
	for (int i = 0; i < 40; i++)
		*(uint32_t *)(void *)(s->p.data + below(random, RING / 8) * 8) = noise(random);
}

static void receive_what_there_is(struct pair *s)
{
	static char data[RING];
	struct timespec now = { 0 };
	struct mmapdemo_cursor cursor;
	unsigned int sum = 0;
	const void *message;
	size_t n;

	for (int i = 0; i < 50; i++) {
		mmapdemo_consumer_tryrecv(&s->c, data, sizeof(data));
		if (mmapdemo_consumer_peek(&s->c, &message, &n, &now) == 0) {
			assert_true(n <= MOST);
			memcpy(data, message, n);
			mmapdemo_consumer_release(&s->c);
		}
		if (mmapdemo_cursor_begin(&cursor, &s->c, &now))
			continue;
		while ((message = mmapdemo_cursor_next(&cursor, &n)))
			sum += n ? ((const unsigned char *)message)[n - 1] : 0;
		mmapdemo_cursor_end(&cursor);
	}
	(void)sum;
}

static void nothing_that_a_producer_writes_hurts_a_consumer(void **state)
{
	struct pair *s = open_pair(state);
	uint64_t random = 4;

	for (int i = rounds_of_noise(); i > 0; i--) {
		make_noise(s, s->p.page, sizeof(*s->p.page), &random);
		receive_what_there_is(s);
		if (s->c.err || below(&random, 10) == 0) {
			mmapdemo_consumer_close(&s->c);
			assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
		}
	}
	close_pair(s);
}

static void nothing_that_a_consumer_writes_hurts_a_producer(void **state)
{
	struct pair *s = open_pair(state);
	static char data[RING];
	uint64_t random = 5;

	for (int i = rounds_of_noise(); i > 0; i--) {
		uint32_t *words = (uint32_t *)(void *)s->c.page;

		for (int k = 0; k < 4; k++)
			words[below(&random, sizeof(*s->c.page) / 4)] = noise(&random);
		for (int k = 0; k < 20; k++)
			mmapdemo_producer_trysend(&s->p, data, below(&random, MOST));
		assert_true(mmapdemo_producer_trysend(&s->p, data, RING) < 0);
		if (s->p.err || below(&random, 10) == 0) {
			mmapdemo_producer_close(&s->p);
			assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
		}
	}
	close_pair(s);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_CHANNELS(no_consumer_believes_a_header_that_is_too_long),
		ON_CHANNELS(a_cursor_ends_at_what_is_no_message),
		ON_CHANNELS(no_message_is_longer_than_when_it_was_peeked_at),
		ON_CHANNELS(no_producer_believes_what_cannot_be_free),
		ON_CHANNELS(successors_go_on_after_any_position),
		ON(a_head_that_lies_misleads_nobody, 0),
		ON(a_head_that_lies_misleads_nobody, 1),
		ON_CHANNELS(a_ring_without_a_zero_is_begun_anew),
		ON_CHANNELS(nothing_that_a_producer_writes_hurts_a_consumer),
		ON_CHANNELS(nothing_that_a_consumer_writes_hurts_a_producer),
	};

	return run_on_backings("channel-hostile", tests, sizeof(tests) / sizeof(tests[0]));
}
