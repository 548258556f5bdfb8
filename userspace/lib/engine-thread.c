// SPDX-License-Identifier: BSD-2-Clause
/*
 * Engines that run in threads of the library's: who has only the descriptor can still
 * end the thread and wait for it.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "mmapdemo_engine.h"

/*
 * A thread that runs an engine. It is in the list until its run has ended; then it frees
 * itself, or the thread that joins it does.
 */
struct runner {
	struct runner *next;
	pthread_t thread;
	int engine;
	pid_t pid; /* a child of fork(2) has the list, and not the threads */
	bool joined;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list */
static struct runner *runners;

/* Under the lock. */
static void take_out(const struct runner *runner)
{
	struct runner **place = &runners;

	while (*place != runner)
		place = &(*place)->next;
	*place = runner->next;
}

static void *run(void *arg)
{
	struct runner *runner = arg;
	int err;

	/* All signals are blocked: what interrupts is a debugger, or a checkpoint. */
	do {
		err = mmapdemo_engine_run(runner->engine);
	} while (err == -EINTR);
	pthread_mutex_lock(&lock);
	if (!runner->joined) {
		take_out(runner);
		pthread_detach(pthread_self());
		free(runner);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static int start_thread(struct runner *runner)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_mutex_lock(&lock);
	err = pthread_create(&runner->thread, NULL, run, runner);
	if (!err) {
		runner->next = runners;
		runners = runner;
	}
	pthread_mutex_unlock(&lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}

/*
 * Before that the descriptor's number must not become another's: the thread would run
 * what is not its own.
 */
static void until_it_runs(int engine)
{
	const struct timespec pause = { .tv_nsec = 20000 };
	struct mmapdemo_engine_info info;

	while (!mmapdemo_engine_get_info(engine, &info) && !info.running && !info.ended)
		nanosleep(&pause, NULL);
}

int mmapdemo_engine_start(int *engine, const char *kind, const struct mmapdemo_buffer *in,
			  const struct mmapdemo_buffer *out,
			  const struct mmapdemo_engine_args *args)
{
	struct runner *runner = malloc(sizeof(*runner));
	int err, fd;

	if (!runner)
		return -ENOMEM;
	err = mmapdemo_engine_create(&fd, kind, in, out, args);
	if (err) {
		free(runner);
		return err;
	}
	*runner = (struct runner){ .engine = fd, .pid = getpid() };
	err = start_thread(runner);
	if (err) {
		close(fd);
		free(runner);
		return err;
	}
	until_it_runs(fd);
	*engine = fd;
	return 0;
}

/* The youngest first: an elder of the same number was closed, and is about to end. */
static struct runner *find(int engine)
{
	struct runner *runner = runners;

	while (runner && (runner->engine != engine || runner->pid != getpid()))
		runner = runner->next;
	return runner;
}

void mmapdemo_engine_stop(int engine)
{
	struct runner *runner;

	pthread_mutex_lock(&lock);
	runner = find(engine);
	if (runner) {
		runner->joined = true;
		take_out(runner);
	}
	pthread_mutex_unlock(&lock);
	close(engine);
	if (runner) {
		pthread_join(runner->thread, NULL);
		free(runner);
	}
}
