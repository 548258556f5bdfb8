// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo replay: a recording into a channel, with the times that it had. Each
 * message is read to where it is sent from. Nothing in the file is believed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"
#include "recording.h"

struct player {
	const struct options *options;
	const char *path, *name;
	FILE *file;
	struct recording recording;
	struct mmapdemo_producer sender;
	uint64_t messages, bytes; /* sent */
	struct timespec start;
	uint64_t first; /* time of the message that is sent at start */
};

static int play_failed(const struct player *p, int err)
{
	if (err == -EMSGSIZE)
		return failed(p->options,
			      "%s: message %" PRIu64 " has %" PRIu64
			      " bytes, and %s takes %zu; %" PRIu64 " messages sent",
			      p->path, p->recording.messages + 1, p->recording.length, p->name,
			      mmapdemo_producer_most(&p->sender), p->messages);
	if (err == -ETIMEDOUT)
		return failed(p->options, "%s: no room; %" PRIu64 " messages sent", p->name,
			      p->messages);
	return failed(p->options, "%s: %s; %" PRIu64 " messages sent", p->name,
		      err == -EPIPE ? "the receiver is gone" : channel_error(err), p->messages);
}

/* Why there is no more to be read, unless it is the end. Returns an exit code. */
static int read_failed(const struct player *p, enum recording_state state)
{
	char text[128];

	if (stopped())
		return play_failed(p, -EINTR);
	if (state == RECORDING_END)
		return EXIT_OK;
	recording_error(&p->recording, state, text, sizeof(text));
	return failed(p->options, "%s: %s; %" PRIu64 " messages sent", p->path, text, p->messages);
}

/* At the header, of the first round or of one more. */
static int begin_recording(struct player *p)
{
	enum recording_state state = recording_begin(&p->recording, p->file);
	char text[128];

	if (!state)
		return EXIT_OK;
	recording_error(&p->recording, state, text, sizeof(text));
	return failed(p->options, "%s: %s", p->path, text);
}

static int open_recording(struct player *p)
{
	int fd;
	int code = open_input(p->options, p->path, &fd);

	if (code)
		return code;
	p->path = input_name(p->path);
	p->file = fdopen(fd, "r");
	if (!p->file) {
		close(fd);
		return failed(p->options, "%s: %s", p->path, strerror(errno));
	}
	if (p->options->loop && fseek(p->file, 0, SEEK_SET) < 0)
		return failed(p->options, "%s: cannot be read again; --loop needs a regular file",
			      p->path);
	return begin_recording(p);
}

/* Until the message is due. A recording that says so may wait without limit. */
static void await_time(const struct player *p, uint64_t time)
{
	double seconds = p->options->speed > 0 ? (double)time / 1e9 / p->options->speed : 0;
	struct timespec due = p->start;

	if (seconds > 86400e6)
		seconds = 86400e6;
	due.tv_sec += (time_t)seconds;
	due.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	if (due.tv_nsec >= 1000000000) {
		due.tv_nsec -= 1000000000;
		due.tv_sec++;
	}
	while (seconds > 0 && !stopped() &&
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
		;
}

static int send_when_due(struct player *p)
{
	const struct recording *r = &p->recording;
	uint64_t before = mmapdemo_producer_position(&p->sender);
	int err;

	await_time(p, r->time > p->first ? r->time - p->first : 0);
	if (stopped())
		return play_failed(p, -EINTR);
	err = mmapdemo_producer_commit(&p->sender, (size_t)r->length);
	if (mmapdemo_producer_position(&p->sender) != before) {
		p->messages++;
		p->bytes += r->length;
	}
	return err ? play_failed(p, err) : EXIT_OK;
}

/* Room for the message at hand. Returns 0 or why there is none. */
static int await_room(struct player *p, void **place)
{
	size_t length = (size_t)p->recording.length;
	struct timespec room;
	const struct timespec *deadline = deadline_of(p->options, &room);
	int err;

	if (p->recording.length > mmapdemo_producer_most(&p->sender))
		return -EMSGSIZE;
	do {
		err = mmapdemo_producer_reserve(&p->sender, place, length, deadline);
	} while (err == -EINTR && !stopped());
	return err;
}

static int play_message(struct player *p)
{
	enum recording_state state;
	void *place;
	int err = await_room(p, &place);

	if (err)
		return play_failed(p, err);
	state = recording_read(&p->recording, place);
	if (!state)
		return send_when_due(p);
	mmapdemo_producer_discard(&p->sender);
	return read_failed(p, state);
}

/* All messages before --from. */
static int pass_messages(struct player *p)
{
	enum recording_state state = RECORDING_OK;

	while (!state && !stopped() && p->recording.messages + 1 < p->options->from)
		state = recording_pass(&p->recording);
	return state || stopped() ? read_failed(p, state) : EXIT_OK;
}

/* From --from to the end; again by --loop. Returns an exit code. */
static int play_round(struct player *p, struct progress *progress)
{
	uint64_t before = p->messages;
	enum recording_state state;
	int code = pass_messages(p);

	clock_gettime(CLOCK_MONOTONIC, &p->start);
	while (!code) {
		state = recording_next(&p->recording);
		if (state)
			code = read_failed(p, state);
		if (state)
			break;
		if (p->messages == before && p->options->from > 1)
			p->first = p->recording.time;
		code = play_message(p);
		progress_at(progress, p->recording.position);
	}
	if (!code && p->messages == before && (p->options->loop || p->options->from))
		code = failed(p->options, "%s: has %" PRIu64 " messages; there is nothing to send",
			      p->path, p->recording.messages);
	return code;
}

static int play_all(struct player *p)
{
	struct progress progress;
	struct stat st;
	int code;

	fstat(fileno(p->file), &st);
	progress_start(&progress, "replay", S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0);
	code = play_round(p, &progress);
	while (!code && p->options->loop) {
		rewind(p->file);
		code = begin_recording(p);
		if (!code)
			code = play_round(p, &progress);
	}
	progress_end(&progress);
	return code;
}

static int print_played(const struct player *p)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "messages", json_object_new_uint64(p->messages));
	json_object_object_add(object, "bytes", json_object_new_uint64(p->bytes));
	return print_json(p->options, object);
}

static int run_replay(const struct options *options, int argc, char **argv)
{
	struct player p = { .options = options, .path = argv[0], .name = argv[1] };
	int code = open_recording(&p);

	(void)argc;
	if (!code)
		code = sender_open(options, p.name, &p.sender);
	if (!code) {
		stop_by_signals();
		code = play_all(&p);
		if (!code && options->json)
			code = print_played(&p);
		mmapdemo_producer_close(&p.sender);
	}
	if (p.file)
		fclose(p.file);
	return code;
}

const struct verb verb_replay = {
	.name = "replay",
	.group = GROUP_CHANNELS,
	.arguments = "FILE NAME",
	.summary = "send what was recorded, with the same times between",
	.details = "Waits for room, --timeout for each message. If FILE was cut short, all whole\n"
		   "messages are sent, and the exit code is 1. FILE may be '-', stdin.",
	.examples = "mmapdemo replay kept chat\n"
		    "mmapdemo replay kept chat --from 100 --speed 10 --loop",
	.run = run_replay,
	.takes = TAKES_SPEED | TAKES_TIMEOUT | TAKES_JSON,
	.least = 2,
	.most = 2,
};
