// SPDX-License-Identifier: BSD-2-Clause
/* The storm: a worker, what it does to its files, and the dice. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "storm.h"

uint32_t below(struct worker *w, uint32_t n)
{
	return random_below(&w->random, n);
}

/* That was forked; it has nothing to complain of. */
void end_child(struct worker *w, pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		wrong(w, "fork");
	while (status == SIGKILL) /* the round is over, for us too */
		pause();
	if (status)
		wrong(w, "a child ended with %#x", (unsigned int)status);
}

static void op_write(struct worker *w)
{
	uint32_t page = below(w, PAGES / WORKERS) * WORKERS + w->number;
	uint64_t words[WORDS];

	begin_store(&shared->model, page);
	for (uint32_t j = 0; j < WORDS; j++)
		words[j] = word_of(&shared->model, page);
	if (pwrite(w->fd, words, PAGE, page * PAGE) != PAGE)
		wrong(w, "pwrite");
	end_store(&shared->model, page);
}

static void op_read(struct worker *w)
{
	uint32_t page = below(w, PAGES);
	uint32_t before = sequence_of(&shared->model, page);
	uint64_t words[WORDS];

	if (pread(below(w, 2) ? w->fd : w->reader, words, PAGE, page * PAGE) != PAGE)
		wrong(w, "pread");
	if (!is_right(&shared->model, page, before, words, WORDS))
		wrong(w, "pread of page %u: %#llx", page, (unsigned long long)words[0]);
}

static void op_sync(struct worker *w)
{
	struct map *map = any_map(w);

	if (map && map->place[0].mapped && msync(map->addr, PAGE, MS_SYNC) < 0)
		wrong(w, "msync");
	if (fsync(w->reader) < 0)
		wrong(w, "fsync");
}

/* The maps keep the files that were open when they were made. */
static void op_reopen(struct worker *w)
{
	close(w->fd);
	close(w->reader);
	w->fd = open(NODE, O_RDWR | O_CLOEXEC);
	w->reader = open(NODE, O_RDONLY | O_CLOEXEC);
	if (w->fd < 0 || w->reader < 0)
		wrong(w, "open");
}

static void refused(struct worker *w, size_t length, int prot, int flags, int fd, uint64_t offset)
{
	if (mmap(NULL, length, prot, flags, fd, (off_t)offset) != MAP_FAILED)
		wrong(w, "mmap of %zu bytes at %#llx, prot %d, flags %d was not refused", length,
		      (unsigned long long)offset, prot, flags);
}

static void op_hostile(struct worker *w)
{
	uint64_t size = (uint64_t)size_pages * PAGE;
	int flags = below(w, 2) ? MAP_SHARED : MAP_PRIVATE;

	switch (below(w, 7)) {
	case 0:
		return refused(w, PAGE, PROT_READ, flags, w->fd, size + below(w, 99) * PAGE);
	case 1:
		return refused(w, size + PAGE, PROT_READ, flags, w->fd, 0);
	case 2:
		return refused(w, (2 + below(w, 9)) * PAGE, PROT_READ, flags, w->fd, size - PAGE);
	case 3:
		return refused(w, PAGE, PROT_READ, flags, w->fd, (uint64_t)0 - PAGE);
	case 4:
		return refused(w, PAGE, PROT_READ | PROT_EXEC, flags, w->fd, 0);
	case 5:
		return refused(w, PAGE, PROT_WRITE, MAP_SHARED, w->reader, 0);
	default:
		if (syscall(SYS_delete_module, "mmapdemo", O_NONBLOCK) == 0 || errno != EAGAIN)
			wrong(w, "the module was unloaded while open");
	}
}

/* One more thread of each worker: it shares the maps' lock, and no map. */
static void *noise(void *arg)
{
	struct mmapdemo_info info;
	struct worker *w = arg;
	uint64_t words[WORDS];
	uint32_t before;
	char *data;
	int fd;

	for (;;) {
		fd = open(NODE, O_RDWR | O_CLOEXEC);
		data = mmap(NULL, 8 * PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
		if (fd < 0 || data == MAP_FAILED || ioctl(fd, MMAPDEMO_IOC_INFO, &info) < 0)
			wrong(w, "open, mmap or ioctl in the second thread");
		close(fd);
		before = sequence_of(&shared->model, 4);
		memcpy(words, data + 3 * PAGE, sizeof(words));
		if (!is_right(&shared->model, 4, before, words, WORDS))
			wrong(w, "the second thread reads %#llx", (unsigned long long)words[0]);
		munmap(data, 8 * PAGE);
	}
	return NULL;
}

static const struct {
	void (*run)(struct worker *w);
	uint32_t weight;
} operations[] = {
	{ op_map, 14 },	   { op_check, 30 },	 { op_store, 20 }, { op_write, 8 },
	{ op_read, 10 },   { op_protect, 6 },	 { op_remap, 4 },  { op_advise, 5 },
	{ op_fork, 1 },	   { op_sync, 2 },	 { op_reopen, 1 }, { op_mem, 3 },
	{ op_hostile, 4 }, { op_unmap_part, 3 }, { op_lock, 12 },  { op_words, 3 },
};

static void step(struct worker *w)
{
	uint32_t at = 0;
	uint32_t total = 0;
	uint32_t dice;

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		total += operations[i].weight;
	dice = below(w, total);
	while (dice >= operations[at].weight)
		dice -= operations[at++].weight;
	w->operations++;
	shared->operations[w->number]++;
	operations[at].run(w);
}

void work(uint32_t number, uint64_t seed, unsigned int seconds)
{
	static struct worker w;
	struct timespec start, now;
	pthread_t thread;

	w.number = number;
	w.random = (seed + 1) * 0x9e3779b97f4a7c15ULL + number;
	w.fd = w.reader = -1;
	op_reopen(&w);
	if (pthread_create(&thread, NULL, noise, &w) != 0)
		wrong(&w, "pthread_create");
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		for (int i = 0; i < 50; i++)
			step(&w);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < seconds);
}
