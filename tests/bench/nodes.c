// SPDX-License-Identifier: BSD-2-Clause
/*
 * Making a buffer and taking it away again, with more and more of them there
 * already: the cost must not grow with their number.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <linux/mmapdemo.h>

#include "bench.h"

#define MOST 10000
#define STEPS 4
#define ROUNDS 5

static const int steps[STEPS] = { 10, 100, 1000, MOST };
static int node;
static int there[MOST];

/* A descriptor of a new buffer, with a name of that number, or without for -1. */
static int make(int number)
{
	struct mmapdemo_create args = { .size = PAGE };
	int fd;

	if (number >= 0)
		snprintf(args.name, sizeof(args.name), "bench-%d", number);
	fd = ioctl(node, MMAPDEMO_IOC_CREATE, &args);
	if (fd < 0)
		err(1, "CREATE of %s", args.name);
	return fd;
}

static void take_name(int fd)
{
	if (ioctl(fd, MMAPDEMO_IOC_REMOVE, 0) < 0)
		err(1, "REMOVE");
}

static void unnamed(void *argument)
{
	(void)argument;
	close(make(-1));
}

static void named(void *argument)
{
	int fd = make(MOST);

	(void)argument;
	take_name(fd);
	close(fd);
}

static void memfd(void *argument)
{
	int fd = memfd_create("bench", MFD_CLOEXEC);

	(void)argument;
	if (fd < 0 || posix_fallocate(fd, 0, PAGE))
		err(1, "memfd");
	close(fd);
}

static void shm(void *argument)
{
	int fd = shm_open("/bench", O_RDWR | O_CREAT, 0600);

	(void)argument;
	if (fd < 0 || posix_fallocate(fd, 0, PAGE) || shm_unlink("/bench") < 0)
		err(1, "shm");
	close(fd);
}

/* costs[i] of @what, with steps[i] others there, which have names or not. */
static void measure(operation *what, bool names, double costs[STEPS])
{
	int count = 0;

	for (int i = 0; i < STEPS; i++) {
		for (; count < steps[i]; count++)
			there[count] = make(names ? count : -1);
		costs[i] = instructions(what, NULL, ROUNDS);
	}
	while (count--) {
		if (names)
			take_name(there[count]);
		close(there[count]);
	}
}

static void print(const char *name, operation *what, bool names, const struct other *other)
{
	double costs[STEPS];
	char text[80];

	measure(what, names, costs);
	for (int i = 0; i < STEPS; i++) {
		snprintf(text, sizeof(text), "%s, create + remove, %d there", name, steps[i]);
		print_figure(&(struct figure){
			.name = text,
			.work = "a page, zeroed; the others are of the same kind",
			.value = costs[i],
			.goal = NO_GOAL,
			.others = { i ? (struct other){ NULL, 0 } : *other },
		});
	}
	snprintf(text, sizeof(text), "%s, last to first of these", name);
	print_figure(&(struct figure){
		.name = text,
		.work = "a ratio: it must not grow with their number",
		.unit = "ratio",
		.value = costs[STEPS - 1] / costs[0],
		.goal = 1.25,
	});
}

int main(void)
{
	const struct rlimit files = { MOST + 100, MOST + 100 };

	node = open("/dev/mmapdemo", O_RDWR);
	if (node < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0)
		err(1, "setup");
	print("unnamed buffer", unnamed, false,
	      &(struct other){ "memfd of a page", instructions(memfd, NULL, ROUNDS) });
	print("named buffer", named, true,
	      &(struct other){ "shm_open() of a page", instructions(shm, NULL, ROUNDS) });
	return 0;
}
