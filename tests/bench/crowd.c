// SPDX-License-Identifier: BSD-2-Clause
/*
 * 10,000 threads wait for words of one buffer: what does that cost those who have to do
 * with other words, who may write where they may only read, and, when all are woken at
 * once, those who want the CPU?
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/mmapdemo.h>

#include "bench.h"

#define CROWD 10000
#define WORDS 1000
#define FIRST PAGE	   /* where the words of the crowd begin */
#define STALL_MOST 1000000 /* a millisecond */

/* What the crowd does until it is woken: each waits for one of some words. */
struct plan {
	int fd;
	uint32_t words; /* 0: it ends */
};

static volatile struct plan plan; /* the threads see it change */
static pthread_t threads[CROWD];
static int fd, reader;

static uint32_t word_of(uint32_t number)
{
	return FIRST + number % plan.words * 4;
}

static void *wait_in_crowd(void *number)
{
	struct mmapdemo_wait args = { .deadline = MMAPDEMO_WAIT_FOREVER };

	while (plan.words) {
		args.offset = word_of((uint32_t)(uintptr_t)number);
		if (ioctl(plan.fd, MMAPDEMO_IOC_WAIT, &args) < 0)
			err(1, "WAIT");
	}
	return NULL;
}

static int wake(uint64_t offset, uint32_t count)
{
	struct mmapdemo_wake args = { .offset = offset, .count = count };
	int woken = ioctl(fd, MMAPDEMO_IOC_WAKE, &args);

	if (woken < 0)
		err(1, "WAKE");
	return woken;
}

/* Of the guest's time, in which nobody else does anything: then all sleep. */
static void settle(void)
{
	usleep(1000000);
}

/* Wake all, who then do as @next says. Returns how many were counted. */
static int turn_to(struct plan next)
{
	uint32_t words = plan.words;
	int woken = 0;

	plan = next;
	for (uint32_t i = 0; i < words; i++)
		woken += wake(FIRST + i * 4, INT32_MAX);
	settle();
	return woken;
}

/* The crowd, and who waits alone. */
static void must_be_all(int woken)
{
	if (woken != CROWD + 1)
		errx(1, "%d waited, not %d", woken, CROWD + 1);
}

static void gather(void)
{
	pthread_attr_t attributes;
	int limit = open("/proc/sys/kernel/threads-max", O_WRONLY);

	if (limit < 0 || write(limit, "30000", 5) != 5)
		err(1, "threads-max");
	close(limit);
	plan = (struct plan){ fd, 1 };
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 16384);
	pthread_attr_setguardsize(&attributes, 0);
	for (uintptr_t i = 0; i < CROWD; i++) {
		errno = pthread_create(&threads[i], &attributes, wait_in_crowd, (void *)i);
		if (errno)
			err(1, "pthread_create");
	}
	settle();
}

static void disperse(void)
{
	turn_to((struct plan){ fd, 0 });
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
}

static void wake_nobody(void *argument)
{
	if (ioctl(fd, MMAPDEMO_IOC_WAKE, argument) != 0)
		err(1, "WAKE of a word that nobody waits for");
}

static double quiet_wake(void)
{
	struct mmapdemo_wake args = { .count = 1 };

	return instructions(wake_nobody, &args, 1000);
}

static void print_quiet_wake(const char *name, double alone)
{
	print_figure(&(struct figure){
		.name = name,
		.work = "ioctl on a word that nobody waits for; goal: 5 % more than alone",
		.value = quiet_wake(),
		.goal = 1.05 * alone,
		.others = { { "the same, one waits in the buffer", alone } },
	});
}

static void *wait_alone(void *offset)
{
	struct mmapdemo_wait args = { .offset = (uintptr_t)offset,
				      .deadline = MMAPDEMO_WAIT_FOREVER };

	for (;;) {
		if (ioctl(fd, MMAPDEMO_IOC_WAIT, &args) < 0)
			err(1, "WAIT");
	}
	return NULL;
}

/* We have the CPU until we sleep. */
static void be_urgent(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER, &param) < 0)
		err(1, "sched_setscheduler");
}

/* Instructions until one has been woken who waits for the word. */
static double wake_of_one(uint64_t offset)
{
	double samples[SAMPLES];
	uint64_t start;

	be_urgent(1);
	for (int i = 0; i < SAMPLES; i++) {
		settle();
		start = now();
		if (wake(offset, 1) != 1)
			errx(1, "nobody waited");
		samples[i] = (double)(now() - start);
	}
	be_urgent(0);
	settle();
	qsort(samples, SAMPLES, sizeof(*samples), compare);
	return samples[SAMPLES / 2];
}

/* In shared memory. */
struct watch {
	_Atomic uint32_t begun, ended;
	uint64_t longest;
};

static struct watch *watch;

/* Wants the CPU each 100 us, and sees how long that takes. */
static void see_stalls(void)
{
	struct timespec next;
	uint64_t wanted, late;

	be_urgent(50);
	watch->begun = 1;
	for (wanted = now(); !watch->ended; wanted += 100000) {
		next = (struct timespec){ (time_t)(wanted / 1000000000),
					  (long)(wanted % 1000000000) };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		late = now() - wanted;
		if (late > watch->longest)
			watch->longest = late;
	}
	_exit(0);
}

static double longest_stall(void (*act)(void))
{
	pid_t pid;
	int status;

	*watch = (struct watch){ 0 };
	pid = start_process();
	if (pid == 0)
		see_stalls();
	while (!watch->begun)
		usleep(1000);
	act();
	watch->ended = 1;
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "who saw stalls has failed");
	return (double)watch->longest;
}

static void do_nothing(void)
{
	usleep(20000);
}

static void wake_crowd(void)
{
	must_be_all(wake(FIRST, INT32_MAX));
}

static int last_client;

static void end_client(void)
{
	close(last_client);
}

static void print_stall(const char *name, void (*act)(void), double idle)
{
	print_figure(&(struct figure){
		.name = name,
		.work = "10,000 wait; how late the most urgent process gets the CPU, at worst",
		.value = longest_stall(act),
		.goal = STALL_MOST,
		.others = { { "while nothing happens", idle } },
	});
	settle();
}

static void stalls(void)
{
	double idle = longest_stall(do_nothing);

	print_stall("WAKE of all who wait for a word, longest stall", wake_crowd, idle);
	last_client = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	if (last_client < 0 || ioctl(last_client, MMAPDEMO_IOC_CLIENT, 0) < 1)
		err(1, "CLIENT");
	print_stall("end of a client, longest stall", end_client, idle);
}

static void setup(void)
{
	struct mmapdemo_create args = { .size = 4 * PAGE };
	int node = open("/dev/mmapdemo", O_RDWR);

	fd = ioctl(node, MMAPDEMO_IOC_CREATE, &args);
	reader = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY);
	watch = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || reader < 0 || watch == MAP_FAILED)
		err(1, "setup");
}

int main(void)
{
	double alone, one;
	pthread_t thread;

	alarm(300);
	setup();
	if (pthread_create(&thread, NULL, wait_alone, (void *)FIRST))
		errx(1, "pthread_create");
	one = wake_of_one(FIRST);
	alone = quiet_wake();
	gather();
	print_quiet_wake("WAKE, 10,000 wait for another word", alone);
	stalls();
	must_be_all(turn_to((struct plan){ fd, WORDS }));
	print_quiet_wake("WAKE, 10,000 wait for 1,000 other words", alone);
	must_be_all(turn_to((struct plan){ reader, 1 }));
	print_figure(&(struct figure){
		.name = "WAKE of one, 10,000 readers wait for the word, too",
		.work = "ioctl that wakes one who may write; goal: 3 times as much as alone",
		.value = wake_of_one(FIRST),
		.goal = 3 * one,
		.others = { { "the same, nobody else waits", one } },
	});
	disperse();
	return 0;
}
