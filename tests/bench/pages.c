// SPDX-License-Identifier: BSD-2-Clause
/*
 * pages WHEN [GOAL]: mapping memory that somebody filled before, touching each page, and
 * unmapping. How many pieces the memory is of depends on what was there before.
 */
#include <sys/mman.h>
#include <sys/resource.h>

#include "mmapdemo.h"

#include "bench.h"

#define PAGES 256
#define MANY 16384UL /* 64 MiB */

struct memory {
	int fd;
	int flags; /* of mmap(2) */
};

/* The same bytes for all: a page each, and not for the first time. */
static void map_and_touch(void *argument)
{
	const struct memory *memory = argument;
	volatile char *data = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED | memory->flags, memory->fd, 0);

	if (data == MAP_FAILED)
		err(1, "mmap");
	for (size_t i = 0; i < PAGES; i++)
		data[i * PAGE] = 1;
	munmap((void *)data, PAGES * PAGE);
}

static double per_page(int fd, int flags)
{
	struct memory memory = { fd, flags };

	return instructions(map_and_touch, &memory, 2) / PAGES;
}

/* Of one page each, of MANY at once. */
struct costs {
	double touch, unmap;
	double faults; /* of all of them, in all samples */
};

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static double median(double samples[SAMPLES])
{
	qsort(samples, SAMPLES, sizeof(*samples), compare);
	return samples[SAMPLES / 2] / MANY;
}

/* Of a new memfd each time if @fd is -1. */
static struct costs many(int fd, int flags)
{
	double touch[SAMPLES], unmap[SAMPLES];
	struct costs costs = { 0 };
	char *data;

	for (int i = 0; i < SAMPLES; i++) {
		int memory = fd < 0 ? memfd_create("bench", 0) : fd;
		long before = faults();
		uint64_t start;

		if (fd < 0 && ftruncate(memory, MANY * PAGE) < 0)
			err(1, "memfd");
		start = now();
		data = mmap(NULL, MANY * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | flags, memory,
			    0);
		if (data == MAP_FAILED)
			err(1, "mmap");
		for (size_t page = 0; page < MANY; page++)
			*(volatile size_t *)(data + page * PAGE) = page;
		touch[i] = (double)(now() - start);
		costs.faults += (double)(faults() - before);
		for (size_t page = 0; page < MANY; page++) {
			if (*(volatile size_t *)(data + page * PAGE) != page)
				errx(1, "page %zu", page);
		}
		start = now();
		munmap(data, MANY * PAGE);
		unmap[i] = (double)(now() - start);
		if (fd < 0)
			close(memory);
	}
	costs.touch = median(touch);
	costs.unmap = median(unmap);
	return costs;
}

static void all_at_once(const char *when, double goal)
{
	struct mmapdemo_buffer *buffer;
	char name[80];
	struct costs ours, first, second, populated;
	int fd = memfd_create("bench", 0);

	if (fd < 0 || ftruncate(fd, MANY * PAGE) < 0 ||
	    mmapdemo_create(&buffer, NULL, MANY * PAGE, 0))
		errx(1, "setup");
	first = many(-1, 0);
	many(fd, 0);
	second = many(fd, 0);
	populated = many(fd, MAP_POPULATE);
	ours = many(mmapdemo_fd(buffer), 0);
	snprintf(name, sizeof(name), "page of 64 MiB, map + touch, %s", when);
	print_figure(&(struct figure){
		.name = name,
		.work = "mmap() of 64 MiB, its number stored to each page; all compared",
		.value = ours.touch,
		.goal = goal,
		.aim = 70,
		.others = { { "memfd, the first who touches", first.touch },
			    { "memfd, the second", second.touch },
			    { "memfd, MAP_POPULATE", populated.touch } },
	});
	snprintf(name, sizeof(name), "page of 64 MiB, unmap, %s", when);
	print_figure(&(struct figure){
		.name = name,
		.work = "munmap() of these",
		.value = ours.unmap,
		.goal = 100,
		.others = { { "memfd", second.unmap } },
	});
	snprintf(name, sizeof(name), "64 MiB, page faults while touched, %s", when);
	print_figure(&(struct figure){
		.name = name,
		.work = "of nine times 16,384 pages",
		.unit = "faults",
		.value = ours.faults,
		.goal = 0,
		.others = { { "memfd, the second", second.faults } },
	});
}

int main(int argc, char **argv)
{
	struct mmapdemo_buffer *buffer;
	int fd = memfd_create("bench", 0);
	const char *when = argc > 1 ? argv[1] : "";
	char name[80];

	if (fd < 0 || ftruncate(fd, PAGES * PAGE) < 0 ||
	    mmapdemo_create(&buffer, NULL, PAGES * PAGE, 0))
		errx(1, "setup");
	snprintf(name, sizeof(name), "page, map + touch + unmap, %s", when);
	print_figure(&(struct figure){
		.name = name,
		.work = "of 1 MiB that was touched before: mmap(), a store to each page, munmap()",
		.value = per_page(mmapdemo_fd(buffer), 0),
		.goal = NO_GOAL,
		.others = { { "memfd", per_page(fd, 0) },
			    { "memfd, MAP_POPULATE", per_page(fd, MAP_POPULATE) } },
	});
	all_at_once(when, argc > 2 ? atof(argv[2]) : NO_GOAL);
	return 0;
}
