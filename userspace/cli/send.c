// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo send: arguments, files, or what comes by stdin, as messages.
 */
#include <errno.h>
#include <limits.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

struct sending {
	const struct options *options;
	const char *name;
	struct mmapdemo_producer sender;
	uint64_t sent;
};

/* One line that also says how far it came. Returns EXIT_FAILED. */
static int send_failed(const struct sending *s, int err)
{
	size_t most = mmapdemo_producer_most(&s->sender);

	switch (err) {
	case -EMSGSIZE:
		return failed(s->options,
			      "%s: a message is longer than %zu bytes; %" PRIu64 " sent", s->name,
			      most, s->sent);
	case -ETIMEDOUT:
		return failed(s->options, "%s: no room; %" PRIu64 " sent", s->name, s->sent);
	case -EPIPE:
		return failed(s->options,
			      "%s: the receiver is gone; %" PRIu64
			      " sent, and what it left is for the next one",
			      s->name, s->sent);
	default:
		return failed(s->options, "%s: %s; %" PRIu64 " sent", s->name, channel_error(err),
			      s->sent);
	}
}

/* Also one that is there while nobody is any more to receive it counts as sent. */
static int send_one(struct sending *s, const void *data, size_t length)
{
	uint64_t before = mmapdemo_producer_position(&s->sender);
	const struct timespec *deadline;
	struct timespec room;
	int err;

	deadline = deadline_of(s->options, &room);
	do {
		err = mmapdemo_producer_timedsend(&s->sender, data, length, deadline);
	} while (err == -EINTR && !stopped());
	s->sent += mmapdemo_producer_position(&s->sender) != before;
	return err ? send_failed(s, err) : EXIT_OK;
}

static int send_texts(struct sending *s, char **texts)
{
	int code = EXIT_OK;

	for (; *texts && !code; texts++)
		code = send_one(s, *texts, strlen(*texts));
	return code;
}

static int send_file(struct sending *s, const char *path)
{
	size_t most = mmapdemo_producer_most(&s->sender);
	uint8_t *data = NULL;
	size_t size = 0;
	int fd;
	int code = open_input(s->options, path, &fd);

	if (code)
		return code;
	if (is_stdio(path))
		note_terminal(s->options, fd);
	code = read_input(s->options, fd, input_name(path), most + 1, &data, &size);
	close(fd);
	if (code && stopped())
		return send_failed(s, -EINTR);
	if (!code)
		code = send_one(s, data, size);
	free(data);
	return code;
}

static int send_files(struct sending *s, char **paths)
{
	int code = EXIT_OK;

	for (; *paths && !code; paths++) {
		code = send_file(s, *paths);
		if (code && s->sent && !stopped())
			noted(s->options, "%s: %" PRIu64 " sent before", s->name, s->sent);
	}
	return code;
}

/* The end of stdin, or why there is no more to be had. */
static int end_of_input(const struct sending *s)
{
	int err = errno;

	if (stopped())
		return send_failed(s, -EINTR);
	if (!ferror(stdin))
		return EXIT_OK;
	return failed(s->options, "stdin: %s; %" PRIu64 " sent", strerror(err), s->sent);
}

/* A line, or of one that is too long for a message as much as shows that. */
static size_t read_line(char *line, size_t room)
{
	size_t length = 0;
	int c;

	while (length < room && (c = getc_unlocked(stdin)) != EOF) {
		line[length++] = (char)c;
		if (c == '\n')
			break;
	}
	return length;
}

static int send_lines(struct sending *s)
{
	size_t room = mmapdemo_producer_most(&s->sender) + 2;
	char *line = malloc(room);
	int code = EXIT_OK;
	size_t length;

	if (!line)
		return failed(s->options, "out of memory");
	/* What comes before an error is not all of a line. */
	while (!code && !stopped() && (length = read_line(line, room)) && !ferror(stdin)) {
		if (line[length - 1] == '\n')
			length--;
		code = send_one(s, line, length);
	}
	free(line);
	return code ? code : end_of_input(s);
}

/* The last one may be shorter. */
static int send_records(struct sending *s, size_t length)
{
	uint8_t *record = malloc(length);
	int code = EXIT_OK;
	size_t got;

	if (!record)
		return failed(s->options, "out of memory");
	while (!code && !stopped() && (got = fread(record, 1, length, stdin)) && !ferror(stdin))
		code = send_one(s, record, got);
	free(record);
	return code ? code : end_of_input(s);
}

static int check(const struct options *options, int texts)
{
	if (options->files && !texts)
		return misused(options, "--files: needs the names of files");
	if (options->has_length && texts)
		return misused(options, "--length: cuts stdin into messages; no TEXT beside it");
	if (options->has_length && !options->length)
		return misused(options, "--length '0': at least 1");
	return EXIT_OK;
}

static int run_send(const struct options *options, int argc, char **argv)
{
	struct sending s = { .options = options, .name = argv[0] };
	int code = check(options, argc - 1);

	if (!code)
		code = sender_open(options, s.name, &s.sender);
	if (code)
		return code;
	stop_by_signals();
	if (argc == 1)
		note_terminal(options, STDIN_FILENO);
	if (options->has_length && options->length > mmapdemo_producer_most(&s.sender))
		code = send_failed(&s, -EMSGSIZE);
	else if (options->has_length)
		code = send_records(&s, (size_t)options->length);
	else if (options->files)
		code = send_files(&s, argv + 1);
	else if (argc > 1)
		code = send_texts(&s, argv + 1);
	else
		code = send_lines(&s);
	mmapdemo_producer_close(&s.sender);
	return code;
}

const struct verb verb_send = {
	.name = "send",
	.group = GROUP_CHANNELS,
	.arguments = "NAME [TEXT]...",
	.summary = "each TEXT, or line of stdin, as a message",
	.details =
		"NAME is a channel. With --length stdin is cut into messages of that many bytes.\n"
		"Waits for room, not for somebody who receives. If it stops in the middle, it\n"
		"says how many were sent.",
	.examples = "mmapdemo send chat hello\n"
		    "tail -f log | mmapdemo send chat",
	.run = run_send,
	.takes = TAKES_RECORDS | TAKES_FILES | TAKES_TIMEOUT,
	.least = 1,
	.most = INT_MAX,
};
