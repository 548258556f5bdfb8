// SPDX-License-Identifier: BSD-2-Clause
/*
 * Channels: messages of every length, in place and by copying, and every error.
 */
#include "channel.h"

#include <fcntl.h>

static void what_is_sent_is_received(void **state)
{
	struct pair *s = open_pair(state);
	struct mmapdemo_buffer_info info;
	struct mmapdemo_channel_stat stat;

	for (size_t length = 0; length < 300; length++) {
		send_one(s, length, length);
		send_one(s, length, length + 1);
		receive_one(s, length, length);
		receive_one(s, length, length + 1);
	}
	stat = stat_of(s);
	assert_int_equal(stat.size, RING);
	assert_int_equal(stat.sent, 600);
	assert_int_equal(stat.received, 600);
	assert_int_equal(stat.sent_bytes, 299 * 300);
	assert_int_equal(stat.received_bytes, 299 * 300);
	assert_int_equal(stat.errors, 0);
	assert_int_equal(mmapdemo_get_info(s->buffer, &info), 0);
	assert_int_equal(info.channel & 0xf, MMAPDEMO_CHANNEL);
	close_pair(s);
}

static void a_message_goes_over_the_end_at_every_alignment(void **state)
{
	static const unsigned int flags[] = { 0, MMAPDEMO_CREATE_LINES };

	for (size_t i = 0; i < 2; i++) {
		struct pair *s = open_pair_with(state, flags[i]);
		struct mmapdemo_buffer_info info;

		assert_int_equal(mmapdemo_get_info(s->buffer, &info), 0);
		assert_int_equal(!!(info.channel & MMAPDEMO_CHANNEL_LINES), i);
		for (size_t offset = 8; offset < 600; offset += 8) {
			/* Up to @offset before the end, then over it. */
			uint64_t at = mmapdemo_producer_position(&s->p) % RING;

			for (; RING - at > offset + 4096; at += 4096) {
				send_one(s, 4096 - 64, at);
				receive_one(s, 4096 - 64, at);
				at = mmapdemo_producer_position(&s->p) % RING - 4096;
			}
			send_one(s, RING - at - offset - 8, at);
			receive_one(s, RING - at - offset - 8, at);
			for (size_t length = 0; length < 3; length++) {
				send_one(s, 592 + length, offset);
				receive_one(s, 592 + length, offset);
			}
		}
		close_pair(s);
	}
}

/* Fill it with messages of @length bytes; how many they were. */
static uint64_t stuff(struct pair *s, size_t length)
{
	static char data[RING];
	uint64_t n = 0;
	int err = 0;

	for (; !err; n++) {
		fill(data, length, n);
		err = mmapdemo_producer_trysend(&s->p, data, length);
	}
	assert_int_equal(err, -EAGAIN);
	return n - 1;
}

static void a_full_ring_has_no_room(void **state)
{
	struct pair *s = open_pair(state);
	struct timespec deadline = soon(20), past = { -1, 0 }, wrong = { 0, -1 };
	uint64_t n, before;
	void *place;

	for (size_t length = 0; length < 120; length += 8) {
		n = stuff(s, length);
		/* But for the 8 bytes after the last one, and the rest. */
		assert_true(n * (length + 8) + 8 <= RING);
		assert_true((n + 1) * (length + 8) + 8 > RING);
		for (uint64_t i = 0; i < n; i++)
			receive_one(s, length, i);
		assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, NULL, 0), -EAGAIN);
	}
	stuff(s, 56);
	before = mmapdemo_producer_position(&s->p);
	assert_int_equal(mmapdemo_producer_timedsend(&s->p, "", 56, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_producer_timedsend(&s->p, "", 56, &past), -ETIMEDOUT);
	assert_int_equal(mmapdemo_producer_timedsend(&s->p, "", 56, &wrong), -EINVAL);
	assert_int_equal(mmapdemo_producer_reserve(&s->p, &place, 56, &past), -ETIMEDOUT);
	assert_int_equal(mmapdemo_producer_position(&s->p), before);
	assert_int_equal(stat_of(s).full, 15 + 5);
	close_pair(s);
}

static void an_empty_ring_has_no_message(void **state)
{
	struct pair *s = open_pair(state);
	struct timespec deadline = soon(20), past = { -1, 0 }, wrong = { 0, 1000000000 };
	struct mmapdemo_cursor cursor;
	const void *message = s;
	size_t length = 77;
	char data[8];

	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, 8), -EAGAIN);
	assert_int_equal(mmapdemo_consumer_timedrecv(&s->c, data, 8, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_consumer_timedrecv(&s->c, data, 8, &past), -ETIMEDOUT);
	assert_int_equal(mmapdemo_consumer_timedrecv(&s->c, data, 8, &wrong), -EINVAL);
	assert_int_equal(mmapdemo_consumer_peek(&s->c, &message, &length, &past), -ETIMEDOUT);
	assert_int_equal(mmapdemo_cursor_begin(&cursor, &s->c, &past), -ETIMEDOUT);
	assert_ptr_equal(message, s);
	assert_int_equal(length, 77);
	mmapdemo_consumer_release(&s->c);
	assert_int_equal(mmapdemo_consumer_position(&s->c), 0);
	assert_int_equal(stat_of(s).empty, 6);
	close_pair(s);
}

static void the_largest_message_is_half_the_ring(void **state)
{
	struct pair *s = open_pair(state);
	static char data[RING];

	assert_int_equal(mmapdemo_producer_most(&s->p), MOST);
	for (uint64_t i = 0; i < 9; i++) {
		send_one(s, MOST, i);
		assert_int_equal(mmapdemo_producer_trysend(&s->p, data, MOST), -EAGAIN);
		receive_one(s, MOST, i);
	}
	assert_int_equal(mmapdemo_producer_send(&s->p, data, MOST + 1), -EMSGSIZE);
	assert_int_equal(mmapdemo_producer_trysend(&s->p, data, RING), -EMSGSIZE);
	assert_int_equal(mmapdemo_producer_send(&s->p, data, SIZE_MAX), -EMSGSIZE);
	assert_int_equal(mmapdemo_producer_send(&s->p, data, SIZE_MAX - 7), -EMSGSIZE);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, 1), -EAGAIN);
	close_pair(s);
}

static void what_is_longer_than_asked_for_stays(void **state)
{
	struct pair *s = open_pair(state);
	char data[200];

	for (size_t length = 1; length < 200; length += 11) {
		send_one(s, length, 5);
		assert_int_equal(mmapdemo_consumer_recv(&s->c, data, length - 1), -EMSGSIZE);
		assert_int_equal(mmapdemo_consumer_recv(&s->c, data, 0), -EMSGSIZE);
		assert_int_equal(mmapdemo_consumer_recv(&s->c, data, length), length);
		check(data, length, 5);
	}
	close_pair(s);
}

static void what_is_reserved_is_sent_when_it_is_committed(void **state)
{
	struct pair *s = open_pair(state);
	struct timespec now = { 0 };
	void *place = NULL, *again = NULL;

	assert_int_equal(mmapdemo_producer_commit(&s->p, 0), -EINVAL);
	assert_int_equal(mmapdemo_producer_reserve(&s->p, &place, 100, NULL), 0);
	assert_int_equal((uintptr_t)place % 8, 0);
	fill(place, 100, 1);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, &place, 0), -EAGAIN);
	assert_int_equal(mmapdemo_producer_commit(&s->p, 101), -EINVAL);
	assert_int_equal(mmapdemo_producer_commit(&s->p, 33), 0);
	assert_int_equal(mmapdemo_producer_commit(&s->p, 33), -EINVAL);
	receive_one(s, 33, 1);

	/* Discarded, forgotten by another one, forgotten by a send. */
	assert_int_equal(mmapdemo_producer_reserve(&s->p, &place, 100, NULL), 0);
	mmapdemo_producer_discard(&s->p);
	assert_int_equal(mmapdemo_producer_commit(&s->p, 0), -EINVAL);
	assert_int_equal(mmapdemo_producer_reserve(&s->p, &place, MOST, &now), 0);
	assert_int_equal(mmapdemo_producer_reserve(&s->p, &again, 10, &now), 0);
	assert_ptr_equal(place, again);
	assert_int_equal(mmapdemo_producer_commit(&s->p, 11), -EINVAL);
	send_one(s, 20, 2);
	assert_int_equal(mmapdemo_producer_commit(&s->p, 0), -EINVAL);
	receive_one(s, 20, 2);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, &place, 0), -EAGAIN);
	assert_int_equal(mmapdemo_producer_reserve(&s->p, &place, MOST + 1, NULL), -EMSGSIZE);
	close_pair(s);
}

static void what_was_peeked_at_stays_until_it_is_released(void **state)
{
	struct pair *s = open_pair(state);
	const void *message, *again;
	size_t length;

	for (uint64_t i = 0; i < 5000; i++) {
		size_t expected = i % 90;

		send_one(s, expected, i);
		assert_int_equal(mmapdemo_consumer_position(&s->c) + (expected + 15) / 8 * 8,
				 mmapdemo_producer_position(&s->p));
		assert_int_equal(mmapdemo_consumer_peek(&s->c, &message, &length, NULL), 0);
		assert_int_equal(mmapdemo_consumer_peek(&s->c, &again, &length, NULL), 0);
		assert_ptr_equal(message, again);
		assert_int_equal(length, expected);
		check(message, length, i);
		if (i % 3)
			mmapdemo_consumer_release(&s->c);
		else
			receive_one(s, expected, i);
		mmapdemo_consumer_release(&s->c);
		assert_int_equal(mmapdemo_consumer_position(&s->c),
				 mmapdemo_producer_position(&s->p));
	}
	close_pair(s);
}

static void no_batch_has_a_message_that_is_too_long(void **state)
{
	struct pair *s = open_pair(state);
	struct timespec now = { 0 };
	struct mmapdemo_batch batch;
	struct mmapdemo_cursor cursor;
	size_t length = 0;
	void *place = NULL;

	assert_int_equal(mmapdemo_batch_begin(&batch, &s->p, &place, MOST + 1, &now), -EMSGSIZE);
	assert_int_equal(mmapdemo_batch_begin(&batch, &s->p, &place, 8, &now), 0);
	fill(place, 8, 1);
	assert_null(mmapdemo_batch_add(&batch, SIZE_MAX));
	assert_null(mmapdemo_batch_add(&batch, SIZE_MAX - 7));
	assert_null(mmapdemo_batch_add(&batch, MOST + 1));
	place = mmapdemo_batch_add(&batch, 100);
	assert_non_null(place);
	fill(place, 100, 2);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, NULL, 0), -EAGAIN);
	assert_int_equal(mmapdemo_batch_publish(&batch), 0);

	assert_int_equal(mmapdemo_cursor_begin(&cursor, &s->c, &now), 0);
	check(mmapdemo_cursor_next(&cursor, &length), 8, 1);
	assert_int_equal(length, 8);
	assert_int_equal(mmapdemo_cursor_position(&cursor), 0);
	check(mmapdemo_cursor_next(&cursor, &length), 100, 2);
	assert_int_equal(length, 100);
	assert_int_equal(mmapdemo_cursor_position(&cursor), 16);
	assert_null(mmapdemo_cursor_next(&cursor, &length));
	mmapdemo_cursor_end(&cursor);
	assert_int_equal(stat_of(s).received, 2);
	assert_int_equal(stat_of(s).received_bytes, 108);
	close_pair(s);
}

static void a_batch_that_is_not_published_never_was(void **state)
{
	struct pair *s = open_pair(state);
	struct mmapdemo_batch batch;
	void *place = NULL;

	assert_int_equal(mmapdemo_batch_begin(&batch, &s->p, &place, 8, NULL), 0);
	assert_non_null(mmapdemo_batch_add(&batch, 8));
	send_one(s, 3, 3);
	receive_one(s, 3, 3);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, NULL, 0), -EAGAIN);
	close_pair(s);
}

static void what_is_no_channel_cannot_be_opened(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_channel_stat stat;
	struct mmapdemo_producer p;
	struct mmapdemo_consumer c;
	struct mmapdemo_buffer_info info;

	alarm(60);
	open_it(b);
	assert_int_equal(mmapdemo_producer_open(&p, b->buffer), -EINVAL);
	assert_int_equal(mmapdemo_consumer_open(&c, b->buffer), -EINVAL);
	assert_int_equal(mmapdemo_channel_stat(b->buffer, &stat), -EINVAL);
	assert_int_equal(mmapdemo_get_info(b->buffer, &info), 0);
	assert_int_equal(info.channel, 0);
	if (b->kind == MMAPDEMO_KIND_NODE || b->kind == MMAPDEMO_KIND_ANON)
		assert_int_equal(mmapdemo_channel_format(b->buffer, RING, 0), -EOPNOTSUPP);
	close_it(b);
}

static void a_file_must_be_formatted_as_said(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_buffer *reader;
	struct mmapdemo_buffer_info info;
	struct mmapdemo_producer p;
	struct mmapdemo_consumer c;

	alarm(60);
	open_it(b);
	assert_int_equal(mmapdemo_channel_format(b->buffer, RING - 1, 0), -EINVAL);
	assert_int_equal(mmapdemo_channel_format(b->buffer, RING / 2, 0), -EINVAL);
	assert_int_equal(mmapdemo_channel_format(b->buffer, 2 * MMAPDEMO_RING_MAX, 0), -EINVAL);
	assert_int_equal(mmapdemo_channel_format(b->buffer, RING, MMAPDEMO_CREATE_CHANNEL),
			 -EINVAL);
	assert_int_equal(mmapdemo_channel_format(b->buffer, RING, 0), 0);
	assert_int_equal(mmapdemo_get_info(b->buffer, &info), 0);
	assert_int_equal(info.size, RING + 2 * b->page);
	assert_int_equal(info.channel, MMAPDEMO_CHANNEL);

	assert_int_equal(mmapdemo_open(&reader, b->path, MMAPDEMO_READ_ONLY), 0);
	assert_int_equal(mmapdemo_producer_open(&p, reader), -EBADF);
	assert_int_equal(mmapdemo_consumer_open(&c, reader), -EBADF);
	assert_int_equal(mmapdemo_channel_format(reader, RING, 0), -EBADF);
	mmapdemo_close(reader);

	/* Too short for what its label says. */
	assert_int_equal(mmapdemo_resize(b->buffer, RING + 2 * b->page - 1), 0);
	assert_int_equal(mmapdemo_producer_open(&p, b->buffer), -EINVAL);
	close_it(b);
}

static void a_formatted_file_is_empty_again(void **state)
{
	struct pair *s = open_pair(state);

	stuff(s, 100);
	receive_one(s, 100, 0);
	mmapdemo_producer_close(&s->p);
	mmapdemo_consumer_close(&s->c);
	assert_int_equal(mmapdemo_channel_format(s->buffer, RING, 0), 0);
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, NULL, 0), -EAGAIN);
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	assert_int_equal(stat_of(s).sent, 0);
	send_one(s, 10, 1);
	receive_one(s, 10, 1);
	close_pair(s);
}

static void a_closed_handle_may_be_closed(void **state)
{
	struct pair *s = open_pair(state);

	mmapdemo_producer_close(&s->p);
	mmapdemo_producer_close(&s->p);
	mmapdemo_consumer_close(&s->c);
	mmapdemo_consumer_close(&s->c);
	close_pair(s);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_CHANNELS(what_is_sent_is_received),
		ON_CHANNELS(a_message_goes_over_the_end_at_every_alignment),
		ON_CHANNELS(a_full_ring_has_no_room),
		ON_CHANNELS(an_empty_ring_has_no_message),
		ON_CHANNELS(the_largest_message_is_half_the_ring),
		ON_CHANNELS(what_is_longer_than_asked_for_stays),
		ON_CHANNELS(what_is_reserved_is_sent_when_it_is_committed),
		ON_CHANNELS(what_was_peeked_at_stays_until_it_is_released),
		ON_CHANNELS(no_batch_has_a_message_that_is_too_long),
		ON_CHANNELS(a_batch_that_is_not_published_never_was),
		ON_ALL(what_is_no_channel_cannot_be_opened),
		ON(a_file_must_be_formatted_as_said, 0),
		ON(a_formatted_file_is_empty_again, 0),
		ON(a_formatted_file_is_empty_again, 1),
		ON_CHANNELS(a_closed_handle_may_be_closed),
	};

	return run_on_backings("channel", tests, sizeof(tests) / sizeof(tests[0]));
}
