// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo help, version: what the tool says of itself.
 */
#include <stdio.h>

#include "options.h"

static int run_help(const struct options *options, int argc, char **argv)
{
	const struct verb *verb;

	if (argc == 0) {
		print_usage(stdout);
		return EXIT_OK;
	}
	verb = find_verb(argv[0]);
	if (!verb)
		return no_such_verb(options, argv[0]);
	print_verb_help(verb);
	return EXIT_OK;
}

static int run_version(const struct options *options, int argc, char **argv)
{
	(void)options;
	(void)argc;
	(void)argv;
	printf("mmapdemo %s\n", mmapdemo_version());
	return EXIT_OK;
}

const struct verb verb_help = {
	.name = "help",
	.group = GROUP_LEARNING,
	.arguments = "[VERB]",
	.summary = "the verbs, or the options and examples of one",
	.examples = "mmapdemo help\nmmapdemo help create",
	.run = run_help,
	.most = 1,
};

const struct verb verb_version = {
	.name = "version",
	.group = GROUP_LEARNING,
	.arguments = "",
	.summary = "the version of the tool and the library",
	.examples = "mmapdemo version\n"
		    "mmapdemo -V",
	.run = run_version,
};
