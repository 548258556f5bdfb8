// SPDX-License-Identifier: BSD-2-Clause
/*
 * When a role is given back: with its process, or when that closes the open file,
 * and not before the last map that may be written.
 */
#include "channel.h"

#include <pthread.h>
#include <sched.h>

static void closing_a_copy_keeps_it(void **state)
{
	int fd = create_channel(node(state), "");
	int copy;

	assert_int_equal(join_as(fd, MMAPDEMO_PRODUCER), 0);
	close(dup(fd));
	assert_int_equal(wake_peer(fd), 0);
	copy = dup(fd);
	assert_int_equal(dup2(STDERR_FILENO, copy), copy);
	assert_int_equal(wake_peer(fd), 0);
	close(copy);
	close(fd);
}

static void closing_the_last_copy_gives_it_back(void **state)
{
	int fd = create_channel(node(state), "");

	for (int i = 0; i < 2; i++) {
		int own = open_again(fd, O_RDWR);
		int copy = dup(own);

		assert_int_equal(join_as(own, MMAPDEMO_PRODUCER), 0);
		close(i ? own : copy);
		assert_true(has_producer(fd));
		close(i ? copy : own);
		assert_false(has_producer(fd));
	}
	close(fd);
}

static void *end_with_own_table(void *arg)
{
	assert_int_equal(unshare(CLONE_FILES), 0);
	assert_int_equal(wake_peer(*(int *)arg), 0);
	return (void *)syscall(SYS_gettid);
}

static void the_end_of_a_thread_with_its_own_table_keeps_it(void **state)
{
	int fd = create_channel(node(state), "");
	pthread_t thread;
	void *id;

	assert_int_equal(join_as(fd, MMAPDEMO_CONSUMER), 0);
	assert_int_equal(pthread_create(&thread, NULL, end_with_own_table, &fd), 0);
	assert_int_equal(pthread_join(thread, &id), 0);
	until_thread_is_gone((pid_t)(intptr_t)id);
	assert_int_equal(wake_peer(fd), 0);
	close(fd);
}

static void closing_another_open_file_keeps_it(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);

	close(open_again(fd, O_RDWR));
	close(open_again(producer.fd, O_RDWR));
	close(dup(fd));
	assert_true(has_producer(fd));
	assert_int_equal(wake_peer(producer.fd), 0);
	leave_role(&producer);
	close(fd);
}

/* Only what it has of its own: nothing. */
static void close_inherited(void *arg)
{
	close(dup(*(int *)arg));
	close(*(int *)arg);
}

static void a_child_that_closes_ends_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	int bare = open_again(fd, O_RDWR);

	assert_int_equal(join_as(bare, MMAPDEMO_CONSUMER), 0);
	assert_int_equal(run_child(close_inherited, &producer.fd), 0);
	assert_int_equal(run_child(close_inherited, &bare), 0);
	assert_int_equal(run_child(do_nothing, NULL), 0);
	assert_true(has_producer(fd));
	assert_true(has_consumer(fd));
	assert_true(publish_text(&producer, "still mine"));
	assert_int_equal(wait_until(bare, 0), 0);
	leave_role(&producer);
	close(bare);
	close(fd);
}

static void leave_now(struct side *side)
{
	(void)side;
}

static void crash(struct side *side)
{
	(void)side;
	raise(SIGSEGV);
}

static void *wait_for_peer(void *arg)
{
	wait_until(((struct side *)arg)->fd, MMAPDEMO_WAIT_FOREVER);
	return NULL;
}

/* The thread and the process sleep; the test kills. */
static void leave_a_thread_waiting(struct side *side)
{
	pthread_t thread;

	side->producer->wanted = (uint32_t)RING + 8;
	assert_int_equal(pthread_create(&thread, NULL, wait_for_peer, side), 0);
	stay_there(side);
}

static void a_role_ends_with_its_process(void **state)
{
	static void (*const ends[])(struct side *) = { leave_a_thread_waiting, leave_now, crash,
						       stay_there };
	static const int codes[] = { -SIGKILL, 0, -SIGSEGV, -SIGKILL };
	int fd = create_channel(node(state), "");

	for (int i = 0; i < 4; i++) {
		pid_t pid = start_peer(fd, MMAPDEMO_PRODUCER, ends[i]);
		struct side viewer = map_side(fd, 0);

		while (ends[i] == leave_a_thread_waiting && !load_word(&viewer.producer->sleeping))
			usleep(1000);
		if (codes[i] == -SIGKILL)
			assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(end_child(pid), codes[i]);
		assert_false(has_producer(fd));
		assert_int_equal(maps(fd), SIDE_MAPS);
		unmap_side(&viewer);
	}
	assert_int_equal(info(fd).opens, 1);
	close(fd);
}

/* The leader is gone, its thread lives on: the process is the same. */
static void *outlive_the_leader(void *arg)
{
	const struct side *side = arg;

	while (state_of(getpid()) != 'Z')
		usleep(1000);
	assert_true(has_producer(side->fd));
	assert_int_equal(wake_peer(side->fd), 0);
	_exit(7);
}

static void end_leader(struct side *side)
{
	static struct side copy;
	pthread_t thread;

	copy = *side;
	assert_int_equal(pthread_create(&thread, NULL, outlive_the_leader, &copy), 0);
	pthread_exit(NULL);
}

static void the_end_of_a_thread_ends_no_role(void **state)
{
	int fd = create_channel(node(state), "");
	pid_t pid = start_peer(fd, MMAPDEMO_PRODUCER, end_leader);

	assert_int_equal(end_child(pid), 7);
	assert_false(has_producer(fd));
	close(fd);
}

static int answers[2];

static void exec_and_answer(struct side *side, int flags)
{
	char numbers[2][12];

	assert_int_equal(fcntl(side->fd, F_SETFD, flags), 0);
	snprintf(numbers[0], sizeof(numbers[0]), "%d", side->fd);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", answers[1]);
	execl("/proc/self/exe", "channel-leave", numbers[0], numbers[1], NULL);
	_exit(1);
}

static void exec_and_close(struct side *side)
{
	exec_and_answer(side, FD_CLOEXEC);
}

static void exec_and_keep(struct side *side)
{
	exec_and_answer(side, 0);
}

/* The new program: is this still a descriptor, and with a role? */
static int executed(int fd, int answer_to)
{
	int answer = wake_peer(fd) ? errno : 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(CHILD_SECONDS);
	if (write(answer_to, &answer, sizeof(answer)) == sizeof(answer))
		pause();
	return 1;
}

/* Its maps are gone in any case. */
static void exec_ends_it_if_it_closes_the_descriptor(void **state)
{
	int fd = create_channel(node(state), "");

	assert_int_equal(pipe(answers), 0);
	for (int keep = 0; keep < 2; keep++) {
		pid_t pid =
			start_peer(fd, MMAPDEMO_PRODUCER, keep ? exec_and_keep : exec_and_close);
		int answer;

		assert_int_equal(read(answers[0], &answer, sizeof(answer)), sizeof(answer));
		assert_int_equal(answer, keep ? 0 : EBADF);
		assert_int_equal(maps(fd), 0);
		assert_int_equal(has_producer(fd), keep);
		kill_child(pid);
		assert_false(has_producer(fd));
	}
	close(answers[0]);
	close(answers[1]);
	close(fd);
}

static void a_map_keeps_the_role_of_who_has_closed(void **state)
{
	int fd = create_channel(node(state), "");

	struct side producer = take(fd, MMAPDEMO_PRODUCER);

	close(producer.fd);
	assert_true(has_producer(fd));
	assert_fails(join_as(fd, MMAPDEMO_PRODUCER), EBUSY);
	unmap(producer.consumer, 1);
	unmap(producer.producer, 1);
	assert_true(has_producer(fd));
	unmap(producer.data, 2 * RING_PAGES);
	assert_false(has_producer(fd));
	assert_int_equal(join_as(fd, MMAPDEMO_PRODUCER), 0);
	close(fd);
}

/* All that can be written, in whatever pieces. */
static void every_piece_of_a_map_keeps_the_role(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	unsigned char *there = reserve(1);

	close(producer.fd);
	unmap(producer.producer, 1);
	unmap(producer.consumer, 1);
	/* Three pieces, then one of them in two, of which one moves. */
	assert_int_equal(mprotect(producer.data + PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(maps(fd), 3);
	unmap(producer.data + 4 * PAGE, 1);
	assert_int_equal(maps(fd), 4);
	assert_true(mremap(producer.data, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, there) ==
		    there);
	unmap(producer.data + 5 * PAGE, 2 * RING_PAGES - 5);
	assert_true(has_producer(fd));
	unmap(producer.data + 2 * PAGE, 2);
	assert_true(has_producer(fd));
	/* What was writable may be so again. */
	unmap(there, 1);
	assert_true(has_producer(fd));
	assert_int_equal(mprotect(producer.data + PAGE, PAGE, RW), 0);
	store(producer.data + PAGE);
	unmap(producer.data + PAGE, 1);
	assert_false(has_producer(fd));
	close(fd);
}

static void a_map_for_reading_keeps_no_role(void **state)
{
	int fd = create_channel(node(state), "");
	struct side viewer = map_side(fd, 0);
	int own = open_again(fd, O_RDWR);
	struct side early = map_side(own, 0);

	assert_int_equal(join_as(own, MMAPDEMO_CONSUMER), 0);
	close(own);
	assert_false(has_consumer(fd));
	unmap_side(&viewer);
	unmap_side(&early);
	close(fd);
}

/* The role that follows is not kept by what was mapped under the one before. */
static void roles_follow_each_other(void **state)
{
	int fd = create_channel(node(state), "");

	for (int i = 0; i < 20; i++) {
		struct side side = take(fd, 1 + i % 2);

		if (i % 4 < 2) {
			close(side.fd);
			unmap_side(&side);
		} else {
			leave_role(&side);
		}
		assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL);
		assert_int_equal(info(fd).opens, 1);
	}
	close(fd);
}

static void *wait_without_role(void *arg)
{
	const struct side *side = arg;

	assert_fails(wait_until(side->fd, MMAPDEMO_WAIT_FOREVER), EBADF);
	return NULL;
}

static void close_under_a_waiter(struct side *side)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, wait_without_role, side), 0);
	while (!load_word(&side->consumer->sleeping))
		usleep(1000);
	close(side->fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void a_thread_that_sleeps_is_told(void **state)
{
	int fd = create_channel(node(state), "");

	assert_int_equal(end_child(start_peer(fd, MMAPDEMO_CONSUMER, close_under_a_waiter)), 0);
	close(fd);
}

/* Another process got the descriptor: it has no part in the role. */
static void a_descriptor_passed_on_passes_no_role_on(void **state)
{
	int fd = create_channel(node(state), "");
	pid_t pid = start_peer(fd, MMAPDEMO_PRODUCER, stay_there);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* The child's own open file came where we have none. */
	int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd + 1, 0);

	assert_true(copy >= 0);
	assert_fails(wake_peer(copy), EBADF);
	assert_fails(join_as(copy, MMAPDEMO_CONSUMER), EBUSY);
	close(dup(copy));
	assert_true(has_producer(fd));
	kill_child(pid);
	assert_false(has_producer(fd));
	assert_int_equal(join_as(copy, MMAPDEMO_CONSUMER), 0);
	close(copy);
	close(pidfd);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(closing_a_copy_keeps_it),
		TEST(closing_the_last_copy_gives_it_back),
		TEST(the_end_of_a_thread_with_its_own_table_keeps_it),
		TEST(closing_another_open_file_keeps_it),
		TEST(a_child_that_closes_ends_nothing),
		TEST(a_role_ends_with_its_process),
		TEST(the_end_of_a_thread_ends_no_role),
		TEST(exec_ends_it_if_it_closes_the_descriptor),
		TEST(a_map_keeps_the_role_of_who_has_closed),
		TEST(every_piece_of_a_map_keeps_the_role),
		TEST(a_map_for_reading_keeps_no_role),
		TEST(roles_follow_each_other),
		TEST(a_thread_that_sleeps_is_told),
		TEST(a_descriptor_passed_on_passes_no_role_on),
	};

	if (argc == 3)
		return executed(atoi(argv[1]), atoi(argv[2]));
	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
