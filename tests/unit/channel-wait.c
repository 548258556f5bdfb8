// SPDX-License-Identifier: BSD-2-Clause
/*
 * Channels: a waiter is woken, hears of a hang-up, of a signal, by epoll; and
 * what a successor finds.
 */
#include "channel.h"

#include <sys/epoll.h>

#define LONG 1000

static void receive_three(struct pair *s)
{
	char data[8];

	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(mmapdemo_consumer_recv(&s->c, data, sizeof(data)), i);
	assert_int_equal(mmapdemo_consumer_recv(&s->c, data, sizeof(data)), -EPIPE);
	assert_int_equal(mmapdemo_consumer_recv(&s->c, data, sizeof(data)), -EPIPE);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, sizeof(data)), -EPIPE);
}

/* The child plays the other side; the parent has none, for it would be the second. */
static pid_t start_consumer(struct pair *s, void (*play)(struct pair *s))
{
	mmapdemo_consumer_close(&s->c);
	return start_with(play, s);
}

static pid_t start_producer(struct pair *s, void (*play)(struct pair *s))
{
	mmapdemo_producer_close(&s->p);
	return start_with(play, s);
}

/* Not the sleep of its birth: it has found the ring empty so often. */
static void until_it_waits(const struct pair *s, pid_t pid, uint64_t times)
{
	while (stat_of(s).empty < times)
		usleep(100);
	until_asleep(pid);
}

static void a_consumer_is_woken_by_each_message_and_the_end(void **state)
{
	struct pair *s = open_pair(state);
	pid_t pid = start_consumer(s, receive_three);

	for (size_t i = 0; i < 3; i++) {
		until_it_waits(s, pid, i + 1);
		assert_int_equal(mmapdemo_producer_send(&s->p, "abc", i), 0);
	}
	until_it_waits(s, pid, 4);
	mmapdemo_producer_close(&s->p);
	join(pid, 0);
	assert_true(stat_of(s).producer_wakes >= 3);
	close_pair(s);
}

static pid_t sleeper; /* the consumer that die_before_waking() does not wake */

/* Outside of the driver: killed after it cleared the flag, and before it woke. */
static void die_before_waking(struct pair *s)
{
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	while (!__atomic_load_n(&s->p.peer->sleeping, __ATOMIC_SEQ_CST))
		usleep(100);   /* opening has woken it, too */
	until_asleep(sleeper); /* it looks at the ring once more after it has set the flag */
	__atomic_store_n(&s->p.peer->sleeping, 0, __ATOMIC_SEQ_CST);
	assert_int_equal(mmapdemo_producer_send(&s->p, "", 0), 0);
	kill(getpid(), SIGKILL);
}

static void a_successor_wakes_whom_the_dead_did_not(void **state)
{
	struct pair *s = open_pair(state);
	pid_t pid;

	mmapdemo_producer_close(&s->p);
	pid = start_consumer(s, receive_three);
	until_it_waits(s, pid, 1);
	sleeper = pid;
	join(start_with(die_before_waking, s), SIGKILL);
	assert_int_equal(stat_of(s).received, 0);
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	until_it_waits(s, pid, 2);
	assert_int_equal(mmapdemo_producer_send(&s->p, "a", 1), 0);
	assert_int_equal(mmapdemo_producer_send(&s->p, "ab", 2), 0);
	mmapdemo_producer_close(&s->p);
	join(pid, 0);
	close_pair(s);
}

static void fill_and_go_on(struct pair *s)
{
	static char data[LONG];
	int err = 0;

	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(mmapdemo_producer_send(&s->p, data, LONG), 0);
	while (!err)
		err = mmapdemo_producer_send(&s->p, data, LONG);
	assert_int_equal(err, -EPIPE);
	assert_int_equal(mmapdemo_producer_trysend(&s->p, data, LONG), -EPIPE);
}

static void a_producer_is_woken_by_room_and_the_end(void **state)
{
	struct pair *s = open_pair(state);
	pid_t pid = start_producer(s, fill_and_go_on);
	static char data[LONG];

	while (stat_of(s).full < 1)
		usleep(100);
	until_asleep(pid);
	for (int i = 0; i < 200; i++)
		assert_int_equal(mmapdemo_consumer_recv(&s->c, data, LONG), LONG);
	/* All, but for what is taken and not yet freed. */
	while (stat_of(s).sent < 200 + RING / (LONG + 8) * 3 / 4)
		usleep(100);
	until_asleep(pid);
	mmapdemo_consumer_close(&s->c);
	join(pid, 0);
	assert_true(stat_of(s).consumer_wakes >= 1);
	assert_true(stat_of(s).full >= 2);
	close_pair(s);
}

static void what_is_there_is_received_after_a_hang_up(void **state)
{
	struct pair *s = open_pair(state);
	char data[8];

	send_one(s, 1, 1);
	send_one(s, 2, 2);
	mmapdemo_producer_close(&s->p);
	receive_one(s, 1, 1);
	/* Also by a consumer who never met the producer. */
	mmapdemo_consumer_close(&s->c);
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	receive_one(s, 2, 2);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, 8), -EPIPE);
	assert_int_equal(mmapdemo_consumer_recv(&s->c, data, 8), -EPIPE);

	/* Until another one comes. */
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, 8), -EAGAIN);
	send_one(s, 3, 3);
	receive_one(s, 3, 3);
	close_pair(s);
}

static void who_was_never_met_is_not_missed(void **state)
{
	struct pair *s = open_pair(state);
	char data[8];

	mmapdemo_producer_close(&s->p);
	mmapdemo_consumer_close(&s->c);
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, 8), -EAGAIN);
	mmapdemo_consumer_close(&s->c);
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	send_one(s, 5, 5);
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	receive_one(s, 5, 5);
	close_pair(s);
}

static void what_was_sent_to_nobody_is_for_the_next(void **state)
{
	struct pair *s = open_pair(state);
	uint64_t before = mmapdemo_producer_position(&s->p);
	char data[8] = "message";
	void *place;

	mmapdemo_consumer_close(&s->c);
	assert_int_equal(mmapdemo_producer_send(&s->p, data, 8), -EPIPE);
	assert_int_equal(mmapdemo_producer_position(&s->p), before + 16);
	assert_int_equal(mmapdemo_producer_reserve(&s->p, &place, 8, NULL), 0);
	memset(place, 'x', 8);
	assert_int_equal(mmapdemo_producer_commit(&s->p, 8), -EPIPE);
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	assert_int_equal(mmapdemo_consumer_recv(&s->c, data, 8), 8);
	assert_string_equal(data, "message");
	assert_int_equal(mmapdemo_consumer_recv(&s->c, data, 8), 8);
	assert_memory_equal(data, "xxxxxxxx", 8);
	send_one(s, 5, 5);
	receive_one(s, 5, 5);
	close_pair(s);
}

static void ignore(int signal)
{
	(void)signal;
}

static void wait_until_a_signal(struct pair *s)
{
	struct sigaction action = { .sa_handler = ignore };
	struct timespec deadline = soon(40000);
	char data[8];

	sigaction(SIGUSR1, &action, NULL);
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	assert_int_equal(mmapdemo_consumer_recv(&s->c, data, 8), -EINTR);
	assert_int_equal(mmapdemo_consumer_timedrecv(&s->c, data, 8, &deadline), -EINTR);
}

static void a_signal_ends_a_wait(void **state)
{
	struct pair *s = open_pair(state);
	pid_t pid = start_consumer(s, wait_until_a_signal);

	for (uint64_t i = 1; i <= 2; i++) {
		until_it_waits(s, pid, i);
		kill(pid, SIGUSR1);
	}
	join(pid, 0);
	close_pair(s);
}

static void send_by_the_handle_of_a_parent(struct pair *s)
{
	signal(SIGSEGV, SIG_DFL);
	mmapdemo_producer_send(&s->p, "", 0);
}

static void receive_by_the_handle_of_a_parent(struct pair *s)
{
	signal(SIGSEGV, SIG_DFL);
	mmapdemo_consumer_recv(&s->c, NULL, 0);
}

static void a_child_has_no_handles(void **state)
{
	struct pair *s = open_pair(state);

	join(start_with(send_by_the_handle_of_a_parent, s), SIGSEGV);
	join(start_with(receive_by_the_handle_of_a_parent, s), SIGSEGV);
	send_one(s, 1, 1);
	receive_one(s, 1, 1);
	close_pair(s);
}

static void send_and_die(struct pair *s)
{
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	send_one(s, 7, 7);
	raise(SIGKILL);
}

static void only_the_driver_misses_the_dead(void **state)
{
	struct pair *s = open_pair(state);

	join(start_producer(s, send_and_die), SIGKILL);
	receive_one(s, 7, 7);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, NULL, 0), is_node(s) ? -EPIPE : -EAGAIN);
	close_pair(s);
}

static void only_a_node_can_be_polled(void **state)
{
	struct pair *s = open_pair(state);

	if (is_node(s)) {
		assert_true(mmapdemo_producer_fd(&s->p) >= 0);
		assert_true(mmapdemo_consumer_fd(&s->c) >= 0);
	} else {
		assert_int_equal(mmapdemo_producer_fd(&s->p), -1);
		assert_int_equal(mmapdemo_consumer_fd(&s->c), -1);
	}
	close_pair(s);
}

static int watch(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
	return epoll;
}

static uint32_t seen(int epoll, int timeout)
{
	struct epoll_event event = { 0 };
	int n = epoll_wait(epoll, &event, 1, timeout);

	assert_true(n >= 0);
	return n ? event.events : 0;
}

static void edges_are_told_after_try_has_failed(void **state)
{
	struct pair *s = open_pair(state);
	int input = watch(mmapdemo_consumer_fd(&s->c), EPOLLIN);
	int output = watch(mmapdemo_producer_fd(&s->p), EPOLLOUT);
	static char data[LONG];

	for (int i = 0; i < 50; i++) {
		assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, LONG), -EAGAIN);
		seen(input, 0);
		send_one(s, 10, 1);
		assert_true(seen(input, 10000) & EPOLLIN);
		receive_one(s, 10, 1);

		while (mmapdemo_producer_trysend(&s->p, data, LONG) == 0)
			;
		seen(output, 0);
		assert_int_equal(mmapdemo_producer_trysend(&s->p, data, LONG), -EAGAIN);
		while (mmapdemo_consumer_tryrecv(&s->c, data, LONG) == LONG)
			;
		assert_true(seen(output, 10000) & EPOLLOUT);
		assert_int_equal(mmapdemo_producer_trysend(&s->p, data, LONG), 0);
		assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, LONG), LONG);
	}
	close(input);
	close(output);
	close_pair(s);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_CHANNELS(a_consumer_is_woken_by_each_message_and_the_end),
		ON(a_successor_wakes_whom_the_dead_did_not, 0),
		ON(a_successor_wakes_whom_the_dead_did_not, 1),
		ON_CHANNELS(a_producer_is_woken_by_room_and_the_end),
		ON_CHANNELS(what_is_there_is_received_after_a_hang_up),
		ON_CHANNELS(who_was_never_met_is_not_missed),
		ON_CHANNELS(what_was_sent_to_nobody_is_for_the_next),
		ON_CHANNELS(a_signal_ends_a_wait),
		ON_CHANNELS(a_child_has_no_handles),
		ON_CHANNELS(only_the_driver_misses_the_dead),
		ON_CHANNELS(only_a_node_can_be_polled),
		ON(edges_are_told_after_try_has_failed, 3),
	};

	return run_on_backings("channel-wait", tests, sizeof(tests) / sizeof(tests[0]));
}
