// SPDX-License-Identifier: BSD-2-Clause
/*
 * When a close ends a client: with the last descriptor that a thread of the process
 * has of the open file, in whichever table of descriptors, and not before.
 */
#include "words.h"

#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>

#define alive(fd, number) is_client(fd, (uint32_t)(number))

/* What Python's mmap does: it has a copy of its own, and closes it. */
static void closing_a_copy_ends_nothing(void **state)
{
	int fd = create(node(state), "", 1);
	int number = client(fd);
	int copy;

	close(dup(fd));
	assert_true(alive(fd, number));
	copy = dup(fd);
	assert_int_equal(dup2(STDERR_FILENO, copy), copy);
	assert_true(alive(fd, number));
	close(copy);
	copy = dup(fd);
	assert_int_equal(syscall(SYS_close_range, copy, copy, 0), 0);
	assert_true(alive(fd, number));
	assert_int_equal(client(fd), number);
	close(fd);
}

/* By the other one then, be it above or below. */
static void closing_the_last_copy_ends_it(void **state)
{
	int fd = create(node(state), "", 1);

	for (int i = 0; i < 3; i++) {
		int own = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
		int copy = dup(own);
		int number = client(own);

		close(i == 0 ? own : copy);
		assert_true(alive(fd, number));
		if (i == 0)
			close(copy);
		else if (i == 1)
			assert_int_equal(dup2(STDERR_FILENO, own), own);
		else
			assert_int_equal(syscall(SYS_close_range, own, own, 0), 0);
		assert_false(alive(fd, number));
		if (i == 1)
			close(own);
	}
	assert_int_equal(info(fd).clients, 0);
	close(fd);
}

#define MANY 200000

static void close_one_by_one(void *arg)
{
	int fd = *(int *)arg;
	int own = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	int number = client(own);

	for (int i = 0; i < MANY; i++)
		assert_int_equal(fcntl(own, F_DUPFD, 50), 50 + i);
	close(own);
	assert_int_equal(syscall(SYS_close_range, 50, 50 + MANY - 2, 0), 0);
	assert_true(alive(fd, number));
}

/* Searches from the first descriptor on would look at 20,000 million. */
static void many_copies_are_closed_in_linear_time(void **state)
{
	int fd = create(node(state), "", 1);

	assert_int_equal(run_child(close_one_by_one, &fd), 0);
	assert_int_equal(info(fd).clients, 0);
	close(fd);
}

/* Room for them, before that takes a right. */
static int as_nobody_with_many(void **state)
{
	const struct rlimit limit = { MANY + 100, MANY + 100 };

	return setrlimit(RLIMIT_NOFILE, &limit) ? -1 : as_nobody(state);
}

static void *ask_in_own_table(void *arg)
{
	int *numbers = arg;

	numbers[2] = (int)syscall(SYS_gettid);
	assert_int_equal(unshare(CLONE_FILES), 0);
	numbers[1] = client(numbers[0]);
	return NULL;
}

static void the_end_of_a_thread_with_its_own_table_ends_nobody(void **state)
{
	int fd = create(node(state), "", 1);
	int number = client(fd);
	int numbers[3] = { fd, 0, 0 };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, ask_in_own_table, numbers), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(numbers[1], number);
	until_thread_is_gone(numbers[2]);
	assert_true(alive(fd, number));
	close(fd);
}

struct keeper {
	int fd;
	int number;
	pid_t thread;
	uint32_t unshared;
	uint32_t closed;
};

static void *keep_in_own_table(void *arg)
{
	struct keeper *keeper = arg;

	keeper->thread = (pid_t)syscall(SYS_gettid);
	assert_int_equal(unshare(CLONE_FILES), 0);
	store_word(&keeper->unshared, 1);
	while (!load_word(&keeper->closed))
		usleep(1000);
	assert_int_equal(client(keeper->fd), keeper->number);
	close(keeper->fd);
	return NULL;
}

/* The table in which the number was asked for is not the only one that counts. */
static void a_thread_with_its_own_table_keeps_the_number(void **state)
{
	int fd = create(node(state), "", 1);
	struct keeper keeper = { .fd = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR) };
	pthread_t thread;

	keeper.number = client(keeper.fd);
	assert_int_equal(pthread_create(&thread, NULL, keep_in_own_table, &keeper), 0);
	while (!load_word(&keeper.unshared))
		usleep(1000);
	close(keeper.fd);
	assert_true(alive(fd, keeper.number));
	store_word(&keeper.closed, 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(alive(fd, keeper.number));
	until_thread_is_gone(keeper.thread);
	close(fd);
}

/* A process that shares the caller's table of descriptors, until it is asked to end. */
static pid_t share_table(int *end)
{
	int pipe_fds[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(pipe_fds), 0);
	pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(read(pipe_fds[0], &byte, 1) == 1 ? 0 : 1);
	*end = pipe_fds[1];
	return pid;
}

static void unshare_and_ask(void *arg)
{
	int fd = *(int *)arg;
	int own = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	int number = client(own);
	int end;
	pid_t pid = share_table(&end);

	assert_int_equal(unshare(CLONE_FILES), 0);
	assert_int_equal(write(end, "", 1), 1);
	assert_int_equal(end_child(pid), 0);
	assert_true(alive(fd, number));
	assert_int_equal(client(own), number);
	close(own);
	assert_false(alive(fd, number));
}

/* Its old table ends with another process. */
static void a_process_that_left_a_table_outlives_it(void **state)
{
	int fd = create(node(state), "", 1);

	assert_int_equal(run_child(unshare_and_ask, &fd), 0);
	close(fd);
}

static void leave_it_to_another(void *arg)
{
	int fd = *(int *)arg;
	int own = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	int number = client(own);
	int first, second;
	pid_t pid = share_table(&first);

	/* From here on the number was asked for in a table that is not ours. */
	assert_int_equal(unshare(CLONE_FILES), 0);
	assert_int_equal(write(first, "", 1), 1);
	assert_int_equal(end_child(pid), 0);
	assert_true(alive(fd, number));
	/* It ends at the end of our pipe, which it has too: only as nobody's child. */
	share_table(&second);
	assert_int_equal(write(second, "", 1), 1);
}

/* It ends after us, and was never a client. */
static void what_no_close_has_ended_ends_with_the_open_file(void **state)
{
	int fd = create(node(state), "", 1);

	assert_int_equal(run_child(leave_it_to_another, &fd), 0);
	while (info(fd).opens > 1)
		usleep(1000);
	assert_int_equal(info(fd).clients, 0);
	close(fd);
}

static void close_for_both(void *arg)
{
	const int *fds = arg;
	int number = client(fds[1]);
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(close(fds[1]));
	assert_int_equal(end_child(pid), 0);
	assert_false(alive(fds[0], number));
}

static void another_process_of_the_table_closes_the_last_copy(void **state)
{
	int fd = create(node(state), "", 1);
	int fds[2] = { fd, ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR) };

	assert_int_equal(run_child(close_for_both, fds), 0);
	assert_int_equal(info(fd).clients, 0);
	close(fds[1]);
	close(fd);
}

/* Both close what they have at exec, and the child of vfork() shares our memory. */
static void a_child_that_executes_ends_nobody(void **state)
{
	char *const argv[] = { "true", NULL };
	char *const envp[] = { NULL };
	int fd = create(node(state), "", 1);
	int number = client(fd);
	pid_t pid = vfork();

	if (pid == 0) {
		execve("/bin/true", argv, envp);
		_exit(1);
	}
	assert_int_equal(end_child(pid), 0);
	assert_true(alive(fd, number));
	assert_int_equal(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, envp), 0);
	assert_int_equal(end_child(pid), 0);
	assert_true(alive(fd, number));
	assert_int_equal(client(fd), number);
	close(fd);
}

static int answers[2];

/* One copy is closed by it, the other one is there for the new program. */
static void exec_with_a_copy(int fd, uint32_t number)
{
	char numbers[2][12];
	int copy = dup(fd);

	(void)number;
	assert_int_equal(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	snprintf(numbers[0], sizeof(numbers[0]), "%d", copy);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", answers[1]);
	execl("/proc/self/exe", "client-close", numbers[0], numbers[1], NULL);
	_exit(1);
}

static int executed(int fd, int answer_to)
{
	int number = client(fd);

	alarm(CHILD_SECONDS);
	if (write(answer_to, &number, sizeof(number)) == sizeof(number))
		pause();
	return 1;
}

static void exec_ends_it_though_a_copy_stays(void **state)
{
	int fd = create(node(state), "", 1);
	uint32_t number;
	int answer;
	pid_t pid;

	assert_int_equal(pipe(answers), 0);
	pid = start_member(fd, &number, exec_with_a_copy);
	assert_int_equal(read(answers[0], &answer, sizeof(answer)), sizeof(answer));
	assert_false(is_client(fd, number));
	assert_true(answer > 0);
	assert_int_not_equal(answer, number);
	kill_child(pid);
	close(answers[0]);
	close(answers[1]);
	close(fd);
}

/* Both descriptors are in the table when the process begins to end. */
static void exit_ends_who_has_copies(void **state)
{
	int fd = create(node(state), "", 1);

	for (int i = 0; i < 2; i++) {
		uint32_t number;
		int copy = i ? dup(fd) : -1;
		pid_t pid = start_member(fd, &number, stay);

		kill_child(pid);
		assert_false(is_client(fd, number));
		close(copy);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(closing_a_copy_ends_nothing),
		TEST(closing_the_last_copy_ends_it),
		TEST(many_copies_are_closed_in_linear_time),
		TEST(the_end_of_a_thread_with_its_own_table_ends_nobody),
		TEST(a_thread_with_its_own_table_keeps_the_number),
		TEST(a_process_that_left_a_table_outlives_it),
		TEST(what_no_close_has_ended_ends_with_the_open_file),
		TEST(another_process_of_the_table_closes_the_last_copy),
		TEST(a_child_that_executes_ends_nobody),
		TEST(exec_ends_it_though_a_copy_stays),
		TEST(exit_ends_who_has_copies),
	};

	if (argc == 3)
		return executed(atoi(argv[1]), atoi(argv[2]));
	return cmocka_run_group_tests(tests, as_nobody_with_many, NULL);
}
