// SPDX-License-Identifier: BSD-2-Clause
/*
 * threads PATH CASE [bare]: two threads of a program that is built with
 * -fsanitize=thread, and a library that is not. A mutex, a semaphore, publications or a
 * channel of the library order what they do with plain data: ThreadSanitizer must not
 * complain. With "bare" nothing orders it: ThreadSanitizer must complain. PATH is a node
 * of the driver, or "shm" for shared memory.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmapdemo.h"
#include "mmapdemo_channel.h"

#define ROUNDS 1000
#define RING ((int)MMAPDEMO_RING_MIN)
#define MESSAGE 64

static struct mmapdemo_buffer *buffer;
static struct mmapdemo_mutex mutex;
static struct mmapdemo_semaphore semaphore;
static struct mmapdemo_producer producer;
static struct mmapdemo_consumer consumer;
static const struct timespec long_ago = { 0 };
static bool bare;
static int data; /* that both use, by plain loads and stores */

static void must(int err)
{
	if (err >= 0)
		return;
	fprintf(stderr, "threads: %s\n", strerror(-err));
	exit(1);
}

static void lock_it(int round)
{
	struct timespec deadline = { .tv_sec = 1 << 30 };
	int err = 0;

	if (round % 3 == 0)
		err = mmapdemo_mutex_lock(&mutex);
	else if (round % 3 == 1)
		err = mmapdemo_mutex_timedlock(&mutex, &deadline);
	else
		while ((err = mmapdemo_mutex_trylock(&mutex)) == -EBUSY)
			;
	must(err);
}

static void *count_by_mutex(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (!bare)
			lock_it(i);
		data++;
		if (!bare)
			must(mmapdemo_mutex_unlock(&mutex));
	}
	return unused;
}

static void wait_for_it(int round)
{
	struct timespec deadline = { .tv_sec = 1 << 30 };
	int err = 0;

	if (round % 3 == 0)
		err = mmapdemo_semaphore_wait(&semaphore);
	else if (round % 3 == 1)
		err = mmapdemo_semaphore_timedwait(&semaphore, &deadline);
	else
		while ((err = mmapdemo_semaphore_trywait(&semaphore)) == -EAGAIN)
			;
	must(err);
}

static void *count_by_semaphore(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (!bare)
			wait_for_it(i);
		data++;
		if (!bare)
			must(mmapdemo_semaphore_post(&semaphore));
	}
	return unused;
}

static void store(void)
{
	data = 1;
}

static void load(void)
{
	if (data > 1)
		abort();
}

/* What comes before @tell is ordered before what comes after @learn, what comes after is not. */
static void tell_by(void (*tell)(void))
{
	if (!bare)
		store();
	tell();
	if (bare)
		store();
}

static void publish(void)
{
	must(mmapdemo_publish(buffer));
}

static void *publisher(void *unused)
{
	tell_by(publish);
	return unused;
}

static void *subscriber(void *unused)
{
	must(mmapdemo_wait_events(buffer, -1));
	load();
	return unused;
}

static void send(void)
{
	must(mmapdemo_producer_send(&producer, "", 1));
}

static void *sender(void *unused)
{
	tell_by(send);
	return unused;
}

static void *receiver(void *unused)
{
	char message[MESSAGE];

	must((int)mmapdemo_consumer_recv(&consumer, message, sizeof(message)));
	load();
	return unused;
}

static void try_to_send(void)
{
	must(mmapdemo_producer_trysend(&producer, "", 1));
}

static void *try_sender(void *unused)
{
	tell_by(try_to_send);
	return unused;
}

static void *try_receiver(void *unused)
{
	char message[MESSAGE];
	ssize_t length;

	do
		length = mmapdemo_consumer_tryrecv(&consumer, message, sizeof(message));
	while (length == -EAGAIN);
	must((int)length);
	load();
	return unused;
}

static void commit(void)
{
	void *place;

	must(mmapdemo_producer_reserve(&producer, &place, MESSAGE, NULL));
	memset(place, 0, MESSAGE);
	must(mmapdemo_producer_commit(&producer, MESSAGE));
}

static void *committer(void *unused)
{
	tell_by(commit);
	return unused;
}

static void *peeker(void *unused)
{
	const void *place;
	size_t length;

	must(mmapdemo_consumer_peek(&consumer, &place, &length, NULL));
	load();
	mmapdemo_consumer_release(&consumer);
	return unused;
}

static void publish_batch(void)
{
	struct mmapdemo_batch batch;
	void *place = NULL;

	must(mmapdemo_batch_begin(&batch, &producer, &place, MESSAGE, NULL));
	memset(place, 0, MESSAGE);
	must(mmapdemo_batch_publish(&batch));
}

static void *batch_sender(void *unused)
{
	tell_by(publish_batch);
	return unused;
}

static void *cursor_receiver(void *unused)
{
	struct mmapdemo_cursor cursor;
	size_t length;

	must(mmapdemo_cursor_begin(&cursor, &consumer, NULL));
	while (mmapdemo_cursor_next(&cursor, &length))
		load();
	mmapdemo_cursor_end(&cursor);
	return unused;
}

static void hang_up(void)
{
	mmapdemo_producer_close(&producer);
}

static void *leaver(void *unused)
{
	tell_by(hang_up);
	return unused;
}

static void *left_alone(void *unused)
{
	char message[MESSAGE];

	if (mmapdemo_consumer_recv(&consumer, message, sizeof(message)) != -EPIPE)
		abort();
	load();
	return unused;
}

/* As much as there is room for twice over, so what is received first makes room. */
static void *filler(void *unused)
{
	char message[MESSAGE] = { 0 };

	for (int i = 0; i < 2 * RING / MESSAGE; i++)
		must(mmapdemo_producer_timedsend(&producer, message, sizeof(message), NULL));
	load();
	return unused;
}

static void receive_all(void)
{
	char message[MESSAGE];

	for (int i = 0; i < 2 * RING / MESSAGE; i++)
		must((int)mmapdemo_consumer_timedrecv(&consumer, message, sizeof(message), NULL));
}

static void *drainer(void *unused)
{
	tell_by(receive_all);
	return unused;
}

static void open_place(const char *path)
{
	struct mmapdemo_buffer_info info;
	static struct mmapdemo_view view;

	must(strcmp(path, "shm") ? mmapdemo_open(&buffer, path, 0) :
				   mmapdemo_open_shm(&buffer, NULL, 1 << 16));
	must(mmapdemo_get_info(buffer, &info));
	must(mmapdemo_view_open(&view, buffer, 0, info.page_size, 0));
	memset(view.data, 0, info.page_size);
	must(mmapdemo_mutex_at(&mutex, buffer, &view, 0));
	must(mmapdemo_semaphore_at(&semaphore, buffer, &view, MMAPDEMO_MUTEX_SIZE));
	must(mmapdemo_semaphore_post(&semaphore));
}

static void open_channel(const char *path)
{
	char message[MESSAGE];

	if (strcmp(path, "shm")) {
		must(mmapdemo_channel_create(&buffer, NULL, RING, 0, 0));
	} else {
		must(mmapdemo_open_shm(&buffer, NULL, RING));
		must(mmapdemo_channel_format(buffer, RING, 0));
	}
	must(mmapdemo_producer_open(&producer, buffer));
	must(mmapdemo_consumer_open(&consumer, buffer));
	/* Nothing to receive, and they have met. */
	if (mmapdemo_consumer_timedrecv(&consumer, message, sizeof(message), &long_ago) !=
	    -ETIMEDOUT)
		abort();
}

static const struct {
	const char *name;
	void (*open)(const char *path);
	void *(*one)(void *unused);
	void *(*other)(void *unused);
} cases[] = {
	{ "mutex", open_place, count_by_mutex, count_by_mutex },
	{ "semaphore", open_place, count_by_semaphore, count_by_semaphore },
	{ "publish", open_place, publisher, subscriber },
	{ "send", open_channel, sender, receiver },
	{ "trysend", open_channel, try_sender, try_receiver },
	{ "commit", open_channel, committer, peeker },
	{ "batch", open_channel, batch_sender, cursor_receiver },
	{ "close", open_channel, leaver, left_alone },
	{ "room", open_channel, drainer, filler },
};

int main(int argc, char **argv)
{
	pthread_t threads[2];

	bare = argc > 3;
	for (size_t i = 0; argc > 2 && i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(argv[2], cases[i].name))
			continue;
		cases[i].open(argv[1]);
		must(-pthread_create(&threads[0], NULL, cases[i].one, NULL));
		must(-pthread_create(&threads[1], NULL, cases[i].other, NULL));
		must(-pthread_join(threads[0], NULL));
		must(-pthread_join(threads[1], NULL));
		return 0;
	}
	fprintf(stderr, "usage: threads PATH CASE [bare]\n");
	return 1;
}
