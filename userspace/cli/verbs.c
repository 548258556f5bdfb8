// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of verbs, and the help that is printed from it. Each verb describes itself in
 * its own file.
 */
#include <stdio.h>
#include <string.h>

#include "options.h"

extern const struct verb verb_read, verb_write, verb_dump, verb_fill, verb_copy, verb_compare,
	verb_find, verb_save, verb_load, verb_create, verb_rm, verb_resize, verb_ls, verb_info,
	verb_publish, verb_watch, verb_lock, verb_wait, verb_wake, verb_send, verb_recv,
	verb_record, verb_replay, verb_top, verb_engine, verb_scenario, verb_check, verb_doctor,
	verb_help, verb_version;

static const struct verb *const verbs[] = {
	&verb_read,   &verb_write,    &verb_dump,    &verb_fill,   &verb_copy,	 &verb_compare,
	&verb_find,   &verb_save,     &verb_load,    &verb_create, &verb_rm,	 &verb_resize,
	&verb_ls,     &verb_info,     &verb_publish, &verb_watch,  &verb_lock,	 &verb_wait,
	&verb_wake,   &verb_send,     &verb_recv,    &verb_record, &verb_replay, &verb_top,
	&verb_engine, &verb_scenario, &verb_check,   &verb_doctor, &verb_help,	 &verb_version,
};

static const char *const groups[GROUPS] = {
	[GROUP_BYTES] = "Bytes of a buffer, a device or a file",
	[GROUP_BUFFERS] = "Buffers of the driver",
	[GROUP_EVENTS] = "Events and locks",
	[GROUP_CHANNELS] = "Channels: messages",
	[GROUP_ENGINES] = "Engines: peers inside the kernel",
	[GROUP_LEARNING] = "Learning and diagnosis",
};

#define COUNT (sizeof(verbs) / sizeof(verbs[0]))

const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	}
	return NULL;
}

/* What other tools call a verb. */
static const struct {
	const char *word, *verb;
} elsewhere[] = {
	{ "list", "ls" },      { "remove", "rm" }, { "delete", "rm" },	{ "cat", "read" },
	{ "hexdump", "dump" }, { "stat", "info" }, { "flock", "lock" }, { "receive", "recv" },
};

/* One line about @name, with the verb that was meant, if one is near. Returns EXIT_USAGE. */
int no_such_verb(const struct options *options, const char *name)
{
	struct suggestion suggestion;

	suggest_for(&suggestion, name);
	for (size_t i = 0; i < COUNT; i++)
		suggest(&suggestion, verbs[i]->name);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		if (strcmp(elsewhere[i].word, name) == 0)
			suggestion.best = elsewhere[i].verb;
	}
	return misused(options, "'%s': no such verb%s", name, suggestion_text(&suggestion));
}

/* The usage of the tool: all verbs, by group. */
void print_usage(FILE *stream)
{
	fprintf(stream, "usage: mmapdemo VERB [OPTION]... [ARGUMENT]...\n\n"
			"Memory shared with the mmapdemo driver and between processes.\n");
	for (int group = 0; group < GROUPS; group++) {
		fprintf(stream, "\n%s\n", groups[group]);
		for (size_t i = 0; i < COUNT; i++) {
			if ((int)verbs[i]->group == group)
				fprintf(stream, "  %-9s %-15s %s\n", verbs[i]->name,
					verbs[i]->arguments, verbs[i]->summary);
		}
	}
	fprintf(stream, "\nNAME is a buffer's name, or a path, which has a '/'.\n"
			"Exit codes: 0 done, 1 failed or the answer is no, 2 wrong command line.\n"
			"See 'mmapdemo help VERB' and mmapdemo(1).\n");
}

/* Each line of @text, indented by two spaces. */
static void print_lines(const char *text)
{
	while (*text) {
		int length = (int)strcspn(text, "\n");

		printf("  %.*s\n", length, text);
		text += length + (text[length] == '\n');
	}
}

void print_verb_help(const struct verb *verb)
{
	printf("usage: mmapdemo %s [OPTION]...%s%s\n\n%s: %s\n", verb->name,
	       *verb->arguments ? " " : "", verb->arguments, verb->name, verb->summary);
	if (verb->details)
		printf("%s\n", verb->details);
	printf("\n");
	print_options(verb);
	printf("\nexamples:\n");
	print_lines(verb->examples);
	printf("\nSee mmapdemo-%s(1).\n", verb->name);
}
