// SPDX-License-Identifier: BSD-2-Clause
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

#define TRIPS 20000
#define TRIPS_TIME 300000000 /* no more, even where each is long */
#define COPIED (32UL << 20)  /* bytes of a run */

/* What both processes do: a round of one peer. */
struct work {
	const struct peer *peer;
	void *there, *back; /* what is sent by the first process, and by the second */
	size_t size;
	int lines;
	uint64_t count;
};

struct result {
	_Atomic int ready;
	uint64_t start, end;
	_Atomic int last; /* the trip that comes is the last one */
	size_t trips;
	uint64_t times[TRIPS];
};

static struct result *result;
static int cpus[2];

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int run_setup(void)
{
	cpu_set_t set;
	int found = 0;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		err(1, "sched_getaffinity");
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++) {
		if (CPU_ISSET(cpu, &set))
			cpus[found++] = cpu;
	}
	result = shared_memory(sizeof(*result));
	return found == 2;
}

static void take_cpu(int side)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpus[side], &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		err(1, "sched_setaffinity");
}

/* Both begin at the same time. */
static void meet(void)
{
	result->ready++;
	while (result->ready < 2)
		sched_yield();
}

static pid_t start(void (*play)(const struct work *), const struct work *work, int side)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	alarm(120);
	take_cpu(side);
	play(work);
	_exit(0);
}

/* In a process of its own, with which the memory goes. */
static void both(void (*first)(const struct work *), void (*second)(const struct work *),
		 struct work work)
{
	int status, failed = 0;
	pid_t host = fork();

	if (host < 0)
		err(1, "fork");
	if (host) {
		if (waitpid(host, &status, 0) != host || status)
			errx(1, "%s: a process has failed", work.peer->name);
		return;
	}
	result->ready = 0;
	result->last = 0;
	work.there = work.peer->create(work.size, work.lines);
	work.back = work.lines ? work.peer->create(work.size, work.lines) : NULL;
	start(first, &work, 0);
	start(second, &work, 1);
	for (int i = 0; i < 2; i++)
		failed |= wait(&status) < 0 || status;
	_exit(failed);
}

static void open_side(void (*side)(void *state), void *state)
{
	if (side)
		side(state);
}

static void send_many(const struct work *work)
{
	uint64_t words[SHORT / 8];

	open_side(work->peer->produces, work->there);
	meet();
	if (work->peer->send_many) {
		work->peer->send_many(work->there, work->count);
		return;
	}
	for (uint64_t i = 0; i < work->count; i++) {
		write_message(words, SHORT, i);
		work->peer->send(work->there, words, SHORT);
	}
}

static void receive_each(const struct work *work)
{
	uint64_t words[SHORT / 8];

	for (uint64_t i = 0; i < work->count; i++) {
		work->peer->receive(work->there, words, SHORT);
		compare_message(words, SHORT, i);
	}
}

static void receive_many(const struct work *work)
{
	open_side(work->peer->consumes, work->there);
	meet();
	result->start = now();
	if (work->peer->receive_many)
		work->peer->receive_many(work->there, work->count);
	else
		receive_each(work);
	result->end = now();
}

double run_many(const struct peer *peer)
{
	struct work work = { .peer = peer, .size = SHORT, .count = peer->many };

	both(send_many, receive_many, work);
	return (double)(result->end - result->start) / (double)work.count;
}

/* The ends of each message are written and compared: all of it would be a third copy. */
static void send_copies(const struct work *work)
{
	static uint64_t words[LONG / 8];

	open_side(work->peer->produces, work->there);
	meet();
	for (uint64_t i = 0; i < work->count; i++) {
		words[0] = words[work->size / 8 - 1] = i;
		work->peer->send(work->there, words, work->size);
	}
}

static void receive_copies(const struct work *work)
{
	static uint64_t words[LONG / 8];

	open_side(work->peer->consumes, work->there);
	meet();
	result->start = now();
	for (uint64_t i = 0; i < work->count; i++) {
		work->peer->receive(work->there, words, work->size);
		if (words[0] != i || words[work->size / 8 - 1] != i)
			errx(1, "%s: message %llu is another", work->peer->name,
			     (unsigned long long)i);
	}
	result->end = now();
}

double run_copies(const struct peer *peer, size_t size)
{
	struct work work = { .peer = peer, .size = size, .count = COPIED / size };

	both(send_copies, receive_copies, work);
	return (double)(result->end - result->start) / (double)work.count;
}

static void ping(const struct work *work)
{
	uint64_t words[LINE / 8] = { 0 }, begin, last;

	open_side(work->peer->produces, work->there);
	open_side(work->peer->consumes, work->back);
	meet();
	begin = last = now();
	for (uint64_t i = 0; !result->last; i++) {
		result->last = i == TRIPS - 1 || last - begin > TRIPS_TIME;
		write_message(words, LINE, i);
		work->peer->send(work->there, words, LINE);
		work->peer->receive(work->back, words, LINE);
		compare_message(words, LINE, i);
		result->times[i] = now() - last;
		last += result->times[i];
		result->trips = i + 1;
	}
}

static void pong(const struct work *work)
{
	uint64_t words[LINE / 8];
	int last = 0;

	open_side(work->peer->consumes, work->there);
	open_side(work->peer->produces, work->back);
	meet();
	for (uint64_t i = 0; !last; i++) {
		write_message(words, LINE, i); /* lines alone carry none */
		work->peer->receive(work->there, words, LINE);
		compare_message(words, LINE, i);
		last = result->last;
		work->peer->send(work->back, words, LINE);
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

struct trips run_trips(const struct peer *peer)
{
	struct work work = { .peer = peer, .size = LINE, .lines = LINES };
	size_t n;

	both(ping, pong, work);
	n = result->trips;
	qsort(result->times, n, sizeof(*result->times), compare);
	return (struct trips){
		.p50 = (double)result->times[n / 2],
		.p99 = (double)result->times[n * 99 / 100],
		.p999 = (double)result->times[n * 999 / 1000],
	};
}
