// SPDX-License-Identifier: BSD-2-Clause
/*
 * Channels: two threads, and two processes, that send and receive in every way and
 * of every length, at random. Each message tells its number and its length.
 *
 * ThreadSanitizer knows memory by its address. So that it sees anything, both sides
 * then have one map, and no process. It does not know fences either; but all that
 * is published is ordered by headers, positions and flags.
 */
#include "channel.h"

#include <pthread.h>

#ifdef __SANITIZE_THREAD__
#define ONE_MAP true
#define COUNT 20000
#else
#define ONE_MAP false
#define COUNT 60000
#endif

struct message {
	uint32_t number, length;
};

static size_t length_of(uint64_t number)
{
	uint64_t random = number * 2654435761U + 1;
	uint32_t kind = below(&random, 1000);

	if (kind == 0)
		return MOST - below(&random, 64);
	if (kind < 20)
		return sizeof(struct message) + below(&random, 5000);
	return sizeof(struct message) + below(&random, 150);
}

static void write_message(void *place, uint32_t number, size_t length)
{
	struct message message = { number, (uint32_t)length };

	memcpy(place, &message, sizeof(message));
	fill((char *)place + sizeof(message), length - sizeof(message), number);
}

static void read_message(const void *place, uint32_t number, size_t length)
{
	struct message message;

	memcpy(&message, place, sizeof(message));
	assert_int_equal(message.number, number);
	assert_int_equal(message.length, length);
	assert_int_equal(length, length_of(number));
	check((const char *)place + sizeof(message), length - sizeof(message), number);
}

static void send_a_copy(struct pair *s, uint32_t number, bool try)
{
	static __thread char data[RING];
	size_t length = length_of(number);
	int err = -EAGAIN;

	write_message(data, number, length);
	while (try && err == -EAGAIN)
		err = mmapdemo_producer_trysend(&s->p, data, length);
	if (!try)
		err = mmapdemo_producer_send(&s->p, data, length);
	assert_int_equal(err, 0);
}

static void send_in_place(struct pair *s, uint32_t number)
{
	size_t length = length_of(number);
	void *place;

	assert_int_equal(mmapdemo_producer_reserve(&s->p, &place, MOST, NULL), 0);
	mmapdemo_producer_discard(&s->p);
	assert_int_equal(mmapdemo_producer_reserve(&s->p, &place, length, NULL), 0);
	write_message(place, number, length);
	assert_int_equal(mmapdemo_producer_commit(&s->p, length), 0);
}

/* How many there were room for. */
static uint32_t send_batch(struct pair *s, uint32_t number, uint32_t most)
{
	struct mmapdemo_batch batch;
	uint32_t n = 0;
	void *place = NULL;

	assert_int_equal(mmapdemo_batch_begin(&batch, &s->p, &place, length_of(number), NULL), 0);
	do {
		write_message(place, number + n, length_of(number + n));
	} while (++n < most && (place = mmapdemo_batch_add(&batch, length_of(number + n))));
	assert_int_equal(mmapdemo_batch_publish(&batch), 0);
	return n;
}

static void *produce(void *arg)
{
	struct pair *s = arg;
	uint64_t random = 1;

	for (uint32_t number = 0; number < COUNT; number++) {
		switch (below(&random, 4)) {
		case 0:
			send_a_copy(s, number, true);
			break;
		case 1:
			send_a_copy(s, number, false);
			break;
		case 2:
			send_in_place(s, number);
			break;
		default:
			number += send_batch(s, number, 1 + below(&random, COUNT - number)) - 1;
		}
		if (below(&random, 500) == 0)
			usleep(100);
	}
	return NULL;
}

static void receive_a_copy(struct pair *s, uint32_t number)
{
	static __thread char data[RING];
	ssize_t length = mmapdemo_consumer_tryrecv(&s->c, data, sizeof(data));

	if (length == -EAGAIN)
		length = mmapdemo_consumer_recv(&s->c, data, sizeof(data));
	assert_true(length >= 0);
	read_message(data, number, (size_t)length);
}

static void receive_in_place(struct pair *s, uint32_t number)
{
	const void *place;
	size_t length;

	assert_int_equal(mmapdemo_consumer_peek(&s->c, &place, &length, NULL), 0);
	read_message(place, number, length);
	mmapdemo_consumer_release(&s->c);
}

static uint32_t receive_batch(struct pair *s, uint32_t number)
{
	struct mmapdemo_cursor cursor;
	const void *place;
	uint32_t n = 0;
	size_t length;

	assert_int_equal(mmapdemo_cursor_begin(&cursor, &s->c, NULL), 0);
	while ((place = mmapdemo_cursor_next(&cursor, &length)))
		read_message(place, number + n++, length);
	mmapdemo_cursor_end(&cursor);
	assert_true(n > 0);
	return n;
}

static void *consume(void *arg)
{
	struct pair *s = arg;
	uint64_t random = 2;

	for (uint32_t number = 0; number < COUNT; number++) {
		switch (below(&random, 3)) {
		case 0:
			receive_a_copy(s, number);
			break;
		case 1:
			receive_in_place(s, number);
			break;
		default:
			number += receive_batch(s, number) - 1;
		}
		if (below(&random, 500) == 0)
			usleep(100);
	}
	return NULL;
}

static void use_one_map(struct pair *s)
{
	s->c.page = s->p.peer;
	s->c.peer = s->p.page;
	s->c.bias += (uintptr_t)s->c.data - (uintptr_t)s->p.data;
	s->c.next = s->p.data + (s->c.next - s->c.data);
	s->c.end = s->p.data + (s->c.end - s->c.data);
	s->c.data = s->p.data;
}

static void nothing_is_lost_or_torn_between_threads(void **state)
{
	struct pair *s = open_pair(state);
	struct mmapdemo_consumer own = s->c;
	struct mmapdemo_channel_stat stat;
	pthread_t producer;

	if (ONE_MAP)
		use_one_map(s);
	assert_int_equal(pthread_create(&producer, NULL, produce, s), 0);
	consume(s);
	assert_int_equal(pthread_join(producer, NULL), 0);
	stat = stat_of(s);
	assert_int_equal(stat.sent, COUNT);
	assert_int_equal(stat.received, COUNT);
	assert_int_equal(stat.sent_bytes, stat.received_bytes);
	if (ONE_MAP)
		s->c = own;
	close_pair(s);
}

#ifndef __SANITIZE_THREAD__
static void produce_all(struct pair *s)
{
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	produce(s);
	mmapdemo_producer_close(&s->p);
}

static void nothing_is_lost_or_torn_between_processes(void **state)
{
	static const unsigned int flags[] = { 0, MMAPDEMO_CREATE_LINES };

	for (size_t i = 0; i < 2; i++) {
		struct pair *s = open_pair_with(state, flags[i]);
		pid_t pid;

		mmapdemo_producer_close(&s->p);
		mmapdemo_consumer_close(&s->c);
		pid = start_with(produce_all, s);
		assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
		consume(s);
		assert_int_equal(mmapdemo_consumer_recv(&s->c, NULL, 0), -EPIPE);
		join(pid, 0);
		close_pair(s);
	}
}
#endif

int main(void)
{
	struct CMUnitTest tests[] = {
		ON(nothing_is_lost_or_torn_between_threads, 1),
#ifndef __SANITIZE_THREAD__
		ON(nothing_is_lost_or_torn_between_threads, 0),
		ON(nothing_is_lost_or_torn_between_threads, 3),
		ON_CHANNELS(nothing_is_lost_or_torn_between_processes),
#endif
	};

	return run_on_backings("channel-race", tests, sizeof(tests) / sizeof(tests[0]));
}
