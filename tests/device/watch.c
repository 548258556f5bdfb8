// SPDX-License-Identifier: BSD-2-Clause
/* WATCH: publications as input, read as those of an eventfd. */
#include "words.h"

#include <poll.h>
#include <sys/epoll.h>

static void publish(int fd)
{
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), 0);
}

static int watch(int fd, unsigned long flags)
{
	int watching = ioctl(fd, MMAPDEMO_IOC_WATCH, flags);

	assert_true(watching >= 0);
	return watching;
}

/* Publications that a read tells. */
static uint64_t told(int watching)
{
	uint64_t counts[2];

	memset(counts, POISON, sizeof(counts));
	assert_int_equal(read(watching, counts, sizeof(counts)), sizeof(counts[0]));
	assert_int_equal(counts[1], 0x0101010101010101ULL * POISON);
	return counts[0];
}

static void assert_nothing(int watching)
{
	uint64_t count;

	assert_fails(read(watching, &count, sizeof(count)), EAGAIN);
}

static short polled(int fd, int timeout)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	assert_true(poll(&pollfd, 1, timeout) >= 0);
	return pollfd.revents;
}

static uint64_t unseen(int fd)
{
	struct mmapdemo_events events;

	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_EVENTS, &events), 0);
	return events.unseen;
}

static void a_read_tells_what_came_since_the_last(void **state)
{
	int fd = create(node(state), "", 1);
	int watching;

	publish(fd);
	watching = watch(fd, O_NONBLOCK);
	assert_nothing(watching);
	for (unsigned int i = 1; i <= 3; i++) {
		for (unsigned int j = 0; j < i; j++)
			publish(fd);
		assert_int_equal(told(watching), i);
		assert_nothing(watching);
	}
	close(watching);
	close(fd);
}

static void each_descriptor_has_its_own_count(void **state)
{
	int fd = create(node(state), "", 1);
	int early = watch(fd, O_NONBLOCK);
	int late;

	publish(fd);
	late = watch(fd, O_NONBLOCK);
	publish(fd);
	assert_int_equal(told(early), 2);
	assert_int_equal(unseen(fd), 2);
	publish(fd);
	assert_int_equal(told(late), 2);
	assert_int_equal(told(early), 1);
	assert_int_equal(unseen(fd), 1);
	close(early);
	close(late);
	close(fd);
}

static void read_one(void *arg)
{
	assert_int_equal(told(*(int *)arg), 1);
}

static void a_read_waits(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = watch(fd, 0);
	pid_t pid = start_child(read_one, &watching);

	until_asleep(pid);
	publish(fd);
	assert_int_equal(end_child(pid), 0);
	close(watching);
	close(fd);
}

static void poll_for_input(void *arg)
{
	/* At the end of its time poll(2) looks again, and would see it without a wake. */
	assert_int_equal(polled(*(int *)arg, -1), POLLIN);
}

static void poll_says_POLLIN_until_it_is_read(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = watch(fd, 0);
	pid_t pid = start_child(poll_for_input, &watching);

	until_asleep(pid);
	assert_int_equal(polled(watching, 0), 0);
	publish(fd);
	assert_int_equal(end_child(pid), 0);
	assert_int_equal(polled(watching, 0), POLLIN);
	assert_int_equal(told(watching), 1);
	assert_int_equal(polled(watching, 0), 0);
	close(watching);
	close(fd);
}

static void each_publication_is_an_edge(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = watch(fd, 0);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event want = { .events = EPOLLIN | EPOLLET }, got;

	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, watching, &want), 0);
	assert_int_equal(epoll_wait(epoll, &got, 1, 0), 0);
	for (int i = 0; i < 3; i++) {
		publish(fd);
		assert_int_equal(epoll_wait(epoll, &got, 1, 0), 1);
		assert_int_equal(got.events, EPOLLIN);
		assert_int_equal(epoll_wait(epoll, &got, 1, 0), 0);
	}
	assert_int_equal(told(watching), 3);
	close(epoll);
	close(watching);
	close(fd);
}

/* Whether reads are restarted: SIGUSR1 is handled. */
static void read_interrupted(void *arg)
{
	uint64_t count;

	handle(SIGUSR1, ignore_signal, 0);
	assert_fails(read(*(int *)arg, &count, sizeof(count)), EINTR);
}

static void read_restarted(void *arg)
{
	handle(SIGUSR1, ignore_signal, SA_RESTART);
	assert_int_equal(told(*(int *)arg), 1);
}

static void a_signal_ends_a_read_or_restarts_it(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = watch(fd, 0);
	pid_t pid = start_child(read_interrupted, &watching);

	until_asleep(pid);
	assert_int_equal(kill(pid, SIGUSR1), 0);
	assert_int_equal(end_child(pid), 0);
	pid = start_child(read_restarted, &watching);
	until_asleep(pid);
	assert_int_equal(kill(pid, SIGUSR1), 0);
	/* Whether that comes before or after the restart, the read tells it. */
	publish(fd);
	assert_int_equal(end_child(pid), 0);
	close(watching);
	close(fd);
}

static void fewer_than_8_bytes_are_EINVAL(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = watch(fd, O_NONBLOCK);
	uint64_t count;

	publish(fd);
	for (size_t i = 0; i < sizeof(count); i++)
		assert_fails(read(watching, &count, i), EINVAL);
	assert_int_equal(told(watching), 1);
	close(watching);
	close(fd);
}

/* Addresses: none, one whose page can only be read, one that ends before 8 bytes. */
static void what_could_not_be_copied_is_told_later(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = watch(fd, O_NONBLOCK);
	unsigned char *p = reserve(3);

	assert_int_equal(mprotect(p, PAGE, PROT_READ), 0);
	assert_int_equal(mprotect(p + PAGE, PAGE, RW), 0);
	publish(fd);
	assert_fails(read(watching, p + 2 * PAGE, 8), EFAULT);
	assert_fails(read(watching, p, 8), EFAULT);
	assert_fails(read(watching, p + 2 * PAGE - 4, 8), EFAULT);
	assert_int_equal(polled(watching, 0), POLLIN);
	assert_int_equal(told(watching), 1);
	unmap(p, 3);
	close(watching);
	close(fd);
}

static void the_argument_is_0_or_O_NONBLOCK(void **state)
{
	int fd = create(node(state), "", 1);
	const unsigned long wrong[] = { 1, O_RDWR, O_CLOEXEC, O_NONBLOCK | O_CLOEXEC, ~0UL };
	int watching;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_fails(ioctl(fd, MMAPDEMO_IOC_WATCH, wrong[i]), EINVAL);
	watching = watch(fd, 0);
	assert_int_equal(fcntl(watching, F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_RDONLY);
	assert_int_equal(fcntl(watching, F_GETFD), FD_CLOEXEC);
	close(watching);
	watching = watch(fd, O_NONBLOCK);
	assert_int_equal(fcntl(watching, F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK);
	close(watching);
	close(fd);
}

static void it_needs_a_descriptor_that_can_read(void **state)
{
	int writer = open_node(O_WRONLY);
	int reader = open_node(O_RDONLY);
	int watching = watch(reader, O_NONBLOCK);

	assert_fails(ioctl(writer, MMAPDEMO_IOC_WATCH, 0), EBADF);
	publish(node(state));
	assert_int_equal(told(watching), 1);
	close(watching);
	close(reader);
	close(writer);
}

static void a_channel_has_none(void **state)
{
	struct mmapdemo_create args = { .size = MMAPDEMO_RING_MIN,
					.flags = MMAPDEMO_CREATE_CHANNEL };
	int fd = ioctl(node(state), MMAPDEMO_IOC_CREATE, &args);

	assert_true(fd >= 0);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_WATCH, 0), ENOTTY);
	close(fd);
}

static void nothing_but_reading_is_possible(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = watch(fd, 0);
	struct mmapdemo_info info;
	uint64_t count = 1;

	assert_fails(write(watching, &count, sizeof(count)), EBADF);
	assert_fails(lseek(watching, 0, SEEK_SET), ESPIPE);
	assert_fails(pread(watching, &count, sizeof(count), 0), ESPIPE);
	assert_fails(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, watching, 0), ENODEV);
	assert_fails(ioctl(watching, MMAPDEMO_IOC_INFO, &info), ENOTTY);
	assert_fails(ioctl(watching, MMAPDEMO_IOC_WATCH, 0), ENOTTY);
	assert_fails(fsync(watching), EINVAL);
	close(watching);
	close(fd);
}

static void it_keeps_the_buffer(void **state)
{
	int fd = create(node(state), "watched", 1);
	int watching = watch(fd, O_NONBLOCK);
	int other;

	assert_int_equal(info(fd).opens, 2);
	assert_int_equal(remove_name(fd), 0);
	publish(fd);
	close(fd);
	/* What was freed would be somebody else's now. */
	other = create(node(state), "", 1);
	assert_int_equal(told(watching), 1);
	publish(other);
	assert_nothing(watching);
	assert_int_equal(polled(watching, 0), 0);
	close(watching);
	close(other);
}

static void it_does_not_prevent_a_RESIZE(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = watch(fd, O_NONBLOCK);
	int blocking = watch(fd, 0);
	pid_t pid = start_child(read_one, &blocking);

	until_asleep(pid);
	assert_int_equal(resize(fd, 8 * PAGE), 0);
	publish(fd);
	assert_int_equal(told(watching), 1);
	assert_int_equal(end_child(pid), 0);
	close(blocking);
	close(watching);
	close(fd);
}

static void it_keeps_the_module(void **state)
{
	int fd = node(state);
	int watching = watch(fd, 0);
	int other;

	close(fd);
	assert_fails(syscall(SYS_delete_module, "mmapdemo", O_NONBLOCK), EAGAIN);
	other = open_node(O_RDWR);
	if (other != fd) {
		assert_int_equal(dup3(other, fd, O_CLOEXEC), fd);
		close(other);
	}
	close(watching);
}

#define ROUNDS 5000

/* Counts in shared memory what it was told of, until it has become ROUNDS. */
static void read_some(void *arg)
{
	const struct {
		uint32_t *sum;
		int fd;
	} *a = arg;
	uint64_t count;

	while (load_word(a->sum) < ROUNDS) {
		if (read(a->fd, &count, sizeof(count)) == sizeof(count))
			__atomic_add_fetch(a->sum, (uint32_t)count, __ATOMIC_SEQ_CST);
		else
			assert_int_equal(errno, EAGAIN);
	}
}

static void each_publication_is_told_to_one_of_its_readers(void **state)
{
	int fd = create(node(state), "", 1);
	struct {
		uint32_t *sum;
		int fd;
	} arg = { shared_memory(), watch(fd, O_NONBLOCK) };
	pid_t first = start_child(read_some, &arg);
	pid_t second = start_child(read_some, &arg);

	for (int i = 0; i < ROUNDS; i++)
		publish(fd);
	assert_int_equal(end_child(first), 0);
	assert_int_equal(end_child(second), 0);
	assert_int_equal(load_word(arg.sum), ROUNDS);
	assert_nothing(arg.fd);
	unmap(arg.sum, 1);
	close(arg.fd);
	close(fd);
}

static void without_a_free_descriptor_it_is_EMFILE(void *arg)
{
	struct rlimit limit = { 0, 0 };

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_fails(ioctl(*(int *)arg, MMAPDEMO_IOC_WATCH, 0), EMFILE);
}

static void what_fails_leaves_nothing(void **state)
{
	int fd = create(node(state), "", 1);

	assert_int_equal(run_child(without_a_free_descriptor_it_is_EMFILE, &fd), 0);
	assert_int_equal(info(fd).opens, 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_read_tells_what_came_since_the_last),
		TEST(each_descriptor_has_its_own_count),
		TEST(a_read_waits),
		TEST(poll_says_POLLIN_until_it_is_read),
		TEST(each_publication_is_an_edge),
		TEST(a_signal_ends_a_read_or_restarts_it),
		TEST(fewer_than_8_bytes_are_EINVAL),
		TEST(what_could_not_be_copied_is_told_later),
		TEST(the_argument_is_0_or_O_NONBLOCK),
		TEST(it_needs_a_descriptor_that_can_read),
		TEST(a_channel_has_none),
		TEST(nothing_but_reading_is_possible),
		TEST(it_keeps_the_buffer),
		TEST(it_does_not_prevent_a_RESIZE),
		TEST(it_keeps_the_module),
		TEST(each_publication_is_told_to_one_of_its_readers),
		TEST(what_fails_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
