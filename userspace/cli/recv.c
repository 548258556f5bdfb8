// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo recv: messages as they come. One is taken out of the channel when it
 * has been printed, so that none is lost, whatever happens.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "options.h"

static int print_json_message(const struct options *options, uint64_t position, const char *time,
			      const void *data, size_t length)
{
	printf("{\"position\":%" PRIu64 ",\"length\":%zu,", position, length);
	if (options->times)
		printf("\"time\":\"%s\",", time);
	printf("\"hex\":\"");
	print_hex(data, length);
	puts("\"}");
	return flush_stdout(options);
}

static int print_message(const struct options *options, uint64_t position, const void *data,
			 size_t length)
{
	char time[TIME_ROOM] = "";
	struct timespec now;

	if (options->times) {
		clock_gettime(CLOCK_REALTIME, &now);
		format_time(&now, time, sizeof(time));
	}
	if (options->json)
		return print_json_message(options, position, time, data, length);
	if (options->times)
		printf("%s ", time);
	if (options->raw || !isatty(STDOUT_FILENO))
		fwrite(data, 1, length, stdout);
	else
		print_escaped(data, length);
	if (!options->raw)
		putchar('\n');
	return flush_stdout(options);
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
		err = await_message(options, receiver, &data, &length);
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
	if (options->raw && options->times)
		return misused(options, "--raw: not with --time");
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
		"line for each, with the bytes in hexadecimal. A terminal gets control characters\n"
		"as \\n or \\x1b. What was not printed stays in the channel.",
	.examples = "mmapdemo recv chat --follow --time\n"
		    "mmapdemo recv chat --count 1 --timeout 0.5",
	.run = run_recv,
	.takes = TAKES_COUNT | TAKES_RAW | TAKES_TIMEOUT | TAKES_JSON | TAKES_FOLLOW | TAKES_TIME,
	.least = 1,
	.most = 1,
};
