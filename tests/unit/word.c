// SPDX-License-Identifier: BSD-2-Clause
/*
 * Words: who may have one, waiting and waking.
 * The same on a file, shared memory, anonymous memory and, where the driver is
 * loaded, its node.
 */
#include "scene.h"

#include <fcntl.h>
#include <sys/mman.h>

static void handles_are_checked(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_view part = s->view;
	struct mmapdemo_mutex mutex;
	struct mmapdemo_word word;

	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, 4092), 0);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, 4093), -EINVAL);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, 4096), -EINVAL);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, UINT64_MAX - 3), -EINVAL);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, 2), -EINVAL);
	part.offset = 4096;
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &part, 4092), -EINVAL);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &part, 4096 + 8), 0);
	assert_ptr_equal(word.value, (char *)s->view.data + 8);
	assert_int_equal(mmapdemo_mutex_at(&mutex, s->buffer, &s->view, 4032), 0);
	assert_int_equal(mmapdemo_mutex_at(&mutex, s->buffer, &s->view, 4040), -EINVAL);
	assert_int_equal(mmapdemo_mutex_at(&mutex, s->buffer, &s->view, 2052), -EINVAL);
	end(s);
}

static void a_word_waits_and_wakes_by_futexs_contract(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_word word;
	struct timespec deadline = soon(20);

	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, PLACE), 0);
	*s->place = 7;
	assert_int_equal(mmapdemo_word_wait(&word, 8, NULL), -EAGAIN);
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -ETIMEDOUT);
	deadline.tv_sec = -1;
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -ETIMEDOUT);
	deadline.tv_nsec = 1000000000;
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -EINVAL);
	deadline.tv_nsec = -1;
	assert_int_equal(mmapdemo_word_wait(&word, 7, &deadline), -EINVAL);
	assert_int_equal(mmapdemo_word_wake(&word, 1), 0);
	assert_int_equal(mmapdemo_word_wake(&word, 0), -EINVAL);
	assert_int_equal(mmapdemo_word_wake(&word, -1), -EINVAL);
	end(s);
}

static void wait_for_place(struct scene *s)
{
	struct mmapdemo_word word;
	int err = 0;

	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, PLACE), 0);
	while (!err)
		err = mmapdemo_word_wait(&word, 0, NULL);
	assert_int_equal(err, -EAGAIN);
}

static void a_sleeper_is_woken(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_word word;
	pid_t first = start(wait_for_place, s);
	pid_t second = start(wait_for_place, s);

	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, PLACE), 0);
	until_asleep(first);
	until_asleep(second);
	*s->place = 1;
	assert_int_equal(mmapdemo_word_wake(&word, 1), 1);
	assert_int_equal(mmapdemo_word_wake(&word, 5), 1);
	join(first, 0);
	join(second, 0);
	end(s);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void interrupted(struct scene *s)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct mmapdemo_word word;

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(mmapdemo_word_at(&word, s->buffer, &s->view, PLACE + 4), 0);
	assert_int_equal(mmapdemo_word_wait(&word, 0, NULL), -EINTR);
	pass(s->place);
	lock_and_unlock(s);
	assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
}

static void signals_end_a_wait_and_no_lock(void **state)
{
	struct scene *s = begin(state);
	pid_t pid;

	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	pid = start(interrupted, s);
	until_asleep(pid);
	kill(pid, SIGUSR1);
	until(s->place, 1);
	for (int i = 0; i < 5; i++) {
		until_asleep(pid);
		kill(pid, SIGUSR1);
	}
	assert_int_equal(*s->place, 1);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	until(s->place, 2);
	until_asleep(pid);
	kill(pid, SIGUSR1);
	until_asleep(pid);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	join(pid, 0);
	end(s);
}

static void a_read_only_buffer_may_only_wait(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_buffer *reader;
	struct mmapdemo_semaphore semaphore;
	struct mmapdemo_mutex mutex;
	struct mmapdemo_view view;
	struct mmapdemo_word word;
	struct timespec deadline = soon(1);
	char path[64];
	int fd;

	if (s->backing->kind == MMAPDEMO_KIND_ANON)
		return end(s); /* has no other descriptor */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", mmapdemo_fd(s->buffer));
	if (s->backing->kind == MMAPDEMO_KIND_NODE)
		fd = open(MMAPDEMO_NODE, O_RDONLY | O_CLOEXEC);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(mmapdemo_open_fd(&reader, fd), 0);
	assert_int_equal(mmapdemo_view_open(&view, reader, 0, 4096, MMAPDEMO_READ_ONLY), 0);
	assert_int_equal(mmapdemo_word_at(&word, reader, &view, PLACE), 0);
	assert_int_equal(mmapdemo_word_wait(&word, *word.value + 1, NULL), -EAGAIN);
	assert_int_equal(mmapdemo_word_wait(&word, *word.value, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_word_wake(&word, 1), -EBADF);
	assert_int_equal(mmapdemo_mutex_at(&mutex, reader, &view, MUTEX), -EBADF);
	assert_int_equal(mmapdemo_semaphore_at(&semaphore, reader, &view, SEMAPHORE), -EBADF);
	mmapdemo_view_close(&view);
	mmapdemo_close(reader);
	end(s);
}

static void another_device_has_no_words(void **state)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	struct mmapdemo_word word;

	(void)state;
	assert_int_equal(mmapdemo_open(&buffer, "/dev/zero", 0), 0);
	assert_int_equal(mmapdemo_view_open(&view, buffer, 0, 4096, 0), 0);
	assert_int_equal(mmapdemo_word_at(&word, buffer, &view, 0), -EOPNOTSUPP);
	mmapdemo_view_close(&view);
	mmapdemo_close(buffer);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_ALL(handles_are_checked),
		ON_ALL(a_word_waits_and_wakes_by_futexs_contract),
		ON_ALL(a_sleeper_is_woken),
		ON_ALL(signals_end_a_wait_and_no_lock),
		ON_ALL(a_read_only_buffer_may_only_wait),
		cmocka_unit_test(another_device_has_no_words),
	};

	return run_on_backings("word", tests, sizeof(tests) / sizeof(tests[0]));
}
