// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of verbs, and the help that is printed from it. Each verb describes itself in
 * its own file.
 */
#include <stdio.h>
#include <string.h>

#include "options.h"

#define VERBS(X)                                                                                   \
	X(read)                                                                                    \
	X(write) X(dump) X(fill) X(copy) X(compare) X(find) X(save) X(load) X(create) X(rm)        \
		X(resize) X(ls) X(info) X(publish) X(watch) X(lock) X(wait) X(wake) X(send)        \
			X(recv) X(record) X(replay) X(top) X(engine) X(scenario) X(check)          \
				X(doctor)

#define DECLARE(name) extern const struct verb verb_##name;
#define ADDRESS(name) &verb_##name,

VERBS(DECLARE)

static const struct verb *const verbs[] = { VERBS(ADDRESS) };

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

/* The usage of the tool: all verbs, by group. */
void print_usage(void)
{
	printf("usage: mmapdemo VERB [OPTION]... [ARGUMENT]...\n\n"
	       "Memory shared with the mmapdemo driver and between processes.\n");
	for (int group = 0; group < GROUPS; group++) {
		printf("\n%s\n", groups[group]);
		for (size_t i = 0; i < COUNT; i++) {
			if ((int)verbs[i]->group == group)
				printf("  %-9s %-15s %s\n", verbs[i]->name, verbs[i]->arguments,
				       verbs[i]->summary);
		}
	}
	printf("\n  mmapdemo VERB --help    its options\n"
	       "  mmapdemo --version\n\n"
	       "exit codes: 0 done, 1 failed or the answer is no, 2 wrong command line\n");
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
	if (verb->examples) {
		printf("\nexamples:\n");
		print_lines(verb->examples);
	}
}
