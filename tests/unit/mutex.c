// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mutexes: exclusion, rights of the owner, and what becomes of the dead.
 * The same on a file, shared memory, anonymous memory and, where the driver is
 * loaded, its node.
 */
#include "scene.h"

#include <pthread.h>
#include <sys/mman.h>

static void refuse_to_unlock(struct scene *s)
{
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), -EBUSY);
	assert_int_equal(mmapdemo_mutex_consistent(&s->mutex), -EINVAL);
}

static void only_the_owner_unlocks(void **state)
{
	struct scene *s = begin(state);
	uint32_t unlocked = *at(s, MUTEX);

	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	run(refuse_to_unlock, s);
	assert_int_equal(mmapdemo_mutex_consistent(&s->mutex), -EINVAL);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(*at(s, MUTEX), unlocked);
	end(s);
}

static void time_out(struct scene *s)
{
	struct timespec deadline = soon(20);
	struct timespec past = { -1, 0 };
	struct timespec wrong = { 0, -1 };
	struct timespec past_and_wrong = { -1, -1 };

	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &deadline), -ETIMEDOUT);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &past), -ETIMEDOUT);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &wrong), -EINVAL);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &past_and_wrong), -EINVAL);
}

static void a_held_mutex_times_out(void **state)
{
	struct scene *s = begin(state);
	struct timespec deadline = soon(20);

	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &deadline), 0);
	run(time_out, s);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &deadline), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

static void what_is_no_mutex_is_left_alone(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_mutex other;
	char before[MMAPDEMO_MUTEX_SIZE];

	for (size_t i = 0; i < sizeof(before); i += sizeof(uint32_t)) {
		memset(s->place, 0, sizeof(before));
		*at(s, PLACE + i) = 0x6c6c6548;
		memcpy(before, s->place, sizeof(before));
		assert_int_equal(mmapdemo_mutex_at(&other, s->buffer, &s->view, PLACE), -EINVAL);
		assert_memory_equal(s->place, before, sizeof(before));
	}
	/* One that is held is one. */
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_at(&other, s->buffer, &s->view, MUTEX), 0);
	assert_int_equal(mmapdemo_mutex_trylock(&other), -EBUSY);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

/* pthreads would abort. */
static void what_was_stored_over_a_mutex_is_left_alone(void **state)
{
	static const char text[MMAPDEMO_MUTEX_SIZE] = "A text, and no number of any owner.";
	struct scene *s = begin(state);
	struct timespec deadline = soon(20);

	memcpy(at(s, MUTEX), text, sizeof(text));
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -EINVAL);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), -EINVAL);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &deadline), -EINVAL);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
	assert_memory_equal(at(s, MUTEX), text, sizeof(text));

	/* Zeroes are a new one, also by the old handle. */
	memset(at(s, MUTEX), 0, sizeof(text));
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	run(time_out, s);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

/* In a process of its own, for pthreads keep a list of what it has. */
static void make_new_what_is_held(struct scene *s)
{
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	memset(at(s, MUTEX), 0, MMAPDEMO_MUTEX_SIZE);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
}

static void who_finds_it_made_new_owned_nothing(void **state)
{
	struct scene *s = begin(state);
	struct mmapdemo_mutex other;

	run(make_new_what_is_held, s);
	for (size_t i = 0; i < MMAPDEMO_MUTEX_SIZE; i += sizeof(uint32_t))
		assert_int_equal(*at(s, MUTEX + i), 0);
	assert_int_equal(mmapdemo_mutex_at(&other, s->buffer, &s->view, MUTEX), 0);
	assert_int_equal(mmapdemo_mutex_lock(&other), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&other), 0);
	end(s);
}

static void count(struct scene *s)
{
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
		*(volatile uint32_t *)s->place += 1;
		if (i % 500 == 0)
			usleep(100);
		assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	}
}

static void the_mutex_excludes(void **state)
{
	struct scene *s = begin(state);
	pid_t workers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		workers[i] = start(count, s);
	for (int i = 0; i < WORKERS; i++)
		join(workers[i], 0);
	assert_int_equal(*s->place, WORKERS * ROUNDS);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

static void lock_and_die(struct scene *s)
{
	int err = mmapdemo_mutex_lock(&s->mutex);

	assert_true(err == 0 || err == -EOWNERDEAD);
}

static void the_next_owner_learns_of_a_death(void **state)
{
	struct scene *s = begin(state);

	run(lock_and_die, s);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -EOWNERDEAD);
	assert_int_equal(mmapdemo_mutex_consistent(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);

	/* Also by trylock; also the second time. */
	run(lock_and_die, s);
	run(lock_and_die, s);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), -EOWNERDEAD);
	assert_int_equal(mmapdemo_mutex_consistent(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

static void hold_for_ever(struct scene *s)
{
	lock_and_die(s);
	pass(s->place);
	pause();
}

/* The heir counts by one, who comes after it by two. */
static void inherit(struct scene *s)
{
	int err = mmapdemo_mutex_lock(&s->mutex);

	pass(s->place);
	if (err == -EOWNERDEAD)
		err = mmapdemo_mutex_consistent(&s->mutex);
	else
		pass(s->place);
	assert_int_equal(err, 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
}

static void a_waiter_learns_of_a_death_at_once(void **state)
{
	struct scene *s = begin(state);
	pid_t holder = start(hold_for_ever, s);
	pid_t first, second;

	until(s->place, 1);
	first = start(inherit, s);
	until_asleep(first);
	second = start(inherit, s);
	until_asleep(second);
	kill(holder, SIGKILL);
	join(holder, SIGKILL);
	join(first, 0);
	join(second, 0);
	assert_int_equal(*s->place, 1 + 1 + 2);
	end(s);
}

static void unlock_as_it_is(struct scene *s)
{
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -EOWNERDEAD);
	pass(s->place);
	until(s->place, 3);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
}

static void find_it_lost(struct scene *s)
{
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -ENOTRECOVERABLE);
}

static void what_was_not_made_whole_is_lost(void **state)
{
	struct scene *s = begin(state);
	struct timespec deadline = soon(1000);
	pid_t heir, first, second;

	run(lock_and_die, s);
	heir = start(unlock_as_it_is, s);
	until(s->place, 1);
	first = start(find_it_lost, s);
	second = start(find_it_lost, s);
	until_asleep(first);
	until_asleep(second);
	pass(s->place);
	pass(s->place);
	join(heir, 0);
	join(first, 0);
	join(second, 0);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -ENOTRECOVERABLE);
	assert_int_equal(mmapdemo_mutex_trylock(&s->mutex), -ENOTRECOVERABLE);
	assert_int_equal(mmapdemo_mutex_timedlock(&s->mutex, &deadline), -ENOTRECOVERABLE);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), -EPERM);
	end(s);
}

static void a_child_is_not_its_parent(void **state)
{
	struct scene *s = begin(state);

	/* The child dies while the parent, who has the same open file, lives. */
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), 0);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	run(lock_and_die, s);
	assert_int_equal(mmapdemo_mutex_lock(&s->mutex), -EOWNERDEAD);
	assert_int_equal(mmapdemo_mutex_unlock(&s->mutex), 0);
	end(s);
}

static void lock_pthreads(struct scene *s)
{
	if (freopen("/dev/null", "w", stderr))
		pthread_mutex_lock((pthread_mutex_t *)(void *)s->place);
}

/* Why all this is here: README.md, "The futex trap". */
static void pthreads_abort_on_the_node(void **state)
{
	struct scene *s = begin(state);
	pthread_mutex_t *mutex = (pthread_mutex_t *)(void *)s->place;
	pthread_mutexattr_t shared;

	assert_int_equal(pthread_mutexattr_init(&shared), 0);
	assert_int_equal(pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED), 0);
	assert_int_equal(pthread_mutex_init(mutex, &shared), 0);
	assert_int_equal(pthread_mutex_lock(mutex), 0);
	assert_int_equal(pthread_mutex_unlock(mutex), 0);
	assert_int_equal(pthread_mutex_lock(mutex), 0);
	join(start(lock_pthreads, s), SIGABRT);
	end(s);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_ALL(only_the_owner_unlocks),
		ON_ALL(a_held_mutex_times_out),
		ON_ALL(what_is_no_mutex_is_left_alone),
		ON(what_was_stored_over_a_mutex_is_left_alone, 3),
		ON_ALL(who_finds_it_made_new_owned_nothing),
		ON_ALL(the_mutex_excludes),
		ON_ALL(the_next_owner_learns_of_a_death),
		ON_ALL(a_waiter_learns_of_a_death_at_once),
		ON_ALL(what_was_not_made_whole_is_lost),
		ON_ALL(a_child_is_not_its_parent),
		ON(pthreads_abort_on_the_node, 3),
	};

	return run_on_backings("mutex", tests, sizeof(tests) / sizeof(tests[0]));
}
