// SPDX-License-Identifier: BSD-2-Clause
/*
 * Calls that pin pages of user memory cannot have those of a shared map: it
 * has no struct page for them, and EFAULT is the answer. Private maps are
 * ordinary memory. Plain copies work with both.
 */
#include "device.h"

#include <linux/futex.h>
#include <linux/io_uring.h>

static void process_vm_readv_and_writev_of_a_shared_map_are_EFAULT(void **state)
{
	unsigned char bytes[64];
	struct iovec local = { bytes, sizeof(bytes) };
	struct iovec remote = { NULL, sizeof(bytes) };
	int fd = node(state);

	fill(fd);
	memset(bytes, POISON, sizeof(bytes));
	remote.iov_base = map(fd, MAP_SHARED, RW, 5, 1);
	assert_fails(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), EFAULT);
	assert_all(bytes, POISON, sizeof(bytes));
	assert_fails(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), EFAULT);
	assert_device_unchanged(fd);
	unmap(remote.iov_base, 1);
}

static void process_vm_readv_and_writev_of_a_private_map_work(void **state)
{
	unsigned char bytes[64];
	struct iovec local = { bytes, sizeof(bytes) };
	struct iovec remote = { NULL, sizeof(bytes) };
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_PRIVATE, RW, 5, 2);
	remote.iov_base = p + PAGE - 32;
	assert_int_equal(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), sizeof(bytes));
	assert_memory_equal(bytes, pattern + 6 * PAGE - 32, sizeof(bytes));
	memset(bytes, POISON, sizeof(bytes));
	assert_int_equal(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), sizeof(bytes));
	assert_all(remote.iov_base, POISON, sizeof(bytes));
	assert_device_unchanged(fd);
	unmap(p, 2);
}

/* The map as the local side is copied to, not pinned. */
static void a_shared_map_serves_as_the_local_side_of_process_vm_readv(void **state)
{
	unsigned char *bytes = memory(1);
	struct iovec local = { NULL, PAGE };
	struct iovec remote = { bytes, PAGE };
	int fd = node(state);

	fill(fd);
	local.iov_base = map(fd, MAP_SHARED, RW, 5, 1);
	assert_int_equal(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), PAGE);
	assert_device_but(fd, 5 * PAGE, bytes, PAGE);
	unmap(local.iov_base, 1);
	unmap(bytes, 1);
}

static void vmsplice_of_a_shared_map_is_EFAULT(void **state)
{
	struct iovec out = { NULL, PAGE };
	unsigned char byte;
	int fds[2];

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	out.iov_base = map(node(state), MAP_SHARED, RW, 5, 1);
	assert_fails(vmsplice(fds[1], &out, 1, 0), EFAULT);
	assert_fails(read(fds[0], &byte, 1), EAGAIN);
	unmap(out.iov_base, 1);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void fixed_io_uring_buffers_on_a_shared_map_are_EFAULT(void **state)
{
	struct io_uring_params params = { .flags = 0 };
	struct iovec buffer = { NULL, PAGE };
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

	assert_true(ring >= 0);
	buffer.iov_base = map(node(state), MAP_SHARED, RW, 5, 1);
	assert_fails(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1),
		     EFAULT);
	unmap(buffer.iov_base, 1);
	assert_int_equal(close(ring), 0);
}

/* The ring keeps pages, which are the process's own, past munmap(). */
static void fixed_io_uring_buffers_on_a_private_map_work(void **state)
{
	struct io_uring_params params = { .flags = 0 };
	struct iovec buffer = { NULL, 2 * PAGE };
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

	assert_true(ring >= 0);
	fill(node(state));
	buffer.iov_base = map(node(state), MAP_PRIVATE, RW, 5, 2);
	/* 6.1 wants memory without a file. */
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1))
		assert_int_equal(errno, EOPNOTSUPP);
	memset(buffer.iov_base, POISON, PAGE);
	unmap(buffer.iov_base, 2);
	assert_device_unchanged(node(state));
	assert_int_equal(close(ring), 0);
}

static void shared_futex_calls_on_a_shared_map_are_EFAULT(void **state)
{
	int fd = node(state);
	uint32_t *word = (uint32_t *)map(fd, MAP_SHARED, RW, 5, 1);

	*word = 1;
	assert_fails(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
	assert_fails(syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
	assert_fails(syscall(SYS_futex, word, FUTEX_WAIT, 1, NULL, NULL, 0), EFAULT);
	assert_int_equal(*word, 1);
	unmap(word, 1);
}

static void private_futex_calls_on_a_shared_map_work(void **state)
{
	int fd = node(state);
	uint32_t *word = (uint32_t *)map(fd, MAP_SHARED, RW, 5, 1);

	*word = 1;
	assert_int_equal(syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
	assert_fails(syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0), EAGAIN);
	unmap(word, 1);
}

static void a_map_serves_as_the_buffer_of_other_files(void **state)
{
	static const int kinds[] = { MAP_SHARED, MAP_PRIVATE };
	unsigned char found[2 * PAGE];
	int file = memfd_create("test", MFD_CLOEXEC);
	int fd = node(state);
	size_t i;

	for (i = 0; i < 2; i++) {
		unsigned char *p;

		fill(fd);
		p = map(fd, kinds[i], RW, 5, 4);
		assert_int_equal(pwrite(file, p + 100, 2 * PAGE, 0), 2 * PAGE);
		assert_int_equal(pread(file, found, 2 * PAGE, 0), 2 * PAGE);
		assert_memory_equal(found, pattern + 5 * PAGE + 100, 2 * PAGE);
		assert_int_equal(pread(file, p + 2 * PAGE, 2 * PAGE, 0), 2 * PAGE);
		assert_memory_equal(p + 2 * PAGE, found, 2 * PAGE);
		if (kinds[i] == MAP_SHARED)
			assert_device_but(fd, 7 * PAGE, found, 2 * PAGE);
		assert_device_unchanged(fd);
		unmap(p, 4);
	}
	assert_int_equal(close(file), 0);
}

/* The open file that was refused must not be counted. */
static void O_DIRECT_on_the_node_is_EINVAL(void **state)
{
	int fd = node(state);

	assert_fails(open(NODE, O_RDWR | O_DIRECT), EINVAL);
	assert_fails(fcntl(fd, F_SETFL, O_DIRECT), EINVAL);
	assert_int_equal(info(fd).opens, 1);
}

#define FILE_ON_TMPFS "/tmp/direct"

/*
 * tmpfs knows O_DIRECT since 6.6, and copies: it does not pin. File systems on
 * disks do, as vmsplice(2) does, and have EFAULT for shared maps.
 */
static void O_DIRECT_on_tmpfs_copies_into_either_kind(void **state)
{
	static const int kinds[] = { MAP_SHARED, MAP_PRIVATE };
	int file = open(FILE_ON_TMPFS, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	int fd = node(state);
	size_t i;

	unlink(FILE_ON_TMPFS);
	if (file < 0 && errno == EINVAL)
		skip();
	fill(fd);
	assert_int_equal(pwrite(file, pattern, 2 * PAGE, 0), 2 * PAGE);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 60, 2);

		assert_int_equal(pread(file, p, 2 * PAGE, 0), 2 * PAGE);
		assert_pages(p, 0, 2);
		assert_int_equal(pwrite(file, p, PAGE, 0), PAGE);
		unmap(p, 2);
		if (kinds[i] == MAP_SHARED)
			assert_device_but(fd, 60 * PAGE, pattern, 2 * PAGE);
		else
			assert_device_unchanged(fd);
		fill(fd);
	}
	assert_int_equal(close(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(process_vm_readv_and_writev_of_a_shared_map_are_EFAULT),
		TEST(process_vm_readv_and_writev_of_a_private_map_work),
		TEST(a_shared_map_serves_as_the_local_side_of_process_vm_readv),
		TEST(vmsplice_of_a_shared_map_is_EFAULT),
		TEST(fixed_io_uring_buffers_on_a_shared_map_are_EFAULT),
		TEST(fixed_io_uring_buffers_on_a_private_map_work),
		TEST(shared_futex_calls_on_a_shared_map_are_EFAULT),
		TEST(private_futex_calls_on_a_shared_map_work),
		TEST(a_map_serves_as_the_buffer_of_other_files),
		TEST(O_DIRECT_on_the_node_is_EINVAL),
		TEST(O_DIRECT_on_tmpfs_copies_into_either_kind),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
