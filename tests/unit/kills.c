// SPDX-License-Identifier: BSD-2-Clause
/*
 * Processes that are killed at random while they hold a mutex, wait for it, or
 * are between the two: all others go on. A hundred kills; with SOAK a thousand.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "backing.h"

#define WORKERS 6
#define LIMIT 20 /* seconds that a step may take, on the slowest machine */

/* In the buffer. What the mutex guards is whole when first == second. */
struct table {
	char mutex[MMAPDEMO_MUTEX_SIZE];
	uint32_t semaphore[2];
	uint64_t first, second;
	uint64_t heirs; /* how often somebody learned of a death */
	uint64_t wrong; /* how often somebody met what must not be */
	uint64_t steps[WORKERS];
};

struct crowd {
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	struct table *table;
	pid_t pids[WORKERS];
	uint64_t random;
};

static uint32_t below(uint64_t *random, uint32_t n)
{
	*random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*random >> 33) % n;
}

static void linger(uint64_t *random)
{
	for (uint32_t i = below(random, 200); i; i--)
		__asm__ volatile("");
	if (below(random, 8) == 0)
		sched_yield();
}

static void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
}

static void lock_and_add(struct table *t, struct mmapdemo_mutex *mutex, uint64_t *random)
{
	int err = mmapdemo_mutex_lock(mutex);

	if (err == -EOWNERDEAD) {
		count(&t->heirs);
		t->second = t->first;
		err = mmapdemo_mutex_consistent(mutex);
	}
	if (err || t->first != t->second)
		count(&t->wrong);
	t->first++;
	linger(random);
	t->second = t->first;
	if (mmapdemo_mutex_unlock(mutex))
		count(&t->wrong);
}

static void work_with_mutex(struct crowd *c, int number)
{
	struct mmapdemo_mutex mutex;

	if (mmapdemo_mutex_at(&mutex, c->buffer, &c->view, offsetof(struct table, mutex)))
		abort();
	for (;;) {
		lock_and_add(c->table, &mutex, &c->random);
		count(&c->table->steps[number]);
		linger(&c->random);
	}
}

static void work_with_semaphore(struct crowd *c, int number)
{
	struct mmapdemo_semaphore semaphore;

	if (mmapdemo_semaphore_at(&semaphore, c->buffer, &c->view,
				  offsetof(struct table, semaphore)))
		abort();
	for (;;) {
		if (mmapdemo_semaphore_wait(&semaphore))
			count(&c->table->wrong);
		count(&c->table->steps[number]);
	}
}

static void start_worker(struct crowd *c, int number, void (*work)(struct crowd *c, int number))
{
	c->pids[number] = fork();
	assert_true(c->pids[number] >= 0);
	if (c->pids[number] == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		c->random += (uint64_t)number + (uint64_t)getpid() * 1000;
		work(c, number);
	}
}

static void kill_worker(struct crowd *c, int number)
{
	int status;

	kill(c->pids[number], SIGKILL);
	assert_int_equal(waitpid(c->pids[number], &status, 0), c->pids[number]);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void begin(struct crowd *c, struct backing *b, void (*work)(struct crowd *c, int number))
{
	open_it(b);
	c->buffer = b->buffer;
	c->random = 1;
	assert_int_equal(mmapdemo_view_open(&c->view, c->buffer, 0, 4096, 0), 0);
	c->table = c->view.data;
	memset(c->table, 0, sizeof(*c->table));
	for (int i = 0; i < WORKERS; i++)
		start_worker(c, i, work);
}

/* Nobody is left, in the driver either, but for @known. */
static void end(struct crowd *c, struct backing *b, uint32_t known)
{
	struct mmapdemo_buffer_info info;

	for (int i = 0; i < WORKERS; i++)
		kill_worker(c, i);
	assert_int_equal(c->table->wrong, 0);
	assert_int_equal(mmapdemo_get_info(c->buffer, &info), 0);
	assert_int_equal(info.clients, known);
	mmapdemo_view_close(&c->view);
	close_it(b);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t steps_of(const struct crowd *c, int number)
{
	return __atomic_load_n(&c->table->steps[number], __ATOMIC_SEQ_CST);
}

/* Every worker but the one that was killed takes a step. */
static void all_go_on(const struct crowd *c, int killed)
{
	uint64_t deadline = milliseconds() + LIMIT * 1000;
	uint64_t before[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		before[i] = steps_of(c, i);
	for (int i = 0; i < WORKERS; i++) {
		while (i != killed && steps_of(c, i) == before[i]) {
			assert_true(milliseconds() < deadline);
			usleep(200);
		}
	}
}

static int kills(void)
{
	return getenv("SOAK") ? 1000 : 100;
}

static void whoever_shares_a_mutex_goes_on(void **state)
{
	struct backing *b = *state;
	struct crowd c;

	begin(&c, b, work_with_mutex);
	for (int i = 0; i < kills(); i++) {
		int number = (int)below(&c.random, WORKERS);

		usleep(below(&c.random, 3000));
		kill_worker(&c, number);
		all_go_on(&c, number);
		start_worker(&c, number, work_with_mutex);
	}
	/* Otherwise no kill has met a holder, and nothing was tested. */
	assert_true(c.table->heirs > 0);
	assert_true(c.table->heirs <= (uint64_t)kills());
	end(&c, b, 0);
}

/*
 * What is posted is taken, as long as there is somebody, also when the woken die.
 * On the node only: futex(2) does not know that they did.
 */
static void whoever_waits_for_a_semaphore_is_served(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_semaphore semaphore;
	struct crowd c;

	begin(&c, b, work_with_semaphore);
	assert_int_equal(mmapdemo_semaphore_at(&semaphore, c.buffer, &c.view,
					       offsetof(struct table, semaphore)),
			 0);
	for (int i = 0; i < kills(); i++) {
		uint64_t deadline = milliseconds() + LIMIT * 1000;
		int number = (int)below(&c.random, WORKERS);

		for (uint32_t posts = below(&c.random, 4); posts; posts--)
			assert_int_equal(mmapdemo_semaphore_post(&semaphore), 0);
		kill_worker(&c, number);
		while (__atomic_load_n(c.table->semaphore, __ATOMIC_SEQ_CST)) {
			assert_true(milliseconds() < deadline);
			usleep(200);
		}
		start_worker(&c, number, work_with_semaphore);
	}
	end(&c, b, 1); /* we posted */
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_ALL(whoever_shares_a_mutex_goes_on),
		ON(whoever_waits_for_a_semaphore_is_served, 3),
	};

	return run_on_backings("kills", tests, sizeof(tests) / sizeof(tests[0]));
}
