// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two processes on one CPU that hand over to each other: each sleeps until the
 * other one wakes it.
 */
#include <signal.h>
#include <sys/wait.h>

#include "ways.h"

#include "bench.h"

/* As many as needed, so that what the scheduler does at its ticks is in it. */
#define ROUNDS 1000

static int held; /* the mutex that this process has */

static void tell(const struct way *way, int word)
{
	way->words[word]++;
	way->wake(word);
}

static void hear(const struct way *way, int word, uint32_t old)
{
	while (way->words[word] == old)
		way->wait(word, old);
}

static void round_trip(void *argument)
{
	const struct way *way = argument;
	uint32_t old = way->words[1];

	tell(way, 0);
	hear(way, 1, old);
}

static void answer(const struct way *way)
{
	for (uint32_t old = 0;; old++) {
		hear(way, 0, old);
		tell(way, 1);
	}
}

/*
 * Three mutexes in a circle. Each of the two processes has one, takes the next, and
 * lets go of the first: it cannot go on before the other one has.
 */
static void step(void *argument)
{
	const struct way *way = argument;
	int next = (held + 1) % MUTEXES;

	way->lock(next);
	way->words[2 + next]++;
	way->unlock(held);
	held = next;
}

static void steps(const struct way *way)
{
	held = 1;
	way->lock(held);
	tell(way, 1);
	for (;;)
		step((void *)way);
}

static pid_t start(void (*peers)(const struct way *), const struct way *way)
{
	pid_t peer = start_process();

	if (peer == 0)
		peers(way);
	return peer;
}

static void stop(pid_t peer)
{
	kill(peer, SIGKILL);
	waitpid(peer, NULL, 0);
}

static double round_trips(struct way *way)
{
	pid_t peer = start(answer, way);
	double result = instructions(round_trip, way, ROUNDS);

	stop(peer);
	return result;
}

static double circles(struct way *way)
{
	uint32_t old = way->words[1];
	double result;
	pid_t peer;

	held = 0;
	way->lock(held);
	peer = start(steps, way);
	hear(way, 1, old);
	result = instructions(step, way, ROUNDS);
	stop(peer);
	return result;
}

int main(void)
{
	double trip, circle;

	alarm(60);
	setup_driver();
	setup_futex();
	trip = round_trips(&futex);
	print_figure(&(struct figure){
		.name = "words, round trip of two processes",
		.work = "each stores, wakes the other, and waits for its answer; on one CPU",
		.value = round_trips(&driver),
		.goal = trip,
		.others = { { "two futexes in shared memory", trip } },
	});
	circle = circles(&futex);
	print_figure(&(struct figure){
		.name = "mutex, handed over and back",
		.work = "in turn: lock what the other one has, count, unlock what it waits for",
		.value = circles(&driver),
		.goal = circle,
		.others = { { "pthread mutex, shared, robust", circle } },
	});
	return 0;
}
