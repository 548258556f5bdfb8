// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo engine: start a peer inside the kernel, end one, list all.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "mmapdemo_engine.h"
#include "pidfd.h"

#define END_TIMEOUT 10000 /* milliseconds that a process may take to end */

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

static int kinds_failed(const struct options *options, int err)
{
	if (err == -ENOENT)
		return failed(options, "the module is not loaded ('mmapdemo doctor' tells more)");
	return failed(options, "%s", strerror(-err));
}

static int check_kind(const struct options *options, const char *name)
{
	struct mmapdemo_engine_kind *kinds;
	bool found = false;
	size_t count;
	int err = mmapdemo_engine_kinds(&kinds, &count);

	if (err)
		return kinds_failed(options, err);
	for (size_t i = 0; i < count; i++)
		found |= strcmp(kinds[i].name, name) == 0;
	free(kinds);
	if (found)
		return EXIT_OK;
	return failed(options, "'%s': no such kind ('mmapdemo engine list' has them)", name);
}

static int start_failed(const struct options *options, const char *kind, int err)
{
	switch (err) {
	case -EINVAL:
		return misused(
			options,
			"%s: not started so: a source has --out, --rate up to 1000000, "
			"--length 16 to 65536, at most 1 GiB a second, and maybe --count; a sink "
			"--in; an echo both",
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
	default:
		return failed(options, "%s: %s", kind, strerror(-err));
	}
}

static int start(const struct options *options, const char *kind, int *engine)
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
		err = mmapdemo_engine_start(engine, kind, in, out, &args);
		if (err)
			code = start_failed(options, kind, err);
	}
	mmapdemo_close(in);
	mmapdemo_close(out);
	return code;
}

static const char *state_of(const struct mmapdemo_engine_info *info)
{
	if (!info->ended)
		return "works";
	if (info->error == EPIPE)
		return "ended: the other side is gone";
	return info->error ? strerror((int)info->error) : "ended: it has made all";
}

static struct json_object *json_engine(const struct mmapdemo_engine_info *info)
{
	struct json_object *object = json_object_new_object();
	const struct {
		const char *name;
		uint64_t value;
	} members[] = {
		{ "received", info->received }, { "received_bytes", info->received_bytes },
		{ "sent", info->sent },		{ "sent_bytes", info->sent_bytes },
		{ "dropped", info->dropped },	{ "refused", info->refused },
		{ "value", info->value },	{ "error", info->error },
	};

	json_object_object_add(object, "kind", json_object_new_string(info->name));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_object_add(object, members[i].name,
				       json_object_new_uint64(members[i].value));
	json_object_object_add(object, "ended", json_object_new_boolean(info->ended));
	return object;
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

/* Until it ends by itself, or somebody ends this program. */
static int attend(const struct options *options, int engine)
{
	struct mmapdemo_engine_info info;
	int err;

	do {
		err = mmapdemo_engine_wait(engine, -1);
	} while (err == -EINTR && !stopped());
	err = mmapdemo_engine_get_info(engine, &info);
	if (err)
		return failed(options, "%s", strerror(-err));
	if (options->json)
		print_json(options, json_engine(&info));
	else
		print_engine(&info);
	return info.ended && info.error && info.error != EPIPE ? EXIT_FAILED : EXIT_OK;
}

/* The engine's descriptor is in the child, too. Nobody listens to what that says. */
static int go_on_in_background(const struct options *options)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		return failed(options, "%s", strerror(errno));
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

static int start_and_attend(const struct options *options, const char *kind)
{
	int engine;
	int code = start(options, kind, &engine);

	if (code)
		return code;
	if (options->background)
		code = go_on_in_background(options);
	stop_by_signals();
	if (!code)
		code = attend(options, engine);
	close(engine);
	return code;
}

static bool has_engine(pid_t pid)
{
	struct mmapdemo_engine_entry *entries;
	bool found = false;
	size_t count;

	if (mmapdemo_engine_list(&entries, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		found |= entries[i].pid == pid;
	free(entries);
	return found;
}

/* By a descriptor: the number may be another's as soon as the process has ended. */
static int stop(const struct options *options, const char *text)
{
	struct pollfd pollfd = { .events = POLLIN };
	int code = EXIT_OK;
	uint64_t pid;

	if (text[strspn(text, "0123456789")] || parse_size(text, &pid) || !pid || pid > INT32_MAX)
		return misused(options, "PID '%s': not the number of a process", text);
	pollfd.fd = pidfd_open((pid_t)pid, 0);
	if (pollfd.fd < 0 || !has_engine((pid_t)pid))
		code = failed(options, "%s: has no engine ('mmapdemo engine list' tells who has)",
			      text);
	else if (pidfd_send_signal(pollfd.fd, SIGTERM, NULL, 0) < 0)
		code = failed(options, "%s: %s", text, strerror(errno));
	else if (poll(&pollfd, 1, END_TIMEOUT) == 0)
		code = failed(options, "%s: was told to end, and has not yet", text);
	if (pollfd.fd >= 0)
		close(pollfd.fd);
	return code;
}

static int list_json(const struct options *options, const struct mmapdemo_engine_kind *kinds,
		     size_t kind_count, const struct mmapdemo_engine_entry *entries, size_t count)
{
	struct json_object *object = json_object_new_object();
	struct json_object *names = json_object_new_array();
	struct json_object *engines = json_object_new_array();

	for (size_t i = 0; i < kind_count; i++)
		json_object_array_add(names, json_object_new_string(kinds[i].name));
	for (size_t i = 0; i < count; i++) {
		struct json_object *engine = json_engine(&entries[i].info);

		json_object_object_add(engine, "pid", json_object_new_int(entries[i].pid));
		json_object_array_add(engines, engine);
	}
	json_object_object_add(object, "kinds", names);
	json_object_object_add(object, "engines", engines);
	return print_json(options, object);
}

static int print_list(const struct mmapdemo_engine_kind *kinds, size_t kind_count,
		      const struct mmapdemo_engine_entry *entries, size_t count)
{
	printf("kinds:");
	for (size_t i = 0; i < kind_count; i++)
		printf(" %s", kinds[i].name);
	printf("\n%7s %-10s %12s %12s %10s  %s\n", "PID", "KIND", "RECEIVED", "SENT", "DROPPED",
	       "STATE");
	for (size_t i = 0; i < count; i++) {
		const struct mmapdemo_engine_info *info = &entries[i].info;

		printf("%7d %-10s %12llu %12llu %10llu  %s\n", (int)entries[i].pid, info->name,
		       info->received, info->sent, info->dropped, state_of(info));
	}
	return EXIT_OK;
}

static int list(const struct options *options)
{
	struct mmapdemo_engine_entry *entries;
	struct mmapdemo_engine_kind *kinds;
	size_t kind_count, count;
	int code;
	int err = mmapdemo_engine_kinds(&kinds, &kind_count);

	if (err)
		return kinds_failed(options, err);
	err = mmapdemo_engine_list(&entries, &count);
	if (err) {
		free(kinds);
		return failed(options, "/proc: %s", strerror(-err));
	}
	if (options->json)
		code = list_json(options, kinds, kind_count, entries, count);
	else
		code = print_list(kinds, kind_count, entries, count);
	free(kinds);
	free(entries);
	return code;
}

int verb_engine(const struct options *options, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : NULL;

	if (strcmp(argv[0], "start") == 0)
		return what ? start_and_attend(options, what) :
			      misused(options, "start: KIND is needed");
	if (strcmp(argv[0], "stop") == 0)
		return what ? stop(options, what) : misused(options, "stop: PID is needed");
	if (strcmp(argv[0], "list") != 0)
		return misused(options, "'%s': not start, stop or list", argv[0]);
	return what ? misused(options, "'%s': one argument too many", what) : list(options);
}
