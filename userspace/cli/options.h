/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of the command line, and which verb takes which. */
#ifndef MMAPDEMO_OPTIONS_H
#define MMAPDEMO_OPTIONS_H

#include "cli.h"

enum option_bits {
	TAKES_DEVICE = 1 << 0,
	TAKES_OFFSET = 1 << 1,
	TAKES_LENGTH = 1 << 2,
	TAKES_TRUNCATE = 1 << 3,
	TAKES_TO = 1 << 4,
	TAKES_HEX = 1 << 5,
	TAKES_ON = 1 << 6,
	TAKES_WRITE = 1 << 7,
	TAKES_MODE = 1 << 8,
	TAKES_COUNT = 1 << 9,
	TAKES_JSON = 1 << 10,
	TAKES_TIMEOUT = 1 << 11,
	TAKES_KILL = 1 << 12,
	TAKES_COMMAND = 1 << 13, /* behind "--", with options of its own */
	TAKES_CHANNEL = 1 << 14,
	TAKES_RAW = 1 << 15,
	TAKES_RECORDS = 1 << 16, /* --length of each */
	TAKES_FILES = 1 << 17,
	TAKES_ENGINE = 1 << 18,
	TAKES_INTERVAL = 1 << 19,
	TAKES_SPEED = 1 << 20,
	TAKES_FORCE = 1 << 21,
};

#define TAKES_WINDOW (TAKES_OFFSET | TAKES_LENGTH)
#define TAKES_USUAL (TAKES_DEVICE | TAKES_WINDOW | TAKES_JSON)

struct verb {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *details;
	int (*run)(const struct options *options, int argc, char **argv);
	unsigned int takes;
	int least, most; /* arguments */
};

/* @verb's options into @options, which has defaults. Returns an exit code; --help ends the program.
 */
int parse_options(struct options *options, const struct verb *verb, int argc, char **argv);

#endif /* MMAPDEMO_OPTIONS_H */
