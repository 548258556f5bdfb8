// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo publish, watch: say that there is something new, and be told.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "options.h"

static int run_publish(const struct options *options, int argc, char **argv)
{
	const char *name = argc ? argv[0] : MMAPDEMO_NODE;
	struct mmapdemo_buffer *buffer;
	int code, err;

	code = named_open(options, name, &buffer, 0);
	if (code)
		return code;
	err = mmapdemo_publish(buffer);
	if (err)
		code = named_failed(options, name, err);
	mmapdemo_close(buffer);
	return code;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* A line, at once, also into a pipe: somebody waits for it. */
static int print_news(const struct options *options, uint64_t unseen, uint64_t total, double rate)
{
	struct json_object *object;

	if (options->json) {
		object = json_object_new_object();
		json_object_object_add(object, "unseen", json_object_new_uint64(unseen));
		json_object_object_add(object, "total", json_object_new_uint64(total));
		json_object_object_add(object, "rate", json_object_new_double(rate));
		return print_json_line(options, object);
	}
	printf("+%" PRIu64 "\t%" PRIu64 "\t%.1f/s\n", unseen, total, rate);
	return flush_stdout(options);
}

static int watch(const struct options *options, const char *name, struct mmapdemo_buffer *buffer)
{
	struct timespec start;
	int code = EXIT_OK;
	uint64_t total = 0;
	uint64_t unseen;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &start);
	stop_by_signals();
	while (!code && !stopped() && (!options->count || total < options->count)) {
		err = mmapdemo_events(buffer, &unseen);
		if (!err && !unseen)
			err = mmapdemo_wait_events(buffer, -1);
		if (err && err != -EINTR)
			return named_failed(options, name, err);
		if (err || !unseen)
			continue;
		total += unseen;
		code = print_news(options, unseen, total, (double)total / seconds_since(&start));
	}
	if (stopped())
		return failed(options, "%s: interrupted; %" PRIu64 " publications", name, total);
	return code;
}

static int run_watch(const struct options *options, int argc, char **argv)
{
	const char *name = argc ? argv[0] : MMAPDEMO_NODE;
	struct mmapdemo_buffer *buffer;
	int code = named_open(options, name, &buffer, MMAPDEMO_READ_ONLY);

	if (code)
		return code;
	code = watch(options, name, buffer);
	mmapdemo_close(buffer);
	return code;
}

const struct verb verb_publish = {
	.name = "publish",
	.group = GROUP_EVENTS,
	.arguments = "[NAME]",
	.summary = "tell all who watch that there is something new",
	.examples = "mmapdemo publish news\n"
		    "mmapdemo write -d news hello && mmapdemo publish news",
	.run = run_publish,
	.most = 1,
};

const struct verb verb_watch = {
	.name = "watch",
	.group = GROUP_EVENTS,
	.arguments = "[NAME]",
	.summary = "a line for each publication, as it comes",
	.details = "Without NAME it is " MMAPDEMO_NODE ". --count N ends it after N of them.",
	.examples = "mmapdemo watch news\n"
		    "mmapdemo watch news --count 1",
	.run = run_watch,
	.takes = TAKES_COUNT | TAKES_JSON,
	.most = 1,
};
