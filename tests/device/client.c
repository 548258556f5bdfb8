// SPDX-License-Identifier: BSD-2-Clause
/*
 * CLIENT: who has which number, and when it ends. What the end of one does to
 * those who wait is in client-owner.c.
 */
#include "words.h"

#include <pthread.h>
#include <sched.h>

static void *ask_in_thread(void *arg)
{
	return (void *)(intptr_t)client(*(int *)arg);
}

static void a_process_keeps_its_number(void **state)
{
	int fd = create(node(state), "", 1);
	int same = dup(fd);
	int number = client(fd);
	pthread_t thread;
	void *result;

	assert_in_range(number, 1, MMAPDEMO_CLIENT_MAX);
	assert_int_equal(client(fd), number);
	assert_int_equal(client(same), number);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_create(&thread, NULL, ask_in_thread, &fd), 0);
		assert_int_equal(pthread_join(thread, &result), 0);
		assert_int_equal((intptr_t)result, number);
	}
	assert_true(is_client(fd, (uint32_t)number));
	assert_int_equal(info(fd).clients, 1);
	close(same);
	close(fd);
}

#define MANY 100

static void each_open_file_gives_another_number(void **state)
{
	int fd = create(node(state), "", 1);
	int fds[MANY], numbers[MANY];

	for (int i = 0; i < MANY; i++) {
		fds[i] = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
		numbers[i] = client(fds[i]);
		assert_in_range(numbers[i], 1, MMAPDEMO_CLIENT_MAX);
		for (int j = 0; j < i; j++)
			assert_int_not_equal(numbers[i], numbers[j]);
		assert_int_equal(info(fd).clients, i + 1);
	}
	for (int i = 0; i < MANY; i++) {
		close(fds[i]);
		assert_int_equal(info(fd).clients, MANY - 1 - i);
		assert_false(is_client(fd, (uint32_t)numbers[i]));
		assert_true(i == MANY - 1 || is_client(fd, (uint32_t)numbers[i + 1]));
	}
	close(fd);
}

static void each_process_has_another_number(void **state)
{
	int fd = create(node(state), "", 1);
	uint32_t numbers[5];
	pid_t pids[5];

	numbers[0] = (uint32_t)client(fd);
	for (int i = 1; i < 5; i++) {
		pids[i] = start_member(fd, &numbers[i], stay);
		assert_in_range(numbers[i], 1, MMAPDEMO_CLIENT_MAX);
		for (int j = 0; j < i; j++)
			assert_int_not_equal(numbers[i], numbers[j]);
	}
	assert_int_equal(client(fd), numbers[0]);
	assert_int_equal(info(fd).clients, 5);
	for (int i = 1; i < 5; i++)
		kill_child(pids[i]);
	assert_int_equal(info(fd).clients, 1);
	assert_true(is_client(fd, numbers[0]));
	close(fd);
}

static void a_number_is_not_given_again(void **state)
{
	static int numbers[1000];
	int fd = create(node(state), "", 1);

	for (int i = 0; i < 1000; i++) {
		int other = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);

		numbers[i] = client(other);
		assert_true(numbers[i] > 0);
		for (int j = 0; j < i; j++)
			assert_int_not_equal(numbers[i], numbers[j]);
		close(other);
	}
	assert_int_equal(info(fd).clients, 0);
	close(fd);
}

static void sysfs_and_INFO_count_clients(void **state)
{
	int fd = create(node(state), "counted", 1);
	uint32_t number;
	pid_t pid;

	assert_int_equal(attribute("counted", "clients"), 0);
	pid = start_member(fd, &number, stay);
	assert_int_equal(attribute("counted", "clients"), 1);
	assert_int_equal(info(node(state)).clients, 0);
	assert_true(client(node(state)) > 0);
	assert_int_equal(info(node(state)).clients, 1);
	assert_int_equal(attribute("", "clients"), 1);
	assert_true(client(fd) > 0);
	assert_int_equal(attribute("counted", "clients"), 2);
	kill_child(pid);
	assert_int_equal(attribute("counted", "clients"), 1);
	assert_int_equal(info(fd).clients, 1);
	remove_and_close(fd);
}

/* Not the one that was opened beside it, nor by another process. */
static void closing_ends_no_other_number(void **state)
{
	int fd = create(node(state), "", 1);
	int other = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	int own = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	int mine = client(own);
	int beside = client(other);
	uint32_t other_process;
	pid_t pid = start_member(own, &other_process, stay);

	close(other);
	assert_false(is_client(fd, (uint32_t)beside));
	assert_true(is_client(fd, (uint32_t)mine));
	close(own);
	assert_false(is_client(fd, (uint32_t)mine));
	assert_true(is_client(fd, other_process));
	kill_child(pid);
	close(fd);
}

static void leave(int fd, uint32_t number)
{
	(void)fd;
	(void)number;
}

static void crash(int fd, uint32_t number)
{
	(void)fd;
	(void)number;
	raise(SIGSEGV);
}

/* Though the parent, who is a client too, keeps the open file. */
static void a_number_ends_with_its_process(void **state)
{
	void (*const ends[])(int, uint32_t) = { leave, crash, stay };
	const int codes[] = { 0, -SIGSEGV, -SIGKILL };
	int fd = create(node(state), "", 1);
	int mine = client(fd);

	for (int i = 0; i < 3; i++) {
		uint32_t number;
		pid_t pid = start_member(fd, &number, ends[i]);

		if (ends[i] == stay)
			kill(pid, SIGKILL);
		assert_int_equal(end_child(pid), codes[i]);
		assert_false(is_client(fd, number));
		assert_true(is_client(fd, (uint32_t)mine));
		assert_int_equal(info(fd).clients, 1);
	}
	close(fd);
}

static void use_and_leave(void *arg)
{
	int fd = *(int *)arg;

	assert_true(wake(fd, WORD, 1) == 0);
	close(dup(fd));
	close(fd);
}

static void a_child_that_never_asked_ends_nobody(void **state)
{
	int fd = create(node(state), "", 1);
	int mine = client(fd);

	assert_int_equal(run_child(use_and_leave, &fd), 0);
	assert_true(is_client(fd, (uint32_t)mine));
	assert_int_equal(run_child(do_nothing, NULL), 0);
	assert_true(is_client(fd, (uint32_t)mine));
	assert_int_equal(info(fd).clients, 1);
	close(fd);
}

/* The leader is gone, its thread lives on: the process is the same. */
static void *outlive_the_leader(void *arg)
{
	const int *fd_and_number = arg;

	while (state_of(getpid()) != 'Z')
		usleep(1000);
	assert_int_equal(client(fd_and_number[0]), fd_and_number[1]);
	assert_true(is_client(fd_and_number[0], (uint32_t)fd_and_number[1]));
	_exit(7);
}

static void end_leader(void *arg)
{
	int fd_and_number[2] = { *(int *)arg, client(*(int *)arg) };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, outlive_the_leader, fd_and_number), 0);
	pthread_exit(NULL);
}

static void the_end_of_a_thread_ends_nobody(void **state)
{
	int fd = create(node(state), "", 1);

	assert_int_equal(run_child(end_leader, &fd), 7);
	assert_int_equal(info(fd).clients, 0);
	close(fd);
}

static int answers[2];

/* Only numbers go through. */
static void exec_and_answer(int fd, uint32_t number)
{
	char numbers[2][12];

	(void)number;
	snprintf(numbers[0], sizeof(numbers[0]), "%d", fd);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", answers[1]);
	execl("/proc/self/exe", "client", numbers[0], numbers[1], NULL);
	_exit(1);
}

/* The new program: is this still a descriptor, and who am I there? */
static int executed(int fd, int answer_to)
{
	int number = client(fd);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(CHILD_SECONDS);
	if (write(answer_to, &number, sizeof(number)) == sizeof(number))
		pause();
	return 1;
}

static void exec_ends_it_if_it_closes_the_descriptor(void **state)
{
	int fd = create(node(state), "", 1);

	assert_int_equal(pipe(answers), 0);
	for (int keep = 0; keep < 2; keep++) {
		uint32_t number;
		int answer;
		pid_t pid;

		assert_int_equal(fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC), 0);
		pid = start_member(fd, &number, exec_and_answer);
		assert_int_equal(read(answers[0], &answer, sizeof(answer)), sizeof(answer));
		assert_int_equal(answer, keep ? (int)number : -1);
		assert_int_equal(is_client(fd, number), keep);
		kill_child(pid);
		assert_false(is_client(fd, number));
	}
	close(answers[0]);
	close(answers[1]);
	close(fd);
}

/* Another process got the descriptor: it is not a part of the client. */
static void a_descriptor_passed_on_passes_no_number_on(void **state)
{
	int fd = create(node(state), "", 1);
	int own = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	uint32_t number;
	pid_t pid = start_member(own, &number, stay);
	int pidfd, copy;

	close(own);
	assert_true(is_client(fd, number));
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	copy = (int)syscall(SYS_pidfd_getfd, pidfd, own, 0);
	assert_true(copy >= 0);
	assert_int_not_equal(client(copy), number);
	assert_true(is_client(fd, number));
	kill_child(pid);
	assert_false(is_client(fd, number));
	assert_int_equal(info(fd).clients, 1);
	close(copy);
	close(pidfd);
	assert_int_equal(info(fd).clients, 0);
	close(fd);
}

/* Who shares all descriptors closes none by ending: then it is the last close. */
static void the_last_close_ends_what_is_left(void **state)
{
	int fd = create(node(state), "", 1);
	int own = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(client(own) > 0 ? 0 : 1);
	assert_int_equal(end_child(pid), 0);
	close(own);
	assert_int_equal(info(fd).clients, 0);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_keeps_its_number),
		TEST(each_open_file_gives_another_number),
		TEST(each_process_has_another_number),
		TEST(a_number_is_not_given_again),
		TEST(sysfs_and_INFO_count_clients),
		TEST(closing_ends_no_other_number),
		TEST(a_number_ends_with_its_process),
		TEST(a_child_that_never_asked_ends_nobody),
		TEST(the_end_of_a_thread_ends_nobody),
		TEST(exec_ends_it_if_it_closes_the_descriptor),
		TEST(a_descriptor_passed_on_passes_no_number_on),
		TEST(the_last_close_ends_what_is_left),
	};

	if (argc == 3)
		return executed(atoi(argv[1]), atoi(argv[2]));
	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
