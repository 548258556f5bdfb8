// SPDX-License-Identifier: BSD-2-Clause
/*
 * Words with many at once: no wake-up is lost and none is counted that did not
 * come, whatever else happens; and who does what he likes harms nobody else.
 */
#include "words.h"

#define ROUNDS 2000

struct table {
	int fd;
	uint32_t *page;
};

static struct table lay_table(void **state)
{
	struct table table = { .fd = create(node(state), "", 1) };

	table.page = (uint32_t *)map(table.fd, MAP_SHARED, RW, 0, 1);
	return table;
}

static void clear_table(struct table *table)
{
	assert_int_equal(info(table->fd).opens, 1);
	assert_int_equal(info(table->fd).maps, 1);
	assert_int_equal(info(table->fd).clients, 0);
	unmap(table->page, 1);
	assert_int_equal(resize(table->fd, 2 * PAGE), 0);
	close(table->fd);
}

/* Until the word has another value, which is returned. */
static uint32_t await_change(const struct table *t, size_t word, uint32_t from)
{
	uint32_t value;

	while ((value = load_word(&t->page[word])) == from) {
		if (wait_word(t->fd, word * 4, from) < 0)
			assert_int_equal(errno, EAGAIN);
	}
	return value;
}

static void answer_pings(void *arg)
{
	const struct table *t = arg;

	for (uint32_t i = 1; i < 2 * ROUNDS; i += 2) {
		assert_int_equal(await_change(t, 0, i - 1), i);
		store_word(t->page, i + 1);
		assert_true(wake(t->fd, 0, 1) >= 0);
	}
}

static void no_wake_up_of_a_ping_pong_is_lost(void **state)
{
	struct table t = lay_table(state);
	pid_t pid = start_child(answer_pings, &t);

	for (uint32_t i = 0; i < 2 * ROUNDS; i += 2) {
		store_word(t.page, i + 1);
		assert_true(wake(t.fd, 0, 1) >= 0);
		assert_int_equal(await_change(&t, 0, i + 1), i + 2);
	}
	assert_int_equal(end_child(pid), 0);
	clear_table(&t);
}

#define COUNTERS 3
#define COUNTS 700

static void count_up(void *arg)
{
	const struct table *t = arg;

	for (int i = 0; i < COUNTS; i++) {
		__atomic_add_fetch(t->page, 1, __ATOMIC_SEQ_CST);
		assert_true(wake(t->fd, 0, INT32_MAX) >= 0);
	}
}

/* Others store at any time: an observer gets to see the last one. */
static void no_last_store_is_missed(void **state)
{
	struct table t = lay_table(state);
	pid_t pids[COUNTERS];

	for (int round = 1; round <= 3; round++) {
		uint32_t value = load_word(t.page);
		uint32_t wanted = (uint32_t)round * COUNTERS * COUNTS;

		for (int i = 0; i < COUNTERS; i++)
			pids[i] = start_child(count_up, &t);
		while (value != wanted)
			value = await_change(&t, 0, value);
		for (int i = 0; i < COUNTERS; i++)
			assert_int_equal(end_child(pids[i]), 0);
	}
	clear_table(&t);
}

#define WAITERS 3
#define GO 1 /* word 0 holds this until all is over */

struct tally {
	uint32_t woken;
	uint32_t interrupted;
	uint32_t late;
};

struct contest {
	struct table table;
	struct tally *tally;
};

/* Counts what WAIT says, as long as the word says GO. */
static void count_answers(void *arg)
{
	struct contest *c = arg;
	bool more = true;

	handle(SIGUSR1, ignore_signal, 0);
	for (uint64_t i = 0; more; i++) {
		uint64_t deadline = now() + (i % 2 ? PATIENCE : i % 97 * 1000);

		if (wait_call(c->table.fd, 0, GO, 0, deadline) == 0)
			c->tally->woken++;
		else if (errno == EINTR)
			c->tally->interrupted++;
		else if (errno == ETIMEDOUT)
			c->tally->late++;
		else
			more = false;
	}
	assert_int_equal(errno, EAGAIN);
}

/*
 * WAKE, a signal and the deadline meet again and again. Whom a waker took must
 * say so, whatever else came; a waiter that says so must have been taken.
 */
static void WAKE_counts_exactly_those_who_were_woken(void **state)
{
	struct table t = lay_table(state);
	struct tally *tallies = shared_memory();
	uint32_t told = 0, woken = 0;
	pid_t pids[WAITERS];

	store_word(t.page, GO);
	for (int i = 0; i < WAITERS; i++) {
		struct contest contest = { t, tallies + i };

		pids[i] = start_child(count_answers, &contest);
		until_asleep(pids[i]);
	}
	for (int i = 0; i < ROUNDS; i++) {
		told += (uint32_t)wake(t.fd, 0, 1 + (uint32_t)i % 2);
		assert_int_equal(kill(pids[i % WAITERS], SIGUSR1), 0);
		if (i % 5 == 0)
			usleep(100);
	}
	store_word(t.page, 0);
	told += (uint32_t)wake(t.fd, 0, INT32_MAX);
	for (int i = 0; i < WAITERS; i++) {
		assert_int_equal(end_child(pids[i]), 0);
		woken += tallies[i].woken;
	}
	assert_int_equal(woken, told);
	assert_true(woken > 0);
	unmap(tallies, 1);
	clear_table(&t);
}

#define VANDALS 8

static void vandalize_once(struct table *t, int fd)
{
	uint32_t offset = (uint32_t)random() % 4 * 4;
	uint64_t deadline = random() % 8 ? now() + (uint64_t)random() % 1000000 : ~0ULL;
	int copy;

	switch (random() % 5) {
	case 0:
		wait_call(fd, offset, load_word(t->page + offset / 4), (uint32_t)random() % 2,
			  deadline);
		break;
	case 1:
	case 2:
		wake(fd, offset, 1 + (uint32_t)random() % 10);
		break;
	case 3:
		client(fd);
		break;
	case 4:
		copy = dup(fd);
		close(copy);
		break;
	}
}

/* On an open file that is shared with all others, or on a short-lived one. */
static void vandalize(void *arg)
{
	struct table *t = arg;

	srandom((unsigned int)getpid());
	for (;;) {
		int fd = random() % 2 ? ioctl(t->fd, MMAPDEMO_IOC_OPEN, O_RDWR) : t->fd;

		for (long i = random() % 20; i; i--)
			vandalize_once(t, fd);
		if (fd != t->fd)
			close(fd);
	}
}

/* Numbers of clients among them, with any bits beside. */
static void store_anything(void *arg)
{
	struct table *t = arg;

	for (;;)
		store_word(t->page + random() % 4,
			   (uint32_t)random() % 64 | (uint32_t)(random() % 4) << 30);
}

static void hostile_users_leave_nothing_behind(void **state)
{
	struct table t = lay_table(state);
	pid_t pids[VANDALS + 1];

	for (int i = 0; i < VANDALS; i++)
		pids[i] = start_child(vandalize, &t);
	pids[VANDALS] = start_child(store_anything, &t);
	for (int i = 0; i < 500; i++) {
		assert_true(wake(t.fd, (uint32_t)i % 4 * 4, INT32_MAX) >= 0);
		usleep(2000);
	}
	for (int i = 0; i <= VANDALS; i++)
		assert_int_equal(kill(pids[i], SIGKILL), 0);
	for (int i = 0; i <= VANDALS; i++)
		assert_int_equal(end_child(pids[i]), -SIGKILL);
	assert_int_equal(wake(t.fd, 0, INT32_MAX), 0);
	clear_table(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_wake_up_of_a_ping_pong_is_lost),
		TEST(no_last_store_is_missed),
		TEST(WAKE_counts_exactly_those_who_were_woken),
		TEST(hostile_users_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
