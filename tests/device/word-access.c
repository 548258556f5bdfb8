// SPDX-License-Identifier: BSD-2-Clause
/*
 * WAIT and WAKE: which words there are, who may call, from where, and that
 * a process that sleeps uses the buffer.
 */
#include "words.h"

static void assert_no_word(int fd, uint64_t offset)
{
	assert_fails(wait_call(fd, offset, 0, 0, 0), EINVAL);
	assert_fails(wake(fd, offset, 1), EINVAL);
}

static void an_unaligned_word_is_EINVAL(void **state)
{
	int fd = create(node(state), "", 2);

	for (uint64_t i = 1; i < 4; i++) {
		assert_no_word(fd, i);
		assert_no_word(fd, WORD + i);
		assert_no_word(fd, PAGE - 4 + i);
		assert_no_word(fd, 2 * PAGE - 4 + i);
		assert_no_word(fd, UINT64_MAX - 4 + i);
	}
	close(fd);
}

static void a_word_past_the_end_is_EINVAL(void **state)
{
	static const uint64_t offsets[] = {
		2 * PAGE,	  2 * PAGE + 4,	       16 * PAGE,	 1ULL << 31,
		1ULL << 32,	  (1ULL << 32) + WORD, (1ULL << 40) + 4, 1ULL << 63,
		(1ULL << 63) + 4, UINT64_MAX - 3,      UINT64_MAX - 7,
	};
	int fd = create(node(state), "", 2);

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++)
		assert_no_word(fd, offsets[i]);
	close(fd);
}

static void the_first_and_the_last_word_are_words(void **state)
{
	const uint32_t offsets[] = { 0, PAGE - 4, PAGE, 2 * PAGE - 4 };
	int fd = create(node(state), "", 2);

	for (int i = 0; i < 4; i++) {
		pid_t pid = start_sleeper(fd, offsets[i]);

		assert_int_equal(wake(fd, offsets[i], 1), 1);
		assert_int_equal(end_child(pid), 0);
		put(fd, offsets[i], 1);
		assert_fails(wait_word(fd, offsets[i], 0), EAGAIN);
	}
	close(fd);
}

static void the_end_moves_with_the_size(void **state)
{
	int fd = create(node(state), "", 1);

	assert_int_equal(resize(fd, 3 * PAGE), 0);
	assert_int_equal(wake(fd, 3 * PAGE - 4, 1), 0);
	assert_int_equal(resize(fd, 2 * PAGE), 0);
	assert_no_word(fd, 2 * PAGE);
	assert_fails(wait_call(fd, 2 * PAGE - 4, 0, 0, 0), ETIMEDOUT);
	close(fd);
}

static void a_write_only_descriptor_may_wake_and_not_wait(void **state)
{
	int writer = open_node(O_WRONLY);
	uint32_t offset = SIZE - 4;
	pid_t pid;

	put(node(state), offset, 0);
	pid = start_sleeper(node(state), offset);
	assert_fails(wait_call(writer, offset, 0, 0, 0), EBADF);
	assert_fails(wait_word(writer, offset, 1), EBADF);
	assert_int_equal(wake(writer, offset, 1), 1);
	assert_int_equal(end_child(pid), 0);
	close(writer);
}

static void a_read_only_descriptor_may_wait_and_not_wake(void **state)
{
	int fd = create(node(state), "", 1);
	int reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	pid_t pid = start_sleeper(reader, WORD);

	assert_fails(wake(reader, WORD, 1), EBADF);
	assert_fails(wait_word(reader, WORD, 1), EAGAIN);
	assert_int_equal(state_of(pid), 'S');
	assert_int_equal(wake(fd, WORD, 1), 0);
	assert_int_equal(end_child(pid), 0);
	close(reader);
	close(fd);
}

struct player {
	int fd;
	int opened;
};

/* Knows the word by a window of three pages, and by an open file of its own. */
static void wait_in_a_window(void *arg)
{
	const struct player *p = arg;
	unsigned char *window = map(p->opened, MAP_SHARED, RW, 1, 3);
	uint32_t *word = (uint32_t *)(window + PAGE + WORD);

	store_word(word, 5);
	assert_int_equal(wait_word(p->opened, 2 * PAGE + WORD, 5), 0);
	assert_int_equal(load_word(word), 6);
	unmap(window, 3);
}

static void an_offset_is_the_buffers_and_not_the_windows(void **state)
{
	int fd = create(node(state), "", 4);
	struct player player = { fd, ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR) };
	unsigned char *window = map(fd, MAP_SHARED, RW, 2, 1);
	uint32_t *word = (uint32_t *)(window + WORD);
	pid_t pid = start_child(wait_in_a_window, &player);

	while (load_word(word) != 5)
		usleep(1000);
	until_asleep(pid);
	store_word(word, 6);
	assert_int_equal(wake(fd, WORD, 1), 0);
	assert_int_equal(wake(fd, PAGE + WORD, 1), 0);
	assert_int_equal(wake(fd, 2 * PAGE + WORD, 1), 1);
	assert_int_equal(end_child(pid), 0);
	unmap(window, 1);
	close(player.opened);
	close(fd);
}

/* A private copy is nobody's word: what counts are the buffer's bytes. */
static void a_private_copy_is_not_looked_at(void **state)
{
	int fd = create(node(state), "", 1);
	unsigned char *p = map(fd, MAP_PRIVATE, RW, 0, 1);

	store_word((uint32_t *)(p + WORD), 9);
	assert_fails(wait_word(fd, WORD, 9), EAGAIN);
	assert_fails(wait_call(fd, WORD, 0, 0, 0), ETIMEDOUT);
	unmap(p, 1);
	close(fd);
}

static void the_words_of_a_removed_buffer_work(void **state)
{
	int fd = create(node(state), "words", 1);
	pid_t pid = start_sleeper(fd, WORD);
	pid_t late;

	assert_int_equal(remove_name(fd), 0);
	late = start_sleeper(fd, WORD);
	assert_int_equal(wake(fd, WORD, 2), 2);
	assert_int_equal(end_child(pid), 0);
	assert_int_equal(end_child(late), 0);
	assert_true(client(fd) > 0);
	close(fd);
}

/* The sleeper's own descriptor keeps the buffer that everybody else has left. */
static void the_last_to_leave_may_be_asleep(void **state)
{
	int fd = create(node(state), "", 1);
	pid_t pid = start_sleeper(fd, WORD);

	close(fd);
	assert_int_equal(state_of(pid), 'S');
	kill_child(pid);
}

static void sleep_until_interrupted(void *arg)
{
	handle(SIGUSR1, ignore_signal, 0);
	sleep_on_word(arg);
}

/* How it may end: woken, interrupted, killed. */
static void a_sleeper_is_a_user(void **state)
{
	int fd = create(node(state), "", 1);
	const int signals[] = { 0, SIGUSR1, SIGKILL };

	for (int i = 0; i < 3; i++) {
		struct sleeper s = { .fd = fd, .error = signals[i] ? EINTR : 0 };
		pid_t pid = start_child(sleep_until_interrupted, &s);

		until_asleep(pid);
		assert_fails(resize(fd, 2 * PAGE), EBUSY);
		if (signals[i])
			assert_int_equal(kill(pid, signals[i]), 0);
		else
			assert_int_equal(wake(fd, 0, 1), 1);
		assert_int_equal(end_child(pid), signals[i] == SIGKILL ? -SIGKILL : 0);
		assert_int_equal(resize(fd, 2 * PAGE), 0);
		assert_int_equal(resize(fd, PAGE), 0);
	}
	close(fd);
}

static void who_does_not_sleep_is_no_user(void **state)
{
	int fd = create(node(state), "", 1);

	put(fd, WORD, 1);
	assert_fails(wait_word(fd, WORD, 0), EAGAIN);
	assert_int_equal(resize(fd, 2 * PAGE), 0);
	assert_fails(wait_call(fd, WORD, 1, 0, 0), ETIMEDOUT);
	assert_int_equal(resize(fd, PAGE), 0);
	assert_fails(wait_call(fd, WORD, 1, MMAPDEMO_WAIT_OWNER, 0), EOWNERDEAD);
	assert_int_equal(resize(fd, 2 * PAGE), 0);
	assert_fails(wait_word(fd, 2 * PAGE, 0), EINVAL);
	assert_int_equal(resize(fd, PAGE), 0);
	assert_int_equal(wake(fd, WORD, 1), 0);
	assert_int_equal(resize(fd, 2 * PAGE), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unaligned_word_is_EINVAL),
		TEST(a_word_past_the_end_is_EINVAL),
		TEST(the_first_and_the_last_word_are_words),
		TEST(the_end_moves_with_the_size),
		TEST(a_write_only_descriptor_may_wake_and_not_wait),
		TEST(a_read_only_descriptor_may_wait_and_not_wake),
		TEST(an_offset_is_the_buffers_and_not_the_windows),
		TEST(a_private_copy_is_not_looked_at),
		TEST(the_words_of_a_removed_buffer_work),
		TEST(the_last_to_leave_may_be_asleep),
		TEST(a_sleeper_is_a_user),
		TEST(who_does_not_sleep_is_no_user),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
