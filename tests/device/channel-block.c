// SPDX-License-Identifier: BSD-2-Clause
/*
 * read(2) and write(2) of a channel that wait: for what, until when, what signals
 * do, and what an open file's role has to do with processes: nothing.
 */
#include "channel.h"

static char message[1000];

/* What a child does with its descriptor, and what must come of it. */
struct caller {
	int fd;
	long result;
	int error;
	void (*before)(void);
};

static void call_read(void *arg)
{
	const struct caller *c = arg;
	char found[sizeof(message)];

	if (c->before)
		c->before();
	errno = 0;
	assert_int_equal(read(c->fd, found, sizeof(found)), c->result);
	assert_int_equal(errno, c->error);
}

static void call_write(void *arg)
{
	const struct caller *c = arg;

	if (c->before)
		c->before();
	errno = 0;
	assert_int_equal(write(c->fd, message, sizeof(message)), c->result);
	assert_int_equal(errno, c->error);
}

static pid_t start_caller(void (*call)(void *), struct caller caller)
{
	pid_t pid = start_child(call, &caller);

	until_asleep(pid);
	return pid;
}

/* A channel with a writer and a reader that wait. */
static struct ends make_waiting_ends(void **state)
{
	struct ends e = make_ends(state);

	set_nonblocking(e.writer, false);
	set_nonblocking(e.reader, false);
	return e;
}

static void a_read_waits_for_a_write(void **state)
{
	struct ends e = make_waiting_ends(state);

	for (int i = 1; i < 20; i++) {
		pid_t pid = start_caller(call_read, (struct caller){ .fd = e.reader, .result = i });

		assert_int_equal(write(e.writer, message, (size_t)i), i);
		assert_int_equal(end_child(pid), 0);
	}
	close_ends(&e);
}

static void a_read_waits_for_a_mapped_producer(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);

	for (int i = 0; i < 20; i++) {
		pid_t pid = start_caller(call_read, (struct caller){ .fd = fd, .result = 5 });

		until_flagged(pid, &producer.consumer->sleeping);
		assert_true(publish_text(&producer, "awake"));
		assert_int_equal(end_child(pid), 0);
	}
	leave_role(&producer);
	close(fd);
}

static void a_write_waits_for_a_read(void **state)
{
	struct ends e = make_waiting_ends(state);
	char found[sizeof(message)];
	pid_t pid;

	fill_ring(e.writer);
	pid = start_caller(call_write,
			   (struct caller){ .fd = e.writer, .result = sizeof(message) });
	assert_int_equal(read(e.reader, found, sizeof(found)), sizeof(message));
	assert_int_equal(end_child(pid), 0);
	assert_int_equal(polled(e.writer, 0), 0);
	close_ends(&e);
}

static void a_write_waits_for_a_mapped_consumer(void **state)
{
	int fd = create_channel(node(state), "");
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	pid_t pid;

	fill_ring(fd);
	pid = start_caller(call_write, (struct caller){ .fd = fd, .result = sizeof(message) });
	assert_int_not_equal(consumer.producer->sleeping, 0);
	/* Its record, and the 0 after that. */
	assert_int_equal(consumer.producer->wanted, 1016);
	consumer.position = record_size(sizeof(message));
	free_taken(&consumer);
	assert_true(wake_if_asleep(&consumer, &consumer.producer->sleeping));
	assert_int_equal(end_child(pid), 0);
	leave_role(&consumer);
	close(fd);
}

static void a_hang_up_is_the_end(void **state)
{
	struct ends e = make_waiting_ends(state);
	struct side peer = take(e.fd, MMAPDEMO_PRODUCER);
	char found[16];
	pid_t pid;

	publish_text(&peer, "last");
	expect_text(e.reader, "last");
	pid = start_caller(call_read, (struct caller){ .fd = e.reader });
	leave_role(&peer);
	assert_int_equal(end_child(pid), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(read(e.reader, found, sizeof(found)), 0);
	/* Until somebody else writes. */
	send_text(e.writer, "more");
	expect_text(e.reader, "more");
	close_ends(&e);
}

static void messages_come_before_the_end(void **state)
{
	struct ends e = make_waiting_ends(state);
	char found[16];

	send_text(e.writer, "one");
	send_text(e.writer, "two");
	close(e.writer);
	/* Though they never met. */
	expect_text(e.reader, "one");
	expect_text(e.reader, "two");
	assert_int_equal(read(e.reader, found, sizeof(found)), 0);
	close(e.reader);
	close(e.fd);
}

static void before_anybody_came_there_is_no_end(void **state)
{
	struct ends e = make_ends(state);
	char found[16];

	assert_fails(read(e.reader, found, sizeof(found)), EAGAIN);
	send_text(e.writer, "x");
	expect_text(e.reader, "x");
	close(e.reader);
	close(e.writer);
	/* A newcomer has met nobody. */
	e.reader = open_again(e.fd, O_RDONLY);
	assert_empty(e.reader);
	close(e.reader);
	close(e.fd);
}

/* It has the role as long as a child has it open. */
static int inherited;

static void close_inherited(void)
{
	close(inherited);
}

static void a_write_to_nobody_is_EPIPE(void **state)
{
	struct ends e = make_waiting_ends(state);
	pid_t pid;

	send_text(e.writer, "nobody has come");
	expect_text(e.reader, "nobody has come");
	close(e.reader);
	/* There is room, but for whom? */
	assert_fails(write(e.writer, "x", 1), EPIPE);
	assert_fails(write(e.writer, "x", 1), EPIPE);
	e.reader = open_again(e.fd, O_RDONLY);
	assert_empty(e.reader);
	fill_ring(e.writer);
	inherited = e.reader;
	pid = start_caller(call_write, (struct caller){ e.writer, -1, EPIPE, close_inherited });
	close(e.reader);
	assert_int_equal(end_child(pid), 0);
	close(e.writer);
	close(e.fd);
}

static void signal_and_wait(pid_t pid)
{
	uint32_t before = load_word(handled);

	assert_int_equal(kill(pid, SIGUSR1), 0);
	while (load_word(handled) == before)
		usleep(1000);
}

static void a_signal_interrupts(void **state)
{
	struct ends e = make_waiting_ends(state);
	struct caller reader = { e.reader, -1, EINTR, handle_signal };
	struct caller writer = { e.writer, -1, EINTR, handle_signal };
	pid_t pid;

	handled = shared_memory();
	pid = start_caller(call_read, reader);
	signal_and_wait(pid);
	assert_int_equal(end_child(pid), 0);
	fill_ring(e.writer);
	pid = start_caller(call_write, writer);
	signal_and_wait(pid);
	assert_int_equal(end_child(pid), 0);
	unmap(handled, 1);
	close_ends(&e);
}

static void a_restarting_handler_waits_on(void **state)
{
	struct ends e = make_waiting_ends(state);
	pid_t pid;

	handled = shared_memory();
	pid = start_caller(call_read, (struct caller){ e.reader, 2, 0, restart_after_signal });
	for (int i = 0; i < 3; i++) {
		signal_and_wait(pid);
		until_asleep(pid);
	}
	send_text(e.writer, "go");
	assert_int_equal(end_child(pid), 0);
	unmap(handled, 1);
	close_ends(&e);
}

/* Two on one open file: the second waits for the first. */
static void who_waits_can_be_killed(void **state)
{
	struct ends e = make_waiting_ends(state);

	for (int i = 0; i < 2; i++) {
		pid_t pids[2];

		for (int j = 0; j < 2; j++)
			pids[j] = start_caller(call_read,
					       (struct caller){ .fd = e.reader, .result = 2 });
		kill_child(pids[i]);
		send_text(e.writer, "go");
		assert_int_equal(end_child(pids[!i]), 0);
	}
	fill_ring(e.writer);
	for (int i = 0; i < 2; i++)
		kill_child(start_caller(call_write, (struct caller){ .fd = e.writer }));
	drain_ring(e.reader);
	close_ends(&e);
}

static void write_inherited(void *arg)
{
	send_text(*(int *)arg, "by a child");
	close(*(int *)arg);
}

/* And lasts as long as that is open anywhere. */
static void the_role_is_the_open_files(void **state)
{
	struct ends e = make_waiting_ends(state);
	char found[16];

	for (int i = 0; i < 3; i++) {
		assert_int_equal(run_child(write_inherited, &e.writer), 0);
		assert_true(has_producer(e.fd));
		expect_text(e.reader, "by a child");
		assert_empty(e.reader);
		close(dup(e.writer));
		assert_true(has_producer(e.fd));
	}
	close(e.writer);
	assert_false(has_producer(e.fd));
	assert_int_equal(read(e.reader, found, sizeof(found)), 0);
	close(e.reader);
	close(e.fd);
}

static void a_shell_writes_command_by_command(void **state)
{
	int fd = create_channel(node(state), "shell");
	int reader = open(NODE "-shell", O_RDONLY | O_CLOEXEC);
	char found[16];

	for (int i = 0; i < 2; i++) {
		assert_int_equal(system("(echo a; /bin/sh -c 'echo b') >" NODE "-shell"), 0);
		expect_text(reader, "a\n");
		expect_text(reader, "b\n");
		assert_int_equal(read(reader, found, sizeof(found)), 0);
	}
	close(reader);
	remove_and_close(fd);
}

#define WRITERS 3
#define EACH 300

struct writer {
	int fd;
	uint32_t number;
};

static void write_many(void *arg)
{
	const struct writer *w = arg;

	for (uint32_t i = 0; i < EACH; i++) {
		uint32_t words[2] = { w->number, i };

		assert_int_equal(write(w->fd, words, sizeof(words)), sizeof(words));
	}
}

static void many_write_by_one_open_file(void **state)
{
	struct ends e = make_waiting_ends(state);
	uint32_t seen[WRITERS] = { 0 }, words[2];
	pid_t pids[WRITERS];

	for (uint32_t i = 0; i < WRITERS; i++) {
		struct writer writer = { e.writer, i };

		pids[i] = start_child(write_many, &writer);
	}
	for (int i = 0; i < WRITERS * EACH; i++) {
		assert_int_equal(read(e.reader, words, sizeof(words)), sizeof(words));
		assert_true(words[0] < WRITERS);
		assert_int_equal(words[1], seen[words[0]]++);
	}
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(end_child(pids[i]), 0);
	assert_empty(e.reader);
	close_ends(&e);
}

/* Who reads, and sleeps, keeps the open file's stream locked. */
static void the_other_role_is_EBUSY_beside_one_who_waits(void **state)
{
	struct ends e = make_waiting_ends(state);
	int both = open_again(e.fd, O_RDWR);
	pid_t pid = start_caller(call_read, (struct caller){ .fd = both, .result = 5 });

	assert_fails(write(both, message, 5), EBUSY);
	set_nonblocking(both, true);
	assert_fails(write(both, message, 5), EBUSY);
	assert_int_equal(write(e.writer, message, 5), 5);
	assert_int_equal(end_child(pid), 0);
	close(both);
	close_ends(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_read_waits_for_a_write),
		TEST(a_read_waits_for_a_mapped_producer),
		TEST(a_write_waits_for_a_read),
		TEST(a_write_waits_for_a_mapped_consumer),
		TEST(a_hang_up_is_the_end),
		TEST(messages_come_before_the_end),
		TEST(before_anybody_came_there_is_no_end),
		TEST(a_write_to_nobody_is_EPIPE),
		TEST(a_signal_interrupts),
		TEST(a_restarting_handler_waits_on),
		TEST(who_waits_can_be_killed),
		TEST(the_role_is_the_open_files),
		TEST(a_shell_writes_command_by_command),
		TEST(many_write_by_one_open_file),
		TEST(the_other_role_is_EBUSY_beside_one_who_waits),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
