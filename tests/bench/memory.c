// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the driver takes of memory in addition to that of buffers. The argument is the
 * module's file.
 */
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "bench.h"
#include "copies.h"

#define MOST 1000

static double text(const char *file)
{
	int fd = open(file, O_RDONLY);
	struct stat status;
	const Elf64_Ehdr *elf;
	const Elf64_Shdr *section;
	uint64_t bytes = 0;

	if (fd < 0 || fstat(fd, &status) < 0)
		err(1, "%s", file);
	elf = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (elf == MAP_FAILED)
		err(1, "%s", file);
	section = (const void *)((const char *)elf + elf->e_shoff);
	for (int i = 0; i < elf->e_shnum; i++) {
		if (section[i].sh_flags & SHF_EXECINSTR)
			bytes += section[i].sh_size;
	}
	close(fd);
	return (double)bytes;
}

/*
 * Bytes that nobody uses, on the lists of each CPU, too; when what is done later
 * has been, and CPUs have told their sums.
 */
static double free_memory(void)
{
	int fd = open("/proc/sys/vm/stat_refresh", O_WRONLY);
	unsigned long long pages = 0, more;
	char line[256];
	FILE *file;

	sleep(1);
	file = fopen("/proc/zoneinfo", "r");
	if (fd < 0 || write(fd, "1", 1) != 1 || !file)
		err(1, "/proc/zoneinfo");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, " pages free %llu", &more) == 1 ||
		    sscanf(line, " count: %llu", &more) == 1)
			pages += more;
	}
	fclose(file);
	close(fd);
	return (double)(pages * PAGE);
}

/* Bytes of each of @count buffers, above @size and in thousandths of it. */
static double each(int count, uint64_t size, uint32_t flags)
{
	struct mmapdemo_create args = { .size = size, .flags = flags };
	static int there[MOST];
	int node = open("/dev/mmapdemo", O_RDWR);
	double before = free_memory(), used;

	for (int i = 0; i < count; i++) {
		there[i] = ioctl(node, MMAPDEMO_IOC_CREATE, &args);
		if (there[i] < 0)
			err(1, "CREATE");
	}
	used = (before - free_memory()) / count - (double)size;
	while (count--)
		close(there[count]);
	close(node);
	return used;
}

static void print(const char *name, int count, uint64_t size, uint32_t flags)
{
	print_figure(&(struct figure){
		.name = name,
		.work = "above its own bytes, of all free pages; goal: 8 KiB and 0.5 %",
		.unit = "bytes",
		.value = each(count, size, flags),
		.goal = NO_GOAL,
		.aim = 8192 + 0.005 * (double)size,
	});
}

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(1, "which module?");
	print_figure(&(struct figure){
		.name = "module, text",
		.work = "all sections with instructions, those of loading and unloading included",
		.unit = "bytes",
		.value = text(argv[1]),
		.goal = 65536,
	});
	/* The first has the kernel make page tables for its view, which it keeps. */
	print("memory of a channel of 64 MiB", 3, 64 << 20, MMAPDEMO_CREATE_CHANNEL);
	print("memory of a channel of 64 KiB", MOST, 65536, MMAPDEMO_CREATE_CHANNEL);
	print("memory of a buffer of a page", MOST, PAGE, 0);
	return 0;
}
