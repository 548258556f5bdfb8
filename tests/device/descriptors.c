// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who gets a descriptor, and how: the mode of the node decides at open(2), and
 * nothing afterwards. Who holds a descriptor, from whomever, needs no other right.
 * Runs as root, which gives to nobody.
 */
#include "device.h"

#include <sys/socket.h>

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
	char path[32], other[40];
	size_t i;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", *(int *)arg);
	snprintf(other, sizeof(other), "/proc/%d/fd/%d", getppid(), *(int *)arg);
	/* Root may do that, so the paths are right. */
	assert_int_equal(close(open(path, O_RDWR)), 0);
	assert_int_equal(close(open(other, O_RDWR)), 0);
	become_nobody();
	for (i = 0; i < 3; i++) {
		assert_fails(open(NODE, flags[i]), EACCES);
		assert_fails(open(path, flags[i]), EACCES);
		assert_fails(open(other, flags[i]), EACCES);
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

/* In the new program, which has read nothing and knows the bytes of fill(). */
static void use_after_exec(int fd)
{
	unsigned char *p;

	setenv("CMOCKA_TEST_ABORT", "1", 1);
	expect_pattern();
	assert_int_equal(getuid(), NOBODY);
	assert_int_equal(maps(fd), 0);
	assert_usable(fd);
	p = map(fd, MAP_PRIVATE, PROT_READ, 7, 1);
	assert_int_equal(p[0], 'u');
}

/* @arg: a descriptor. The map, which is there at exec, must not be afterwards. */
static void exec_as_nobody(void *arg)
{
	char number[12];

	become_nobody();
	map(*(int *)arg, MAP_SHARED, RW, 0, PAGES);
	snprintf(number, sizeof(number), "%d", *(int *)arg);
	execl("/proc/self/exe", "descriptors", number, NULL);
	_exit(1);
}

static void a_descriptor_is_inherited_over_exec(void **state)
{
	int fd = dup(node(state)); /* Without O_CLOEXEC. */

	fill(fd);
	assert_int_equal(run_child(exec_as_nobody, &fd), 0);
	assert_device_but(fd, 7 * PAGE, "uv", 2);
	assert_int_equal(close(fd), 0);
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(the_node_is_root_s_alone),
		TEST(another_user_s_open_is_EACCES),
		TEST(another_user_may_use_an_inherited_descriptor),
		TEST(a_descriptor_is_inherited_over_exec),
		TEST(another_user_may_use_a_passed_descriptor),
		TEST(an_O_PATH_descriptor_gives_nothing),
	};

	/* What the test of exec runs. */
	if (argc == 2) {
		use_after_exec(atoi(argv[1]));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
