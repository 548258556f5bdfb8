// SPDX-License-Identifier: BSD-2-Clause
/*
 * Scenario messages: a sender, a slower receiver, and a ring that is full for the one
 * and empty for the other; each of them may die in the middle.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stage.h"

#define RING 0x10000 /* bytes, the least there can be */
#define MESSAGES 20
#define TEXT 64	    /* bytes that tell something, */
#define LENGTH 8000 /* and with the filling after them: eight fill the ring */
#define RECORD (LENGTH + 8)

#define LAST_OF_FIRST_SENDER 5
#define WORK 500    /* microseconds that the receiver needs for each */
#define PATIENCE 60 /* seconds, after which something has gone wrong */

static const struct timespec at_once = { 0 };

/* The effect of the messages, in memory of both; with it the position up to which they count. */
struct effect {
	uint64_t counted;
	uint32_t received;
	uint32_t wrong;
	uint32_t again; /* came once more, and were not counted */
};

struct scene {
	struct mmapdemo_buffer *channel;
	volatile struct effect *effect;
};

static void write_message(char *data, uint32_t number)
{
	memset(data, (int)number, LENGTH);
	memset(data, 0, TEXT);
	snprintf(data, TEXT, "message %u of %d", number, MESSAGES);
}

/* All messages are of one length, so the position tells their number. */
static uint32_t next_number(const struct mmapdemo_producer *sender)
{
	return (uint32_t)(mmapdemo_producer_position(sender) / RECORD) + 1;
}

static int send_next(struct mmapdemo_producer *sender, const struct timespec *deadline)
{
	char data[LENGTH];

	write_message(data, next_number(sender));
	return mmapdemo_producer_timedsend(sender, data, LENGTH, deadline);
}

/* Until it is full; then it waits, while it is not its turn, and sends the rest. */
static void send_rest(struct stage *stage, struct partner *partner, const char *who,
		      struct mmapdemo_producer *sender)
{
	uint32_t first = next_number(sender);
	int err = 0;

	while (!err && next_number(sender) <= MESSAGES)
		err = send_next(sender, &at_once);
	sight(stage, who, err == -ETIMEDOUT, "sends %u to %u; no space for %u: the ring is full",
	      first, next_number(sender) - 1, next_number(sender));
	tell(stage, who, "sleeps until there is space");
	partner_yield(partner);
	while (next_number(sender) <= MESSAGES) {
		err = send_next(sender, NULL);
		if (err == -EPIPE)
			partner_yield(partner); /* until there is a receiver again */
		else if (err)
			break;
	}
	mmapdemo_producer_close(sender);
}

/* Nobody sleeps forever if the other one fails. */
static bool open_sender(struct stage *stage, const struct scene *scene,
			struct mmapdemo_producer *sender)
{
	int err = mmapdemo_producer_open(sender, scene->channel);

	alarm(PATIENCE);
	return !err || sight(stage, "sender", false, "cannot send: %s", strerror(-err));
}

/* With --kill it dies with a message half written. */
static void sender(struct stage *stage, struct partner *partner, void *arg)
{
	struct mmapdemo_producer sender;
	void *data;

	if (!open_sender(stage, arg, &sender))
		return;
	tell(stage, "sender", "sends message 1: %d bytes of text and filling, %d in all", TEXT,
	     LENGTH);
	send_next(&sender, NULL);
	partner_yield(partner);
	if (!stage->options->kill)
		return send_rest(stage, partner, "sender", &sender);
	while (next_number(&sender) <= LAST_OF_FIRST_SENDER)
		send_next(&sender, NULL);
	if (mmapdemo_producer_reserve(&sender, &data, LENGTH, NULL) == 0)
		memset(data, 'x', LENGTH / 2);
	tell(stage, "sender", "sends 2 to %d, and writes half of %d", LAST_OF_FIRST_SENDER,
	     LAST_OF_FIRST_SENDER + 1);
	partner_yield(partner);
}

static void next_sender(struct stage *stage, struct partner *partner, void *arg)
{
	struct mmapdemo_producer sender;

	if (!open_sender(stage, arg, &sender))
		return;
	sight(stage, "sender 2", next_number(&sender) == LAST_OF_FIRST_SENDER + 1,
	      "takes over; the position says that %u were sent", next_number(&sender) - 1);
	send_rest(stage, partner, "sender 2", &sender);
}

/* Use a message: it counts, unless that has been done at this position. */
static void count(const struct scene *scene, uint64_t position, const char *data, size_t length)
{
	volatile struct effect *effect = scene->effect;
	char expected[LENGTH];

	if (position < effect->counted) {
		effect->again++;
		return;
	}
	write_message(expected, effect->received + 1);
	if (position != (uint64_t)effect->received * RECORD || length != LENGTH ||
	    memcmp(data, expected, LENGTH) != 0)
		effect->wrong++;
	effect->received++;
	effect->counted = position + RECORD;
}

static int use_next(const struct scene *scene, struct mmapdemo_consumer *receiver,
		    const struct timespec *deadline)
{
	const void *data;
	size_t length;
	int err = mmapdemo_consumer_peek(receiver, &data, &length, deadline);

	if (!err)
		count(scene, mmapdemo_consumer_position(receiver), data, length);
	return err;
}

static int receive_all(const struct scene *scene, struct mmapdemo_consumer *receiver,
		       const struct timespec *deadline)
{
	int err;

	while ((err = use_next(scene, receiver, deadline)) == 0) {
		usleep(WORK);
		mmapdemo_consumer_release(receiver);
	}
	return err;
}

/* From there on the sender works at the same time, so nothing is told before the end. */
static void receive_rest(struct stage *stage, const struct scene *scene, const char *who,
			 struct mmapdemo_consumer *receiver)
{
	volatile struct effect *effect = scene->effect;
	int err = receive_all(scene, receiver, NULL);

	sight(stage, who, err == -EPIPE, "has received %u, and learns that the sender has ended",
	      effect->received);
	mmapdemo_consumer_close(receiver);
}

static bool open_receiver(struct stage *stage, const struct scene *scene,
			  struct mmapdemo_consumer *receiver)
{
	int err = mmapdemo_consumer_open(receiver, scene->channel);

	alarm(PATIENCE);
	return !err || sight(stage, "receiver", false, "cannot receive: %s", strerror(-err));
}

static void see_death(struct stage *stage, const struct scene *scene,
		      struct mmapdemo_consumer *receiver)
{
	int err = receive_all(scene, receiver, &at_once);

	if (stage->on == ON_DEVICE)
		sight(stage, "receiver", err == -EPIPE,
		      "receives up to %u, and learns that the sender is gone",
		      scene->effect->received);
	else
		sight(stage, "receiver", err == -ETIMEDOUT,
		      "receives up to %u; here it does not learn of a death",
		      scene->effect->received);
}

static void receiver(struct stage *stage, struct partner *partner, void *arg)
{
	struct mmapdemo_consumer receiver;
	struct scene *scene = arg;
	int err;

	if (!open_receiver(stage, scene, &receiver))
		return;
	err = use_next(scene, &receiver, &at_once);
	sight(stage, "receiver", err == -ETIMEDOUT, "finds no message: it is empty");
	tell(stage, "receiver", "sleeps until one comes");
	partner_yield(partner);
	err = use_next(scene, &receiver, NULL);
	mmapdemo_consumer_release(&receiver);
	sight(stage, "receiver", !err, "wakes up, and has message %u", scene->effect->received);
	partner_yield(partner);
	if (stage->options->kill) {
		see_death(stage, scene, &receiver);
		partner_yield(partner);
		err = use_next(scene, &receiver, NULL);
		sight(stage, "receiver", !err, "has used message %u, and has not released it",
		      scene->effect->received);
		partner_yield(partner);
	}
	receive_rest(stage, scene, "receiver", &receiver);
}

static void next_receiver(struct stage *stage, struct partner *partner, void *arg)
{
	struct mmapdemo_consumer receiver;
	struct scene *scene = arg;
	uint32_t before = scene->effect->received;

	if (!open_receiver(stage, scene, &receiver))
		return;
	use_next(scene, &receiver, NULL);
	sight(stage, "recvr. 2", scene->effect->again == 1 && scene->effect->received == before,
	      "message %u comes once more, at a position that was counted", before);
	mmapdemo_consumer_release(&receiver);
	partner_yield(partner);
	receive_rest(stage, scene, "recvr. 2", &receiver);
}

/* Wait until one of the channel's counts is more than @before. */
static void await_count(struct stage *stage, const struct scene *scene,
			uint64_t (*get)(const struct mmapdemo_channel_stat *stat), uint64_t before)
{
	struct mmapdemo_channel_stat stat;

	for (int i = 0; i < 1000 * PATIENCE; i++) {
		if (mmapdemo_channel_stat(scene->channel, &stat) == 0 && get(&stat) > before)
			return;
		usleep(1000);
	}
	sight(stage, "parent", false, "saw nobody wait");
}

static uint64_t get_full(const struct mmapdemo_channel_stat *stat)
{
	return stat->full;
}

static uint64_t get_empty(const struct mmapdemo_channel_stat *stat)
{
	return stat->empty;
}

static uint64_t count_now(const struct scene *scene,
			  uint64_t (*get)(const struct mmapdemo_channel_stat *stat))
{
	struct mmapdemo_channel_stat stat = { 0 };

	mmapdemo_channel_stat(scene->channel, &stat);
	return get(&stat);
}

/* Let a partner go on until it waits in the channel. */
static void go_and_wait(struct stage *stage, const struct scene *scene, struct partner *partner,
			uint64_t (*get)(const struct mmapdemo_channel_stat *stat))
{
	uint64_t before = count_now(scene, get);

	partner_go(stage, partner);
	await_count(stage, scene, get, before);
}

/* Returns whether there is a successor, in @a. */
static bool kill_sender(struct stage *stage, struct scene *scene, struct partner *a,
			struct partner *b)
{
	partner_turn(stage, a);
	tell(stage, "parent", "kills the sender with SIGKILL");
	partner_kill(a);
	partner_turn(stage, b);
	return partner_start(stage, a, next_sender, scene);
}

/* On the device the driver tells the waiting sender of it, too. */
static bool kill_receiver(struct stage *stage, struct scene *scene, struct partner *a,
			  struct partner *b)
{
	partner_turn(stage, b);
	tell(stage, "parent", "kills the receiver with SIGKILL");
	partner_kill(b);
	if (stage->on == ON_DEVICE)
		partner_await(a);
	if (!partner_start(stage, b, next_receiver, scene))
		return false;
	partner_turn(stage, b);
	if (stage->on == ON_DEVICE)
		partner_go(stage, a);
	return true;
}

static void see_sums(struct stage *stage, const struct scene *scene)
{
	volatile struct effect *effect = scene->effect;
	struct mmapdemo_channel_stat stat = { 0 };

	mmapdemo_channel_stat(scene->channel, &stat);
	sight(stage, "parent", effect->received == MESSAGES && !effect->wrong,
	      "%u messages: none lost, none counted twice, all in order", effect->received);
	sight(stage, "parent", stat.full && stat.empty,
	      "the sender found it full %llu times, the receiver empty %llu",
	      (unsigned long long)stat.full, (unsigned long long)stat.empty);
}

static void direct(struct stage *stage, struct scene *scene)
{
	const bool with_kill = stage->options->kill;
	struct partner a, b;

	if (!partner_start(stage, &b, receiver, scene) || !partner_start(stage, &a, sender, scene))
		return;
	partner_turn(stage, &b);
	go_and_wait(stage, scene, &b, get_empty);
	partner_turn(stage, &a);
	partner_await(&b);
	if (with_kill && !kill_sender(stage, scene, &a, &b))
		return;
	partner_turn(stage, &a);
	go_and_wait(stage, scene, &a, get_full);
	if (with_kill && !kill_receiver(stage, scene, &a, &b))
		return;
	partner_go(stage, &b);
	partner_end(stage, &a);
	partner_end(stage, &b);
	see_sums(stage, scene);
}

static void play(struct stage *stage)
{
	struct scene scene = { .channel = stage->buffer };
	struct effect *effect;
	int err;

	effect = mmap(NULL, sizeof(*effect), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (effect == MAP_FAILED) {
		sight(stage, "parent", false, "%s", strerror(errno));
		return;
	}
	scene.effect = effect;
	if (stage->on == ON_DEVICE)
		err = mmapdemo_channel_create(&scene.channel, NULL, RING, 0, 0);
	else
		err = mmapdemo_channel_format(scene.channel, RING, 0);
	if (sight(stage, "parent", !err, "makes a channel, a ring of 64 KiB%s%s", err ? ": " : "",
		  err ? strerror(-err) : "")) {
		direct(stage, &scene);
		if (stage->on == ON_DEVICE)
			mmapdemo_close(scene.channel);
	}
	munmap(effect, sizeof(*effect));
}

const struct scenario scenario_messages = {
	.name = "messages",
	.summary = N_("a sender and a slower receiver, with a ring between them"),
	.lesson = N_(
		"Nobody polls: a process that finds the ring full or empty sleeps until the\n"
		"other one has acted. A message is there as a whole or not at all, and stays\n"
		"until it is released. So a death (try --kill) loses nothing; a message may come\n"
		"twice, and its position shows that. Only the driver reports a death at once."),
	.backings = ON_DEVICE | ON_FILE | ON_SHM,
	.can_kill = true,
	.play = play,
};
