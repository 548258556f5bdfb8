// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who waits by a descriptor that cannot write is an observer: each WAKE wakes it, and it
 * takes nothing from those who may write, however many observers there are.
 */
#include "words.h"

#include <sched.h>

#define MANY 60

struct pair {
	int fd;
	int reader;
};

static struct pair make_pair(void **state)
{
	struct pair pair = { .fd = create(node(state), "", 2) };

	pair.reader = ioctl(pair.fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	assert_true(pair.reader >= 0);
	return pair;
}

static void close_pair(struct pair pair)
{
	close(pair.reader);
	close(pair.fd);
}

static void start_sleepers(pid_t *pids, int count, int fd, uint32_t offset)
{
	for (int i = 0; i < count; i++)
		pids[i] = start_sleeper(fd, offset);
}

static void end_sleepers(const pid_t *pids, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(end_child(pids[i]), 0);
}

/* As it waits for a lock, whose owner wakes one. */
static void a_reader_takes_no_wake_up_from_a_writer(void **state)
{
	struct pair p = make_pair(state);
	pid_t reader = start_sleeper(p.reader, WORD);
	pid_t writer = start_sleeper(p.fd, WORD);

	put(p.fd, WORD, 1);
	assert_int_equal(wake(p.fd, WORD, 1), 1);
	assert_int_equal(end_child(writer), 0);
	assert_int_equal(end_child(reader), 0);
	close_pair(p);
}

static void readers_alone_are_woken_and_not_counted(void **state)
{
	struct pair p = make_pair(state);
	pid_t readers[3];

	start_sleepers(readers, 3, p.reader, WORD);
	assert_int_equal(wake(p.fd, WORD, 1), 0);
	end_sleepers(readers, 3);
	close_pair(p);
}

static void many_readers_are_woken_by_WAKE_of_one(void **state)
{
	struct pair p = make_pair(state);
	pid_t readers[MANY], writers[3];

	start_sleepers(readers, MANY / 2, p.reader, WORD);
	start_sleepers(writers, 3, p.fd, WORD);
	start_sleepers(readers + MANY / 2, MANY / 2, p.reader, WORD);
	assert_int_equal(wake(p.fd, WORD, 2), 2);
	end_sleepers(readers, MANY);
	end_sleepers(writers, 2);
	assert_int_equal(state_of(writers[2]), 'S');
	assert_int_equal(wake(p.fd, WORD, INT32_MAX), 1);
	end_sleepers(writers + 2, 1);
	close_pair(p);
}

static void readers_of_other_words_sleep_on(void **state)
{
	const uint32_t offsets[] = { WORD - 4, WORD + 4, WORD + PAGE };
	struct pair p = make_pair(state);
	pid_t others[3], readers[10];

	for (int i = 0; i < 3; i++)
		others[i] = start_sleeper(p.reader, offsets[i]);
	start_sleepers(readers, 10, p.reader, WORD);
	assert_int_equal(wake(p.fd, WORD, INT32_MAX), 0);
	end_sleepers(readers, 10);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(state_of(others[i]), 'S');
		assert_int_equal(wake(p.fd, offsets[i], 1), 0);
		assert_int_equal(end_child(others[i]), 0);
	}
	close_pair(p);
}

/* The queue is kept by the first waiter, which leaves it to any other one. */
static void who_is_left_is_found_whoever_leaves(void **state)
{
	struct pair p = make_pair(state);

	for (int i = 0; i < 4; i++) {
		pid_t first = start_sleeper(i & 1 ? p.fd : p.reader, WORD);
		pid_t second = start_sleeper(i & 2 ? p.fd : p.reader, WORD);
		pid_t third = start_sleeper(p.fd, WORD);

		kill_child(first);
		kill_child(second);
		assert_int_equal(wake(p.fd, WORD, 5), 1);
		assert_int_equal(end_child(third), 0);
		assert_int_equal(wake(p.fd, WORD, 5), 0);
	}
	close_pair(p);
}

static void the_end_of_a_client_wakes_all_readers(void **state)
{
	struct pair p = make_pair(state);
	pid_t readers[MANY], writers[MANY], client;
	uint32_t number;

	client = start_member(p.fd, &number, stay);
	for (uint32_t i = 0; i < MANY; i++) {
		readers[i] = start_sleeper(p.reader, i / 3 * 64);
		writers[i] = start_sleeper(p.fd, i / 2 * 64);
	}
	kill_child(client);
	end_sleepers(readers, MANY);
	end_sleepers(writers, MANY);
	assert_int_equal(info(p.fd).clients, 0);
	assert_int_equal(resize(p.fd, PAGE), 0);
	close_pair(p);
}

#define HONEST 3
#define FICKLE 4
#define ROUNDS 400

struct show {
	struct pair pair;
	uint32_t *page; /* the word of the buffer */
	uint32_t *seen; /* by each of the honest */
};

/* Sees each value, for the next one comes when all have seen this one. */
static void watch_honestly(void *arg)
{
	const struct show *s = arg;
	uint32_t value = 0;

	while (value != ROUNDS) {
		while (load_word(s->page) == value) {
			if (wait_word(s->pair.reader, 0, value) < 0)
				assert_int_equal(errno, EAGAIN);
		}
		store_word(s->seen, ++value);
	}
}

/* Leaves at any moment: the time is over, a signal comes, the value changes. */
static void watch_fickly(void *arg)
{
	const struct show *s = arg;

	for (uint64_t i = 0;; i++)
		wait_call(s->pair.reader, 0, load_word(s->page), 0, now() + i % 300 * 1000);
}

/* Each of the readers that leave wakes others: none may take that with it. */
static void no_reader_sleeps_on_when_others_come_and_go(void **state)
{
	struct show s = { .pair = make_pair(state), .seen = shared_memory() };
	pid_t honest[HONEST], fickle[FICKLE];
	uint32_t *seen = s.seen;

	s.page = (uint32_t *)map(s.pair.fd, MAP_SHARED, RW, 0, 1);
	handle(SIGUSR1, ignore_signal, 0); /* the children's, too, from the start */
	for (int i = 0; i < FICKLE; i++)
		fickle[i] = start_child(watch_fickly, &s);
	for (int i = 0; i < HONEST; i++) {
		s.seen = seen + i;
		honest[i] = start_child(watch_honestly, &s);
	}
	for (uint32_t value = 1; value <= ROUNDS; value++) {
		store_word(s.page, value);
		assert_int_equal(wake(s.pair.fd, 0, 1), 0);
		assert_int_equal(kill(fickle[value % FICKLE], SIGUSR1), 0);
		for (int i = 0; i < HONEST; i++) {
			while (load_word(seen + i) != value) {
				/* After the last one it may see, and end, between two looks. */
				if (state_of(honest[i]) == 'Z' && load_word(seen + i) != value)
					assert_alive(honest[i]);
				sched_yield();
			}
		}
	}
	end_sleepers(honest, HONEST);
	for (int i = 0; i < FICKLE; i++)
		kill_child(fickle[i]);
	unmap(s.page, 1);
	unmap(seen, 1);
	close_pair(s.pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reader_takes_no_wake_up_from_a_writer),
		TEST(readers_alone_are_woken_and_not_counted),
		TEST(many_readers_are_woken_by_WAKE_of_one),
		TEST(readers_of_other_words_sleep_on),
		TEST(who_is_left_is_found_whoever_leaves),
		TEST(the_end_of_a_client_wakes_all_readers),
		TEST(no_reader_sleeps_on_when_others_come_and_go),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
