// SPDX-License-Identifier: BSD-2-Clause
/*
 * Engines that there are, of all processes, and reports of those that were in the
 * background: listed, and stopped by what one knows of them.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "engines.h"
#include "pidfd.h"

#define END_TIMEOUT 10000 /* milliseconds that a process may take to end */

/* What there is to be told. */
struct all {
	struct mmapdemo_engine_kind *kinds;
	struct mmapdemo_engine_entry *engines;
	struct report *reports;
	size_t kind_count, engine_count, report_count;
};

/* Of a process that has ended meanwhile, so that its report is there. */
static void forget_engines(struct all *all, pid_t pid)
{
	size_t left = 0;

	for (size_t i = 0; i < all->engine_count; i++) {
		if (all->engines[i].pid != pid)
			all->engines[left++] = all->engines[i];
	}
	all->engine_count = left;
}

static int get_all(const struct options *options, struct all *all)
{
	int err;

	*all = (struct all){ 0 };
	err = mmapdemo_engine_kinds(&all->kinds, &all->kind_count);
	if (err)
		return kinds_failed(options, err);
	err = mmapdemo_engine_list(&all->engines, &all->engine_count);
	if (err)
		return failed(options, "/proc: %s", strerror(-err));
	err = report_list(&all->reports, &all->report_count);
	if (err)
		return failed(options, "%s", strerror(-err));
	/* Another process may have the PID by now. */
	for (size_t i = 0; i < all->report_count; i++) {
		pid_t pid = all->reports[i].engine.pid;

		if (kill(pid, 0) < 0 && errno == ESRCH)
			forget_engines(all, pid);
	}
	return EXIT_OK;
}

static void free_all(struct all *all)
{
	free(all->kinds);
	free(all->engines);
	free(all->reports);
}

const char *state_of(const struct mmapdemo_engine_info *info)
{
	static char text[80];

	if (!info->ended)
		return info->running ? "works" : "waits: nobody runs it";
	if (info->error == EPIPE)
		return "ended: the other side is gone";
	if (!info->error)
		return "ended: it has made all";
	snprintf(text, sizeof(text), "ended: %s", strerror((int)info->error));
	return text;
}

const char *report_state(const struct report *report)
{
	switch (report->end) {
	case REPORT_ENDED:
		return state_of(&report->engine.info);
	case REPORT_STOPPED:
		return "stopped by a signal";
	default:
		return "killed: what it did is not known";
	}
}

/* The name that makes the path of a node. */
const char *name_of(const char *channel)
{
	const size_t length = strlen(MMAPDEMO_NODE "-");

	return strncmp(channel, MMAPDEMO_NODE "-", length) == 0 ? channel + length : channel;
}

static void add_name(struct json_object *object, const char *member, const char *name)
{
	json_object_object_add(object, member, *name ? json_object_new_string(name) : NULL);
}

struct json_object *json_engine(const struct mmapdemo_engine_entry *entry, const char *state)
{
	struct json_object *object = json_object_new_object();
	const struct mmapdemo_engine_info *info = &entry->info;
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
	add_name(object, "in", entry->in);
	add_name(object, "out", entry->out);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_object_add(object, members[i].name,
				       json_object_new_uint64(members[i].value));
	json_object_object_add(object, "ended", json_object_new_boolean(info->ended));
	json_object_object_add(object, "state", json_object_new_string(state));
	json_object_object_add(object, "pid", json_object_new_int(entry->pid));
	return object;
}

static int list_json(const struct options *options, const struct all *all)
{
	struct json_object *object = json_object_new_object();
	struct json_object *names = json_object_new_array();
	struct json_object *engines = json_object_new_array();

	for (size_t i = 0; i < all->kind_count; i++)
		json_object_array_add(names, json_object_new_string(all->kinds[i].name));
	for (size_t i = 0; i < all->engine_count; i++)
		json_object_array_add(
			engines, json_engine(&all->engines[i], state_of(&all->engines[i].info)));
	for (size_t i = 0; i < all->report_count; i++)
		json_object_array_add(engines, json_engine(&all->reports[i].engine,
							   report_state(&all->reports[i])));
	json_object_object_add(object, "kinds", names);
	json_object_object_add(object, "engines", engines);
	return print_json(options, object);
}

static void print_line(const struct mmapdemo_engine_entry *entry, const char *state)
{
	const struct mmapdemo_engine_info *info = &entry->info;

	printf("%7d %-8s %-10s %-10s %10llu %10llu %10llu  %s\n", (int)entry->pid, info->name,
	       *entry->in ? entry->in : "-", *entry->out ? entry->out : "-", info->received,
	       info->sent, info->dropped, state);
}

static int print_list(const struct options *options, const struct all *all)
{
	printf("kinds:");
	for (size_t i = 0; i < all->kind_count; i++)
		printf(" %s", all->kinds[i].name);
	printf("\n%7s %-8s %-10s %-10s %10s %10s %10s  %s\n", "PID", "KIND", "IN", "OUT",
	       "RECEIVED", "SENT", "DROPPED", "STATE");
	for (size_t i = 0; i < all->engine_count; i++)
		print_line(&all->engines[i], state_of(&all->engines[i].info));
	for (size_t i = 0; i < all->report_count; i++)
		print_line(&all->reports[i].engine, report_state(&all->reports[i]));
	return flush_stdout(options);
}

/* A report that was printed has been seen. */
int engines_list(const struct options *options)
{
	struct all all;
	int code = get_all(options, &all);

	if (!code)
		code = options->json ? list_json(options, &all) : print_list(options, &all);
	for (size_t i = 0; !code && i < all.report_count; i++)
		report_remove(&all.reports[i]);
	free_all(&all);
	return code;
}

/* Whether @what, a PID, a channel or a kind, means it. */
static bool is_meant(const struct mmapdemo_engine_entry *entry, const char *what)
{
	const char *name = name_of(what);

	if (name == what && !what[strspn(what, "0123456789")])
		return entry->pid == atoi(what);
	return *name && (strcmp(entry->info.name, what) == 0 || strcmp(entry->in, name) == 0 ||
			 strcmp(entry->out, name) == 0);
}

static bool still_has_engine(pid_t pid, const char *what)
{
	struct mmapdemo_engine_entry *entries;
	bool found = false;
	size_t count;

	if (mmapdemo_engine_list(&entries, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		found |= entries[i].pid == pid && is_meant(&entries[i], what);
	free(entries);
	return found;
}

/* By a descriptor: the number may be another's as soon as the process has ended. */
static int stop_process(const struct options *options, pid_t pid, const char *what)
{
	struct pollfd pollfd = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	int code = EXIT_OK;

	if (pollfd.fd < 0 || !still_has_engine(pid, what))
		; /* it has ended by itself */
	else if (pidfd_send_signal(pollfd.fd, SIGTERM, NULL, 0) < 0)
		code = failed(options, "%d: %s", (int)pid, strerror(errno));
	else if (poll(&pollfd, 1, END_TIMEOUT) == 0)
		code = failed(options, "%d: was told to end, and has not yet", (int)pid);
	if (pollfd.fd >= 0)
		close(pollfd.fd);
	return code;
}

/* Anyone who stops it does not need its report. */
static size_t remove_reports(const char *what)
{
	struct report *reports;
	size_t count, removed = 0;

	if (report_list(&reports, &count))
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (is_meant(&reports[i].engine, what)) {
			report_remove(&reports[i]);
			removed++;
		}
	}
	free(reports);
	return removed;
}

int engines_stop(const struct options *options, const char *what)
{
	size_t found = 0;
	struct all all;
	int code = get_all(options, &all);

	for (size_t i = 0; !code && i < all.engine_count; i++) {
		if (!is_meant(&all.engines[i], what))
			continue;
		code = stop_process(options, all.engines[i].pid, what);
		found++;
	}
	free_all(&all);
	if (code)
		return code;
	if (!remove_reports(what) && !found)
		return failed(options,
			      "%s: no engine of that PID, channel or kind ('mmapdemo engine list' "
			      "has all)",
			      what);
	return EXIT_OK;
}
