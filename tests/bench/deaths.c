// SPDX-License-Identifier: BSD-2-Clause
/*
 * A process is killed while it holds a mutex for which others sleep: how long until
 * the last of them has had it?
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "mmapdemo.h"

#include "bench.h"

#define ROUNDS 100
#define WAITERS 4

/* In the buffer, behind the mutex. */
struct table {
	_Atomic uint32_t held;
	_Atomic uint64_t had[WAITERS]; /* when */
};

static struct mmapdemo_mutex mutex;
static struct table *table;

static void hold(int number)
{
	(void)number;
	if (mmapdemo_mutex_lock(&mutex))
		errx(1, "lock");
	table->held = 1;
	for (;;)
		pause();
}

static void have(int number)
{
	int error = mmapdemo_mutex_lock(&mutex);

	if (error == -EOWNERDEAD)
		error = mmapdemo_mutex_consistent(&mutex);
	if (error)
		errx(1, "lock of a waiter");
	table->had[number] = now();
	mmapdemo_mutex_unlock(&mutex);
	_exit(0);
}

static pid_t start(void (*play)(int number), int number)
{
	pid_t pid = start_process();

	if (pid == 0)
		play(number);
	return pid;
}

static uint64_t one_death(void)
{
	uint64_t last = 0, killed;
	pid_t holder;

	table->held = 0;
	holder = start(hold, 0);
	while (!table->held)
		usleep(1000);
	for (int i = 0; i < WAITERS; i++)
		start(have, i);
	usleep(100000); /* of the guest's time, in which nobody else does anything: they sleep */
	killed = now();
	kill(holder, SIGKILL);
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < WAITERS; i++) {
		if (table->had[i] < killed)
			errx(1, "a waiter did not wait");
		if (table->had[i] > last)
			last = table->had[i];
	}
	return last - killed;
}

static double longest(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_view view;
	uint64_t most = 0;

	if (mmapdemo_view_open(&view, buffer, 0, PAGE, 0) ||
	    mmapdemo_mutex_at(&mutex, buffer, &view, 0))
		errx(1, "no mutex");
	table = (struct table *)((char *)view.data + MMAPDEMO_MUTEX_SIZE);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t took = one_death();

		if (took > most)
			most = took;
	}
	return (double)most;
}

int main(void)
{
	struct mmapdemo_buffer *driver, *anonymous;
	double other;

	if (mmapdemo_create(&driver, NULL, PAGE, 0) || mmapdemo_open_anon(&anonymous, PAGE))
		errx(1, "no buffer");
	other = longest(anonymous);
	print_figure(&(struct figure){
		.name = "SIGKILL of a holder, until 4 waiters have had it",
		.work = "the longest of 100, from kill() on; all on one CPU",
		.value = longest(driver),
		.goal = 10000000,
		.others = { { "the same calls on anonymous memory (futex)", other } },
	});
	return 0;
}
