/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of the tool, the options of the command line, and which verb takes which option. */
#ifndef MMAPDEMO_OPTIONS_H
#define MMAPDEMO_OPTIONS_H

#include <stdio.h>

#include "cli.h"

/* Which options a verb takes, one bit for each row of the table in options.c. */
#define TAKES_DEVICE (UINT64_C(1) << 0)
#define TAKES_OFFSET (UINT64_C(1) << 1)
#define TAKES_LENGTH (UINT64_C(1) << 2)
#define TAKES_TRUNCATE (UINT64_C(1) << 3)
#define TAKES_TO (UINT64_C(1) << 4)
#define TAKES_HEX (UINT64_C(1) << 5)
#define TAKES_ON (UINT64_C(1) << 6)
#define TAKES_WRITE (UINT64_C(1) << 7)
#define TAKES_MODE (UINT64_C(1) << 8)
#define TAKES_COUNT (UINT64_C(1) << 9)
#define TAKES_JSON (UINT64_C(1) << 10)
#define TAKES_TIMEOUT (UINT64_C(1) << 11)
#define TAKES_KILL (UINT64_C(1) << 12)
#define TAKES_COMMAND                                                                              \
	(UINT64_C(1) << 13) /* arguments after "--" are a command with its own options */
#define TAKES_CHANNEL (UINT64_C(1) << 14)
#define TAKES_RAW (UINT64_C(1) << 15)
#define TAKES_RECORDS (UINT64_C(1) << 16) /* --length of each message */
#define TAKES_FILES (UINT64_C(1) << 17)
#define TAKES_ENGINE (UINT64_C(1) << 18)
#define TAKES_INTERVAL (UINT64_C(1) << 19)
#define TAKES_SPEED (UINT64_C(1) << 20)
#define TAKES_FORCE (UINT64_C(1) << 21)
#define TAKES_NAME (UINT64_C(1) << 22) /* the first argument may be what --device names */
#define TAKES_FOLLOW (UINT64_C(1) << 23)
#define TAKES_TIME (UINT64_C(1) << 24)
#define TAKES_APPEND (UINT64_C(1) << 25)
#define TAKES_U32 (UINT64_C(1) << 26)
#define TAKES_SET (UINT64_C(1) << 27)
#define TAKES_MATCHES (UINT64_C(1) << 28)
#define TAKES_FLOCK (UINT64_C(1) << 29) /* options of flock(1) */

#define TAKES_WINDOW (TAKES_OFFSET | TAKES_LENGTH)
#define TAKES_USUAL (TAKES_DEVICE | TAKES_WINDOW | TAKES_JSON)

/* The groups of verbs, in the order in which the usage prints them. */
enum group {
	GROUP_BYTES,
	GROUP_BUFFERS,
	GROUP_EVENTS,
	GROUP_CHANNELS,
	GROUP_ENGINES,
	GROUP_LEARNING,
	GROUPS
};

struct verb {
	const char *name;
	const char *arguments; /* as the usage line prints them; "" if there are none */
	const char *summary;   /* one line */
	const char *details;   /* lines of at most 80 columns, or NULL */
	const char *examples;  /* command lines */
	int (*run)(const struct options *options, int argc, char **argv);
	uint64_t takes;	 /* TAKES_ bits */
	int least, most; /* number of arguments */
	enum group group;
};

/* verbs.c: the table of verbs. */
const struct verb *find_verb(const char *name);
int no_such_verb(const struct options *options, const char *name);
void print_usage(FILE *stream);
void print_verb_help(const struct verb *verb);

/*
 * Parse the options of @verb into @options, which has the defaults, and print messages for
 * errors. Returns an exit code; --help ends the program.
 */
int parse_options(struct options *options, const struct verb *verb, int argc, char **argv);

/* Move the verb before the options that were typed before it; false if there is no verb. */
bool move_verb(int argc, char **argv);

/* What --device, or NAME as the first argument, names. Returns an exit code. */
int take_device(struct options *options, const char *name);

/* A word, from the argument or option that @what names. Returns an exit code. */
int take_word(const struct options *options, const char *what, const char *text, uint32_t *word);

/* Print a line for each option that @verb takes. */
void print_options(const struct verb *verb);

#endif /* MMAPDEMO_OPTIONS_H */
