// SPDX-License-Identifier: BSD-2-Clause
/*
 * io_uring(7), by its own system calls, and RWF_NOWAIT. What reads a file that can be
 * polled first tries without waiting, and then waits until poll(2) says that there is
 * something.
 */
#include "channel.h"

#include <linux/io_uring.h>
#include <linux/time_types.h>

/* A ring of one request, all of whose parts are mapped. */
struct uring {
	int fd;
	unsigned char *ring;
	size_t size;
	struct io_uring_sqe *request;
	struct io_uring_params params;
};

static struct uring make_uring(void)
{
	struct uring u = { .fd = -1 };

	u.fd = (int)syscall(SYS_io_uring_setup, 1, &u.params);
	assert_true(u.fd >= 0);
	assert_true(u.params.features & IORING_FEAT_SINGLE_MMAP);
	assert_true(u.params.features & IORING_FEAT_EXT_ARG);
	u.size = u.params.sq_off.array + u.params.sq_entries * sizeof(uint32_t);
	if (u.size < u.params.cq_off.cqes + u.params.cq_entries * sizeof(struct io_uring_cqe))
		u.size = u.params.cq_off.cqes + u.params.cq_entries * sizeof(struct io_uring_cqe);
	u.ring = mmap(NULL, u.size, RW, MAP_SHARED, u.fd, IORING_OFF_SQ_RING);
	assert_ptr_not_equal(u.ring, MAP_FAILED);
	u.request = mmap(NULL, PAGE, RW, MAP_SHARED, u.fd, IORING_OFF_SQES);
	assert_ptr_not_equal(u.request, MAP_FAILED);
	return u;
}

static void close_uring(struct uring *u)
{
	assert_int_equal(munmap(u->ring, u->size), 0);
	assert_int_equal(munmap(u->request, PAGE), 0);
	assert_int_equal(close(u->fd), 0);
}

static uint32_t *word_at(const struct uring *u, uint32_t offset)
{
	return (uint32_t *)(u->ring + offset);
}

/* Starts a READ or WRITE at @offset, ~0 for the position of the file. */
static void start(struct uring *u, uint8_t what, int fd, void *bytes, uint32_t length,
		  uint64_t offset)
{
	uint32_t tail = load_word(word_at(u, u->params.sq_off.tail));

	*u->request = (struct io_uring_sqe){
		.opcode = what,
		.fd = fd,
		.addr = (uint64_t)(uintptr_t)bytes,
		.len = length,
		.off = offset,
	};
	*word_at(u, u->params.sq_off.array) = 0;
	store_word(word_at(u, u->params.sq_off.tail), tail + 1);
	assert_int_equal(syscall(SYS_io_uring_enter, u->fd, 1, 0, 0, NULL, 0), 1);
}

static bool is_complete(const struct uring *u)
{
	return load_word(word_at(u, u->params.cq_off.head)) !=
	       load_word(word_at(u, u->params.cq_off.tail));
}

/* It waits; else what it returned tells why. */
static void assert_waits(const struct uring *u)
{
	uint32_t head = load_word(word_at(u, u->params.cq_off.head));
	const struct io_uring_cqe *done = (void *)(u->ring + u->params.cq_off.cqes);

	if (is_complete(u))
		fail_msg("returned %d", done[head & *word_at(u, u->params.cq_off.ring_mask)].res);
}

/* What it returned; one that does not end in 20 seconds never will. */
static int result(struct uring *u)
{
	struct __kernel_timespec time = { .tv_sec = 20 };
	struct io_uring_getevents_arg arg = { .ts = (uint64_t)(uintptr_t)&time };
	uint32_t head = load_word(word_at(u, u->params.cq_off.head));
	const struct io_uring_cqe *done = (void *)(u->ring + u->params.cq_off.cqes);

	assert_int_equal(syscall(SYS_io_uring_enter, u->fd, 0, 1,
				 IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg, sizeof(arg)),
			 0);
	assert_true(is_complete(u));
	done += head & *word_at(u, u->params.cq_off.ring_mask);
	store_word(word_at(u, u->params.cq_off.head), head + 1);
	return done->res;
}

static void a_READ_of_a_buffer_completes(void **state)
{
	static unsigned char found[2 * PAGE];
	struct uring u = make_uring();
	int fd = node(state);

	fill(fd);
	start(&u, IORING_OP_READ, fd, found, sizeof(found), 3 * PAGE);
	assert_int_equal(result(&u), sizeof(found));
	assert_pages(found, 3, 2);
	start(&u, IORING_OP_READ, fd, found, sizeof(found), SIZE - PAGE);
	assert_int_equal(result(&u), PAGE);
	start(&u, IORING_OP_READ, fd, found, sizeof(found), SIZE);
	assert_int_equal(result(&u), 0);
	close_uring(&u);
}

static void a_READ_by_a_descriptor_of_OPEN_completes(void **state)
{
	int fd = create(node(state), "", 1);
	int reader = open_again(fd, O_RDONLY);
	struct uring u = make_uring();
	char found[8];

	assert_int_equal(pwrite(fd, "12345678", 8, 0), 8);
	start(&u, IORING_OP_READ, reader, found, sizeof(found), 0);
	assert_int_equal(result(&u), sizeof(found));
	assert_memory_equal(found, "12345678", 8);
	close_uring(&u);
	close(reader);
	close(fd);
}

static void a_WRITE_of_a_buffer_completes(void **state)
{
	struct uring u = make_uring();
	int fd = node(state);
	char text[] = "by io_uring";

	fill(fd);
	start(&u, IORING_OP_WRITE, fd, text, sizeof(text), PAGE);
	assert_int_equal(result(&u), sizeof(text));
	assert_device_but(fd, PAGE, text, sizeof(text));
	start(&u, IORING_OP_WRITE, fd, text, sizeof(text), SIZE);
	assert_int_equal(result(&u), -ENOSPC);
	close_uring(&u);
}

static void a_READ_of_a_watch_completes_with_a_publication(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = ioctl(fd, MMAPDEMO_IOC_WATCH, 0);
	struct uring u = make_uring();
	uint64_t count = 0;

	assert_true(watching >= 0);
	for (int i = 0; i < 3; i++) {
		start(&u, IORING_OP_READ, watching, &count, sizeof(count), ~0ULL);
		assert_waits(&u);
		assert_int_equal(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), 0);
		assert_int_equal(result(&u), sizeof(count));
		assert_int_equal(count, 1);
	}
	close_uring(&u);
	close(watching);
	close(fd);
}

static void a_READ_of_a_channel_completes_with_a_message(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);
	struct uring u = make_uring();
	char found[16];

	for (int i = 0; i < 3; i++) {
		memset(found, POISON, sizeof(found));
		start(&u, IORING_OP_READ, reader, found, sizeof(found), ~0ULL);
		assert_waits(&u);
		send_text(writer, "message");
		assert_int_equal(result(&u), 7);
		assert_memory_equal(found, "message", 7);
	}
	close_uring(&u);
	close(reader);
	close(writer);
	close(fd);
}

static void RWF_NOWAIT_reads_and_writes_a_buffer(void **state)
{
	int fd = node(state);
	int other = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	char found[4] = "";
	struct iovec in = { found, 3 }, out = { (char *)"abc", 3 };

	assert_int_equal(pwritev2(fd, &out, 1, 0, RWF_NOWAIT), 3);
	assert_int_equal(preadv2(other, &in, 1, 0, RWF_NOWAIT), 3);
	assert_string_equal(found, "abc");
	close(other);
}

static void RWF_NOWAIT_of_a_channel_does_not_wait(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int reader = open_again(fd, O_RDONLY);
	char found[16];
	struct iovec in = { found, sizeof(found) }, out = { (char *)"abc", 3 };

	assert_fails(preadv2(reader, &in, 1, -1, RWF_NOWAIT), EAGAIN);
	assert_int_equal(pwritev2(writer, &out, 1, -1, RWF_NOWAIT), 3);
	assert_int_equal(preadv2(reader, &in, 1, -1, RWF_NOWAIT), 3);
	assert_memory_equal(found, "abc", 3);
	fill_ring(writer);
	assert_fails(pwritev2(writer, &out, 1, -1, RWF_NOWAIT), EAGAIN);
	close(reader);
	close(writer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_READ_of_a_buffer_completes),
		TEST(a_READ_by_a_descriptor_of_OPEN_completes),
		TEST(a_WRITE_of_a_buffer_completes),
		TEST(a_READ_of_a_watch_completes_with_a_publication),
		TEST(a_READ_of_a_channel_completes_with_a_message),
		TEST(RWF_NOWAIT_reads_and_writes_a_buffer),
		TEST(RWF_NOWAIT_of_a_channel_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
