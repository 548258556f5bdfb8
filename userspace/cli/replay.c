// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo replay: a recording into a channel, with the times that it had. Each
 * message is read to where it is sent from. Nothing in the file is believed.
 */
#include <endian.h>
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
	struct mmapdemo_producer sender;
	uint64_t messages, bytes;
	uint64_t read; /* bytes of the file */
	struct timespec start;
};

static int open_recording(struct player *p)
{
	struct recording_header header;

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
	errno = 0;
	if (fread(&header, sizeof(header), 1, p->file) != 1 && errno)
		return failed(p->options, "%s: %s", p->path, strerror(errno));
	if (feof(p->file) || memcmp(header.magic, RECORDING_MAGIC, sizeof(header.magic)) != 0)
		return failed(p->options, "%s: not made by 'mmapdemo record'", p->path);
	if (le32toh(header.version) != RECORDING_VERSION)
		return failed(p->options, "%s: has format %" PRIu32 ", and this tool knows %d",
			      p->path, le32toh(header.version), RECORDING_VERSION);
	p->read = sizeof(header);
	return EXIT_OK;
}

static int play_failed(const struct player *p, uint64_t length, int err)
{
	if (err == -EMSGSIZE)
		return failed(p->options,
			      "%s: message %" PRIu64 " has %" PRIu64
			      " bytes, and %s takes %zu; %" PRIu64 " messages sent",
			      p->path, p->messages + 1, length, p->name,
			      mmapdemo_producer_most(&p->sender), p->messages);
	return failed(p->options, "%s: %s; %" PRIu64 " messages sent", p->name,
		      err == -EPIPE ? "the receiver is gone" : channel_error(err), p->messages);
}

static int cut_short(const struct player *p)
{
	if (stopped())
		return play_failed(p, 0, -EINTR);
	if (ferror(p->file))
		return failed(p->options, "%s: %s; %" PRIu64 " messages sent", p->path,
			      strerror(errno), p->messages);
	return failed(p->options,
		      "%s: cut short in the middle of a message; all %" PRIu64
		      " whole messages are sent",
		      p->path, p->messages);
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

static int send_when_due(struct player *p, uint64_t time, size_t length)
{
	uint64_t before = mmapdemo_producer_position(&p->sender);
	int err;

	await_time(p, time);
	if (stopped())
		return play_failed(p, length, -EINTR);
	err = mmapdemo_producer_commit(&p->sender, length);
	if (mmapdemo_producer_position(&p->sender) != before) {
		p->messages++;
		p->bytes += length;
	}
	return err ? play_failed(p, length, err) : EXIT_OK;
}

static int play_message(struct player *p, const struct recording_message *head)
{
	uint64_t length = le64toh(head->length);
	void *place;
	int err = -EMSGSIZE;

	if (length <= mmapdemo_producer_most(&p->sender)) {
		do {
			err = mmapdemo_producer_reserve(&p->sender, &place, (size_t)length, NULL);
		} while (err == -EINTR && !stopped());
	}
	if (err)
		return play_failed(p, length, err);
	if (fread(place, 1, (size_t)length, p->file) < length) {
		mmapdemo_producer_discard(&p->sender);
		return cut_short(p);
	}
	p->read += sizeof(*head) + length;
	return send_when_due(p, le64toh(head->time), (size_t)length);
}

static int play_all(struct player *p)
{
	struct recording_message head;
	struct progress progress;
	int code = EXIT_OK;
	struct stat st;
	size_t got;

	fstat(fileno(p->file), &st);
	progress_start(&progress, "replay", S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0);
	p->start = progress.start;
	while (!code && (got = fread(&head, 1, sizeof(head), p->file)) == sizeof(head)) {
		code = play_message(p, &head);
		progress_at(&progress, p->read);
	}
	progress_end(&progress);
	if (!code && (got || ferror(p->file)))
		code = cut_short(p);
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
	.details =
		"If FILE was cut short, all whole messages are sent, and the exit code is 1. FILE\n"
		"may be '-', stdin.",
	.examples = "mmapdemo replay kept chat\n"
		    "zstd -dc kept.zst | mmapdemo replay - chat --speed 0",
	.run = run_replay,
	.takes = TAKES_SPEED | TAKES_JSON,
	.least = 2,
	.most = 2,
};
