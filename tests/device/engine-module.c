// SPDX-License-Identifier: BSD-2-Clause
/*
 * Engines of other modules: the example, and one that is and does what its
 * parameters say.
 */
#include "engine.h"

static int load_module(const char *path, const char *parameters)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	long result = syscall(SYS_finit_module, file, parameters, 0);

	close(file);
	return (int)result;
}

static int unload(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}

static int load_shout(void)
{
	return load_module("/root/shout.ko", "");
}

static int load_trial(const char *parameters)
{
	return load_module("/root/trial.ko", parameters);
}

static void the_example_answers(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	int writer = open_again(in, O_RDWR);
	int shout;

	assert_fails(make_any(in, engine_args("shout", in, out)), ENOENT);
	assert_int_equal(load_shout(), 0);
	shout = start_engine(in, "shout", in, out);
	send_text(writer, "Engines of their own");
	expect_text(out, "ENGINES OF THEIR OWN");
	assert_string_equal(engine_info(shout).name, "shout");
	assert_int_equal(engine_info(shout).value, 16);
	assert_int_equal(engine_info(shout).sent, 1);
	stop_engine(shout);
	assert_int_equal(unload("shout"), 0);
	assert_fails(make_any(in, engine_args("shout", in, out)), ENOENT);
	close(writer);
	close(in);
	close(out);
}

static void each_engine_has_a_state_of_its_own(void **state)
{
	int channels[4], engines[2];

	assert_int_equal(load_shout(), 0);
	for (int i = 0; i < 4; i++)
		channels[i] = create_channel(node(state), "");
	for (int i = 0; i < 2; i++)
		engines[i] =
			start_engine(node(state), "shout", channels[2 * i], channels[2 * i + 1]);
	send_text(channels[0], "three");
	expect_text(channels[1], "THREE");
	assert_int_equal(engine_info(engines[0]).value, 5);
	assert_int_equal(engine_info(engines[1]).value, 0);
	for (int i = 0; i < 4; i++)
		close(channels[i]);
	stop_engine(engines[0]);
	stop_engine(engines[1]);
	assert_int_equal(unload("shout"), 0);
}

/* The letters of a message are counted once, however often its answer waits for room. */
static void a_message_whose_answer_was_interrupted_is_handed_over_once(void **state)
{
	int in = create_large(node(state), 4UL * RING);
	int out = create_channel(node(state), "");
	int writer = open_again(in, O_RDWR);
	char message[LONGEST - 16];
	int shout;

	assert_int_equal(load_shout(), 0);
	shout = make_engine(in, "shout", in, out);
	memset(message, 'x', sizeof(message));
	for (int i = 0; i < 4; i++) {
		message[0] = (char)('a' + i);
		assert_int_equal(write(writer, message, sizeof(message)), sizeof(message));
	}
	/* Two have room, and the third waits for it. */
	for (int i = 0; i < 3; i++) {
		run_interrupted(shout);
		assert_int_equal(engine_info(shout).value, 3 * sizeof(message));
		assert_int_equal(engine_info(shout).received, 2);
		assert_int_equal(engine_info(shout).sent, 2);
	}
	start_running(shout);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(read(out, message, sizeof(message)), sizeof(message));
		assert_int_equal(message[0], 'A' + i);
	}
	until_received(shout, 4);
	assert_int_equal(engine_info(shout).value, 4 * sizeof(message));
	assert_int_equal(engine_info(shout).received_bytes, 4 * sizeof(message));
	stop_engine(shout);
	assert_int_equal(unload("shout"), 0);
	close(writer);
	close(in);
	close(out);
}

/* Also by an engine that works no more; and the driver by the module. */
static void a_module_whose_engine_is_there_stays(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	int writer = open_again(in, O_RDWR);
	int shout;

	assert_int_equal(load_shout(), 0);
	shout = start_engine(in, "shout", in, out);
	assert_fails(unload("shout"), EAGAIN);
	send_text(writer, "x");
	close(writer);
	assert_int_equal(end_of(shout), EPIPE);
	assert_fails(unload("shout"), EAGAIN);
	stop_engine(shout);
	assert_fails(unload("mmapdemo"), EAGAIN);
	assert_int_equal(unload("shout"), 0);
	close(in);
	close(out);
}

static void a_start_that_fails_holds_no_module(void **state)
{
	int in = create_channel(node(state), "");
	struct mmapdemo_engine args = engine_args("shout", in, in);

	assert_int_equal(load_shout(), 0);
	assert_fails(make_any(in, args), EBUSY);
	args.rate = 1;
	assert_fails(make_any(in, args), EINVAL);
	args.out = -1;
	assert_fails(make_any(in, args), EINVAL);
	assert_int_equal(unload("shout"), 0);
	close(in);
}

static void a_name_that_is_taken_is_EBUSY(void **state)
{
	(void)state;
	assert_fails(load_trial("in=1 takes=1 name=echo"), EBUSY);
	assert_fails(load_trial("in=1 takes=1 name=source"), EBUSY);
	assert_int_equal(load_shout(), 0);
	assert_fails(load_trial("in=1 takes=1 name=shout"), EBUSY);
	assert_int_equal(unload("shout"), 0);
	assert_int_equal(load_trial("in=1 takes=1 name=shout"), 0);
	assert_fails(load_shout(), EBUSY);
	assert_int_equal(unload("trial"), 0);
}

static void a_kind_that_cannot_work_is_EINVAL(void **state)
{
	static const char *const wrong[] = {
		"in=1 takes=1 name=",
		"in=1 takes=1 name=123456789012345678901234",
		"",
		"in=1",
		"in=1 out=1",
		"in=1 makes=1",
		"takes=1",
		"out=1",
		"out=1 takes=1",
		"out=1 takes=1 makes=1",
		"makes=1",
	};
	static const char *const right[] = {
		"in=1 takes=1",
		"in=1 out=1 takes=1",
		"out=1 makes=1",
		"in=1 takes=1 name=12345678901234567890123",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_fails(load_trial(wrong[i]), EINVAL);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_int_equal(load_trial(right[i]), 0);
		assert_int_equal(unload("trial"), 0);
	}
}

static void only_what_has_create_takes_parameters(void **state)
{
	int in = create_channel(node(state), "");
	struct mmapdemo_engine args = engine_args("trial", in, -1);

	assert_int_equal(load_trial("in=1 takes=1"), 0);
	args.count = 1;
	assert_fails(make_any(in, args), EINVAL);
	args.count = 0;
	close(make_any(in, args));
	assert_int_equal(unload("trial"), 0);
	close(in);
}

/* Longer messages would have a place in this ring. */
static int create_out(int fd)
{
	return create_large(fd, 4UL * MMAPDEMO_ENGINE_MESSAGE_MAX);
}

/* What it ends with when it answers so to a message. */
static int end_after(int fd, const char *parameters)
{
	int in = create_channel(fd, "");
	int out = create_out(fd);
	int writer = open_again(in, O_RDWR);
	int trial, error;

	assert_int_equal(load_trial(parameters), 0);
	trial = start_engine(in, "trial", in, out);
	send_text(writer, "a message");
	error = end_of(trial);
	assert_int_equal(engine_info(trial).received, 0);
	/* It stays there for another one. */
	expect_text(in, "a message");
	stop_engine(trial);
	assert_int_equal(unload("trial"), 0);
	close(writer);
	close(in);
	close(out);
	return error;
}

static void an_error_of_its_own_ends_it(void **state)
{
	assert_int_equal(end_after(node(state), "in=1 out=1 takes=1 answer=-5"), EIO);
	assert_int_equal(end_after(node(state), "in=1 out=1 takes=1 answer=-11"), EAGAIN);
	assert_int_equal(end_after(node(state), "in=1 out=1 takes=1 answer=-61"), 0);
	assert_int_equal(end_after(node(state), "in=1 out=1 takes=1 answer=65537"), EMSGSIZE);
}

static void no_answer_is_none(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	int writer = open_again(in, O_RDWR);
	int trial;

	assert_int_equal(load_trial("in=1 out=1 takes=1 answer=-42"), 0);
	trial = start_engine(in, "trial", in, out);
	for (int i = 0; i < 10; i++)
		send_text(writer, "nobody answers");
	until_received(trial, 10);
	assert_int_equal(engine_info(trial).sent, 0);
	assert_empty(out);
	stop_engine(trial);
	assert_int_equal(unload("trial"), 0);
	close(writer);
	close(in);
	close(out);
}

/* Its ring has no 0, so there is always one more. */
static void one_that_never_rests_ends_with_its_consumer(void **state)
{
	int in = create_channel(node(state), "");
	int out = create_channel(node(state), "");
	struct side producer = take(in, MMAPDEMO_PRODUCER);
	int reader = open_again(out, O_RDONLY);
	int trial;

	fill_without_end(&producer);
	assert_empty(reader);
	assert_int_equal(load_trial("in=1 out=1 takes=1 answer=-42"), 0);
	trial = start_engine(in, "trial", in, out);
	until_received(trial, 5000);
	close(reader);
	assert_int_equal(end_of(trial), EPIPE);
	stop_engine(trial);
	assert_int_equal(unload("trial"), 0);
	leave_role(&producer);
	close(in);
	close(out);
}

static void records_that_cannot_be_end_it(void **state)
{
	static const struct {
		const char *parameters;
		int error;
	} cases[] = {
		{ "out=1 makes=1 answer=65537", EMSGSIZE },
		{ "out=1 makes=1 answer=-5", EIO },
		{ "out=1 makes=1 answer=-61", 0 },
	};

	for (int i = 0; i < 3; i++) {
		int fd = create_out(node(state));
		int trial;

		assert_int_equal(load_trial(cases[i].parameters), 0);
		trial = start_engine(fd, "trial", -1, fd);
		assert_int_equal(end_of(trial), cases[i].error);
		assert_int_equal(engine_info(trial).sent, 0);
		stop_engine(trial);
		assert_int_equal(unload("trial"), 0);
		close(fd);
	}
}

/* One that makes its next record in a year ends with its consumer all the same. */
static void one_that_sleeps_for_long_can_be_closed_and_ends_with_its_consumer(void **state)
{
	int fd = create_channel(node(state), "");
	int trial, reader = open_again(fd, O_RDWR);

	assert_int_equal(load_trial("out=1 makes=1 answer=-11"), 0);
	assert_int_equal(join_as(reader, MMAPDEMO_CONSUMER), 0);
	trial = start_engine(fd, "trial", -1, fd);
	assert_running(trial);
	until_asleep(runner_of(trial));
	close(reader);
	assert_int_equal(end_of(trial), EPIPE);
	stop_engine(trial);
	/* And without a consumer, it sleeps until the end of the year. */
	stop_engine(start_engine(fd, "trial", -1, fd));
	assert_int_equal(unload("trial"), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_example_answers),
		TEST(each_engine_has_a_state_of_its_own),
		TEST(a_message_whose_answer_was_interrupted_is_handed_over_once),
		TEST(a_module_whose_engine_is_there_stays),
		TEST(a_start_that_fails_holds_no_module),
		TEST(a_name_that_is_taken_is_EBUSY),
		TEST(a_kind_that_cannot_work_is_EINVAL),
		TEST(only_what_has_create_takes_parameters),
		TEST(an_error_of_its_own_ends_it),
		TEST(no_answer_is_none),
		TEST(one_that_never_rests_ends_with_its_consumer),
		TEST(records_that_cannot_be_end_it),
		TEST(one_that_sleeps_for_long_can_be_closed_and_ends_with_its_consumer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
