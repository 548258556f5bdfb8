// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who may map what: no execution, nothing that the descriptor does not allow,
 * and no way round it later. Who holds a descriptor needs no other right.
 */
#include "device.h"

#include <sys/personality.h>
#include <sys/socket.h>

static const int kinds[] = { MAP_SHARED, MAP_PRIVATE };

static void a_map_with_PROT_EXEC_is_EPERM(void **state)
{
	static const int rights[] = { PROT_EXEC, PROT_READ | PROT_EXEC, PROT_WRITE | PROT_EXEC,
				      RW | PROT_EXEC };
	int reader = open_node(O_RDONLY);
	size_t i;

	for (i = 0; i < 8; i++) {
		assert_fails(mmap(NULL, PAGE, rights[i / 2], kinds[i % 2], node(state), 0), EPERM);
		if (!(rights[i / 2] & PROT_WRITE))
			assert_fails(mmap(NULL, PAGE, rights[i / 2], kinds[i % 2], reader, 0),
				     EPERM);
	}
	assert_int_equal(close(reader), 0);
}

static void mprotect_to_PROT_EXEC_is_EACCES(void **state)
{
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 4; i++) {
		unsigned char *p = map(i / 2 ? reader : fd, kinds[i % 2], PROT_READ, 5, 2);

		assert_fails(mprotect(p, PAGE, PROT_READ | PROT_EXEC), EACCES);
		assert_fails(mprotect(p, 2 * PAGE, PROT_EXEC), EACCES);
		assert_fails(mprotect(p + PAGE, PAGE, RW | PROT_EXEC), EACCES);
		assert_pages(p, 5, 2);
		unmap(p, 2);
	}
	assert_int_equal(close(reader), 0);
}

static void map_with_READ_IMPLIES_EXEC(void *arg)
{
	int fd = *(int *)arg;
	size_t i;

	assert_int_not_equal(personality(READ_IMPLIES_EXEC), -1);
	for (i = 0; i < 2; i++) {
		unsigned char *p;

		assert_fails(mmap(NULL, PAGE, PROT_READ, kinds[i], fd, 0), EPERM);
		assert_fails(mmap(NULL, PAGE, RW, kinds[i], fd, 0), EPERM);
		/* mprotect() does not imply what may not be. */
		p = map(fd, kinds[i], PROT_NONE, 9, 1);
		assert_int_equal(mprotect(p, PAGE, PROT_READ), 0);
		assert_pages(p, 9, 1);
		assert_fails(mprotect(p, PAGE, PROT_READ | PROT_EXEC), EACCES);
	}
}

static void READ_IMPLIES_EXEC_is_refused_too(void **state)
{
	int fd = node(state);

	fill(fd);
	assert_int_equal(run_child(map_with_READ_IMPLIES_EXEC, &fd), 0);
}

static void shared_write_through_a_read_only_descriptor_is_EACCES(void **state)
{
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	assert_fails(mmap(NULL, PAGE, RW, MAP_SHARED, reader, 0), EACCES);
	assert_fails(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, reader, 0), EACCES);
	assert_fails(mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE, reader, 0), EACCES);
	p = map(reader, MAP_SHARED, PROT_READ, 3, 2);
	assert_fails(mprotect(p, 2 * PAGE, RW), EACCES);
	assert_fails(mprotect(p + PAGE, PAGE, PROT_WRITE), EACCES);
	assert_int_equal(close(reader), 0);
	assert_fails(mprotect(p, PAGE, RW), EACCES);
	assert_int_equal(run_child(store, p), -SIGSEGV);
	assert_pages(p, 3, 2);
	assert_device_unchanged(fd);
	unmap(p, 2);
}

static void widen_after_fork(void *p)
{
	assert_pages(p, 3, 2);
	assert_fails(mprotect(p, PAGE, RW), EACCES);
	assert_int_equal(run_child(store, p), -SIGSEGV);
}

static void fork_does_not_widen_a_read_only_map(void **state)
{
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(reader, MAP_SHARED, PROT_READ, 3, 2);
	assert_int_equal(run_child(widen_after_fork, p), 0);
	assert_device_unchanged(fd);
	unmap(p, 2);
	assert_int_equal(close(reader), 0);
}

static void a_private_write_needs_a_readable_descriptor_only(void **state)
{
	int reader = open_node(O_RDONLY);
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(reader, MAP_PRIVATE, RW, 3, 1);
	memset(p, POISON, PAGE);
	unmap(p, 1);
	p = map(reader, MAP_PRIVATE, PROT_READ, 3, 1);
	assert_pages(p, 3, 1);
	assert_int_equal(mprotect(p, PAGE, RW), 0);
	memset(p, POISON, PAGE);
	assert_all(p, POISON, PAGE);
	unmap(p, 1);
	assert_device_unchanged(fd);
	assert_int_equal(close(reader), 0);
}

static void any_map_of_a_write_only_descriptor_is_EACCES(void **state)
{
	static const int rights[] = { PROT_NONE, PROT_READ, PROT_WRITE, RW };
	int writer = open_node(O_WRONLY);
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++)
		assert_fails(mmap(NULL, PAGE, rights[i / 2], kinds[i % 2], writer, 0), EACCES);
	assert_int_equal(close(writer), 0);
}

static void a_PROT_NONE_map_can_be_opened_later(void **state)
{
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], PROT_NONE, 12, 2);

		assert_int_equal(run_child(load, p), -SIGSEGV);
		assert_int_equal(mprotect(p, 2 * PAGE, RW), 0);
		assert_pages(p, 12, 2);
		p[PAGE] = 'n';
		if (kinds[i] == MAP_SHARED)
			assert_device_but(fd, 13 * PAGE, "n", 1);
		assert_int_equal(mprotect(p, PAGE, PROT_NONE), 0);
		assert_int_equal(run_child(load, p), -SIGSEGV);
		assert_int_equal(p[PAGE], 'n');
		unmap(p, 2);
	}
	assert_device_unchanged(fd);
}

static void the_node_is_root_s_alone(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(NODE, &st), 0);
	assert_int_equal(st.st_mode, S_IFCHR | 0600);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_gid, 0);
}

/* @arg: a read-only descriptor that root opened. */
static void open_as_nobody(void *arg)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
	char path[32];
	size_t i;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", *(int *)arg);
	/* Root may do that, so the path is right. */
	assert_int_equal(close(open(path, O_RDWR)), 0);
	become_nobody();
	for (i = 0; i < 3; i++) {
		assert_fails(open(NODE, flags[i]), EACCES);
		assert_fails(open(path, flags[i]), EACCES);
	}
}

static void another_user_s_open_is_EACCES(void **state)
{
	int reader = open_node(O_RDONLY);

	(void)state;
	assert_int_equal(run_child(open_as_nobody, &reader), 0);
	assert_int_equal(close(reader), 0);
}

static void assert_usable(int fd)
{
	unsigned char found[8] = { POISON };
	unsigned char *p;

	assert_int_equal(info(fd).size, SIZE);
	assert_int_equal(pread(fd, found, 8, 7 * PAGE), 8);
	assert_memory_equal(found, pattern + 7 * PAGE, 8);
	p = map(fd, MAP_SHARED, RW, 7, 1);
	assert_pages(p, 7, 1);
	p[0] = 'u';
	assert_int_equal(pwrite(fd, "v", 1, 7 * PAGE + 1), 1);
	assert_int_equal(p[1], 'v');
}

static void use_as_nobody(void *arg)
{
	become_nobody();
	assert_usable(*(int *)arg);
}

static void another_user_may_use_an_inherited_descriptor(void **state)
{
	int fd = node(state);

	fill(fd);
	assert_int_equal(run_child(use_as_nobody, &fd), 0);
	assert_device_but(fd, 7 * PAGE, "uv", 2);
}

/* A message that carries a descriptor: @fd is set before sending or after receiving. */
union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void pass(int socket, int fd)
{
	union control control = { .bytes = "" };
	struct iovec one = { "", 1 };
	struct msghdr message = { .msg_iov = &one,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	assert_int_equal(sendmsg(socket, &message, 0), 1);
}

static int receive(int socket)
{
	union control control = { .bytes = "" };
	char byte;
	struct iovec one = { &byte, 1 };
	struct msghdr message = { .msg_iov = &one,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd;

	assert_int_equal(recvmsg(socket, &message, 0), 1);
	assert_non_null(CMSG_FIRSTHDR(&message));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void receive_as_nobody(void *arg)
{
	int reader, fd;

	become_nobody();
	fd = receive(*(int *)arg);
	reader = receive(*(int *)arg);
	assert_usable(fd);
	assert_fails(mmap(NULL, PAGE, RW, MAP_SHARED, reader, 0), EACCES);
	assert_fails(write(reader, "", 1), EBADF);
	assert_int_equal(map(reader, MAP_SHARED, PROT_READ, 7, 1)[1], 'v');
}

static void another_user_may_use_a_passed_descriptor(void **state)
{
	int fd = node(state);
	int reader, sockets[2];
	pid_t pid;

	fill(fd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	pid = start_child(receive_as_nobody, &sockets[1]);
	reader = open_node(O_RDONLY);
	pass(sockets[0], fd);
	pass(sockets[0], reader);
	assert_int_equal(end_child(pid), 0);
	assert_device_but(fd, 7 * PAGE, "uv", 2);
	assert_int_equal(close(reader), 0);
	assert_int_equal(close(sockets[0]), 0);
	assert_int_equal(close(sockets[1]), 0);
}

static void an_O_PATH_descriptor_gives_nothing(void **state)
{
	unsigned int before = info(node(state)).opens;
	int path = open_node(O_PATH);
	struct mmapdemo_info info_of_path;

	assert_int_equal(info(node(state)).opens, before);
	assert_fails(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, path, 0), EBADF);
	assert_fails(ioctl(path, MMAPDEMO_IOC_INFO, &info_of_path), EBADF);
	assert_int_equal(close(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_map_with_PROT_EXEC_is_EPERM),
		TEST(mprotect_to_PROT_EXEC_is_EACCES),
		TEST(READ_IMPLIES_EXEC_is_refused_too),
		TEST(shared_write_through_a_read_only_descriptor_is_EACCES),
		TEST(fork_does_not_widen_a_read_only_map),
		TEST(a_private_write_needs_a_readable_descriptor_only),
		TEST(any_map_of_a_write_only_descriptor_is_EACCES),
		TEST(a_PROT_NONE_map_can_be_opened_later),
		TEST(the_node_is_root_s_alone),
		TEST(another_user_s_open_is_EACCES),
		TEST(another_user_may_use_an_inherited_descriptor),
		TEST(another_user_may_use_a_passed_descriptor),
		TEST(an_O_PATH_descriptor_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
