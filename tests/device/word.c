// SPDX-License-Identifier: BSD-2-Clause
/*
 * WAIT and WAKE: who sleeps, until when, who is woken, and in which order. Who may
 * call them on what is in word-access.c, what many do at once in word-race.c.
 */
#include "words.h"

static void another_value_is_EAGAIN(void **state)
{
	int fd = create(node(state), "", 1);

	put(fd, WORD, 7);
	assert_fails(wait_word(fd, WORD, 0), EAGAIN);
	assert_fails(wait_word(fd, WORD, 7 | 1U << 31), EAGAIN);
	assert_fails(wait_word(fd, WORD + 4, 7), EAGAIN);
	put(fd, WORD, UINT32_MAX);
	assert_fails(wait_word(fd, WORD, 0), EAGAIN);
	/* It is looked at before the time is. */
	assert_fails(wait_call(fd, WORD, 0, 0, 0), EAGAIN);
	close(fd);
}

static void WAKE_wakes_who_sleeps(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pid = start_sleeper(fd, WORD);

	/* Nobody is woken by a store alone. */
	put(fd, WORD, 1);
	assert_int_equal(state_of(pid), 'S');
	assert_int_equal(wake(fd, WORD, 1), 1);
	assert_int_equal(end_child(pid), 0);
	assert_int_equal(wake(fd, WORD, 1), 0);
	close(fd);
}

static void every_bit_is_compared(void **state)
{
	int fd = create(node(state), "", 1);

	for (int bit = 0; bit < 32; bit++) {
		put(fd, WORD, 1U << bit);
		assert_fails(wait_word(fd, WORD, 0), EAGAIN);
		assert_fails(wait_call(fd, WORD, 1U << bit, 0, 0), ETIMEDOUT);
	}
	close(fd);
}

static void wait_past_deadlines(void *arg)
{
	int fd = *(int *)arg;
	uint64_t past = now();

	assert_fails(wait_call(fd, WORD, 0, 0, past), ETIMEDOUT);
	/* Taken as a duration it would have been all the time since the boot. */
	assert_true(now() < 2 * past);
	assert_fails(wait_call(fd, WORD, 0, 0, 0), ETIMEDOUT);
	assert_fails(wait_call(fd, WORD, 0, 0, 1), ETIMEDOUT);
	assert_fails(wait_call(fd, WORD, 0, 0, past - SECOND), ETIMEDOUT);
}

static void a_deadline_that_is_past_is_ETIMEDOUT(void **state)
{
	int fd = create(node(state), "", 1);

	assert_int_equal(run_child(wait_past_deadlines, &fd), 0);
	assert_int_equal(wake(fd, WORD, 1), 0);
	close(fd);
}

static void wait_near_deadlines(void *arg)
{
	int fd = *(int *)arg;

	for (uint64_t ahead = 1; ahead < SECOND / 4; ahead *= 3) {
		uint64_t deadline = now() + ahead;

		assert_fails(wait_call(fd, WORD, 0, 0, deadline), ETIMEDOUT);
		assert_true(now() >= deadline);
	}
}

static void nobody_is_back_before_the_deadline(void **state)
{
	int fd = create(node(state), "", 1);

	assert_int_equal(run_child(wait_near_deadlines, &fd), 0);
	assert_int_equal(wake(fd, WORD, 1), 0);
	close(fd);
}

static void wait_for_ever(void *arg)
{
	const uint64_t *deadline = arg;

	assert_int_equal(wait_call((int)deadline[1], WORD, 0, 0, deadline[0]), 0);
}

static void the_latest_deadline_and_FOREVER_wait(void **state)
{
	const uint64_t deadlines[] = { INT64_MAX, MMAPDEMO_WAIT_FOREVER };
	int fd = create(node(state), "", 1);

	for (int i = 0; i < 2; i++) {
		uint64_t arg[] = { deadlines[i], (uint64_t)fd };
		pid_t pid = start_child(wait_for_ever, arg);

		until_asleep(pid);
		assert_int_equal(wake(fd, WORD, 1), 1);
		assert_int_equal(end_child(pid), 0);
	}
	close(fd);
}

static uint32_t *handled;

static void count_signal(int signal)
{
	(void)signal;
	__atomic_add_fetch(handled, 1, __ATOMIC_SEQ_CST);
}

static void sleep_with_handler(void *arg)
{
	handle(SIGUSR1, count_signal, 0);
	sleep_on_word(arg);
}

static void a_signal_is_EINTR(void **state)
{
	struct sleeper s = { .fd = create(node(state), "", 1), .error = EINTR };
	pid_t pid;

	handled = shared_memory();
	pid = start_child(sleep_with_handler, &s);
	until_asleep(pid);
	assert_int_equal(kill(pid, SIGUSR1), 0);
	assert_int_equal(end_child(pid), 0);
	assert_int_equal(load_word(handled), 1);
	assert_int_equal(wake(s.fd, 0, 1), 0);
	unmap(handled, 1);
	close(s.fd);
}

static void sleep_with_restart(void *arg)
{
	handle(SIGUSR1, count_signal, SA_RESTART);
	sleep_on_word(arg);
}

static void a_restarting_handler_waits_on(void **state)
{
	struct sleeper s = { .fd = create(node(state), "", 1) };
	pid_t pid;

	handled = shared_memory();
	pid = start_child(sleep_with_restart, &s);
	for (uint32_t i = 1; i <= 3; i++) {
		until_asleep(pid);
		assert_int_equal(kill(pid, SIGUSR1), 0);
		while (load_word(handled) != i)
			usleep(1000);
	}
	until_asleep(pid);
	assert_int_equal(wake(s.fd, 0, 1), 1);
	assert_int_equal(end_child(pid), 0);
	unmap(handled, 1);
	close(s.fd);
}

static void wait_under_signals(void *arg)
{
	uint64_t deadline = now() + SECOND / 2;

	handle(SIGUSR1, count_signal, SA_RESTART);
	store_word(handled, 1);
	assert_fails(wait_call(*(int *)arg, WORD, 0, 0, deadline), ETIMEDOUT);
	assert_true(now() >= deadline);
}

/* However often it is restarted: else it would last as long as the signals come. */
static void a_restarted_wait_keeps_its_deadline(void **state)
{
	int fd = create(node(state), "", 1);
	siginfo_t ended = { 0 };
	pid_t pid;

	handled = shared_memory();
	pid = start_child(wait_under_signals, &fd);
	while (!load_word(handled))
		usleep(1000);
	while (!ended.si_pid) {
		kill(pid, SIGUSR1);
		usleep(20000);
		assert_int_equal(waitid(P_PID, pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
	}
	assert_int_equal(end_child(pid), 0);
	unmap(handled, 1);
	close(fd);
}

static void who_was_stopped_waits_on(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pid = start_sleeper(fd, WORD);
	int status;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(pid, SIGCONT), 0);
	until_asleep(pid);
	assert_int_equal(wake(fd, WORD, 1), 1);
	assert_int_equal(end_child(pid), 0);
	close(fd);
}

/* It looks again: what changed while it was stopped is not slept through. */
static void who_was_stopped_looks_again(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pid = start_sleeper_on((struct sleeper){ .fd = fd, .offset = WORD, .error = EAGAIN });
	int status;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	put(fd, WORD, 1);
	assert_int_equal(wake(fd, WORD, 1), 0);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(end_child(pid), 0);
	close(fd);
}

static void a_count_out_of_range_is_EINVAL(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pid = start_sleeper(fd, WORD);

	assert_fails(wake(fd, WORD, 0), EINVAL);
	assert_fails(wake(fd, WORD, 1U << 31), EINVAL);
	assert_fails(wake(fd, WORD, UINT32_MAX), EINVAL);
	assert_int_equal(wake(fd, WORD, INT32_MAX), 1);
	assert_int_equal(end_child(pid), 0);
	close(fd);
}

static void who_came_first_is_woken_first(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pids[6];

	for (int i = 0; i < 6; i++)
		pids[i] = start_sleeper(fd, WORD);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(wake(fd, WORD, 1), 1);
		assert_int_equal(end_child(pids[i]), 0);
	}
	close(fd);
}

static void as_many_are_woken_as_asked_for(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pids[10];

	for (int i = 0; i < 10; i++)
		pids[i] = start_sleeper(fd, WORD);
	assert_int_equal(wake(fd, WORD, 3), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(end_child(pids[i]), 0);
	for (int i = 3; i < 10; i++)
		assert_int_equal(state_of(pids[i]), 'S');
	assert_int_equal(wake(fd, WORD, 7), 7);
	assert_int_equal(wake(fd, WORD, 1), 0);
	for (int i = 3; i < 10; i++)
		assert_int_equal(end_child(pids[i]), 0);
	close(fd);
}

static void more_than_there_are_is_all(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pids[3];

	for (int i = 0; i < 3; i++)
		pids[i] = start_sleeper(fd, WORD);
	assert_int_equal(wake(fd, WORD, 100), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(end_child(pids[i]), 0);
	close(fd);
}

/* Neither the words beside it, nor the same one elsewhere. */
static void only_who_sleeps_on_that_word_is_woken(void **state)
{
	int fd = create(node(state), "", 2);
	int other = create(node(state), "", 2);
	const struct sleeper others[] = {
		{ .fd = fd, .offset = WORD - 4 },
		{ .fd = fd, .offset = WORD + 4 },
		{ .fd = fd, .offset = WORD + PAGE },
		{ .fd = other, .offset = WORD },
	};
	pid_t pids[4], pid;

	for (int i = 0; i < 4; i++)
		pids[i] = start_sleeper_on(others[i]);
	pid = start_sleeper(fd, WORD);
	assert_int_equal(wake(fd, WORD, INT32_MAX), 1);
	assert_int_equal(end_child(pid), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(wake(others[i].fd, others[i].offset, INT32_MAX), 1);
		assert_int_equal(end_child(pids[i]), 0);
	}
	close(other);
	close(fd);
}

/* Wherever the driver looks for their waiters, some are looked for where the one is. */
static void WAKE_of_all_other_words_wakes_nobody(void **state)
{
	int fd = create(node(state), "", 4);
	pid_t pid = start_sleeper(fd, 2 * PAGE);

	for (uint64_t offset = 0; offset < 4 * PAGE; offset += 4) {
		if (offset != 2 * PAGE)
			assert_int_equal(wake(fd, offset, INT32_MAX), 0);
	}
	assert_int_equal(wake(fd, 2 * PAGE, INT32_MAX), 1);
	assert_int_equal(end_child(pid), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_value_is_EAGAIN),
		TEST(WAKE_wakes_who_sleeps),
		TEST(every_bit_is_compared),
		TEST(a_deadline_that_is_past_is_ETIMEDOUT),
		TEST(nobody_is_back_before_the_deadline),
		TEST(the_latest_deadline_and_FOREVER_wait),
		TEST(a_signal_is_EINTR),
		TEST(a_restarting_handler_waits_on),
		TEST(a_restarted_wait_keeps_its_deadline),
		TEST(who_was_stopped_waits_on),
		TEST(who_was_stopped_looks_again),
		TEST(a_count_out_of_range_is_EINVAL),
		TEST(who_came_first_is_woken_first),
		TEST(as_many_are_woken_as_asked_for),
		TEST(more_than_there_are_is_all),
		TEST(only_who_sleeps_on_that_word_is_woken),
		TEST(WAKE_of_all_other_words_wakes_nobody),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
