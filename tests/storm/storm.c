// SPDX-License-Identifier: BSD-2-Clause
/*
 * The storm: processes that map, touch, split, protect, move, advise, fork,
 * read, write, sync, lock, wait, close and try to unload, at random, and compare all they
 * see with a model (model.h). The sequence of each worker follows from the
 * seed alone, so that a failure can be played again:
 *
 *	storm SEED SECONDS MODULE
 *
 * It goes in rounds of ROUND seconds, each with a seed of its own, one more than
 * the last. After a round nothing may be left, and the module is unloaded and
 * loaded again. In rounds with an odd seed, the workers are killed in the
 * middle of what they do. Raw system calls only. Prints TAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "storm.h"

#define ROUND 5 /* seconds */

struct shared *shared;
uint32_t size_pages;

/* The first complaint is kept: a worker's child has more to tell than its parent. */
void wrong(const struct worker *w, const char *format, ...)
{
	int err = errno;
	char *text = shared->complaint[w->number];
	va_list args;
	size_t used;

	if (!__atomic_test_and_set(&shared->complained[w->number], __ATOMIC_SEQ_CST)) {
		used = (size_t)snprintf(text, COMPLAINT, "operation %lu: ", w->operations);
		va_start(args, format);
		used += (size_t)vsnprintf(text + used, COMPLAINT - used, format, args);
		va_end(args);
		if (used < COMPLAINT)
			snprintf(text + used, COMPLAINT - used, " (errno %d)", err);
	}
	_exit(1);
}

static void start(uint32_t number, uint64_t seed, unsigned int seconds, pid_t *pid)
{
	fflush(stdout);
	*pid = fork();
	if (*pid == 0) {
		setpgid(0, 0);
		alarm(seconds + 60);
		work(number, seed, seconds);
		_exit(0);
	}
	setpgid(*pid, *pid);
}

/* Ends when no worker is left, nor a child of one. Sets what is wrong with whom. */
static void round_of(uint64_t seed, unsigned int seconds, int status[WORKERS])
{
	bool kills = seed % 2;
	pid_t pids[WORKERS];

	shared->model = (struct model){ 0 };
	for (uint32_t i = 0; i < WORKERS; i++)
		start(i, seed, kills ? seconds + 60 : seconds, &pids[i]);
	if (kills) {
		sleep(seconds);
		for (uint32_t i = 0; i < WORKERS; i++)
			kill(-pids[i], SIGKILL);
	}
	for (uint32_t i = 0; i < WORKERS; i++) {
		waitpid(pids[i], &status[i], 0);
		if (kills && status[i] == SIGKILL)
			status[i] = 0;
	}
	/* A killed worker's child has become ours. */
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static bool counts_are_back(void)
{
	struct mmapdemo_info info = { 0 };
	int fd = open(NODE, O_RDONLY | O_CLOEXEC);
	bool back = ioctl(fd, MMAPDEMO_IOC_INFO, &info) == 0 && info.opens == 1 && info.maps == 0 &&
		    info.clients == 0;

	printf("# open files: %u, maps: %u, clients: %u\n", info.opens, info.maps, info.clients);
	close(fd);
	size_pages = (uint32_t)(info.size / PAGE);
	return back;
}

static bool is_reloaded(const char *module)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC);
	bool unloaded = syscall(SYS_delete_module, "mmapdemo", O_NONBLOCK) == 0;
	bool loaded = unloaded && syscall(SYS_finit_module, fd, "", 0) == 0;

	if (!loaded)
		printf("# %s of the module: errno %d\n", unloaded ? "load" : "unload", errno);
	close(fd);
	return loaded;
}

static void tell_worker(uint32_t i, int status)
{
	printf("%s %u - worker %u saw what it had to see\n", status ? "not ok" : "ok", i + 1, i);
	if (status)
		printf("# status %#x, %s\n", (unsigned int)status,
		       shared->complained[i] ? shared->complaint[i] : "without a word");
	printf("# %lu operations\n", shared->operations[i]);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 3 ? strtoull(argv[1], NULL, 0) : 0;
	unsigned int seconds = argc > 3 ? (unsigned int)atoi(argv[2]) : 0;
	unsigned int rounds = (seconds + ROUND - 1) / ROUND;
	int status[WORKERS] = { 0 };
	bool back, reloaded = true, good = true;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	back = counts_are_back();
	if (!rounds || shared == MAP_FAILED || size_pages < PAGES) {
		fprintf(stderr, "usage: storm SEED SECONDS MODULE, with the module loaded\n");
		return 2;
	}
	for (unsigned int i = 0; i < rounds && good; i++) {
		printf("# round %u of %u, seed %llu, %s\n", i + 1, rounds,
		       (unsigned long long)(seed + i), (seed + i) % 2 ? "killed" : "to its end");
		round_of(seed + i, ROUND, status);
		back = counts_are_back();
		reloaded = is_reloaded(argv[3]);
		good = back && reloaded;
		for (uint32_t w = 0; w < WORKERS; w++)
			good &= status[w] == 0;
	}
	for (uint32_t i = 0; i < WORKERS; i++)
		tell_worker(i, status[i]);
	printf("%s %d - all files, maps and clients are gone after each round\n",
	       back ? "ok" : "not ok", WORKERS + 1);
	printf("%s %d - the module unloads and loads after each round\n",
	       reloaded ? "ok" : "not ok", WORKERS + 2);
	printf("1..%d\n", WORKERS + 2);
	return !good;
}
