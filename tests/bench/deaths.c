// SPDX-License-Identifier: BSD-2-Clause
/*
 * A process is killed while it holds a mutex for which others sleep: how long until
 * the last of them has had it? And one that is a side of a channel, while the other
 * side sleeps: how long until that is told?
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "mmapdemo_channel.h"

#include "bench.h"

#define ROUNDS 100
#define WAITERS 4
#define MOST 10000000 /* 10 ms */

/* In the buffer, after the mutex. */
struct table {
	_Atomic uint32_t held;
	_Atomic uint64_t had[WAITERS]; /* when */
};

static struct mmapdemo_mutex mutex;
static struct table *table;

static void hold(int number)
{
	(void)number;
	if (mmapdemo_mutex_lock(&mutex))
		errx(1, "lock");
	table->held = 1;
	for (;;)
		pause();
}

static void have(int number)
{
	int error = mmapdemo_mutex_lock(&mutex);

	if (error == -EOWNERDEAD)
		error = mmapdemo_mutex_consistent(&mutex);
	if (error)
		errx(1, "lock of a waiter");
	table->had[number] = now();
	mmapdemo_mutex_unlock(&mutex);
	_exit(0);
}

static pid_t start(void (*play)(int number), int number)
{
	pid_t pid = start_process();

	if (pid == 0)
		play(number);
	return pid;
}

static uint64_t one_death(void)
{
	uint64_t last = 0, killed;
	pid_t holder;

	table->held = 0;
	holder = start(hold, 0);
	while (!table->held)
		usleep(1000);
	for (int i = 0; i < WAITERS; i++)
		start(have, i);
	usleep(100000); /* of the guest's time, in which nobody else does anything: they sleep */
	killed = now();
	kill(holder, SIGKILL);
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < WAITERS; i++) {
		if (table->had[i] < killed)
			errx(1, "a waiter did not wait");
		if (table->had[i] > last)
			last = table->had[i];
	}
	return last - killed;
}

/* The longest may hold what somebody else did meanwhile, so it is not a figure to compare. */
struct delay {
	double usual, longest;
};

static struct delay delay_of(double *took)
{
	qsort(took, ROUNDS, sizeof(*took), compare);
	return (struct delay){ took[ROUNDS / 2], took[ROUNDS - 1] };
}

static void print_delay(const char *name, const char *work, struct delay delay, struct other other)
{
	if (delay.longest > MOST)
		errx(1, "%s: %.0f, at most %d is wanted", name, delay.longest, MOST);
	print_figure(&(struct figure){
		.name = name,
		.work = work,
		.value = delay.usual,
		.goal = MOST,
		.others = { { "the longest of these", delay.longest }, other },
	});
}

static struct delay death_of(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_view view;
	double took[ROUNDS];

	if (mmapdemo_view_open(&view, buffer, 0, PAGE, 0) ||
	    mmapdemo_mutex_at(&mutex, buffer, &view, 0))
		errx(1, "no mutex");
	table = (struct table *)((char *)view.data + MMAPDEMO_MUTEX_SIZE);
	for (int i = 0; i < ROUNDS; i++)
		took[i] = (double)one_death();
	return delay_of(took);
}

static struct mmapdemo_buffer *channel;
static int pipe_ends[2];
static struct {
	_Atomic uint32_t joined;
	_Atomic uint64_t told; /* when */
} * sides;

static void joined(void)
{
	sides->joined++;
}

/* Until there is no room, and then until the receiver is gone. */
static void be_sender(int waits)
{
	static const char message[1024];
	struct mmapdemo_producer producer;
	int error;

	if (mmapdemo_producer_open(&producer, channel))
		errx(1, "no sender");
	joined();
	while (!waits)
		pause();
	do
		error = mmapdemo_producer_send(&producer, message, sizeof(message));
	while (!error);
	sides->told = now();
	_exit(error != -EPIPE);
}

static void be_receiver(int waits)
{
	struct mmapdemo_consumer consumer;
	ssize_t length;
	char byte;

	if (mmapdemo_consumer_open(&consumer, channel))
		errx(1, "no receiver");
	joined();
	while (!waits)
		pause();
	length = mmapdemo_consumer_recv(&consumer, &byte, sizeof(byte));
	sides->told = now();
	_exit(length != -EPIPE);
}

static void be_writer(int waits)
{
	(void)waits;
	joined();
	for (;;)
		pause();
}

static void be_reader(int waits)
{
	ssize_t length;
	char byte;

	(void)waits;
	close(pipe_ends[1]);
	joined();
	length = read(pipe_ends[0], &byte, 1);
	sides->told = now();
	_exit(length != 0);
}

static uint64_t one_loss(void (*dies)(int waits), void (*survives)(int waits))
{
	uint64_t killed;
	pid_t victim;
	int status;

	if (mmapdemo_channel_create(&channel, NULL, MMAPDEMO_RING_MIN, 0, 0) || pipe(pipe_ends))
		errx(1, "no channel");
	sides->joined = 0;
	victim = start(dies, 0);
	while (sides->joined < 1)
		usleep(1000);
	start(survives, 1);
	close(pipe_ends[1]);
	while (sides->joined < 2)
		usleep(1000);
	usleep(100000); /* as above */
	killed = now();
	kill(victim, SIGKILL);
	while (wait(&status) > 0) {
		if (WIFEXITED(status) && WEXITSTATUS(status))
			errx(1, "who survives was told something else");
	}
	if (sides->told < killed)
		errx(1, "who survives did not sleep");
	close(pipe_ends[0]);
	mmapdemo_close(channel);
	return sides->told - killed;
}

static struct delay loss_of(void (*dies)(int waits), void (*survives)(int waits))
{
	double took[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		took[i] = (double)one_loss(dies, survives);
	return delay_of(took);
}

static void losses(void)
{
	static const char work[] =
		"the middle of 100, from kill() on, while the other one sleeps; one CPU";
	const struct other of_pipe = { "the writer of a pipe, the middle",
				       loss_of(be_writer, be_reader).usual };

	print_delay("SIGKILL of a sender, until the receiver is told", work,
		    loss_of(be_sender, be_receiver), of_pipe);
	print_delay("SIGKILL of a receiver, until the sender is told", work,
		    loss_of(be_receiver, be_sender), of_pipe);
}

int main(void)
{
	struct mmapdemo_buffer *driver, *anonymous;
	struct delay of_futex;

	sides = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sides == MAP_FAILED)
		err(1, "mmap");
	if (mmapdemo_create(&driver, NULL, PAGE, 0) || mmapdemo_open_anon(&anonymous, PAGE))
		errx(1, "no buffer");
	of_futex = death_of(anonymous);
	print_delay("SIGKILL of a holder, until 4 waiters have had it",
		    "the middle of 100, from kill() on; all on one CPU", death_of(driver),
		    (struct other){ "the same calls on anonymous memory (futex), the middle",
				    of_futex.usual });
	losses();
	return 0;
}
