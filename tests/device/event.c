// SPDX-License-Identifier: BSD-2-Clause
/* Publications: who may publish, who is told, and that nobody misses one. */
#include "named.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static struct mmapdemo_events events(int fd)
{
	struct mmapdemo_events events;

	memset(&events, POISON, sizeof(events));
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_EVENTS, &events), 0);
	return events;
}

static int publish(int fd)
{
	return ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0);
}

static short polled(int fd, int timeout)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	assert_true(poll(&pollfd, 1, timeout) >= 0);
	return pollfd.revents;
}

static void fsync_msync_and_PUBLISH_publish(void **state)
{
	int fd = create(node(state), "", 2);
	unsigned char *p = map(fd, MAP_SHARED, RW, 0, 2);

	assert_int_equal(events(fd).publications, 0);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(fdatasync(fd), 0);
	assert_int_equal(msync(p, PAGE, MS_SYNC), 0);
	assert_int_equal(publish(fd), 0);
	assert_int_equal(events(fd).publications, 4);
	assert_int_equal(info(fd).publications, 4);
	unmap(p, 2);
	close(fd);
}

static void nothing_else_publishes(void **state)
{
	int fd = create(node(state), "", 2);
	int reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	unsigned char *shared = map(fd, MAP_SHARED, RW, 0, 1);
	unsigned char *private = map(fd, MAP_PRIVATE, RW, 0, 1);
	unsigned char *readable = map(reader, MAP_SHARED, PROT_READ, 0, 1);

	assert_int_equal(msync(shared, PAGE, MS_ASYNC), 0);
	assert_int_equal(msync(shared, PAGE, MS_INVALIDATE), 0);
	assert_int_equal(msync(private, PAGE, MS_SYNC), 0);
	assert_int_equal(msync(readable, PAGE, MS_SYNC), 0);
	assert_int_equal(fsync(reader), 0);
	assert_fails(publish(reader), EBADF);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 1), EINVAL);
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	assert_int_equal(events(fd).publications, 0);
	unmap(shared, 1);
	unmap(private, 1);
	unmap(readable, 1);
	close(reader);
	close(fd);
}

static void each_open_file_has_its_own_count(void **state)
{
	int fd = create(node(state), "", 1);
	int early = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	int late;

	assert_int_equal(publish(fd), 0);
	late = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	assert_int_equal(publish(fd), 0);
	assert_int_equal(events(early).unseen, 2);
	assert_int_equal(events(early).unseen, 0);
	assert_int_equal(events(late).unseen, 1);
	assert_int_equal(events(fd).unseen, 2);
	assert_int_equal(events(late).publications, 2);
	close(early);
	close(late);
	close(fd);
}

static void poll_tells_until_it_is_seen(void **state)
{
	int fd = create(node(state), "", 1);
	int reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	struct timeval at_once = { 0, 0 };
	fd_set set;

	assert_int_equal(polled(fd, 0) & POLLPRI, 0);
	assert_int_equal(polled(reader, 0) & POLLPRI, 0);
	assert_int_equal(publish(fd), 0);
	assert_int_equal(polled(fd, 0) & POLLPRI, POLLPRI);
	assert_int_equal(polled(reader, 0) & POLLPRI, POLLPRI);
	assert_int_equal(polled(reader, 0) & POLLPRI, POLLPRI);
	FD_ZERO(&set);
	FD_SET(reader, &set);
	assert_int_equal(select(reader + 1, NULL, NULL, &set, &at_once), 1);
	events(reader);
	assert_int_equal(polled(reader, 0) & POLLPRI, 0);
	FD_SET(reader, &set);
	assert_int_equal(select(reader + 1, NULL, NULL, &set, &at_once), 0);
	close(reader);
	close(fd);
}

/* A read(2) or write(2) of bytes never waits, whatever was published. */
static void a_buffer_has_input_and_output_always(void **state)
{
	int fd = create(node(state), "poll", 1);
	int reader = open(NODE "-poll", O_RDONLY | O_CLOEXEC);
	int writer = open(NODE "-poll", O_WRONLY | O_CLOEXEC);
	struct timeval at_once = { 0, 0 };
	fd_set in, out;

	assert_int_equal(polled(fd, 0), POLLIN | POLLOUT);
	assert_int_equal(polled(reader, 0), POLLIN);
	assert_int_equal(polled(writer, 0), POLLOUT);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(reader, &in);
	FD_SET(writer, &out);
	assert_int_equal(select(writer + 1, &in, &out, NULL, &at_once), 2);
	assert_int_equal(publish(fd), 0);
	assert_int_equal(polled(fd, 0), POLLIN | POLLOUT | POLLPRI);
	assert_int_equal(polled(reader, 0), POLLIN | POLLPRI);
	assert_int_equal(polled(writer, 0), POLLOUT | POLLPRI);
	close(reader);
	close(writer);
	remove_and_close(fd);
}

static void publish_later(void *arg)
{
	usleep(100000);
	assert_int_equal(publish(*(int *)arg), 0);
}

static void poll_waits(void **state)
{
	int fd = create(node(state), "", 1);
	int reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	struct pollfd pollfd = { .fd = reader, .events = POLLPRI };
	pid_t pid = start_child(publish_later, &fd);

	/* At the end of its time poll(2) looks again, and would see it without a wake. */
	assert_int_equal(poll(&pollfd, 1, -1), 1);
	assert_int_equal(pollfd.revents, POLLPRI);
	assert_int_equal(end_child(pid), 0);
	close(reader);
	close(fd);
}

static void an_edge_comes_with_each_publication(void **state)
{
	int fd = create(node(state), "", 1);
	int reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event want = { .events = EPOLLPRI | EPOLLET }, got;

	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, reader, &want), 0);
	assert_int_equal(epoll_wait(epoll, &got, 1, 0), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(publish(fd), 0);
		assert_int_equal(epoll_wait(epoll, &got, 1, 0), 1);
		assert_int_equal(got.events, EPOLLPRI);
		assert_int_equal(epoll_wait(epoll, &got, 1, 0), 0);
	}
	/* Who asks for input is told once that there always is some, and then of each. */
	want.events = EPOLLIN | EPOLLET;
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_MOD, reader, &want), 0);
	assert_int_equal(epoll_wait(epoll, &got, 1, 0), 1);
	assert_int_equal(epoll_wait(epoll, &got, 1, 0), 0);
	assert_int_equal(publish(fd), 0);
	assert_int_equal(epoll_wait(epoll, &got, 1, 0), 1);
	assert_int_equal(events(reader).unseen, 4);
	close(epoll);
	close(reader);
	close(fd);
}

static volatile sig_atomic_t signals;

static void count_signal(int signal)
{
	signals += signal == SIGIO;
}

static void SIGIO_comes_to_who_asked(void **state)
{
	int fd = create(node(state), "", 1);
	int reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);

	signal(SIGIO, count_signal);
	signals = 0;
	assert_int_equal(publish(fd), 0);
	assert_int_equal(signals, 0);
	assert_int_equal(fcntl(reader, F_SETOWN, getpid()), 0);
	assert_int_equal(fcntl(reader, F_SETFL, O_ASYNC), 0);
	assert_int_equal(publish(fd), 0);
	assert_int_equal(signals, 1);
	close(reader);
	assert_int_equal(publish(fd), 0);
	assert_int_equal(signals, 1);
	signal(SIGIO, SIG_DFL);
	close(fd);
}

static void SIGIO_says_POLL_PRI(void **state)
{
	const struct timespec at_once = { 0, 0 };
	int fd = create(node(state), "", 1);
	int reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	siginfo_t told;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	assert_int_equal(fcntl(reader, F_SETOWN, getpid()), 0);
	assert_int_equal(fcntl(reader, F_SETSIG, SIGRTMIN), 0);
	assert_int_equal(fcntl(reader, F_SETFL, O_ASYNC), 0);
	assert_int_equal(publish(fd), 0);
	assert_int_equal(sigtimedwait(&set, &told, &at_once), SIGRTMIN);
	assert_int_equal(told.si_fd, reader);
	assert_int_equal(told.si_code, POLL_PRI);
	assert_int_equal(told.si_band & (POLLIN | POLLPRI), POLLPRI);
	assert_int_equal(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
	close(reader);
	close(fd);
}

#define ROUNDS 2000

/* Publishes the next number only when the last one was answered. */
static void ask(void *arg)
{
	volatile unsigned int *word = *(void **)arg;
	int fd = ((int *)arg)[2];

	for (unsigned int i = 1; i <= ROUNDS; i++) {
		word[0] = i;
		assert_int_equal(publish(fd), 0);
		while (word[1] != i)
			;
	}
}

/*
 * The news that comes between two looks must wake the next poll. With a flag
 * that EVENTS clears, what is published while it is being cleared is lost, and
 * this test hangs in a poll: each publication is waited for.
 */
static void no_publication_is_lost(void **state)
{
	int fd = create(node(state), "", 1);
	int reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	struct {
		void *page;
		int fd;
	} arg = { map(fd, MAP_SHARED, RW, 0, 1), fd };
	volatile unsigned int *word = arg.page;
	struct pollfd pollfd = { .fd = reader, .events = POLLPRI };
	pid_t pid = start_child(ask, &arg);
	uint64_t seen = 0;

	while (seen < ROUNDS) {
		assert_int_equal(poll(&pollfd, 1, 20000), 1);
		/* Answering first lets the next one come while we look... */
		word[1] = word[0];
		seen += events(reader).unseen;
		/* ...and then be among what we saw. */
		word[1] = word[0];
	}
	assert_int_equal(end_child(pid), 0);
	assert_int_equal(seen, ROUNDS);
	unmap(arg.page, 1);
	close(reader);
	close(fd);
}

static void EVENTS_at_a_bad_address_sees_nothing(void **state)
{
	int fd = create(node(state), "", 1);
	unsigned char *p = reserve(3);

	assert_int_equal(mprotect(p, PAGE, PROT_READ), 0);
	assert_int_equal(mprotect(p + PAGE, PAGE, RW), 0);
	assert_int_equal(publish(fd), 0);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_EVENTS, NULL), EFAULT);
	/* A page that can only be read, and one that ends in the middle. */
	assert_fails(ioctl(fd, MMAPDEMO_IOC_EVENTS, p), EFAULT);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_EVENTS, p + 2 * PAGE - 8), EFAULT);
	assert_int_equal(events(fd).unseen, 1);
	unmap(p, 3);
	close(fd);
}

static void a_fork_shares_what_was_seen(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pid;

	assert_int_equal(publish(fd), 0);
	pid = fork();
	if (pid == 0)
		_exit((int)events(fd).unseen);
	assert_int_equal(end_child(pid), 1);
	assert_int_equal(events(fd).unseen, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fsync_msync_and_PUBLISH_publish),
		TEST(nothing_else_publishes),
		TEST(each_open_file_has_its_own_count),
		TEST(poll_tells_until_it_is_seen),
		TEST(a_buffer_has_input_and_output_always),
		TEST(poll_waits),
		TEST(an_edge_comes_with_each_publication),
		TEST(SIGIO_comes_to_who_asked),
		TEST(SIGIO_says_POLL_PRI),
		TEST(no_publication_is_lost),
		TEST(EVENTS_at_a_bad_address_sees_nothing),
		TEST(a_fork_shares_what_was_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
