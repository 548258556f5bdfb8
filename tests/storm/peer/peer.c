// SPDX-License-Identifier: BSD-2-Clause
/*
 * The storm of hostile peers: processes take roles in two channels and write values at
 * random into every word that they may write, while engines, read(2) and write(2)
 * are at the other ends, and all come and go.
 *
 *	storm-peer SEED SECONDS
 *
 * It goes in rounds of ROUND seconds, each with a seed of its own, one more than
 * the last. Then all are killed, whatever they wait for, nothing may be left,
 * and an honest message must pass. Raw system calls only. Prints TAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "peer.h"

#define NODE "/dev/mmapdemo"
#define ROUND 2	    /* seconds */
#define PATIENCE 60 /* seconds for the dead to be gone */

struct shared *shared;
int node;

uint32_t below(struct actor *a, uint32_t n)
{
	return random_below(&a->random, n);
}

void wrong(const struct actor *a, const char *format, ...)
{
	int err = errno;
	va_list args;
	size_t used;

	if (__atomic_test_and_set(&shared->complained, __ATOMIC_SEQ_CST))
		return;
	used = (size_t)snprintf(shared->complaint, sizeof(shared->complaint),
				"actor %u: ", a->number);
	va_start(args, format);
	used += (size_t)vsnprintf(shared->complaint + used, sizeof(shared->complaint) - used,
				  format, args);
	va_end(args);
	if (used < sizeof(shared->complaint))
		snprintf(shared->complaint + used, sizeof(shared->complaint) - used, " (errno %d)",
			 err);
}

void may_fail(const struct actor *a, const char *what, long result, const int *errors)
{
	if (result >= 0)
		return;
	while (*errors && *errors != errno)
		errors++;
	if (!*errors)
		wrong(a, "%s", what);
}

int open_again(struct actor *a, int access)
{
	int fd = ioctl(a->channels[below(a, 2)], MMAPDEMO_IOC_OPEN, access);

	if (fd < 0)
		wrong(a, "OPEN");
	return fd;
}

static const struct {
	const char *name;
	void (*act)(struct actor *a);
} kinds[KINDS] = {
	{ "hostile", act_liar },
	{ "read(2)", act_reader },
	{ "write(2)", act_writer },
	{ "engines", act_engines },
};

/* Which kind each process is. */
static const unsigned int actors[] = { 0, 0, 0, 1, 2, 3, 3 };

#define ACTORS (sizeof(actors) / sizeof(actors[0]))

static void interrupt(int signal)
{
	(void)signal;
}

static void act(unsigned int number, uint64_t seed, const int *channels)
{
	const struct itimerval tick = { { 0, 5000 }, { 0, 5000 } };
	const struct sigaction action = { .sa_handler = interrupt };
	struct actor a = { .number = number,
			   .random = (seed + 1) * 0x9e3779b97f4a7c15ULL + number,
			   .channels = channels,
			   .end = { .fd = -1 },
			   .engines = { -1, -1, -1, -1 } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	for (;;) {
		kinds[actors[number]].act(&a);
		__atomic_fetch_add(&shared->done[actors[number]], 1, __ATOMIC_RELAXED);
	}
}

static int create(int fd, unsigned int flags)
{
	struct mmapdemo_create args = { .size = RING, .flags = MMAPDEMO_CREATE_CHANNEL | flags };

	return ioctl(fd, MMAPDEMO_IOC_CREATE, &args);
}

/* Nobody is so busy, or so deep in a call, that he could not be killed. */
static void round_of(uint64_t seed, const int *channels)
{
	pid_t pids[ACTORS];

	fflush(stdout);
	for (unsigned int i = 0; i < ACTORS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			act(i, seed, channels);
	}
	sleep(ROUND);
	alarm(PATIENCE);
	for (unsigned int i = 0; i < ACTORS; i++)
		kill(pids[i], SIGKILL);
	for (unsigned int i = 0; i < ACTORS; i++)
		waitpid(pids[i], NULL, 0);
	alarm(0);
}

/* All that they had is given back. */
static bool is_quiet(int channel)
{
	struct mmapdemo_info info = { 0 };

	ioctl(channel, MMAPDEMO_IOC_INFO, &info);
	if (info.opens == 1 && !info.maps &&
	    !(info.channel & (MMAPDEMO_CHANNEL_PRODUCER | MMAPDEMO_CHANNEL_CONSUMER)))
		return true;
	printf("# open files: %u, maps: %u, channel %#x\n", info.opens, info.maps, info.channel);
	return false;
}

/* A message goes through a fresh channel, an echo and another one. */
static bool passes(int fd)
{
	struct mmapdemo_engine args = { .name = "echo", .in = create(fd, 0), .out = create(fd, 0) };
	int echo = ioctl(fd, MMAPDEMO_IOC_ENGINE, &args);
	pid_t runner = fork();
	char text[16] = "";
	bool good;

	if (runner == 0) {
		ioctl(echo, MMAPDEMO_IOC_ENGINE_RUN, 0);
		_exit(0);
	}
	alarm(PATIENCE);
	good = write(args.in, "honest", 6) == 6 && read(args.out, text, sizeof(text)) == 6 &&
	       !strcmp(text, "honest");
	alarm(0);
	kill(runner, SIGKILL);
	waitpid(runner, NULL, 0);
	close(echo);
	close(args.in);
	close(args.out);
	return good;
}

static void hangs(int signal)
{
	static const char text[] =
		"not ok 1 - somebody cannot be killed, or a message is lost\n1..1\n";

	(void)signal;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) > 0)
		_exit(1);
}

static void tell(int number, bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", number, what);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[1], NULL, 0) : 0;
	int rounds = argc > 2 ? (atoi(argv[2]) + ROUND - 1) / ROUND : 0;
	bool quiet = true, honest = true, all = true;

	node = open(NODE, O_RDWR | O_CLOEXEC);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (rounds < 1 || node < 0 || shared == MAP_FAILED) {
		fprintf(stderr, "usage: storm-peer SEED SECONDS, with the module loaded\n");
		return 2;
	}
	signal(SIGALRM, hangs);
	for (int i = 0; i < rounds && quiet && honest && !shared->complained; i++, seed++) {
		const int channels[] = { create(node, 0),
					 create(node, seed % 2 ? MMAPDEMO_CREATE_LINES : 0) };

		printf("# round %d of %d, seed %llu\n", i + 1, rounds, (unsigned long long)seed);
		round_of(seed, channels);
		quiet = is_quiet(channels[0]) && is_quiet(channels[1]);
		close(channels[0]);
		close(channels[1]);
		honest = passes(node);
	}
	for (unsigned int i = 0; i < KINDS; i++) {
		printf("# %s: %lu operations\n", kinds[i].name, shared->done[i]);
		all &= shared->done[i] > 0;
	}
	printf("# %lu messages taken by engines\n", shared->received);
	if (shared->complained)
		printf("# %s\n", shared->complaint);
	tell(1, !shared->complained, "nobody saw an error that cannot be");
	tell(2, all && shared->received, "all have done something, and engines took messages");
	tell(3, quiet, "all files, maps and roles are gone after each round");
	tell(4, honest, "an honest message passes after each round");
	printf("1..4\n");
	return !(all && shared->received && quiet && honest && !shared->complained);
}
