// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls on words that nobody sleeps on, beside those of futex(2); and two
 * well-known ones, by which to judge the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <linux/mmapdemo.h>

#include "bench.h"

static int node;
static int ends[2];
static uint32_t *word; /* of shared memory */

static void parent(void *argument)
{
	(void)argument;
	getppid();
}

static void pipe_message(void *message)
{
	if (write(ends[1], message, 64) != 64 || read(ends[0], message, 64) != 64)
		err(1, "pipe");
}

/* What an ioctl costs without anything that is the driver's. */
static void unknown(void *argument)
{
	(void)argument;
	if (ioctl(node, _IO(MMAPDEMO_IOC_MAGIC, 0xff), 0) == 0 || errno != ENOTTY)
		err(1, "unknown ioctl");
}

static void wake(void *argument)
{
	if (ioctl(node, MMAPDEMO_IOC_WAKE, argument) != 0)
		err(1, "WAKE");
}

static void futex_wake(void *argument)
{
	(void)argument;
	if (syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0) != 0)
		err(1, "FUTEX_WAKE");
}

static void wait_in_vain(void *argument)
{
	if (ioctl(node, MMAPDEMO_IOC_WAIT, argument) == 0 || errno != EAGAIN)
		err(1, "WAIT");
}

static void futex_wait_in_vain(void *argument)
{
	(void)argument;
	if (syscall(SYS_futex, word, FUTEX_WAIT, 1, NULL, NULL, 0) == 0 || errno != EAGAIN)
		err(1, "FUTEX_WAIT");
}

static void client(void *argument)
{
	(void)argument;
	if (ioctl(node, MMAPDEMO_IOC_CLIENT, 0) < 1)
		err(1, "CLIENT");
}

static void machine(void)
{
	char message[64] = { 0 };

	print_figure(&(struct figure){
		.name = "getppid()",
		.work = "the least system call, by which to judge the machine",
		.value = instructions(parent, NULL, 1000),
		.goal = NO_GOAL,
	});
	print_figure(&(struct figure){
		.name = "pipe, 64 bytes",
		.work = "write() and read() by one process",
		.value = instructions(pipe_message, message, 300),
		.goal = NO_GOAL,
	});
}

static void words(void)
{
	struct mmapdemo_wake nobody = { .count = 1 };
	struct mmapdemo_wait other = { .expected = 1, .deadline = MMAPDEMO_WAIT_FOREVER };

	double refused = instructions(unknown, NULL, 1000);
	double woken = instructions(wake, &nobody, 1000);

	print_figure(&(struct figure){
		.name = "WAKE, nobody waits",
		.work = "ioctl on a word of the driver's memory",
		.value = woken,
		.goal = NO_GOAL,
		.others = { { "futex wake, shared memory", instructions(futex_wake, NULL, 1000) },
			    { "ioctl that does nothing (ENOTTY)", refused } },
	});
	print_figure(&(struct figure){
		.name = "WAKE, the driver's part of it",
		.work = "what it costs above an ioctl that does nothing",
		.value = woken - refused,
		.goal = 150,
	});
	print_figure(&(struct figure){
		.name = "WAIT, the value is another",
		.work = "ioctl that answers EAGAIN",
		.value = instructions(wait_in_vain, &other, 1000),
		.goal = NO_GOAL,
		.others = { { "futex wait, shared memory",
			      instructions(futex_wait_in_vain, NULL, 1000) },
			    { "ioctl that does nothing (ENOTTY)", refused } },
	});
	print_figure(&(struct figure){
		.name = "CLIENT, known already",
		.work = "ioctl that tells a process its number again",
		.value = instructions(client, NULL, 1000),
		.goal = NO_GOAL,
		.others = { { "ioctl that does nothing (ENOTTY)", refused } },
	});
}

int main(void)
{
	node = open("/dev/mmapdemo", O_RDWR);
	word = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (node < 0 || word == MAP_FAILED || pipe(ends) < 0)
		err(1, "setup");
	*word = 0;
	machine();
	words();
	return 0;
}
