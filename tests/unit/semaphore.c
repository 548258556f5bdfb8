// SPDX-License-Identifier: BSD-2-Clause
/*
 * Semaphores: they count, wake, and overflow.
 * The same on a file, shared memory, anonymous memory and, where the driver is
 * loaded, its node.
 */
#include "scene.h"

static void take_and_post(struct scene *s)
{
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
		pass(s->place);
		assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	}
}

static void a_semaphore_counts(void **state)
{
	struct scene *s = begin(state);
	struct timespec deadline = soon(20);
	pid_t workers[WORKERS];

	assert_int_equal(mmapdemo_semaphore_trywait(&s->semaphore), -EAGAIN);
	assert_int_equal(mmapdemo_semaphore_timedwait(&s->semaphore, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	assert_int_equal(*at(s, SEMAPHORE), 2);
	for (int i = 0; i < WORKERS; i++)
		workers[i] = start(take_and_post, s);
	for (int i = 0; i < WORKERS; i++)
		join(workers[i], 0);
	assert_int_equal(*s->place, WORKERS * ROUNDS);
	assert_int_equal(*at(s, SEMAPHORE), 2);
	assert_int_equal(*at(s, SEMAPHORE + 4), 0);
	assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
	assert_int_equal(mmapdemo_semaphore_trywait(&s->semaphore), 0);
	assert_int_equal(mmapdemo_semaphore_trywait(&s->semaphore), -EAGAIN);
	end(s);
}

static void take_one(struct scene *s)
{
	assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
	pass(s->place);
}

static void a_post_wakes_one(void **state)
{
	struct scene *s = begin(state);
	pid_t first = start(take_one, s);
	pid_t second = start(take_one, s);

	until_asleep(first);
	until_asleep(second);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	until(s->place, 1);
	usleep(20000);
	assert_int_equal(*s->place, 1);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	join(first, 0);
	join(second, 0);
	end(s);
}

static void a_full_semaphore_overflows(void **state)
{
	struct scene *s = begin(state);

	*at(s, SEMAPHORE) = 0x7ffffffe;
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), 0);
	assert_int_equal(mmapdemo_semaphore_post(&s->semaphore), -EOVERFLOW);
	assert_int_equal(*at(s, SEMAPHORE), 0x7fffffff);
	assert_int_equal(mmapdemo_semaphore_wait(&s->semaphore), 0);
	end(s);
}

static void a_text_is_no_semaphore(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_semaphore other;

	memcpy(s->place, "a text..", 8);
	assert_int_equal(mmapdemo_semaphore_at(&other, s->buffer, &s->view, PLACE), -EINVAL);
	assert_memory_equal(s->place, "a text..", 8);
	*s->place = UINT32_MAX;
	s->place[1] = 0;
	assert_int_equal(mmapdemo_semaphore_at(&other, s->buffer, &s->view, PLACE), -EINVAL);
	*s->place = INT32_MAX;
	s->place[1] = 1000;
	assert_int_equal(mmapdemo_semaphore_at(&other, s->buffer, &s->view, PLACE), 0);
	end(s);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_ALL(a_semaphore_counts),
		ON_ALL(a_post_wakes_one),
		ON_ALL(a_full_semaphore_overflows),
		ON_ALL(a_text_is_no_semaphore),
	};

	return run_on_backings("semaphore", tests, sizeof(tests) / sizeof(tests[0]));
}
