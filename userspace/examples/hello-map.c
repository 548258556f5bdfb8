// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hello, map: the driver's memory as memory of a program, by open(2) and mmap(2)
 * and no library. A store is in the driver at once, without a system call. Give a
 * file of a page as argument to see the same without the driver.
 *
 *	cc hello-map.c -o hello-map && ./hello-map
 *
 * prints
 *
 *	the driver's read() finds: Hello, driver!
 *	the map shows what write() stored: Hello, program!
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LENGTH 4096

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/dev/mmapdemo";
	char found[32] = "";
	char *memory;
	int fd;

	fd = open(path, O_RDWR);
	if (fd < 0)
		err(1, "%s", path);
	memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		err(1, "mmap");

	strcpy(memory, "Hello, driver!");
	if (pread(fd, found, sizeof(found) - 1, 0) < 0)
		err(1, "read");
	printf("the driver's read() finds: %s\n", found);

	if (pwrite(fd, "Hello, program!", sizeof("Hello, program!"), 0) < 0)
		err(1, "write");
	printf("the map shows what write() stored: %s\n", memory);

	munmap(memory, LENGTH);
	close(fd);
	return 0;
}
