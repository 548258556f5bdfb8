// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who pays: uids that a user gave away to a user namespace of his do not multiply what he
 * may have. And how fast names may come, each of which is told to udev.
 */
#include "named.h"

#include <sched.h>
#include <sys/fsuid.h>
#include <time.h>

#define LIMIT 8
#define SUBORDINATE 200000 /* the first of the uids that Alice may give away */
#define UIDS 5
#define SLOW_SECONDS 200 /* thousands of names in a slow guest, instead of CHILD_SECONDS */

/* To and from a process that is in a user namespace of its own. */
struct pipes {
	int to[2], from[2];
};

static void say(const int *pipe)
{
	assert_int_equal(write(pipe[1], "", 1), 1);
}

static void hear(const int *pipe)
{
	char c;

	assert_int_equal(read(pipe[0], &c, 1), 1);
}

/* A child that has its ends of them: if it fails, nobody waits for it. */
static pid_t start_with(struct pipes *pipes, void (*body)(void *))
{
	pid_t pid;

	assert_int_equal(pipe2(pipes->to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(pipes->from, O_CLOEXEC), 0);
	pid = start_child(body, pipes);
	close(pipes->to[0]);
	close(pipes->from[1]);
	return pid;
}

static void end_with(const struct pipes *pipes, pid_t pid)
{
	say(pipes->to);
	assert_int_equal(end_child(pid), 0);
	close(pipes->to[1]);
	close(pipes->from[0]);
}

static void write_file(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* One that Alice has while her namespaces come and go, in the initial one. */
static int make_alices(void)
{
	int fd;

	setfsuid(ALICE);
	fd = create(fixture.fd, "", 1);
	setfsuid(0);
	return fd;
}

/* Buffers made by the uids from @first, with no more than there are: how many there were. */
static int make_all(int first, int uids)
{
	int made = 0;
	int fd;

	for (int uid = first; uid < first + uids; uid++) {
		setfsuid(uid);
		assert_int_equal(setfsuid(-1), uid);
		while ((fd = create_as(fixture.fd, "", PAGE, 0)) >= 0)
			made++;
		assert_int_equal(errno, EDQUOT);
	}
	return made;
}

/* In a new namespace, when somebody outside has said which uids are its. */
static void unshare_users(const struct pipes *pipes)
{
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	assert_int_equal(unshare(CLONE_NEWUSER), 0);
	say(pipes->from);
	hear(pipes->to);
}

/* It has @root as its root, and UIDS others from @first on. */
static void map_users(pid_t pid, int root, int first, const struct pipes *pipes)
{
	char map[64];

	hear(pipes->from);
	snprintf(map, sizeof(map), "0 %d 1\n1 %d %d\n", root, first, UIDS);
	write_file(pid, "uid_map", map);
	snprintf(map, sizeof(map), "0 %d 1\n", root);
	write_file(pid, "gid_map", map);
	say(pipes->to);
}

static void in_a_namespace(void *arg)
{
	become(ALICE);
	unshare_users(arg);
	assert_int_equal(make_all(1, UIDS), LIMIT - 1);
	/* It was not left to its root to make one more, who has CAP_SYS_RESOURCE there. */
	setfsuid(0);
	assert_fails(create_as(fixture.fd, "", PAGE, 0), EDQUOT);
	say(((struct pipes *)arg)->from);
	hear(((struct pipes *)arg)->to);
}

static void in_the_inner_namespace(void *arg)
{
	assert_int_equal(setresuid(1, 1, 1), 0);
	unshare_users(arg);
	assert_int_equal(make_all(1, UIDS - 1), LIMIT - 1);
	say(((struct pipes *)arg)->from);
	hear(((struct pipes *)arg)->to);
}

/* One more inside, which belongs to a uid that was given away, and has more of them. */
static void in_the_outer_namespace(void *arg)
{
	struct pipes *pipes = arg;
	struct pipes inner;
	pid_t pid;

	become(ALICE);
	unshare_users(pipes);
	pid = start_with(&inner, in_the_inner_namespace);
	hear(inner.from);
	write_file(pid, "uid_map", "0 1 5\n");
	say(inner.to);
	hear(inner.from);
	say(pipes->from);
	hear(pipes->to);
	end_with(&inner, pid);
}

static void make_one(void *arg)
{
	become(*(unsigned int *)arg);
	_exit(create_as(fixture.fd, "", PAGE, 0) < 0 ? errno : 0);
}

static int result_of_one(unsigned int user)
{
	return run_child(make_one, &user);
}

/* Alice's namespace is full: so is she, whatever her uid, and nobody else is. */
static void assert_full_then_end(const struct pipes *pipes, pid_t pid)
{
	hear(pipes->from);
	assert_int_equal(result_of_one(ALICE), EDQUOT);
	assert_int_equal(result_of_one(BOB), 0);
	end_with(pipes, pid);
	/* All was given back to those who had paid. */
	assert_int_equal(result_of_one(ALICE), 0);
	assert_int_equal(result_of_one(SUBORDINATE), 0);
}

static void subordinate_uids_share_one_limit(void **state)
{
	struct pipes pipes;
	int fd = make_alices();

	(void)state;
	set_limit("user_max_buffers", "8");
	for (int round = 0; round < 2; round++) {
		pid_t pid = start_with(&pipes, in_a_namespace);

		map_users(pid, ALICE, SUBORDINATE, &pipes);
		assert_full_then_end(&pipes, pid);
	}
	set_limit("user_max_buffers", "256");
	close(fd);
}

static void so_do_those_of_namespaces_within(void **state)
{
	struct pipes pipes;
	int fd = make_alices();
	pid_t pid;

	(void)state;
	set_limit("user_max_buffers", "8");
	pid = start_with(&pipes, in_the_outer_namespace);
	map_users(pid, ALICE, SUBORDINATE, &pipes);
	assert_full_then_end(&pipes, pid);
	set_limit("user_max_buffers", "256");
	close(fd);
}

static void nothing(int signal)
{
	(void)signal;
}

/* A signal each millisecond, which ends a call that waits, and no other. */
static timer_t interrupt_waits(void)
{
	const struct sigaction action = { .sa_handler = nothing };
	const struct itimerspec often = { { 0, 1000000 }, { 0, 1000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timer;

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &often, NULL), 0);
	return timer;
}

/* 0, or the error. */
static int make_a_name(void)
{
	int fd = create_as(fixture.fd, "often", PAGE, 0);

	if (fd < 0)
		return errno;
	remove_and_close(fd);
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Names a second, less than the slowest guest can make. */
#define RATE 10

/* Until one waits, which does not come before it must. Returns the timer of signals. */
static timer_t make_names_until_one_waits(unsigned int user)
{
	double start = now();
	timer_t timer;
	int made = 0;
	int err;

	alarm(SLOW_SECONDS);
	become(user);
	timer = interrupt_waits();
	while ((err = make_a_name()) == 0)
		assert_true(++made <= 10 * RATE + 1 + (now() - start) * RATE);
	assert_int_equal(err, EINTR);
	assert_true(made >= 10 * RATE);
	return timer;
}

/* In a child, while RATE is the limit. */
static void run_at_low_rate(void (*body)(void *))
{
	alarm(SLOW_SECONDS + 10);
	set_limit("user_max_names", "10");
	assert_int_equal(run_child(body, NULL), 0);
	set_limit("user_max_names", "100");
}

static void as_many_as_may_be(void *arg)
{
	(void)arg;
	make_names_until_one_waits(ALICE);
}

static void a_user_makes_so_many_names_a_second_after_a_burst(void **state)
{
	(void)state;
	run_at_low_rate(as_many_as_may_be);
}

static void some_more(void *arg)
{
	timer_t timer = make_names_until_one_waits(BOB);
	double start = now();

	(void)arg;
	assert_int_equal(attribute("often", "size"), -1);
	assert_int_equal(timer_delete(timer), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(make_a_name(), 0);
	assert_true(now() - start >= 0.4);
}

static void a_signal_ends_the_wait_for_a_name(void **state)
{
	(void)state;
	run_at_low_rate(some_more);
}

static void never_wait(void *arg)
{
	(void)arg;
	alarm(SLOW_SECONDS);
	interrupt_waits();
	for (int i = 0; i < 15 * RATE; i++)
		assert_int_equal(make_a_name(), 0);
}

static void CAP_SYS_RESOURCE_need_not_wait(void **state)
{
	(void)state;
	run_at_low_rate(never_wait);
}

static void make_what_costs_nothing(void *arg)
{
	int fd;

	(void)arg;
	alarm(SLOW_SECONDS);
	become(NOBODY);
	interrupt_waits();
	fd = create(fixture.fd, "taken", 1);
	for (int i = 0; i < 15 * RATE; i++) {
		close(create(fixture.fd, "", 1));
		assert_fails(create_as(fixture.fd, "taken", PAGE, 0), EEXIST);
	}
	remove_and_close(fd);
}

static void only_names_that_came_are_counted(void **state)
{
	(void)state;
	run_at_low_rate(make_what_costs_nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(subordinate_uids_share_one_limit),
		TEST(so_do_those_of_namespaces_within),
		TEST(a_user_makes_so_many_names_a_second_after_a_burst),
		TEST(a_signal_ends_the_wait_for_a_name),
		TEST(CAP_SYS_RESOURCE_need_not_wait),
		TEST(only_names_that_came_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
