// SPDX-License-Identifier: BSD-2-Clause
/* Buffers made at run time: with a name, without one, and what is refused. */
#include "named.h"

static void a_named_buffer_is_a_node(void **state)
{
	int fd = create(node(state), "made", 3);
	struct stat st;
	int again;

	assert_int_equal(stat("/dev/mmapdemo-made", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_uid, 0);
	again = open("/dev/mmapdemo-made", O_RDWR | O_CLOEXEC);
	assert_true(again >= 0);
	assert_int_equal(pwrite(fd, "shared", 6, PAGE), 6);
	assert_string_equal((char *)map(again, MAP_SHARED, PROT_READ, 1, 1), "shared");
	assert_int_equal(info(again).size, 3 * PAGE);
	assert_int_equal(info(again).opens, 2);
	assert_int_equal(info(node(state)).size, SIZE);
	close(again);
	remove_and_close(fd);
	assert_fails(stat("/dev/mmapdemo-made", &st), ENOENT);
}

static void a_new_buffer_is_zero_and_apart(void **state)
{
	static unsigned char zero[2 * PAGE], bytes[2 * PAGE];
	int fd;

	fill(node(state));
	fd = create(node(state), "", 2);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	assert_memory_equal(bytes, zero, sizeof(zero));
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	assert_device_unchanged(node(state));
	close(fd);
}

static void sizes_are_rounded_up_to_pages(void **state)
{
	const uint64_t sizes[][2] = { { 1, PAGE }, { PAGE, PAGE }, { PAGE + 1, 2 * PAGE } };

	for (size_t i = 0; i < 3; i++) {
		int fd = create_as(node(state), "", sizes[i][0], 0);

		assert_int_equal(info(fd).size, sizes[i][1]);
		assert_int_equal(lseek(fd, 0, SEEK_END), sizes[i][1]);
		close(fd);
	}
}

static void the_descriptor_is_a_file_like_any(void **state)
{
	int fd = create(node(state), "", 2);
	char text[8] = { 0 };

	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	assert_int_equal(write(fd, "moving", 6), 6);
	assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
	assert_int_equal(read(fd, text, 4), 4);
	assert_string_equal(text, "ving");
	assert_fails(pwrite(fd, "x", 1, 2 * PAGE), ENOSPC);
	assert_fails(raw_mmap(PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0), EPERM);
	assert_fails(raw_mmap(3 * PAGE, PROT_READ, MAP_SHARED, fd, 0), EINVAL);
	close(fd);
}

static void an_unnamed_buffer_lives_by_its_maps(void **state)
{
	int fd = create(node(state), "", 2);
	unsigned char *p = map(fd, MAP_SHARED, RW, 0, 2);

	close(fd);
	p[2 * PAGE - 1] = 7;
	assert_int_equal(p[2 * PAGE - 1], 7);
	unmap(p, 2);
}

static void a_removed_name_is_free_and_the_memory_stays(void **state)
{
	int old = create(node(state), "twice", 1);
	unsigned char *p = map(old, MAP_SHARED, RW, 0, 1);
	int new;

	assert_int_equal(remove_name(old), 0);
	assert_fails(remove_name(old), ENOENT);
	new = create(node(state), "twice", 1);
	p[0] = 'o';
	assert_int_equal(pwrite(new, "n", 1, 0), 1);
	assert_int_equal(p[0], 'o');
	assert_int_equal(info(old).opens, 1);
	close(old);
	assert_int_equal(p[0], 'o');
	unmap(p, 1);
	remove_and_close(new);
}

static void a_stale_node_meets_nobody(void **state)
{
	int fd = create(node(state), "stale", 1);
	struct stat st;

	assert_int_equal(stat("/dev/mmapdemo-stale", &st), 0);
	assert_int_equal(mknod("/tmp/stale", S_IFCHR | 0600, st.st_rdev), 0);
	remove_and_close(fd);
	fd = create(node(state), "other", 1);
	assert_fails(open("/tmp/stale", O_RDWR), ENXIO);
	unlink("/tmp/stale");
	remove_and_close(fd);
}

static void names_are_checked(void **state)
{
	static const char *const bad[] = { ".",	  ".hidden", "a/b",  "a b",  "\xc3\xa4",
					   "a!b", "a%sb",    "a\nb", "a\x7f" };
	struct mmapdemo_create args = { .size = PAGE };
	int fd;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(create_as(node(state), bad[i], PAGE, 0), EINVAL);
	memset(args.name, 'n', MMAPDEMO_NAME_MAX + 1);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_CREATE, &args), EINVAL);
	args.name[MMAPDEMO_NAME_MAX] = 0;
	fd = ioctl(node(state), MMAPDEMO_IOC_CREATE, &args);
	assert_true(fd >= 0);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_CREATE, &args), EEXIST);
	remove_and_close(fd);
	/* Something after the end of the name. */
	memset(args.name, 0, sizeof(args.name));
	args.name[0] = 'n';
	args.name[sizeof(args.name) - 1] = 'n';
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_CREATE, &args), EINVAL);
	fd = create(node(state), "A_z-0.9", 1);
	remove_and_close(fd);
}

static void wrong_members_are_EINVAL(void **state)
{
	const struct mmapdemo_create bad[] = {
		{ .size = 0 },
		{ .size = MMAPDEMO_SIZE_MAX + 1 },
		{ .size = UINT64_MAX },
		{ .size = PAGE, .flags = 1 },
		{ .size = PAGE, .mode = 01000, .name = "x" },
		{ .size = PAGE, .mode = 0644 },
		{ .size = PAGE, .reserved = 1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(ioctl(node(state), MMAPDEMO_IOC_CREATE, &bad[i]), EINVAL);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_CREATE, NULL), EFAULT);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_CREATE, (void *)-1UL), EFAULT);
}

static void a_refused_create_leaves_no_node(void **state)
{
	struct rlimit before;
	struct stat st;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, before.rlim_max }), 0);
	assert_fails(create_as(node(state), "nofile", PAGE, 0), EMFILE);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_OPEN, O_RDWR), EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_fails(stat("/dev/mmapdemo-nofile", &st), ENOENT);
	assert_int_equal(attribute("nofile", "size"), -1);
}

static void a_mode_is_taken_as_asked(void **state)
{
	int fd = create_as(node(state), "mode", PAGE, 0644);
	struct stat st;

	assert_int_equal(stat("/dev/mmapdemo-mode", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	remove_and_close(fd);
}

static void OPEN_gives_no_more_than_there_is(void **state)
{
	int reader = open_node(O_RDONLY);
	int writer = open_node(O_WRONLY);
	int fd = ioctl(node(state), MMAPDEMO_IOC_OPEN, O_RDONLY);

	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_fails(write(fd, "x", 1), EBADF);
	assert_fails(raw_mmap(PAGE, RW, MAP_SHARED, fd, 0), EACCES);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR), EACCES);
	close(fd);
	assert_fails(ioctl(reader, MMAPDEMO_IOC_OPEN, O_RDWR), EACCES);
	assert_fails(ioctl(writer, MMAPDEMO_IOC_OPEN, O_RDONLY), EACCES);
	assert_fails(ioctl(writer, MMAPDEMO_IOC_OPEN, O_RDWR), EACCES);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_OPEN, O_WRONLY), EINVAL);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_OPEN, O_RDWR | O_CREAT), EINVAL);
	fd = ioctl(node(state), MMAPDEMO_IOC_OPEN, O_RDWR);
	assert_int_equal(lseek(node(state), 9, SEEK_SET), 9);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	close(reader);
	close(writer);
}

static void an_unnamed_buffer_is_not_reopened_through_proc(void **state)
{
	int fd = create(node(state), "", 1);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_fails(open(path, O_RDWR), ENXIO);
	close(fd);
}

static void the_default_buffer_keeps_its_name(void **state)
{
	int fd = create(node(state), "", 1);

	assert_fails(remove_name(node(state)), EPERM);
	assert_fails(remove_name(fd), ENOENT);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_REMOVE, 1), EINVAL);
	close(fd);
}

static void sysfs_tells_what_anybody_may_know(void **state)
{
	int fd = create(node(state), "sys", 5);
	unsigned char *p = map(fd, MAP_PRIVATE, PROT_READ, 0, 2);
	struct stat st;

	assert_int_equal(attribute("sys", "size"), 5 * PAGE);
	assert_int_equal(attribute("sys", "maps"), 1);
	assert_int_equal(attribute("sys", "opens"), 1);
	assert_int_equal(attribute("sys", "publications"), 0);
	assert_int_equal(attribute("sys", "owner"), 0);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(attribute("sys", "publications"), 1);
	assert_int_equal(attribute("", "size"), SIZE);
	assert_int_equal(stat("/sys/class/mmapdemo/mmapdemo-sys/size", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0444);
	unmap(p, 2);
	assert_int_equal(attribute("sys", "maps"), 0);
	remove_and_close(fd);
	assert_int_equal(attribute("sys", "size"), -1);
}

/* With SOAK ten thousand. Either is more than the 128 minors of misc devices on 6.1. */
static void as_many_buffers_as_one_likes(void **state)
{
	int many = getenv("SOAK") ? 10000 : 1000;
	char name[32];
	int fd;

	alarm(300);
	for (int i = 0; i < many; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		close(create(node(state), name, 1));
	}
	assert_int_equal(attribute("n999", "size"), PAGE);
	for (int i = 0; i < many; i++) {
		snprintf(name, sizeof(name), "/dev/mmapdemo-n%d", i);
		fd = open(name, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		remove_and_close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_named_buffer_is_a_node),
		TEST(a_new_buffer_is_zero_and_apart),
		TEST(sizes_are_rounded_up_to_pages),
		TEST(the_descriptor_is_a_file_like_any),
		TEST(an_unnamed_buffer_lives_by_its_maps),
		TEST(a_removed_name_is_free_and_the_memory_stays),
		TEST(a_stale_node_meets_nobody),
		TEST(names_are_checked),
		TEST(wrong_members_are_EINVAL),
		TEST(a_refused_create_leaves_no_node),
		TEST(a_mode_is_taken_as_asked),
		TEST(OPEN_gives_no_more_than_there_is),
		TEST(an_unnamed_buffer_is_not_reopened_through_proc),
		TEST(the_default_buffer_keeps_its_name),
		TEST(sysfs_tells_what_anybody_may_know),
		TEST(as_many_buffers_as_one_likes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
