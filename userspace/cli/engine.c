// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo engine: a peer inside the kernel, which runs in this process, or in one in the
 * background. What runs and what has ended is listed by engines.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "engines.h"

#define SOURCE_LENGTH 64 /* bytes of a message, and messages a second, */
#define SOURCE_RATE 1000 /* if nobody says more */

static int open_channel(const struct options *options, const char *name,
			struct mmapdemo_buffer **channel)
{
	struct mmapdemo_buffer_info info;
	int code, err;

	if (!name)
		return EXIT_OK;
	code = named_open(options, name, channel, 0);
	if (code)
		return code;
	err = mmapdemo_get_info(*channel, &info);
	if (err)
		return named_failed(options, name, err);
	if (info.kind != MMAPDEMO_KIND_NODE)
		return named_failed(options, name, -EOPNOTSUPP);
	if (!info.channel)
		return failed(options, "%s: not a channel ('mmapdemo create --channel' makes one)",
			      name);
	return EXIT_OK;
}

int kinds_failed(const struct options *options, int err)
{
	if (err == -ENOENT)
		return node_failed(options, NULL, -ENODEV);
	return failed(options, "%s", strerror(-err));
}

static int check_kind(const struct options *options, const char *name)
{
	struct mmapdemo_engine_kind *kinds;
	struct suggestion suggestion;
	int code = EXIT_OK;
	bool found = false;
	size_t count;
	int err = mmapdemo_engine_kinds(&kinds, &count);

	if (err)
		return kinds_failed(options, err);
	suggest_for(&suggestion, name);
	for (size_t i = 0; i < count; i++) {
		found |= strcmp(kinds[i].name, name) == 0;
		suggest(&suggestion, kinds[i].name);
	}
	if (!found)
		code = failed(options, "'%s': no such kind%s ('mmapdemo engine list' has them)",
			      name, suggestion_text(&suggestion));
	free(kinds);
	return code;
}

/* What the kinds that this driver has want; of others their modules decide. */
static int check_start(struct options *options, const char *kind)
{
	bool source = strcmp(kind, "source") == 0;
	bool echo = strcmp(kind, "echo") == 0;

	if ((source || echo) && !options->out)
		return misused(options, "--out: needed, a channel that the %s sends to", kind);
	if ((strcmp(kind, "sink") == 0 || echo) && !options->in)
		return misused(options, "--in: needed, a channel that the %s receives from", kind);
	if (!source)
		return EXIT_OK;
	if (!options->has_length)
		options->length = SOURCE_LENGTH;
	if (!options->rate)
		options->rate = SOURCE_RATE;
	if (options->length < 16 || options->length > 65536)
		return misused(options, "--length %" PRIu64 ": a source has 16 to 65536",
			       options->length);
	if (options->rate > 1000000)
		return misused(options, "--rate %" PRIu64 ": a source has 1 to 1000000",
			       options->rate);
	if (options->rate * options->length > UINT64_C(1) << 30)
		return misused(options,
			       "--rate %" PRIu64 ": with --length %" PRIu64
			       " that is more than 1 GiB a second",
			       options->rate, options->length);
	return EXIT_OK;
}

static int start_failed(const struct options *options, const char *kind, int err)
{
	switch (err) {
	case -EINVAL:
		return misused(options,
			       "%s: it does not take these options: a source has --out, --rate, "
			       "--length and --count; a sink --in; an echo both channels",
			       kind);
	case -EBUSY:
		return failed(options, "%s: the channel has a %s already", kind,
			      !options->in  ? "sender" :
			      !options->out ? "receiver" :
					      "sender or receiver");
	case -EDQUOT:
		return failed(options,
			      "%s: you have as many as you may (user_max_engines in "
			      "/sys/module/mmapdemo/parameters)",
			      kind);
	case -ENOSPC:
		return failed(options,
			      "%s: all users together have as many as they may (max_engines in "
			      "/sys/module/mmapdemo/parameters)",
			      kind);
	case -ENOENT: /* not the kind, which is there */
		return named_failed(options, MMAPDEMO_NODE, err);
	case -EACCES:
		return failed(options,
			      "%s: to start engines one must be allowed to write to " MMAPDEMO_NODE,
			      kind);
	default:
		return failed(options, "%s: %s", kind, strerror(-err));
	}
}

static int make(const struct options *options, const char *kind, int *engine)
{
	const struct mmapdemo_engine_args args = {
		.rate = options->rate,
		.length = options->length,
		.count = options->count,
	};
	struct mmapdemo_buffer *in = NULL, *out = NULL;
	int code = check_kind(options, kind);
	int err;

	if (!code)
		code = open_channel(options, options->in, &in);
	if (!code)
		code = open_channel(options, options->out, &out);
	if (!code) {
		err = mmapdemo_engine_create(engine, kind, in, out, &args);
		if (err)
			code = start_failed(options, kind, err);
	}
	mmapdemo_close(in);
	mmapdemo_close(out);
	return code;
}

/* The name of a channel, as the driver tells it. */
static void name_channel(char name[40], const char *argument)
{
	snprintf(name, 40, "%s", argument ? name_of(argument) : "");
}

static void print_engine(const struct mmapdemo_engine_info *info)
{
	printf("engine       %s, %s\n", info->name, info->ended ? state_of(info) : "stopped");
	printf("received     %llu messages, %llu bytes\n", info->received, info->received_bytes);
	printf("sent         %llu messages, %llu bytes\n", info->sent, info->sent_bytes);
	printf("dropped      %llu, for there was no room\n", info->dropped);
	printf("refused      %llu, for they were too long\n", info->refused);
	if (strcmp(info->name, "sink") == 0)
		printf("crc32c       %08llx\n", info->value);
	else if (info->value)
		printf("value        %llu\n", info->value);
}

static int print(const struct options *options, const struct report *report)
{
	struct json_object *object;

	if (!options->json) {
		print_engine(&report->engine.info);
		return EXIT_OK;
	}
	object = json_engine(&report->engine, report_state(report));
	return print_json(options, object);
}

/*
 * Run it in this process until it ends by itself, or somebody ends the process. With
 * @kept, a descriptor, what it did is kept there as well.
 */
static int attend(const struct options *options, int engine, int kept)
{
	struct report report = { .engine.pid = getpid(), .end = REPORT_NONE };
	struct mmapdemo_engine_info *info = &report.engine.info;
	int err, code;

	name_channel(report.engine.in, options->in);
	name_channel(report.engine.out, options->out);
	if (mmapdemo_engine_get_info(engine, info) == 0 && kept >= 0)
		report_write(kept, &report);
	do {
		err = stopped() ? -EINTR : mmapdemo_engine_run(engine);
	} while (err == -EINTR && !stopped());
	if (!err || err == -EINTR)
		err = mmapdemo_engine_get_info(engine, info);
	if (err)
		return failed(options, "%s", strerror(-err));
	report.end = info->ended ? REPORT_ENDED : REPORT_STOPPED;
	if (kept >= 0)
		report_write(kept, &report);
	code = print(options, &report);
	if (!code && info->ended && info->error && info->error != EPIPE)
		code = EXIT_FAILED;
	return code;
}

/* The engine's descriptor is in the child, too. Nobody listens to what that says. */
static int go_on_in_background(const struct options *options)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		return failed(options, "no process for it: %s", strerror(errno));
	if (pid > 0) {
		printf("%d\n", (int)pid);
		fflush(stdout);
		_exit(ferror(stdout) ? EXIT_FAILED : EXIT_OK);
	}
	setsid();
	null = open("/dev/null", O_RDWR);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	return EXIT_OK;
}

static int start(const struct options *given, const char *kind)
{
	struct options filled = *given;
	const struct options *options = &filled;
	int code, engine, kept = -1;

	code = check_start(&filled, kind);
	if (!code)
		code = make(options, kind, &engine);
	if (code)
		return code;
	/* Before its PID is told: it may be stopped at once. */
	stop_by_signals();
	if (options->background) {
		code = report_create(options, &kept);
		if (!code)
			code = go_on_in_background(options);
		if (code)
			report_discard(kept);
	}
	if (!code)
		code = attend(options, engine, kept);
	close(engine);
	return code;
}

static int run_engine(const struct options *options, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : NULL;

	if (strcmp(argv[0], "start") == 0)
		return what ? start(options, what) : misused(options, "start: KIND is needed");
	if (strcmp(argv[0], "stop") == 0)
		return what ? engines_stop(options, what) :
			      misused(options, "stop: a PID, channel or kind is needed");
	if (strcmp(argv[0], "list") != 0)
		return misused(options, "'%s': not start, stop or list", argv[0]);
	return what ? misused(options, "'%s': one argument too many", what) : engines_list(options);
}

const struct verb verb_engine = {
	.name = "engine",
	.group = GROUP_ENGINES,
	.arguments = "ACTION [WHAT]",
	.summary = "peers inside the kernel: start KIND, stop ONE, list",
	.details =
		"'start KIND' runs until it ends, or Ctrl-C, and tells what it did. A source\n"
		"sends to --out messages of --length at --rate, which drop when there is no\n"
		"room; a sink receives from --in and makes a checksum; an echo does both. 'stop'\n"
		"ends the processes of a PID, channel or kind. 'list' has all kinds and engines,\n"
		"and tells once of each that has ended in the background.",
	.examples = "mmapdemo engine start source --out chat --rate 1000 --length 64 --background\n"
		    "mmapdemo engine stop source",
	.run = run_engine,
	.takes = TAKES_ENGINE | TAKES_COUNT | TAKES_JSON,
	.least = 1,
	.most = 2,
};
