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

/* In the buffer, behind the mutex. */
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

static double longest(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_view view;
	uint64_t most = 0;

	if (mmapdemo_view_open(&view, buffer, 0, PAGE, 0) ||
	    mmapdemo_mutex_at(&mutex, buffer, &view, 0))
		errx(1, "no mutex");
	table = (struct table *)((char *)view.data + MMAPDEMO_MUTEX_SIZE);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t took = one_death();

		if (took > most)
			most = took;
	}
	return (double)most;
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

static double longest_loss(void (*dies)(int waits), void (*survives)(int waits))
{
	uint64_t most = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t took = one_loss(dies, survives);

		if (took > most)
			most = took;
	}
	return (double)most;
}

static void losses(void)
{
	const struct other pipes = { "the writer of a pipe", longest_loss(be_writer, be_reader) };

	print_figure(&(struct figure){
		.name = "SIGKILL of a sender, until the receiver is told",
		.work = "the longest of 100, from kill() on; it sleeps for a message; one CPU",
		.value = longest_loss(be_sender, be_receiver),
		.goal = 10000000,
		.others = { pipes },
	});
	print_figure(&(struct figure){
		.name = "SIGKILL of a receiver, until the sender is told",
		.work = "the longest of 100, from kill() on; it sleeps for room; one CPU",
		.value = longest_loss(be_receiver, be_sender),
		.goal = 10000000,
		.others = { pipes },
	});
}

int main(void)
{
	struct mmapdemo_buffer *driver, *anonymous;
	double other;

	sides = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sides == MAP_FAILED)
		err(1, "mmap");
	if (mmapdemo_create(&driver, NULL, PAGE, 0) || mmapdemo_open_anon(&anonymous, PAGE))
		errx(1, "no buffer");
	other = longest(anonymous);
	print_figure(&(struct figure){
		.name = "SIGKILL of a holder, until 4 waiters have had it",
		.work = "the longest of 100, from kill() on; all on one CPU",
		.value = longest(driver),
		.goal = 10000000,
		.others = { { "the same calls on anonymous memory (futex)", other } },
	});
	losses();
	return 0;
}
