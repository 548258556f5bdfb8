// SPDX-License-Identifier: BSD-2-Clause
/*
 * Words whose owner may die: EOWNERDEAD, and that the end of a client lets
 * nobody sleep on, at whichever moment it comes.
 */
#include "words.h"

#define OWNER MMAPDEMO_WAIT_OWNER

/* The number of a client that has ended. */
static uint32_t dead_client(int fd)
{
	uint32_t number;

	kill_child(start_member(fd, &number, stay));
	return number;
}

static void assert_dead(int fd, uint32_t value)
{
	put(fd, WORD, value);
	assert_fails(wait_call(fd, WORD, value, OWNER, now() + PATIENCE), EOWNERDEAD);
	assert_fails(wait_call(fd, WORD, value, OWNER, 0), EOWNERDEAD);
	assert_fails(wait_call(fd, WORD, value, OWNER, MMAPDEMO_WAIT_FOREVER), EOWNERDEAD);
	/* Who has not asked is not told. */
	assert_fails(wait_call(fd, WORD, value, 0, 0), ETIMEDOUT);
}

static void assert_waits(int fd, uint32_t value)
{
	pid_t pid;

	put(fd, WORD, value);
	assert_fails(wait_call(fd, WORD, value, OWNER, 0), ETIMEDOUT);
	pid = start_sleeper_on((struct sleeper){ fd, WORD, value, OWNER, 0 });
	assert_int_equal(wake(fd, WORD, 1), 1);
	assert_int_equal(end_child(pid), 0);
}

static void a_dead_owner_is_EOWNERDEAD(void **state)
{
	int fd = create(node(state), "", 1);
	uint32_t dead = dead_client(fd);

	for (uint32_t bits = 0; bits < 4; bits++)
		assert_dead(fd, dead | bits << 30);
	close(fd);
}

static void a_number_never_given_is_EOWNERDEAD(void **state)
{
	int fd = create(node(state), "", 1);
	const uint32_t numbers[] = { 1, 2, 1000, MMAPDEMO_CLIENT_MAX, MMAPDEMO_CLIENT_MASK };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		assert_dead(fd, numbers[i]);
		assert_dead(fd, numbers[i] | 3U << 30);
	}
	close(fd);
}

static void a_client_of_another_buffer_is_nobody_here(void **state)
{
	int fd = create(node(state), "", 1);
	int other = create(node(state), "", 1);
	uint32_t number;
	pid_t pid;

	/* Here nobody has been given as many yet. */
	for (int i = 0; i < 5; i++)
		dead_client(other);
	pid = start_member(other, &number, stay);
	assert_true(is_client(other, number));
	assert_dead(fd, number);
	kill_child(pid);
	close(other);
	close(fd);
}

static void another_value_comes_before_a_dead_owner(void **state)
{
	int fd = create(node(state), "", 1);
	uint32_t dead = dead_client(fd);

	put(fd, WORD, dead);
	assert_fails(wait_call(fd, WORD, dead | 1U << 30, OWNER, 0), EAGAIN);
	assert_fails(wait_call(fd, WORD, 0, OWNER, 0), EAGAIN);
	put(fd, WORD, 0);
	assert_fails(wait_call(fd, WORD, dead, OWNER, 0), EAGAIN);
	close(fd);
}

static void nobody_as_owner_is_waited_for(void **state)
{
	int fd = create(node(state), "", 1);

	for (uint32_t bits = 0; bits < 4; bits++)
		assert_waits(fd, bits << 30);
	close(fd);
}

static void a_living_owner_is_waited_for(void **state)
{
	int fd = create(node(state), "", 1);
	uint32_t number;
	pid_t pid = start_member(fd, &number, stay);

	for (uint32_t bits = 0; bits < 4; bits++)
		assert_waits(fd, number | bits << 30);
	kill_child(pid);
	close(fd);
}

static void leave_on_signal(int fd, uint32_t number)
{
	(void)number;
	handle(SIGUSR1, ignore_signal, 0);
	pause();
	close(fd);
	for (;;)
		pause();
}

/* Woken first, told when it asks again: by death, and by a mere close. */
static void the_end_of_the_owner_wakes_who_waits(void **state)
{
	const int signals[] = { SIGKILL, SIGUSR1 };
	int fd = create(node(state), "", 1);

	for (uint32_t i = 0; i < 8; i++) {
		uint32_t number, value;
		pid_t owner = start_member(fd, &number, leave_on_signal);
		pid_t pid;

		until_asleep(owner);
		value = number | i / 2 << 30;
		put(fd, WORD, value);
		pid = start_sleeper_on((struct sleeper){ fd, WORD, value, OWNER, 0 });
		assert_int_equal(kill(owner, signals[i % 2]), 0);
		assert_int_equal(end_child(pid), 0);
		assert_fails(wait_call(fd, WORD, value, OWNER, now() + PATIENCE), EOWNERDEAD);
		if (signals[i % 2] != SIGKILL)
			kill(owner, SIGKILL);
		assert_int_equal(end_child(owner), -SIGKILL);
	}
	close(fd);
}

/* Whatever they wait for, whichever client is said to own it. */
static void the_end_of_a_client_wakes_all(void **state)
{
	int fd = create(node(state), "", 2);
	uint32_t dying, living;
	pid_t client = start_member(fd, &dying, stay);
	pid_t witness = start_member(fd, &living, stay);
	pid_t pids[6];

	put(fd, WORD, dying);
	put(fd, WORD + 4, living);
	for (int i = 0; i < 2; i++) {
		pids[i] = start_sleeper_on((struct sleeper){ fd, WORD, dying, OWNER, 0 });
		pids[2 + i] = start_sleeper_on((struct sleeper){ fd, WORD + 4, living, OWNER, 0 });
		pids[4 + i] = start_sleeper(fd, PAGE);
	}
	kill_child(client);
	for (int i = 0; i < 6; i++)
		assert_int_equal(end_child(pids[i]), 0);
	kill_child(witness);
	close(fd);
}

static void who_is_no_client_dies_unheard(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t stranger = start_sleeper(fd, WORD);
	pid_t pid = start_sleeper(fd, WORD);

	assert_int_equal(run_child(do_nothing, NULL), 0);
	kill_child(stranger);
	assert_int_equal(state_of(pid), 'S');
	assert_int_equal(wake(fd, WORD, 2), 1);
	assert_int_equal(end_child(pid), 0);
	close(fd);
}

/* The word is free again, and nobody will ever wake who sleeps on it. */
static void unlock_and_die(int fd, uint32_t number)
{
	(void)number;
	handle(SIGUSR1, ignore_signal, 0);
	pause();
	put(fd, WORD, 0);
	raise(SIGKILL);
}

static void a_client_killed_between_store_and_WAKE_leaves_nobody_asleep(void **state)
{
	int fd = create(node(state), "", 1);
	uint32_t number;
	pid_t owner = start_member(fd, &number, unlock_and_die);
	pid_t pid;

	until_asleep(owner);
	put(fd, WORD, number);
	pid = start_sleeper_on((struct sleeper){ fd, WORD, number, OWNER, 0 });
	assert_int_equal(kill(owner, SIGUSR1), 0);
	assert_int_equal(end_child(owner), -SIGKILL);
	assert_int_equal(get(fd, WORD), 0);
	assert_int_equal(end_child(pid), 0);
	close(fd);
}

/* It was its turn; it does nothing with it. */
static void be_woken_in_vain(int fd, uint32_t number)
{
	assert_int_equal(wait_word(fd, WORD, 0), 0);
	stay(fd, number);
}

static void a_client_killed_once_woken_leaves_nobody_asleep(void **state)
{
	int fd = create(node(state), "", 1);
	uint32_t number;
	pid_t first = start_member(fd, &number, be_woken_in_vain);
	pid_t second;

	until_asleep(first);
	second = start_sleeper(fd, WORD);
	put(fd, WORD, 1);
	assert_int_equal(wake(fd, WORD, 1), 1);
	kill_child(first);
	assert_int_equal(end_child(second), 0);
	close(fd);
}

#define LOCKERS 4
#define TURNS 50

/* From 0, or from the number of a dead client. */
static void lock(int fd, uint32_t *word, uint32_t number)
{
	uint32_t found = 0;

	while (!__atomic_compare_exchange_n(word, &found, number, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST)) {
		uint32_t from = 0;

		if (found && wait_call(fd, WORD, found, OWNER, now() + PATIENCE) < 0) {
			assert_true(errno == EAGAIN || errno == EOWNERDEAD);
			if (errno == EOWNERDEAD)
				from = found;
		}
		found = from;
	}
}

/* The next word says how often. */
static void take_turns(int fd, uint32_t number)
{
	uint32_t *word = (uint32_t *)(map(fd, MAP_SHARED, RW, 0, 1) + WORD);

	for (;;) {
		lock(fd, word, number);
		/* Long enough to be killed in here, too. */
		for (volatile int i = 0; i < 2000; i++)
			;
		__atomic_add_fetch(word + 1, 1, __ATOMIC_SEQ_CST);
		store_word(word, 0);
		assert_true(wake(fd, WORD, 1) >= 0);
	}
}

/* Until those who are left had three more. */
static void await_turns(int fd, const pid_t pids[LOCKERS], int killed)
{
	uint32_t turns = get(fd, WORD + 4);

	while (get(fd, WORD + 4) - turns < 3) {
		for (int i = 0; i < LOCKERS; i++) {
			if (i != killed)
				assert_alive(pids[i]);
		}
		usleep(100);
	}
}

/* Killed anywhere in there, they stop nobody, and no newcomer is needed to help. */
static void a_lock_survives_whoever_is_killed(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pids[LOCKERS];
	uint32_t number;

	for (int i = 0; i < LOCKERS; i++)
		pids[i] = start_member(fd, &number, take_turns);
	for (int i = 0; i < TURNS; i++) {
		int killed = i % LOCKERS;

		kill_child(pids[killed]);
		await_turns(fd, pids, killed);
		pids[killed] = start_member(fd, &number, take_turns);
	}
	for (int i = 0; i < LOCKERS; i++)
		kill_child(pids[i]);
	assert_int_equal(info(fd).clients, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_dead_owner_is_EOWNERDEAD),
		TEST(a_number_never_given_is_EOWNERDEAD),
		TEST(a_client_of_another_buffer_is_nobody_here),
		TEST(another_value_comes_before_a_dead_owner),
		TEST(nobody_as_owner_is_waited_for),
		TEST(a_living_owner_is_waited_for),
		TEST(the_end_of_the_owner_wakes_who_waits),
		TEST(the_end_of_a_client_wakes_all),
		TEST(who_is_no_client_dies_unheard),
		TEST(a_client_killed_between_store_and_WAKE_leaves_nobody_asleep),
		TEST(a_client_killed_once_woken_leaves_nobody_asleep),
		TEST(a_lock_survives_whoever_is_killed),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
