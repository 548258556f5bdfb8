// SPDX-License-Identifier: BSD-2-Clause
/* How many engines a user may have, and what one tells of itself. */
#include "engine.h"

#define MANY 17 /* one more than a user may have */

static int start_many(int fd, int channels[], int engines[])
{
	for (int i = 0; i < MANY; i++) {
		channels[i] = create_channel(fd, "");
		engines[i] = make_any(fd, engine_args("sink", channels[i], -1));
		if (engines[i] < 0)
			return i;
	}
	return MANY;
}

static void run_too_many(void *arg)
{
	int channels[MANY], engines[MANY];
	int fd = *(int *)arg;

	become_nobody();
	assert_int_equal(start_many(fd, channels, engines), MANY - 1);
	assert_int_equal(errno, EDQUOT);
	assert_false(has_consumer(channels[MANY - 1]));
	close(engines[3]);
	engines[3] = make_engine(fd, "sink", channels[3], -1);
	assert_fails(make_any(fd, engine_args("sink", channels[MANY - 1], -1)), EDQUOT);
	/* Refused for another reason: that costs no quota. */
	close(engines[4]);
	assert_fails(make_any(fd, engine_args("sink", channels[3], -1)), EBUSY);
	assert_fails(make_any(fd, source_args(channels[4], 0, 16, 0)), EINVAL);
	engines[4] = make_engine(fd, "sink", channels[4], -1);
}

static void more_engines_than_a_user_may_have_are_EDQUOT(void **state)
{
	int fd = node(state);

	/* Twice: all of it comes back. */
	assert_int_equal(run_child(run_too_many, &fd), 0);
	assert_int_equal(run_child(run_too_many, &fd), 0);
}

static void run_none(void *arg)
{
	int fd = *(int *)arg;
	int channel = create_channel(fd, "");

	become_nobody();
	assert_fails(make_any(fd, engine_args("sink", channel, -1)), EDQUOT);
}

static void run_beside(void *arg)
{
	int fd = *(int *)arg;
	int channel = create_channel(fd, "");

	become_nobody();
	assert_fails(make_any(fd, engine_args("sink", channel, -1)), ENOSPC);
}

static void run_one_more(void *arg)
{
	int channels[MANY], engines[MANY];

	assert_int_equal(start_many(*(int *)arg, channels, engines), MANY);
}

static void the_limit_can_be_set_and_is_not_CAP_SYS_RESOURCE_s(void **state)
{
	int fd = node(state);

	assert_int_equal(run_child(run_one_more, &fd), 0);
	set_limit("user_max_engines", "0");
	assert_int_equal(run_child(run_none, &fd), 0);
	close(make_engine(fd, "sink", create_channel(fd, ""), -1));
	set_limit("user_max_engines", "16");
	assert_int_equal(run_child(run_too_many, &fd), 0);
}

static void all_users_together_run_so_many(void **state)
{
	int channels[MANY], engines[MANY];
	int fd = node(state);

	set_limit("max_engines", "3");
	assert_int_equal(start_many(fd, channels, engines), 3);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(run_child(run_beside, &fd), 0);
	close(engines[1]);
	engines[1] = make_engine(fd, "sink", channels[1], -1);
	for (int i = 0; i < 3; i++)
		close(engines[i]);
	for (int i = 0; i < 4; i++)
		close(channels[i]);
	set_limit("max_engines", "1024");
}

static void the_descriptor_is_closed_by_exec_and_is_no_buffer(void **state)
{
	int fd = create_channel(node(state), "");
	int engine = start_engine(fd, "sink", fd, -1);
	struct mmapdemo_info info;
	char byte = 0;

	assert_int_equal(fcntl(engine, F_GETFD), FD_CLOEXEC);
	assert_fails(ioctl(engine, MMAPDEMO_IOC_INFO, &info), ENOTTY);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_ENGINE_INFO, &info), ENOTTY);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_ENGINE_INFO, &info), ENOTTY);
	assert_fails(ioctl(engine, MMAPDEMO_IOC_ENGINE, NULL), ENOTTY);
	assert_fails(ioctl(engine, _IO(MMAPDEMO_IOC_MAGIC, 0x0e), NULL), ENOTTY);
	assert_fails(read(engine, &byte, 1), EINVAL);
	assert_fails(write(engine, &byte, 1), EINVAL);
	assert_fails(raw_mmap(PAGE, PROT_READ, MAP_SHARED, engine, 0), ENODEV);
	assert_running(engine);
	stop_engine(engine);
	close(fd);
}

static void ENGINE_INFO_tells_all_and_no_more(void **state)
{
	unsigned char bytes[3 * sizeof(struct mmapdemo_engine_info)];
	struct mmapdemo_engine_info *info = (void *)(bytes + sizeof(*info));
	int fd = create_channel(node(state), "");
	int engine = make_engine(fd, "sink", fd, -1);
	const struct mmapdemo_engine_info fresh = { .name = "sink" };

	_Static_assert(sizeof(*info) == 96, "");
	_Static_assert(offsetof(struct mmapdemo_engine_info, value) == 72, "");
	_Static_assert(offsetof(struct mmapdemo_engine_info, ended) == 84, "");
	_Static_assert(MMAPDEMO_IOC_ENGINE_RUN == 0x590f, "");
	_Static_assert(MMAPDEMO_IOC_ENGINE_INFO == 0x8060590e, "");
	memset(bytes, POISON, sizeof(bytes));
	assert_int_equal(ioctl(engine, MMAPDEMO_IOC_ENGINE_INFO, info), 0);
	assert_memory_equal(info, &fresh, sizeof(fresh));
	assert_all(bytes, POISON, sizeof(*info));
	assert_all(bytes + 2 * sizeof(*info), POISON, sizeof(*info));
	assert_fails(ioctl(engine, MMAPDEMO_IOC_ENGINE_INFO, NULL), EFAULT);
	stop_engine(engine);
	close(fd);
}

static void read_fdinfo(int fd, char *text, size_t size)
{
	char path[64];
	ssize_t length;
	int file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	length = read(file, text, size - 1);
	assert_true(length > 0);
	text[length] = '\0';
	close(file);
}

static void fdinfo_tells_what_ENGINE_INFO_does(void **state)
{
	int fd = create_channel(node(state), "");
	int writer = open_again(fd, O_RDWR);
	int engine = start_engine(fd, "sink", fd, -1);
	char text[1024];

	send_text(writer, "123456789");
	until_received(engine, 1);
	read_fdinfo(engine, text, sizeof(text));
	assert_non_null(strstr(text,
			       "engine:\tsink\n"
			       "in:\t\nreceived:\t1\nreceived_bytes:\t9\nsent:\t0\n"
			       "sent_bytes:\t0\ndropped:\t0\nrefused:\t0\nvalue:\t3808858755\n"
			       "running:\t1\nended:\t0\nerror:\t0\n"));
	close(writer);
	assert_int_equal(end_of(engine), EPIPE);
	read_fdinfo(engine, text, sizeof(text));
	assert_non_null(strstr(text, "running:\t0\nended:\t1\nerror:\t32\n"));
	stop_engine(engine);
	close(fd);
}

static void fdinfo_tells_the_names_of_the_channels(void **state)
{
	int in = create_channel(node(state), "from-here");
	int out = create_channel(node(state), "to-there");
	int echo = make_engine(in, "echo", in, out);
	int source = make_source(in, create_channel(node(state), ""), 1, 16, 1);
	char text[1024];

	read_fdinfo(echo, text, sizeof(text));
	assert_non_null(strstr(text, "engine:\techo\n"
				     "in:\tfrom-here\nout:\tto-there\nreceived:"));
	read_fdinfo(source, text, sizeof(text));
	assert_non_null(strstr(text, "engine:\tsource\nout:\t\nreceived:"));
	close(source);
	close(echo);
	remove_and_close(in);
	remove_and_close(out);
}

static void wait_for_the_end(void *arg)
{
	assert_int_equal(end_of(*(int *)arg), EPIPE);
}

static void its_end_wakes_who_polls(void **state)
{
	int fd = create_channel(node(state), "");
	int engine = start_engine(fd, "sink", fd, -1);
	pid_t pid = start_child(wait_for_the_end, &engine);
	int writer;

	until_asleep(pid);
	writer = open_again(fd, O_RDWR);
	send_text(writer, "x");
	assert_running(engine);
	close(writer);
	assert_int_equal(end_child(pid), 0);
	assert_int_equal(end_of(engine), EPIPE);
	stop_engine(engine);
	close(fd);
}

static void the_module_tells_the_kinds_that_there_are(void **state)
{
	char text[256] = "";
	int file = open("/sys/module/mmapdemo/parameters/engines", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(read(file, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "source\nsink\necho\n");
	close(file);
	assert_true(info(node(state)).features & MMAPDEMO_FEATURE_ENGINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(more_engines_than_a_user_may_have_are_EDQUOT),
		TEST(the_limit_can_be_set_and_is_not_CAP_SYS_RESOURCE_s),
		TEST(all_users_together_run_so_many),
		TEST(the_descriptor_is_closed_by_exec_and_is_no_buffer),
		TEST(ENGINE_INFO_tells_all_and_no_more),
		TEST(fdinfo_tells_what_ENGINE_INFO_does),
		TEST(fdinfo_tells_the_names_of_the_channels),
		TEST(its_end_wakes_who_polls),
		TEST(the_module_tells_the_kinds_that_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
