// SPDX-License-Identifier: BSD-2-Clause
/* RESIZE: what stays, what is zero, and who is in the way. */
#include "named.h"

static unsigned char bytes[64 * PAGE];

static void assert_zero_from(int fd, size_t page, size_t pages)
{
	memset(bytes, POISON, sizeof(bytes));
	assert_int_equal(pread(fd, bytes, pages * PAGE, (off_t)(page * PAGE)), pages * PAGE);
	assert_all(bytes, 0, pages * PAGE);
}

static void growing_keeps_the_bytes_and_adds_zeroes(void **state)
{
	int fd = create(node(state), "", 2);

	memset(bytes, 'k', PAGE);
	memset(bytes + PAGE, 'l', PAGE);
	assert_int_equal(pwrite(fd, bytes, 2 * PAGE, 0), 2 * PAGE);
	assert_int_equal(resize(fd, 40 * PAGE), 0);
	assert_int_equal(info(fd).size, 40 * PAGE);
	assert_int_equal(lseek(fd, 0, SEEK_END), 40 * PAGE);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(pread(fd, bytes, 2 * PAGE, 0), 2 * PAGE);
	assert_all(bytes, 'k', PAGE);
	assert_all(bytes + PAGE, 'l', PAGE);
	assert_zero_from(fd, 2, 38);
	close(fd);
}

static void shrinking_frees_and_growing_again_finds_zeroes(void **state)
{
	int fd = create(node(state), "", 40);

	memset(bytes, 's', 40 * PAGE);
	assert_int_equal(pwrite(fd, bytes, 40 * PAGE, 0), 40 * PAGE);
	assert_int_equal(resize(fd, 3 * PAGE), 0);
	assert_int_equal(info(fd).size, 3 * PAGE);
	assert_fails(pwrite(fd, "x", 1, 3 * PAGE), ENOSPC);
	assert_fails(raw_mmap(4 * PAGE, PROT_READ, MAP_SHARED, fd, 0), EINVAL);
	assert_int_equal(resize(fd, 40 * PAGE), 0);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(pread(fd, bytes, 3 * PAGE, 0), 3 * PAGE);
	assert_all(bytes, 's', 3 * PAGE);
	assert_zero_from(fd, 3, 37);
	close(fd);
}

/* The new pages are mapped where they are. */
static void a_grown_buffer_is_mapped_whole(void **state)
{
	int fd = create(node(state), "", 1);
	unsigned char *shared, *private;

	for (size_t pages = 2; pages <= 64; pages *= 2)
		assert_int_equal(resize(fd, pages * PAGE), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i / PAGE + i);
	shared = map(fd, MAP_SHARED, RW, 0, 64);
	private = map(fd, MAP_PRIVATE, PROT_READ, 0, 64);
	memcpy(shared, bytes, sizeof(bytes));
	assert_memory_equal(private, bytes, sizeof(bytes));
	unmap(shared, 64);
	unmap(private, 64);
	close(fd);
}

/* Two that grow in turn have extents of three pages, few of which are neighbours. */
static void a_map_goes_on_in_the_next_extent(void **state)
{
	const int fds[] = { create(node(state), "", 1), create(node(state), "", 1) };

	for (size_t pages = 4; pages <= 64; pages += 3) {
		assert_int_equal(resize(fds[0], pages * PAGE), 0);
		assert_int_equal(resize(fds[1], pages * PAGE), 0);
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i / PAGE + i);
	assert_int_equal(pwrite(fds[0], bytes, sizeof(bytes), 0), sizeof(bytes));
	for (size_t first = 0; first < 64; first++) {
		size_t length = 64 - first;
		unsigned char *shared = map(fds[0], MAP_SHARED, PROT_READ, first, length);
		unsigned char *private = map(fds[0], MAP_PRIVATE, PROT_READ, first, length);

		assert_memory_equal(shared, bytes + first * PAGE, length * PAGE);
		assert_memory_equal(private, bytes + first * PAGE, length * PAGE);
		unmap(shared, length);
		unmap(private, length);
	}
	assert_zero_from(fds[1], 0, 64);
	close(fds[0]);
	close(fds[1]);
}

static void a_mapped_buffer_is_EBUSY(void **state)
{
	const int kinds[] = { MAP_SHARED, MAP_PRIVATE };
	int fd = create(node(state), "", 4);

	for (int i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], PROT_READ, 1, 3);

		assert_fails(resize(fd, 8 * PAGE), EBUSY);
		assert_fails(resize(fd, PAGE), EBUSY);
		assert_fails(resize(fd, 4 * PAGE), EBUSY);
		/* Two parts of a map are two users. */
		unmap(p + PAGE, 1);
		assert_fails(resize(fd, PAGE), EBUSY);
		unmap(p, 1);
		assert_fails(resize(fd, PAGE), EBUSY);
		assert_int_equal(info(fd).size, 4 * PAGE);
		unmap(p + 2 * PAGE, 1);
		assert_int_equal(resize(fd, 4 * PAGE), 0);
	}
	close(fd);
}

static void a_refused_map_is_no_user(void **state)
{
	int fd = create(node(state), "", 4);

	assert_fails(raw_mmap(5 * PAGE, PROT_READ, MAP_SHARED, fd, 0), EINVAL);
	assert_fails(raw_mmap(PAGE, PROT_EXEC, MAP_SHARED, fd, 0), EPERM);
	assert_int_equal(resize(fd, 8 * PAGE), 0);
	close(fd);
}

static void wrong_sizes_are_EINVAL(void **state)
{
	int fd = create(node(state), "", 1);

	assert_fails(resize(fd, 0), EINVAL);
	assert_fails(resize(fd, MMAPDEMO_SIZE_MAX + 1), EINVAL);
	assert_fails(resize(fd, UINT64_MAX), EINVAL);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_RESIZE, NULL), EFAULT);
	assert_fails(resize(fd, MMAPDEMO_SIZE_MAX), ENOSPC);
	assert_int_equal(info(fd).size, PAGE);
	assert_int_equal(resize(fd, PAGE + 1), 0);
	assert_int_equal(info(fd).size, 2 * PAGE);
	close(fd);
}

static void a_reader_may_not_resize(void **state)
{
	int fd = create(node(state), "", 1);
	int reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);

	assert_fails(resize(reader, 2 * PAGE), EBADF);
	close(reader);
	close(fd);
}

static void the_default_buffer_can_be_resized(void **state)
{
	fill(node(state));
	assert_int_equal(resize(node(state), SIZE + PAGE), 0);
	assert_zero_from(node(state), PAGES, 1);
	assert_int_equal(resize(node(state), SIZE), 0);
	assert_device_unchanged(node(state));
}

/* The page outlives the resize that gave it back, as it outlives everything. */
static void a_page_in_a_pipe_outlives_shrinking(void **state)
{
	int fd = create(node(state), "", 2);
	unsigned char *p = map(fd, MAP_PRIVATE, PROT_READ, 1, 1);
	struct iovec iov = { p, 4 };
	char text[5] = { 0 };
	int pipes[2];

	assert_int_equal(pwrite(fd, "kept", 4, PAGE), 4);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(vmsplice(pipes[1], &iov, 1, 0), 4);
	unmap(p, 1);
	assert_int_equal(resize(fd, PAGE), 0);
	close(fd);
	assert_int_equal(read(pipes[0], text, 4), 4);
	assert_string_equal(text, "kept");
	close(pipes[0]);
	close(pipes[1]);
}

static void resize_for_a_while(void *arg)
{
	int fd = *(int *)arg;

	for (uint64_t i = 0; i < 2000; i++) {
		if (resize(fd, (1 + i % 9) * PAGE) < 0)
			assert_int_equal(errno, EBUSY);
	}
}

/* Whichever comes first, nobody sees a byte that is not zero or 'r'. */
static void resizing_beside_readers_and_maps(void **state)
{
	int fd = create(node(state), "", 4);
	pid_t pids[2];

	for (int i = 0; i < 2; i++)
		pids[i] = start_child(resize_for_a_while, &fd);
	for (int i = 0; i < 2000; i++) {
		ssize_t n = pread(fd, bytes, PAGE, (i % 9) * (off_t)PAGE);
		unsigned char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, (i % 9) * (off_t)PAGE);

		assert_true(n == 0 || n == PAGE);
		for (ssize_t j = 0; j < n; j += 512)
			assert_true(bytes[j] == 0 || bytes[j] == 'r');
		if (p != MAP_FAILED) {
			assert_true(p[0] == 0 || p[0] == 'r');
			memset(p, 'r', PAGE);
			unmap(p, 1);
		}
	}
	assert_int_equal(end_child(pids[0]), 0);
	assert_int_equal(end_child(pids[1]), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(growing_keeps_the_bytes_and_adds_zeroes),
		TEST(shrinking_frees_and_growing_again_finds_zeroes),
		TEST(a_grown_buffer_is_mapped_whole),
		TEST(a_map_goes_on_in_the_next_extent),
		TEST(a_mapped_buffer_is_EBUSY),
		TEST(a_refused_map_is_no_user),
		TEST(wrong_sizes_are_EINVAL),
		TEST(a_reader_may_not_resize),
		TEST(the_default_buffer_can_be_resized),
		TEST(a_page_in_a_pipe_outlives_shrinking),
		TEST(resizing_beside_readers_and_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
