// SPDX-License-Identifier: BSD-2-Clause
/*
 * EPOLLEXCLUSIVE: of processes that poll one open file exclusively, the kernel may
 * wake a single one. Here each process has an open file of its own, and none
 * may take the news of another.
 */
#include "channel.h"

#include <sys/epoll.h>

#define PROCESSES 4

/* A process that sleeps in epoll_wait(2), and what it must be told. */
struct poller {
	int fd;
	uint32_t events;
	uint32_t told;
};

/* At the end of its time epoll_wait(2) does not look again. */
static void poll_exclusively(void *arg)
{
	const struct poller *p = arg;
	struct epoll_event want = { .events = p->events | EPOLLEXCLUSIVE }, got;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, p->fd, &want), 0);
	assert_int_equal(epoll_wait(epoll, &got, 1, 10000), 1);
	assert_int_equal(got.events & p->told, p->told);
}

static pid_t start_poller(int fd, uint32_t events, uint32_t told)
{
	struct poller poller = { fd, events, told };
	pid_t pid = start_child(poll_exclusively, &poller);

	until_asleep(pid);
	return pid;
}

static void each_open_file_is_told_of_a_publication(void **state)
{
	int fd = create(node(state), "", 1);
	int files[PROCESSES];
	pid_t pids[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		files[i] = ioctl(fd, MMAPDEMO_IOC_WATCH, 0);
		assert_true(files[i] >= 0);
		pids[i] = start_poller(files[i], EPOLLIN, EPOLLIN);
	}
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), 0);
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(end_child(pids[i]), 0);
		close(files[i]);
	}
	close(fd);
}

/* A buffer always has input: when epoll(7) was told so, it sleeps until the next edge. */
static void poll_for_an_edge(void *arg)
{
	struct epoll_event want = { .events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE }, got;
	const struct poller *p = arg;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, p->fd, &want), 0);
	epoll_wait(epoll, &got, 1, 0);
	assert_int_equal(epoll_wait(epoll, &got, 1, 10000), 1);
}

static void each_open_file_has_the_edge_of_a_publication(void **state)
{
	int fd = create(node(state), "", 1);
	struct poller pollers[PROCESSES];
	pid_t pids[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		pollers[i].fd = open_again(fd, O_RDONLY);
		pids[i] = start_child(poll_for_an_edge, &pollers[i]);
		until_asleep(pids[i]);
	}
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), 0);
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(end_child(pids[i]), 0);
		close(pollers[i].fd);
	}
	close(fd);
}

/* Nobody has the role of the consumer: who is told may take it. */
static void each_open_file_is_told_of_a_message(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int readers[PROCESSES];
	pid_t pids[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		readers[i] = open_again(fd, O_RDONLY);
		pids[i] = start_poller(readers[i], EPOLLIN, EPOLLIN);
	}
	send_text(writer, "x");
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(end_child(pids[i]), 0);
		close(readers[i]);
	}
	close(writer);
	close(fd);
}

/* Who has no role hears nothing, and was there before. */
static void an_onlooker_takes_no_message(void **state)
{
	struct ends e = make_ends(state);
	int other = open_again(e.fd, O_RDONLY);
	pid_t onlooker, reader;

	assert_empty(e.reader);
	onlooker = start_poller(other, EPOLLIN, 0);
	reader = start_poller(e.reader, EPOLLIN, EPOLLIN);
	send_text(e.writer, "x");
	assert_int_equal(end_child(reader), 0);
	kill_child(onlooker);
	close(other);
	close_ends(&e);
}

static void an_onlooker_takes_no_room(void **state)
{
	struct ends e = make_ends(state);
	int other = open_again(e.fd, O_RDWR);
	pid_t onlooker, writer;

	fill_ring(e.writer);
	assert_int_equal(polled(e.reader, 0), POLLIN);
	onlooker = start_poller(other, EPOLLOUT, 0);
	writer = start_poller(e.writer, EPOLLOUT, EPOLLOUT);
	drain_ring(e.reader);
	assert_int_equal(end_child(writer), 0);
	kill_child(onlooker);
	close(other);
	close_ends(&e);
}

static void an_onlooker_takes_no_hang_up(void **state)
{
	int fd = create_channel(node(state), "");
	/* By JOIN: the role does not stay with the children, who inherit descriptors. */
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	int writer = open_again(fd, O_RDWR);
	int other = open_again(fd, O_RDWR);
	pid_t onlooker, told;

	fill_ring(writer);
	onlooker = start_poller(other, EPOLLOUT, 0);
	told = start_poller(writer, EPOLLOUT, EPOLLHUP);
	leave_role(&consumer);
	assert_int_equal(end_child(told), 0);
	kill_child(onlooker);
	close(other);
	close(writer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_open_file_is_told_of_a_publication),
		TEST(each_open_file_has_the_edge_of_a_publication),
		TEST(each_open_file_is_told_of_a_message),
		TEST(an_onlooker_takes_no_message),
		TEST(an_onlooker_takes_no_room),
		TEST(an_onlooker_takes_no_hang_up),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
