// SPDX-License-Identifier: BSD-2-Clause
/*
 * How long does one call keep all others from the only CPU? A process of real-time
 * priority sleeps for short times, and how late it wakes is how long it was kept off,
 * and up to a tick of 4 ms more, for timers come with ticks here.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/mmapdemo.h>

#include "mmapdemo_channel.h"

#include "bench.h"

#define MIB (1UL << 20)
#define RING (256 * MIB)
#define MESSAGE (127 * MIB)
#define BUFFER (384 * MIB)
#define NAP 50000 /* nanoseconds */
#define MOST 10	  /* milliseconds */

static struct {
	_Atomic uint32_t watching;
	_Atomic uint32_t done;
	_Atomic uint64_t longest; /* nanoseconds */
} * shared;

static void watch(void)
{
	const struct sched_param priority = { .sched_priority = 50 };

	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		err(1, "sched_setscheduler");
	while (!shared->done) {
		uint64_t due = now() + NAP;
		struct timespec until = { (time_t)(due / 1000000000), (long)(due % 1000000000) };
		uint64_t late;

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		late = now() - due;
		if (late > shared->longest)
			shared->longest = late;
		shared->watching = 1;
	}
	_exit(0);
}

static void measure(const char *name, const char *work, operation *what, void *argument)
{
	pid_t pid;

	shared->watching = shared->done = 0;
	shared->longest = 0;
	pid = start_process();
	if (pid == 0)
		watch();
	while (!shared->watching)
		usleep(1000);
	shared->longest = 0;
	what(argument);
	shared->done = 1;
	if (waitpid(pid, NULL, 0) != pid)
		err(1, "waitpid");
	print_figure(&(struct figure){
		.name = name,
		.work = work,
		.unit = "ms, rounded up",
		.value = (double)((shared->longest + 999999) / 1000000),
		.goal = MOST,
	});
}

struct ends {
	int writer, reader;
	void *message;
};

static void send_one(void *argument)
{
	const struct ends *ends = argument;

	if (write(ends->writer, ends->message, MESSAGE) != (ssize_t)MESSAGE)
		err(1, "write");
}

static void receive_one(void *argument)
{
	const struct ends *ends = argument;

	if (read(ends->reader, ends->message, MESSAGE) != (ssize_t)MESSAGE)
		err(1, "read");
}

static void create(void *argument)
{
	if (mmapdemo_create(argument, NULL, BUFFER, 0))
		errx(1, "create");
}

static void map(void *argument)
{
	struct mmapdemo_view view;

	if (mmapdemo_view_open(&view, *(struct mmapdemo_buffer **)argument, 0, 0, 0))
		errx(1, "no view");
	mmapdemo_view_close(&view);
}

/* More than the default limit allows in so small a guest. */
static void raise_limit(void)
{
	FILE *file = fopen("/sys/module/mmapdemo/parameters/max_bytes", "we");

	if (!file || fputs("600M", file) < 0 || fclose(file))
		err(1, "max_bytes");
}

int main(void)
{
	struct mmapdemo_buffer *channel, *buffer;
	struct ends ends;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Shared, or each page would be copied once more after fork(2), at a fault. */
	ends.message =
		mmap(NULL, MESSAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	raise_limit();
	if (shared == MAP_FAILED || ends.message == MAP_FAILED)
		errx(1, "no memory");
	memset(ends.message, 1, MESSAGE);
	if (mmapdemo_channel_create(&channel, NULL, RING, 0, 0))
		errx(1, "no channel");
	ends.writer = mmapdemo_fd(channel);
	ends.reader = ioctl(ends.writer, MMAPDEMO_IOC_OPEN, O_RDWR);
	measure("write() of a message of 127 MiB, longest stall",
		"how late a process of real-time priority runs meanwhile", send_one, &ends);
	measure("read() of a message of 127 MiB, longest stall",
		"how late a process of real-time priority runs meanwhile", receive_one, &ends);
	close(ends.reader);
	mmapdemo_close(channel);
	munmap(ends.message, MESSAGE);
	measure("create a buffer of 384 MiB, longest stall",
		"how late a process of real-time priority runs meanwhile", create, &buffer);
	measure("map + unmap 384 MiB, longest stall",
		"how late a process of real-time priority runs meanwhile", map, &buffer);
	mmapdemo_close(buffer);
	return 0;
}
