// SPDX-License-Identifier: BSD-2-Clause
/* epoll(7) on a channel: by level and by edge. */
#include "channel.h"

#include <sys/epoll.h>

static int watch(int fd, uint32_t events)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event want = { .events = events };

	assert_true(epoll >= 0);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &want), 0);
	return epoll;
}

/* What it tells at once, 0 for nothing. */
static uint32_t told(int epoll)
{
	struct epoll_event got = { 0 };

	assert_true(epoll_wait(epoll, &got, 1, 0) >= 0);
	return got.events;
}

static void a_level_is_told_as_long_as_it_lasts(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	int epoll = watch(consumer.fd, EPOLLIN);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(told(epoll), 0);
		publish_text(&producer, "x");
		assert_int_equal(told(epoll), EPOLLIN);
		assert_int_equal(told(epoll), EPOLLIN);
		take_text(&consumer, "x");
	}
	leave_role(&producer);
	assert_true(told(epoll) & EPOLLHUP);
	assert_true(told(epoll) & EPOLLHUP);
	close(epoll);
	leave_role(&consumer);
	close(fd);
}

/* To a receiver that takes all there is, and by WAIT raises the flag again. */
static void an_edge_comes_after_each_end_of_messages(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	int epoll = watch(consumer.fd, EPOLLIN | EPOLLET);

	assert_int_equal(told(epoll), 0);
	for (int i = 0; i < 3; i++) {
		publish_text(&producer, "x");
		assert_int_equal(told(epoll), EPOLLIN);
		assert_int_equal(told(epoll), 0);
		take_text(&consumer, "x");
		assert_fails(wait_until(consumer.fd, 0), ETIMEDOUT);
		assert_int_equal(told(epoll), 0);
	}
	leave_role(&producer);
	assert_true(told(epoll) & EPOLLHUP);
	assert_int_equal(told(epoll), 0);
	close(epoll);
	leave_role(&consumer);
	close(fd);
}

static void an_edge_comes_after_each_EAGAIN(void **state)
{
	struct ends e = make_ends(state);
	int in, out;

	assert_empty(e.reader);
	in = watch(e.reader, EPOLLIN | EPOLLET);
	assert_int_equal(told(in), 0);
	for (int i = 0; i < 3; i++) {
		send_text(e.writer, "x");
		assert_int_equal(told(in), EPOLLIN);
		assert_int_equal(told(in), 0);
		drain_ring(e.reader);
	}
	fill_ring(e.writer);
	out = watch(e.writer, EPOLLOUT | EPOLLET);
	assert_int_equal(told(out), 0);
	for (int i = 0; i < 3; i++) {
		drain_ring(e.reader);
		assert_int_equal(told(out), EPOLLOUT);
		assert_int_equal(told(out), 0);
		fill_ring(e.writer);
	}
	close(e.reader);
	assert_true(told(out) & EPOLLHUP);
	assert_int_equal(told(out), 0);
	close(in);
	close(out);
	close(e.writer);
	close(e.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_level_is_told_as_long_as_it_lasts),
		TEST(an_edge_comes_after_each_end_of_messages),
		TEST(an_edge_comes_after_each_EAGAIN),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
