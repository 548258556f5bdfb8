// SPDX-License-Identifier: BSD-2-Clause
/*
 * splice(2), vmsplice(2) and sendfile(2): the node as one end of a pipe.
 */
#include "device.h"

#include <sys/sendfile.h>

struct pipe {
	int out;
	int in;
};

static struct pipe open_pipe(void)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	return (struct pipe){ .out = fds[0], .in = fds[1] };
}

static void close_pipe(struct pipe pipe)
{
	assert_int_equal(close(pipe.out), 0);
	assert_int_equal(close(pipe.in), 0);
}

static void assert_pipe_holds(struct pipe pipe, const void *bytes, size_t length)
{
	static unsigned char found[16 * PAGE];
	unsigned char more;

	memset(found, POISON, sizeof(found));
	assert_true(length <= sizeof(found));
	if (length)
		assert_int_equal(read(pipe.out, found, length), length);
	assert_memory_equal(found, bytes, length);
	assert_fails(read(pipe.out, &more, 1), EAGAIN);
}

static void splice_out_gives_the_bytes_and_moves_the_position(void **state)
{
	struct pipe pipe = open_pipe();
	int fd = node(state);

	fill(fd);
	assert_int_equal(lseek(fd, 5000, SEEK_SET), 5000);
	assert_int_equal(splice(fd, NULL, pipe.in, NULL, 3 * PAGE, 0), 3 * PAGE);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 5000 + 3 * PAGE);
	assert_pipe_holds(pipe, pattern + 5000, 3 * PAGE);
	assert_device_unchanged(fd);
	close_pipe(pipe);
}

static void splice_out_takes_an_offset(void **state)
{
	struct pipe pipe = open_pipe();
	loff_t offset = 7 * PAGE + 7;
	int fd = node(state);

	fill(fd);
	assert_int_equal(splice(fd, &offset, pipe.in, NULL, PAGE, 0), PAGE);
	assert_int_equal(offset, 8 * PAGE + 7);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_pipe_holds(pipe, pattern + 7 * PAGE + 7, PAGE);
	close_pipe(pipe);
}

static void splice_out_ends_at_the_end(void **state)
{
	struct pipe pipe = open_pipe();
	loff_t offset = SIZE - 100;
	int fd = node(state);

	fill(fd);
	assert_int_equal(splice(fd, &offset, pipe.in, NULL, 2 * PAGE, 0), 100);
	assert_int_equal(offset, SIZE);
	assert_pipe_holds(pipe, pattern + SIZE - 100, 100);
	assert_int_equal(splice(fd, &offset, pipe.in, NULL, 2 * PAGE, 0), 0);
	assert_pipe_holds(pipe, "", 0);
	close_pipe(pipe);
}

static void splice_in_stores_the_bytes_and_moves_the_position(void **state)
{
	struct pipe pipe = open_pipe();
	int fd = node(state);

	fill(fd);
	assert_int_equal(write(pipe.in, "through a pipe", 14), 14);
	assert_int_equal(lseek(fd, PAGE - 5, SEEK_SET), PAGE - 5);
	assert_int_equal(splice(pipe.out, NULL, fd, NULL, 14, 0), 14);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), PAGE + 9);
	assert_device_but(fd, PAGE - 5, "through a pipe", 14);
	assert_pipe_holds(pipe, "", 0);
	close_pipe(pipe);
}

static void splice_in_across_the_end_leaves_the_rest_in_the_pipe(void **state)
{
	struct pipe pipe = open_pipe();
	loff_t offset = SIZE - 5;
	int fd = node(state);

	fill(fd);
	assert_int_equal(write(pipe.in, "through a pipe", 14), 14);
	assert_int_equal(splice(pipe.out, NULL, fd, &offset, 14, 0), 5);
	assert_int_equal(offset, SIZE);
	assert_fails(splice(pipe.out, NULL, fd, &offset, 9, 0), ENOSPC);
	assert_pipe_holds(pipe, "gh a pipe", 9);
	assert_device_but(fd, SIZE - 5, "throu", 5);
	close_pipe(pipe);
}

static void splice_in_refuses_O_APPEND(void **state)
{
	int end = open_node(O_RDWR | O_APPEND);
	struct pipe pipe = open_pipe();
	int fd = node(state);

	fill(fd);
	assert_int_equal(write(pipe.in, "abc", 3), 3);
	assert_fails(splice(pipe.out, NULL, end, NULL, 3, 0), EINVAL);
	assert_device_unchanged(fd);
	assert_int_equal(close(end), 0);
	close_pipe(pipe);
}

static void vmspliced_pages_can_be_stored(void **state)
{
	unsigned char *bytes = memory(3);
	struct iovec out = { bytes + 1, 2 * PAGE };
	struct pipe pipe = open_pipe();
	loff_t offset = 9;
	int fd = node(state);

	fill(fd);
	assert_int_equal(vmsplice(pipe.in, &out, 1, 0), 2 * PAGE);
	assert_int_equal(splice(pipe.out, NULL, fd, &offset, 2 * PAGE, 0), 2 * PAGE);
	assert_device_but(fd, 9, bytes + 1, 2 * PAGE);
	close_pipe(pipe);
	unmap(bytes, 3);
}

static void a_vmspliced_private_page_outlives_its_map(void **state)
{
	struct pipe pipe = open_pipe();
	int fd = node(state);
	struct iovec out = { .iov_len = PAGE };

	fill(fd);
	out.iov_base = map(fd, MAP_PRIVATE, PROT_READ, 6, 1);
	assert_int_equal(vmsplice(pipe.in, &out, 1, 0), PAGE);
	unmap(out.iov_base, 1);
	assert_pipe_holds(pipe, pattern + 6 * PAGE, PAGE);
	close_pipe(pipe);
}

/* A file on tmpfs that holds @length bytes of the pattern. */
static int open_file(size_t length)
{
	int file = memfd_create("test", MFD_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(pwrite(file, pattern, length, 0), length);
	return file;
}

static void sendfile_stores_a_file(void **state)
{
	int fd = node(state);
	off_t from = 3;
	int file;

	fill(fd);
	file = open_file(8 * PAGE);
	assert_int_equal(lseek(fd, 50 * PAGE, SEEK_SET), 50 * PAGE);
	assert_int_equal(sendfile(fd, file, &from, 5 * PAGE), 5 * PAGE);
	assert_int_equal(from, 5 * PAGE + 3);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 55 * PAGE);
	assert_device_but(fd, 50 * PAGE, pattern + 3, 5 * PAGE);
	assert_int_equal(close(file), 0);
}

static void sendfile_stops_at_the_end(void **state)
{
	int fd = node(state);
	off_t from = 0;
	int file;

	fill(fd);
	file = open_file(2 * PAGE);
	assert_int_equal(lseek(fd, -100, SEEK_END), SIZE - 100);
	assert_int_equal(sendfile(fd, file, &from, 2 * PAGE), 100);
	assert_int_equal(from, 100);
	assert_fails(sendfile(fd, file, &from, PAGE), ENOSPC);
	assert_int_equal(from, 100);
	assert_device_but(fd, SIZE - 100, pattern, 100);
	assert_int_equal(close(file), 0);
}

static void sendfile_gives_the_bytes_to_a_file(void **state)
{
	static unsigned char found[SIZE];
	off_t from = SIZE - 20 * PAGE;
	int fd = node(state);
	int file;

	fill(fd);
	file = open_file(0);
	assert_int_equal(sendfile(file, fd, &from, SIZE), 20 * PAGE);
	assert_int_equal(from, SIZE);
	assert_int_equal(sendfile(file, fd, &from, SIZE), 0);
	assert_int_equal(pread(file, found, SIZE, 0), 20 * PAGE);
	assert_pages(found, PAGES - 20, 20);
	assert_int_equal(close(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(splice_out_gives_the_bytes_and_moves_the_position),
		TEST(splice_out_takes_an_offset),
		TEST(splice_out_ends_at_the_end),
		TEST(splice_in_stores_the_bytes_and_moves_the_position),
		TEST(splice_in_across_the_end_leaves_the_rest_in_the_pipe),
		TEST(splice_in_refuses_O_APPEND),
		TEST(vmspliced_pages_can_be_stored),
		TEST(a_vmspliced_private_page_outlives_its_map),
		TEST(sendfile_stores_a_file),
		TEST(sendfile_stops_at_the_end),
		TEST(sendfile_gives_the_bytes_to_a_file),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
