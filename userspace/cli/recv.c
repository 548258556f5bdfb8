// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo recv: messages as they come. One is taken out of the channel when it
 * has been printed, so that none is lost, whatever happens.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "options.h"

static int print_message(const struct options *options, uint64_t position, const void *data,
			 size_t length)
{
	if (options->json) {
		printf("{\"position\":%" PRIu64 ",\"length\":%zu,\"hex\":\"", position, length);
		print_hex(data, length);
		puts("\"}");
	} else {
		fwrite(data, 1, length, stdout);
		if (!options->raw)
			putchar('\n');
	}
	return flush_stdout(options);
}

/* Returns 0 or why there is no message. */
static int await(const struct options *options, struct mmapdemo_consumer *receiver,
		 const void **data, size_t *length)
{
	struct timespec room;
	const struct timespec *deadline = deadline_of(options, &room);
	int err;

	do {
		err = mmapdemo_consumer_peek(receiver, data, length, deadline);
	} while (err == -EINTR && !stopped());
	return err;
}

static int receive(const struct options *options, const char *name,
		   struct mmapdemo_consumer *receiver)
{
	uint64_t received = 0;
	const void *data;
	size_t length;
	int err = 0;
	int code;

	while (!stopped() && (!options->count || received < options->count)) {
		err = await(options, receiver, &data, &length);
		if (err)
			break;
		code = print_message(options, mmapdemo_consumer_position(receiver), data, length);
		if (code && !stopped())
			return code;
		if (code)
			break;
		mmapdemo_consumer_release(receiver);
		received++;
	}
	if (stopped())
		err = -EINTR;
	else if (options->count && received == options->count)
		return EXIT_OK;
	if (err == -ETIMEDOUT)
		return failed(options, "%s: no message came in time; %" PRIu64 " received", name,
			      received);
	if (err && err != -EPIPE)
		return failed(options, "%s: %s; %" PRIu64 " received", name, channel_error(err),
			      received);
	if (options->count)
		return failed(options, "%s: the sender is gone; %" PRIu64 " received", name,
			      received);
	return EXIT_OK;
}

static int run_recv(const struct options *options, int argc, char **argv)
{
	struct mmapdemo_consumer receiver;
	int code;

	(void)argc;
	if (options->raw && options->json)
		return misused(options, "--raw: not with --json");
	code = receiver_open(options, argv[0], &receiver);
	if (code)
		return code;
	stop_by_signals();
	code = receive(options, argv[0], &receiver);
	mmapdemo_consumer_close(&receiver);
	return code;
}

const struct verb verb_recv = {
	.name = "recv",
	.group = GROUP_CHANNELS,
	.arguments = "NAME",
	.summary = "messages of a channel as they come, each a line",
	.details =
		"Waits for messages, --timeout for each of them, and ends when the sender has\n"
		"gone; Ctrl-C ends it, too. Exit code 1 if fewer than --count came. --json is a\n"
		"line for each, with the bytes in hexadecimal. What was not printed stays in the\n"
		"channel.",
	.examples = "mmapdemo recv chat\n"
		    "mmapdemo recv chat --count 1 --timeout 0.5",
	.run = run_recv,
	.takes = TAKES_COUNT | TAKES_RAW | TAKES_TIMEOUT | TAKES_JSON,
	.least = 1,
	.most = 1,
};
