// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo top: what goes through buffers and channels. Two looks at their counts,
 * and what lies between.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

/* A buffer at one look. */
struct look {
	struct mmapdemo_entry entry;
	struct mmapdemo_channel_stat stat; /* of a channel that may be read */
	bool known;
};

struct looks {
	struct look *look;
	size_t count;
	struct timespec time;
};

/* What has happened in a second. */
struct rates {
	double published, sent, received, bytes, full, empty;
};

static void look_into(struct look *look)
{
	struct mmapdemo_buffer *buffer;
	const char *name = look->entry.name;

	if (!look->entry.channel || mmapdemo_open_name(&buffer, name, MMAPDEMO_READ_ONLY))
		return;
	look->known = mmapdemo_channel_stat(buffer, &look->stat) == 0;
	mmapdemo_close(buffer);
}

static int look_at_all(struct looks *looks)
{
	struct mmapdemo_entry *entries;
	int err = mmapdemo_list(&entries, &looks->count);

	if (err)
		return err;
	clock_gettime(CLOCK_MONOTONIC, &looks->time);
	looks->look = calloc(looks->count + 1, sizeof(*looks->look));
	for (size_t i = 0; looks->look && i < looks->count; i++) {
		looks->look[i].entry = entries[i];
		look_into(&looks->look[i]);
	}
	free(entries);
	return looks->look ? 0 : -ENOMEM;
}

static const struct look *find(const struct looks *looks, const char *name)
{
	for (size_t i = 0; i < looks->count; i++) {
		if (strcmp(looks->look[i].entry.name, name) == 0)
			return &looks->look[i];
	}
	return NULL;
}

/* A count that is less than before is another buffer's, of the same name. */
static double rate(uint64_t before, uint64_t now, double seconds)
{
	return now < before ? 0 : (double)(now - before) / seconds;
}

static struct rates rates_of(const struct looks *before, const struct look *now, double seconds)
{
	const struct look *old = find(before, now->entry.name);
	const struct mmapdemo_channel_stat *was, *is = &now->stat;

	if (!old || old->known != now->known)
		return (struct rates){ 0 };
	was = &old->stat;
	return (struct rates){
		.published = rate(old->entry.publications, now->entry.publications, seconds),
		.sent = rate(was->sent, is->sent, seconds),
		.received = rate(was->received, is->received, seconds),
		.bytes = rate(was->received_bytes, is->received_bytes, seconds),
		.full = rate(was->full, is->full, seconds),
		.empty = rate(was->empty, is->empty, seconds),
	};
}

/* The two counts are not of one moment. */
static uint64_t waiting(const struct mmapdemo_channel_stat *stat)
{
	return stat->sent > stat->received ? stat->sent - stat->received : 0;
}

static void print_row(const struct look *look, const struct rates *rates)
{
	uint32_t channel = look->entry.channel;
	char path[64];

	snprintf(path, sizeof(path), "%s%s", *look->entry.name ? "-" : "", look->entry.name);
	printf("mmapdemo%-12s %c%c", path, channel & MMAPDEMO_CHANNEL_PRODUCER ? 'S' : '-',
	       channel & MMAPDEMO_CHANNEL_CONSUMER ? 'R' : '-');
	if (!channel)
		printf(" %9.1f\n", rates->published);
	else if (!look->known)
		printf(" may not be read\n");
	else
		printf(" %9.1f %9.1f %9.1f %8" PRIu64 " %8.1f %8.1f\n", rates->sent,
		       rates->received, rates->bytes / 1024, waiting(&look->stat), rates->full,
		       rates->empty);
}

static struct json_object *json_row(const struct look *look, const struct rates *rates)
{
	struct json_object *object = json_object_new_object();
	const struct {
		const char *name;
		double value;
	} members[] = {
		{ "sent", rates->sent }, { "received", rates->received }, { "bytes", rates->bytes },
		{ "full", rates->full }, { "empty", rates->empty },
	};

	json_object_object_add(object, "name", json_object_new_string(look->entry.name));
	json_channel(object, look->entry.channel, true);
	if (!look->entry.channel)
		json_object_object_add(object, "published",
				       json_object_new_double(rates->published));
	for (size_t i = 0; look->known && i < sizeof(members) / sizeof(members[0]); i++)
		json_object_object_add(object, members[i].name,
				       json_object_new_double(members[i].value));
	if (look->known)
		json_object_object_add(object, "waiting",
				       json_object_new_uint64(waiting(&look->stat)));
	return object;
}

static int print_json_looks(const struct options *options, const struct looks *before,
			    const struct looks *now, double seconds)
{
	struct json_object *object = json_object_new_object();
	struct json_object *rows = json_object_new_array();

	for (size_t i = 0; i < now->count; i++) {
		struct rates rates = rates_of(before, &now->look[i], seconds);

		json_object_array_add(rows, json_row(&now->look[i], &rates));
	}
	json_object_object_add(object, "seconds", json_object_new_double(seconds));
	json_object_object_add(object, "buffers", rows);
	return print_json_line(options, object);
}

static int print_looks(const struct options *options, const struct looks *before,
		       const struct looks *now)
{
	double seconds = (double)(now->time.tv_sec - before->time.tv_sec) +
			 (double)(now->time.tv_nsec - before->time.tv_nsec) / 1e9;

	if (options->json)
		return print_json_looks(options, before, now, seconds);
	if (isatty(STDOUT_FILENO))
		printf("\033[H\033[J");
	printf("%-20s %2s %9s %9s %9s %8s %8s %8s\n", "NODE", "", "IN/s", "OUT/s", "KIB/s",
	       "WAITING", "FULL/s", "EMPTY/s");
	for (size_t i = 0; i < now->count; i++) {
		struct rates rates = rates_of(before, &now->look[i], seconds);

		print_row(&now->look[i], &rates);
	}
	if (!isatty(STDOUT_FILENO))
		printf("\n");
	return flush_stdout(options);
}

static void pause_for(double seconds)
{
	struct timespec time = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};

	nanosleep(&time, NULL);
}

static int look_failed(const struct options *options, int err)
{
	if (err == -ENOENT)
		return node_failed(options, NULL, -ENODEV);
	return failed(options, "%s", strerror(-err));
}

static int run_top(const struct options *options, int argc, char **argv)
{
	struct looks before = { 0 };
	struct looks now = { 0 };
	int err = look_at_all(&before);
	int code = EXIT_OK;
	uint64_t n = 0;

	(void)argc;
	(void)argv;
	stop_by_signals();
	while (!err && !code && (!options->count || n < options->count)) {
		pause_for(options->interval);
		if (stopped())
			break;
		err = look_at_all(&now);
		if (err)
			break;
		code = print_looks(options, &before, &now);
		free(before.look);
		before = now;
		now.look = NULL;
		n++;
	}
	free(before.look);
	free(now.look);
	if (stopped())
		return failed(options, "interrupted; %" PRIu64 " shown", n);
	return err ? look_failed(options, err) : code;
}

const struct verb verb_top = {
	.name = "top",
	.group = GROUP_CHANNELS,
	.arguments = "",
	.summary = "what goes through buffers and channels, live",
	.details =
		"IN is what was sent to a channel, whose sides S and R are there or not, or how\n"
		"often a buffer was published; WAITING are messages in the channel. On a\n"
		"terminal it is redrawn, elsewhere there is a table, or a line of JSON, for\n"
		"each --interval. Ctrl-C ends it.",
	.examples = "mmapdemo top\n"
		    "mmapdemo top --count 1 --json",
	.run = run_top,
	.takes = TAKES_COUNT | TAKES_INTERVAL | TAKES_JSON,
};
