// SPDX-License-Identifier: BSD-2-Clause
/* Scenario engine: peers inside the kernel make, send back and take messages. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mmapdemo_engine.h"
#include "stage.h"

#define RING 0x100000
#define RECORDS 1000
#define RATE 10000
#define LENGTH 64
#define PATIENCE 60 /* seconds, after which something has gone wrong */

/* The ways between them, in order. */
enum way {
	FROM_SOURCE,
	TO_ECHO,
	FROM_ECHO,
	TO_SINK,
	WAYS
};

struct scene {
	struct mmapdemo_buffer *way[WAYS];
	int source, echo, sink; /* -1 if not started */
	struct mmapdemo_consumer from_source, from_echo;
	struct mmapdemo_producer to_echo, to_sink;
	uint64_t received; /* from the source */
	uint64_t next;	   /* sequence number, if none is missing */
	uint64_t missing;
	uint64_t changed; /* by the echo */
	uint32_t crc;
};

/* As of RFC 3720, bit by bit. */
static uint32_t crc32c(uint32_t crc, const void *data, size_t length)
{
	const uint8_t *byte = data;

	crc = ~crc;
	while (length--) {
		crc ^= *byte++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static struct timespec patience(void)
{
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += PATIENCE;
	return deadline;
}

static bool start_all(struct stage *stage, struct scene *s)
{
	const struct mmapdemo_engine_args args = {
		.rate = RATE,
		.length = LENGTH,
		.count = RECORDS,
	};
	int err;

	err = mmapdemo_engine_start(&s->source, "source", NULL, s->way[FROM_SOURCE], &args);
	if (!sight(stage, "user", !err, "starts a source: %d records of %d bytes, %d a second",
		   RECORDS, LENGTH, RATE))
		return false;
	err = mmapdemo_engine_start(&s->echo, "echo", s->way[TO_ECHO], s->way[FROM_ECHO], NULL);
	if (!sight(stage, "user", !err, "starts an echo, which sends back what it receives"))
		return false;
	err = mmapdemo_engine_start(&s->sink, "sink", s->way[TO_SINK], NULL, NULL);
	return sight(stage, "user", !err, "starts a sink, which makes a checksum");
}

static bool open_sides(struct stage *stage, struct scene *s)
{
	int err = mmapdemo_consumer_open(&s->from_source, s->way[FROM_SOURCE]);

	if (!err)
		err = mmapdemo_producer_open(&s->to_echo, s->way[TO_ECHO]);
	if (!err)
		err = mmapdemo_consumer_open(&s->from_echo, s->way[FROM_ECHO]);
	if (!err)
		err = mmapdemo_producer_open(&s->to_sink, s->way[TO_SINK]);
	return sight(stage, "user", !err, "opens the other end of all four%s%s", err ? ": " : "",
		     err ? strerror(-err) : "");
}

/* One record all the way. 0, or why there is none. */
static int pass_one(struct scene *s)
{
	const struct timespec deadline = patience();
	struct mmapdemo_source_record *record;
	char sent[LENGTH], back[LENGTH];
	ssize_t length;
	int err;

	length = mmapdemo_consumer_timedrecv(&s->from_source, sent, sizeof(sent), &deadline);
	if (length < 0)
		return (int)length;
	record = (struct mmapdemo_source_record *)(void *)sent;
	s->missing += record->sequence - s->next;
	s->next = record->sequence + 1;
	s->received++;
	err = mmapdemo_producer_timedsend(&s->to_echo, sent, (size_t)length, &deadline);
	if (err)
		return err;
	length = mmapdemo_consumer_timedrecv(&s->from_echo, back, sizeof(back), &deadline);
	if (length < 0)
		return (int)length;
	s->changed += length != LENGTH || memcmp(sent, back, LENGTH) != 0;
	s->crc = crc32c(s->crc, back, (size_t)length);
	return mmapdemo_producer_timedsend(&s->to_sink, back, (size_t)length, &deadline);
}

/* What an engine says at its end. */
static struct mmapdemo_engine_info last_words(int engine)
{
	struct mmapdemo_engine_info info = { 0 };

	if (mmapdemo_engine_wait(engine, PATIENCE * 1000) == 0)
		mmapdemo_engine_get_info(engine, &info);
	return info;
}

static void pass_all(struct stage *stage, struct scene *s)
{
	struct mmapdemo_engine_info source;
	int err;

	do {
		err = pass_one(s);
	} while (!err);
	source = last_words(s->source);
	sight(stage, "source", source.ended && !source.error,
	      "has ended: made %d, sent %llu, found no space for %llu", RECORDS, source.sent,
	      source.dropped);
	sight(stage, "user", err == -EPIPE && s->received == source.sent,
	      "received %llu, then the source closed its end", (unsigned long long)s->received);
	s->missing += RECORDS - s->next;
	sight(stage, "user",
	      s->received + source.dropped == RECORDS && s->missing == source.dropped,
	      "accounts for all numbers from 0 to %d: %llu are missing", RECORDS - 1,
	      (unsigned long long)s->missing);
}

static void hang_up(struct stage *stage, struct scene *s)
{
	struct mmapdemo_engine_info echo, sink;

	mmapdemo_producer_close(&s->to_echo);
	mmapdemo_producer_close(&s->to_sink);
	tell(stage, "user", "closes the channels to echo and sink");
	echo = last_words(s->echo);
	sight(stage, "echo",
	      echo.ended && echo.sent == s->received && echo.received == s->received && !s->changed,
	      "has ended: sent back all %llu as they were", echo.sent);
	sink = last_words(s->sink);
	sight(stage, "sink", sink.ended && sink.received == s->received && sink.value == s->crc,
	      "has ended: %llu messages, crc32c %08llx; user's %08x", sink.received, sink.value,
	      s->crc);
}

static void clear_away(struct scene *s)
{
	const int engines[] = { s->source, s->echo, s->sink };

	mmapdemo_consumer_close(&s->from_source);
	mmapdemo_consumer_close(&s->from_echo);
	mmapdemo_producer_close(&s->to_echo);
	mmapdemo_producer_close(&s->to_sink);
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (engines[i] >= 0)
			mmapdemo_engine_stop(engines[i]);
	}
	for (int i = 0; i < WAYS; i++)
		mmapdemo_close(s->way[i]);
}

static void play(struct stage *stage)
{
	struct scene s = { .source = -1, .echo = -1, .sink = -1 };
	int err = 0;

	for (int i = 0; i < WAYS && !err; i++)
		err = mmapdemo_channel_create(&s.way[i], NULL, RING, 0, 0);
	/* Each side is there before the other one could miss it. */
	if (sight(stage, "user", !err, "creates four channels%s%s", err ? ": " : "",
		  err ? strerror(-err) : "") &&
	    open_sides(stage, &s) && start_all(stage, &s)) {
		tell(stage, "user", "passes each record on: source, user, echo, user, sink");
		pass_all(stage, &s);
		hang_up(stage, &s);
	}
	clear_away(&s);
}

const struct scenario scenario_engine = {
	.name = "engine",
	.summary = N_("peers inside the kernel: source, echo and sink, by the same channels"),
	.lesson = N_(
		"An engine follows the same rules as a program, so neither end can tell whether\n"
		"the other one is a program or the kernel. It runs in a thread of the process\n"
		"that started it, within its limits. Other modules can register more kinds."),
	.backings = ON_DEVICE,
	.play = play,
};
