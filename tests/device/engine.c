// SPDX-License-Identifier: BSD-2-Clause
/* ENGINE: what it refuses. */
#include "engine.h"

static void a_name_that_nobody_has_is_ENOENT(void **state)
{
	int fd = create_channel(node(state), "");
	const char *const names[] = {
		"", "ech", "echoo", "Echo", "echo ", "12345678901234567890123"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_fails(make_any(fd, engine_args(names[i], fd, -1)), ENOENT);
	close(fd);
}

static void a_name_that_does_not_end_is_EINVAL(void **state)
{
	int fd = create_channel(node(state), "");
	struct mmapdemo_engine args = engine_args("sink", fd, -1);

	args.name[sizeof(args.name) - 1] = 'x';
	assert_fails(make_any(fd, args), EINVAL);
	memset(args.name, 'x', sizeof(args.name));
	assert_fails(make_any(fd, args), EINVAL);
	close(fd);
}

static void what_stands_behind_a_name_is_EINVAL(void **state)
{
	int fd = create_channel(node(state), "");
	struct mmapdemo_engine args = engine_args("sink", fd, -1);

	for (size_t i = 5; i < sizeof(args.name); i++) {
		args.name[i] = 'x';
		assert_fails(make_any(fd, args), EINVAL);
		args.name[i] = '\0';
	}
	close(fd);
}

static void what_is_reserved_is_EINVAL(void **state)
{
	int fd = create_channel(node(state), "");
	struct mmapdemo_engine args = engine_args("sink", fd, -1);

	for (int bit = 0; bit < 64; bit++) {
		args.reserved = 1ULL << bit;
		assert_fails(make_any(fd, args), EINVAL);
	}
	close(fd);
}

static void what_is_the_source_s_is_EINVAL_for_others(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");

	for (int i = 0; i < 6; i++) {
		struct mmapdemo_engine args =
			engine_args(i % 2 ? "sink" : "echo", in, i % 2 ? -1 : out);

		args.rate = i / 2 == 0;
		args.length = i / 2 == 1;
		args.count = i / 2 == 2;
		assert_fails(make_any(in, args), EINVAL);
	}
	close(in);
	close(out);
}

static void a_channel_too_many_or_too_few_is_EINVAL(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");

	assert_fails(make_any(in, engine_args("echo", in, -1)), EINVAL);
	assert_fails(make_any(in, engine_args("echo", -1, out)), EINVAL);
	assert_fails(make_any(in, engine_args("echo", -1, -1)), EINVAL);
	assert_fails(make_any(in, engine_args("sink", in, out)), EINVAL);
	assert_fails(make_any(in, engine_args("sink", -1, out)), EINVAL);
	assert_fails(make_any(in, engine_args("sink", -1, -1)), EINVAL);
	for (int i = 0; i < 3; i++) {
		struct mmapdemo_engine args = source_args(i ? -1 : out, 1000, 16, 1);

		args.in = i == 1 ? -1 : in;
		assert_fails(make_any(in, args), EINVAL);
	}
	assert_false(has_producer(in) || has_consumer(in) || has_producer(out) ||
		     has_consumer(out));
	close(in);
	close(out);
}

static void what_is_no_channel_is_EINVAL(void **state)
{
	int fd = create_channel(node(state), "");
	int file = open("/dev/null", O_RDWR | O_CLOEXEC);
	int engine = make_engine(fd, "sink", fd, -1);
	const int others[] = { file, node(state), engine };

	for (int i = 0; i < 3; i++) {
		assert_fails(make_any(fd, engine_args("sink", others[i], -1)), EINVAL);
		assert_fails(make_any(fd, source_args(others[i], 1, 16, 1)), EINVAL);
	}
	stop_engine(engine);
	close(file);
	close(fd);
}

static void what_is_no_descriptor_is_EBADF(void **state)
{
	int fd = create_channel(node(state), "");
	int closed = dup(fd);
	int path = open("/proc/self/fd", O_PATH | O_CLOEXEC);
	const int bad[] = { closed, -2, INT32_MIN, INT32_MAX, path };

	close(closed);
	for (int i = 0; i < 5; i++) {
		assert_fails(make_any(fd, engine_args("sink", bad[i], -1)), EBADF);
		assert_fails(make_any(fd, source_args(bad[i], 1, 16, 1)), EBADF);
		assert_fails(make_any(fd, engine_args("echo", fd, bad[i])), EBADF);
		assert_fails(make_any(fd, engine_args("echo", bad[i], fd)), EBADF);
	}
	close(path);
	close(fd);
}

static void a_descriptor_that_is_not_O_RDWR_is_EBADF(void **state)
{
	int fd = create_channel(node(state), "half");
	int reader = open_again(fd, O_RDONLY);
	int writer = open(NODE "-half", O_WRONLY | O_CLOEXEC);

	assert_true(writer >= 0);
	for (int i = 0; i < 2; i++) {
		assert_fails(make_any(fd, engine_args("sink", i ? reader : writer, -1)), EBADF);
		assert_fails(make_any(fd, source_args(i ? reader : writer, 1, 16, 1)), EBADF);
	}
	close(writer);
	close(reader);
	remove_and_close(fd);
}

/* Everybody who may read or write some buffer may not thereby run engines. */
static void an_engine_needs_a_writable_descriptor_of_the_node(void **state)
{
	int fd = create_channel(node(state), "");
	struct mmapdemo_engine args = engine_args("sink", fd, -1);
	const int others[] = { fd, open_node(O_RDONLY),
			       ioctl(node(state), MMAPDEMO_IOC_OPEN, O_RDWR),
			       create_channel(node(state), "named") };
	int writer = open_node(O_WRONLY);
	int engine;

	for (int i = 0; i < 4; i++)
		assert_fails(ioctl(others[i], MMAPDEMO_IOC_ENGINE, &args), EPERM);
	engine = ioctl(writer, MMAPDEMO_IOC_ENGINE, &args);
	assert_true(engine >= 0);
	close(engine);
	close(writer);
	remove_and_close(others[3]);
	for (int i = 0; i < 3; i++)
		close(others[i]);
}

static void a_bad_address_is_EFAULT(void **state)
{
	unsigned char *p = memory(1);
	int fd = create_channel(node(state), "");

	assert_fails(ioctl(fd, MMAPDEMO_IOC_ENGINE, NULL), EFAULT);
	assert_int_equal(mprotect(p, PAGE, PROT_NONE), 0);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_ENGINE, p), EFAULT);
	unmap(p, 1);
	close(fd);
}

static void no_free_descriptor_is_EMFILE(void **state)
{
	int fd = create_channel(node(state), "");
	struct rlimit old, few;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = (struct rlimit){ (rlim_t)fd + 1, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_fails(make_any(fd, engine_args("sink", fd, -1)), EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_false(has_consumer(fd));
	close(fd);
}

/* What was taken before the other was refused is given back. */
static void a_role_that_is_taken_is_EBUSY(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	int consumer = open_again(in, O_RDWR);
	int producer = open_again(out, O_RDWR);

	assert_int_equal(join_as(consumer, MMAPDEMO_CONSUMER), 0);
	assert_fails(make_any(in, engine_args("sink", in, -1)), EBUSY);
	assert_fails(make_any(in, engine_args("echo", in, out)), EBUSY);
	assert_false(has_producer(out));
	close(consumer);
	assert_int_equal(join_as(producer, MMAPDEMO_PRODUCER), 0);
	assert_fails(make_any(in, source_args(out, 1, 16, 1)), EBUSY);
	assert_fails(make_any(in, engine_args("echo", in, out)), EBUSY);
	assert_false(has_consumer(in));
	close(producer);
	stop_engine(start_engine(in, "echo", in, out));
	close(in);
	close(out);
}

static void one_that_fails_was_never_there(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	int writer = open_again(in, O_RDWR);
	int producer = open_again(out, O_RDWR);

	send_text(writer, "nobody is there");
	assert_int_equal(join_as(producer, MMAPDEMO_PRODUCER), 0);
	assert_fails(make_any(in, engine_args("echo", in, out)), EBUSY);
	assert_fails(make_any(in, engine_args("echo", in, in)), EBUSY);
	assert_int_equal(polled(writer, 0), POLLOUT);
	send_text(writer, "nobody is missed");
	close(producer);
	stop_engine(start_engine(in, "echo", in, out));
	assert_int_equal(polled(writer, 0) & POLLHUP, POLLHUP);
	assert_fails(write(writer, "x", 1), EPIPE);
	close(writer);
	close(in);
	close(out);
}

static void a_lowered_limit_refuses_nothing_else(void **state)
{
	int fd = create_channel(node(state), "");
	int sink = start_engine(fd, "sink", fd, -1);
	int other;

	set_limit("max_engines", "0");
	other = open_node(O_RDWR);
	close(create_channel(other, ""));
	assert_fails(make_any(other, engine_args("sink", fd, -1)), ENOSPC);
	set_limit("max_engines", "1024");
	close(other);
	stop_engine(sink);
	close(fd);
}

static void an_engine_s_roles_are_nobody_else_s(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	int echo = start_engine(in, "echo", in, out);
	char byte;

	assert_true(has_consumer(in) && !has_producer(in));
	assert_true(has_producer(out) && !has_consumer(out));
	assert_fails(join_as(in, MMAPDEMO_CONSUMER), EBUSY);
	assert_fails(read(in, &byte, 1), EBUSY);
	assert_fails(make_any(in, engine_args("sink", in, -1)), EBUSY);
	assert_fails(join_as(out, MMAPDEMO_PRODUCER), EBUSY);
	assert_fails(write(out, "x", 1), EBUSY);
	assert_fails(make_any(in, source_args(out, 1, 16, 1)), EBUSY);
	assert_fails(raw_mmap(PAGE, RW, MAP_SHARED, in, MMAPDEMO_CONSUMER_REGION), EACCES);
	assert_fails(raw_mmap(PAGE, RW, MAP_SHARED, out, MMAPDEMO_PRODUCER_REGION), EACCES);
	stop_engine(echo);
	assert_false(has_consumer(in) || has_producer(out));
	assert_int_equal(join_as(in, MMAPDEMO_CONSUMER), 0);
	assert_int_equal(join_as(out, MMAPDEMO_PRODUCER), 0);
	close(in);
	close(out);
}

/* One engine has one role in a channel, as an open file has. */
static void both_ends_of_one_channel_are_EBUSY(void **state)
{
	int fd = create_channel(node(state), "");
	int other = open_again(fd, O_RDWR);

	assert_fails(make_any(fd, engine_args("echo", fd, fd)), EBUSY);
	assert_fails(make_any(fd, engine_args("echo", fd, other)), EBUSY);
	assert_false(has_consumer(fd) || has_producer(fd));
	close(other);
	close(fd);
}

static void what_a_source_cannot_do_is_EINVAL(void **state)
{
	static const struct {
		uint64_t rate, length;
	} wrong[] = {
		{ 0, 16 },
		{ 1000001, 16 },
		{ 1ULL << 32, 16 },
		{ UINT64_MAX, 16 },
		{ 1, 0 },
		{ 1, 15 },
		{ 1, MMAPDEMO_ENGINE_MESSAGE_MAX + 1 },
		{ 1, (1ULL << 32) + 16 },
		{ 1, UINT64_MAX },
	};
	int fd = create_channel(node(state), "");

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_fails(make_any(fd, source_args(fd, wrong[i].rate, wrong[i].length, 0)),
			     EINVAL);
	assert_false(has_producer(fd));
	stop_engine(start_source(fd, fd, 1, 16, UINT64_MAX));
	stop_engine(start_source(fd, fd, 1000000, 16, 1));
	stop_engine(start_source(fd, fd, 1, MMAPDEMO_ENGINE_MESSAGE_MAX, 1));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_that_nobody_has_is_ENOENT),
		TEST(a_name_that_does_not_end_is_EINVAL),
		TEST(what_stands_behind_a_name_is_EINVAL),
		TEST(what_is_reserved_is_EINVAL),
		TEST(what_is_the_source_s_is_EINVAL_for_others),
		TEST(a_channel_too_many_or_too_few_is_EINVAL),
		TEST(what_is_no_channel_is_EINVAL),
		TEST(what_is_no_descriptor_is_EBADF),
		TEST(a_descriptor_that_is_not_O_RDWR_is_EBADF),
		TEST(an_engine_needs_a_writable_descriptor_of_the_node),
		TEST(a_bad_address_is_EFAULT),
		TEST(no_free_descriptor_is_EMFILE),
		TEST(a_role_that_is_taken_is_EBUSY),
		TEST(one_that_fails_was_never_there),
		TEST(a_lowered_limit_refuses_nothing_else),
		TEST(an_engine_s_roles_are_nobody_else_s),
		TEST(both_ends_of_one_channel_are_EBUSY),
		TEST(what_a_source_cannot_do_is_EINVAL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
