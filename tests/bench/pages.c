// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mapping memory that somebody filled before, touching each page, and unmapping.
 */
#include <sys/mman.h>

#include "mmapdemo.h"

#include "bench.h"

#define PAGES 256

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

int main(void)
{
	struct mmapdemo_buffer *buffer;
	int fd = memfd_create("bench", 0);

	if (fd < 0 || ftruncate(fd, PAGES * PAGE) < 0 ||
	    mmapdemo_create(&buffer, NULL, PAGES * PAGE, 0))
		errx(1, "setup");
	print_figure(&(struct figure){
		.name = "page, map + touch + unmap",
		.work = "of 1 MiB that was touched before: mmap(), a store to each page, munmap()",
		.value = per_page(mmapdemo_fd(buffer), 0),
		.goal = NO_GOAL,
		.others = { { "memfd", per_page(fd, 0) },
			    { "memfd, MAP_POPULATE", per_page(fd, MAP_POPULATE) } },
	});
	return 0;
}
