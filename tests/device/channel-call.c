// SPDX-License-Identifier: BSD-2-Clause
/*
 * read(2), write(2) and their relatives on a channel: who may call them, with what
 * addresses, and that there are no positions. What they transfer is in channel-io.c.
 */
#include "channel.h"

static unsigned char message[1000], in[RING];

static void vectors_are_one_message(void **state)
{
	struct ends e = make_ends(state);
	char first[4], second[100];
	struct iovec from[] = { { "one", 3 }, { "", 0 }, { " message of ", 12 }, { "three", 5 } };
	struct iovec to[] = { { first, sizeof(first) }, { second, sizeof(second) } };

	assert_int_equal(writev(e.writer, from, 4), 20);
	assert_int_equal(readv(e.reader, to, 2), 20);
	assert_memory_equal(first, "one ", 4);
	assert_memory_equal(second, "message of three", 16);
	assert_fails(readv(e.reader, to, 2), EAGAIN);
	assert_int_equal(writev(e.writer, from, 4), 20);
	assert_fails(readv(e.reader, to, 1), EMSGSIZE);
	assert_int_equal(readv(e.reader, to, 2), 20);
	close_ends(&e);
}

static void a_bad_address_is_EFAULT_and_sends_nothing(void **state)
{
	unsigned char *p = memory(2);
	struct ends e = make_ends(state);
	struct iovec from[] = { { p, 100 }, { p + PAGE, 1 } };

	assert_int_equal(mprotect(p + PAGE, PAGE, PROT_NONE), 0);
	for (int i = 0; i < 100; i++) {
		assert_fails(write(e.writer, p + PAGE, 10), EFAULT);
		assert_fails(write(e.writer, p + PAGE - 1000, 1001), EFAULT);
		assert_fails(writev(e.writer, from, 2), EFAULT);
		assert_fails(read(e.reader, in, sizeof(in)), EAGAIN);
		send_text(e.writer, "next");
		expect_text(e.reader, "next");
	}
	unmap(p, 2);
	close_ends(&e);
}

static void a_bad_address_is_EFAULT_and_takes_nothing(void **state)
{
	unsigned char *p = memory(2);
	struct ends e = make_ends(state);
	struct side viewer = map_side(e.fd, 0);

	assert_int_equal(mprotect(p + PAGE, PAGE, PROT_NONE), 0);
	for (int i = 0; i < 100; i++) {
		memset(message, i, sizeof(message));
		assert_int_equal(write(e.writer, message, 1000), 1000);
		assert_fails(read(e.reader, p + PAGE, 1000), EFAULT);
		assert_fails(read(e.reader, p + PAGE - 999, 1000), EFAULT);
		assert_int_equal(viewer.consumer->messages, i);
		assert_int_equal(viewer.consumer->freed, i * 1008);
		assert_int_equal(read(e.reader, in, 1000), 1000);
		assert_memory_equal(in, message, 1000);
	}
	/* What is after the message is not touched. */
	assert_int_equal(write(e.writer, message, 1000), 1000);
	assert_int_equal(read(e.reader, p + PAGE - 1000, 1000 + PAGE), 1000);
	unmap(p, 2);
	unmap_side(&viewer);
	close_ends(&e);
}

static void a_channel_has_no_positions(void **state)
{
	static const int whences[] = { SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE };
	struct ends e = make_ends(state);
	struct iovec vector = { in, 10 };

	send_text(e.writer, "stays");
	for (int i = 0; i < 5; i++) {
		assert_fails(lseek(e.reader, 0, whences[i]), ESPIPE);
		assert_fails(lseek(e.fd, 1, whences[i]), ESPIPE);
	}
	assert_fails(pread(e.reader, in, 10, 0), ESPIPE);
	assert_fails(pwrite(e.writer, message, 10, 0), ESPIPE);
	assert_fails(preadv(e.reader, &vector, 1, 8), ESPIPE);
	assert_fails(pwritev(e.writer, &vector, 1, 8), ESPIPE);
	expect_text(e.reader, "stays");
	assert_fails(read(e.reader, in, 1), EAGAIN);
	close_ends(&e);
}

static void a_named_channel_has_no_positions(void **state)
{
	int fd = create_channel(node(state), "seek");
	int other = open(NODE "-seek", O_RDWR | O_CLOEXEC);

	assert_fails(lseek(other, 0, SEEK_SET), ESPIPE);
	assert_fails(pread(other, in, 10, 0), ESPIPE);
	assert_fails(pwrite(other, in, 10, 0), ESPIPE);
	close(other);
	remove_and_close(fd);
}

static void the_access_mode_is_kept(void **state)
{
	int fd = create_channel(node(state), "mode");
	int reader = open(NODE "-mode", O_RDONLY | O_CLOEXEC);
	int writer = open(NODE "-mode", O_WRONLY | O_CLOEXEC);

	assert_fails(write(reader, "x", 1), EBADF);
	assert_fails(read(writer, in, 1), EBADF);
	assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL);
	close(writer);
	close(reader);
	remove_and_close(fd);
}

static void the_role_of_another_is_EBUSY(void **state)
{
	struct ends e = make_ends(state);

	send_text(e.writer, "x");
	assert_fails(write(e.fd, "y", 1), EBUSY);
	expect_text(e.reader, "x");
	assert_fails(read(e.fd, in, 1), EBUSY);
	/* Each has one role. */
	assert_fails(read(e.writer, in, 1), EBUSY);
	close(e.reader);
	e.reader = open_again(e.fd, O_RDONLY);
	assert_fails(read(e.writer, in, 1), EBUSY);
	close_ends(&e);
}

static void the_role_by_JOIN_is_for_no_call(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	publish_text(&producer, "x");
	assert_fails(write(producer.fd, "y", 1), EBUSY);
	assert_fails(write(fd, "y", 1), EBUSY);
	assert_fails(read(consumer.fd, in, 1), EBUSY);
	assert_fails(read(fd, in, 1), EBUSY);
	leave_role(&consumer);
	/* It has the other one. */
	assert_fails(read(producer.fd, in, 1), EBUSY);
	expect_text(fd, "x");
	leave_role(&producer);
	close(fd);
}

/* It would sleep for a message, or for room, and keep the pipe locked meanwhile. */
static void a_channel_cannot_be_spliced(void **state)
{
	struct ends e = make_ends(state);
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(write(fds[1], "through a pipe", 14), 14);
	assert_fails(splice(fds[0], NULL, e.writer, NULL, 100, 0), EINVAL);
	send_text(e.writer, "stays");
	assert_fails(splice(e.reader, NULL, fds[1], NULL, 100, 0), EINVAL);
	expect_text(e.reader, "stays");
	assert_int_equal(read(fds[0], in, sizeof(in)), 14);
	close(fds[0]);
	close(fds[1]);
	close_ends(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vectors_are_one_message),
		TEST(a_bad_address_is_EFAULT_and_sends_nothing),
		TEST(a_bad_address_is_EFAULT_and_takes_nothing),
		TEST(a_channel_has_no_positions),
		TEST(a_named_channel_has_no_positions),
		TEST(the_access_mode_is_kept),
		TEST(the_role_of_another_is_EBUSY),
		TEST(the_role_by_JOIN_is_for_no_call),
		TEST(a_channel_cannot_be_spliced),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
