// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options of the command line: one table, from which help is printed, so that it
 * cannot name what is not there.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

static const struct {
	struct option option;
	unsigned int bits; /* any of them; 0: every verb takes it */
	const char *help;
} table[] = {
	{ { "device", required_argument, NULL, 'd' },
	  TAKES_DEVICE,
	  "-d, --device PATH     a node, any mappable device or a file (" MMAPDEMO_NODE ")" },
	{ { "offset", required_argument, NULL, 'o' },
	  TAKES_OFFSET,
	  "-o, --offset N        start there; 4096, 0x1000, 64K, 1G... (0)" },
	{ { "length", required_argument, NULL, 'n' },
	  TAKES_LENGTH,
	  "-n, --length N        that many bytes (to the end)" },
	{ { "to", required_argument, NULL, 't' }, TAKES_TO, "    --to N            copy there" },
	{ { "truncate", no_argument, NULL, 'T' },
	  TAKES_TRUNCATE,
	  "    --truncate        of input that does not fit take what does" },
	{ { "hex", no_argument, NULL, 'x' },
	  TAKES_HEX,
	  "    --hex             PATTERN is hexadecimal, such as 48414e" },
	{ { "on", required_argument, NULL, 'O' },
	  TAKES_ON,
	  "    --on BACKING      device, file, shm or anon (device)" },
	{ { "write", no_argument, NULL, 'w' },
	  TAKES_WRITE,
	  "    --write           store a word, too, and put back what was there" },
	{ { "mode", required_argument, NULL, 'm' },
	  TAKES_MODE,
	  "    --mode MODE       who may use it, in octal, such as 0660 (0600)" },
	{ { "count", required_argument, NULL, 'c' },
	  TAKES_COUNT,
	  "    --count N         so many, and no more" },
	{ { "timeout", required_argument, NULL, 's' },
	  TAKES_TIMEOUT,
	  "    --timeout SECONDS wait no longer, such as 0.5; 0 tries once (for ever)" },
	{ { "kill", no_argument, NULL, 'k' },
	  TAKES_KILL,
	  "    --kill            kill the holder (counter), or each side (messages)" },
	{ { "channel", no_argument, NULL, 'C' },
	  TAKES_CHANNEL,
	  "    --channel         for messages; SIZE is a power of two, 64K to 1G" },
	{ { "lines", no_argument, NULL, 'L' },
	  TAKES_CHANNEL,
	  "    --lines           no two messages in one line of the cache" },
	{ { "length", required_argument, NULL, 'n' },
	  TAKES_RECORDS | TAKES_ENGINE,
	  "-n, --length N        each message has so many bytes" },
	{ { "files", no_argument, NULL, 'f' },
	  TAKES_FILES,
	  "    --files           TEXT is a file, all of it one message; '-' is stdin" },
	{ { "raw", no_argument, NULL, 'r' },
	  TAKES_RAW,
	  "    --raw             nothing behind a message, instead of a newline" },
	{ { "in", required_argument, NULL, 'i' },
	  TAKES_ENGINE,
	  "    --in NAME         channel that it receives from" },
	{ { "out", required_argument, NULL, 'u' },
	  TAKES_ENGINE,
	  "    --out NAME        channel that it sends to" },
	{ { "rate", required_argument, NULL, 'R' },
	  TAKES_ENGINE,
	  "    --rate N          source: messages a second, 1 to 1000000" },
	{ { "background", no_argument, NULL, 'b' },
	  TAKES_ENGINE,
	  "    --background      run in another process: print its PID, and go on" },
	{ { "interval", required_argument, NULL, 'I' },
	  TAKES_INTERVAL,
	  "    --interval SECONDS between two looks (1)" },
	{ { "speed", required_argument, NULL, 'S' },
	  TAKES_SPEED,
	  "    --speed FACTOR    so much faster than it came; 0 as fast as possible (1)" },
	{ { "force", no_argument, NULL, 'F' },
	  TAKES_FORCE,
	  "    --force           overwrite FILE if it is there" },
	{ { "json", no_argument, NULL, 'j' }, TAKES_JSON, "    --json            for scripts" },
	{ { "help", no_argument, NULL, 'h' }, 0, "-h, --help            this text" },
};

#define OPTIONS (sizeof(table) / sizeof(table[0]))
#define WORD 0x100 /* on top of an option's letter: it was written out */

static void print_verb_help(const struct verb *verb)
{
	printf("usage: mmapdemo %s [OPTION]...%s%s\n\n%s: %s\n", verb->name,
	       *verb->arguments ? " " : "", verb->arguments, verb->name, verb->summary);
	if (verb->details)
		printf("%s\n", verb->details);
	printf("\n");
	for (size_t i = 0; i < OPTIONS; i++) {
		if (!table[i].bits || verb->takes & table[i].bits)
			printf("  %s\n", table[i].help);
	}
}

static int take_size(const struct options *options, const char *name, uint64_t *bytes)
{
	int err = parse_size(optarg, bytes);

	if (err == -ERANGE)
		return misused(options, "--%s '%s': too large", name, optarg);
	if (err)
		return misused(options, "--%s '%s': not a size such as 4096, 0x1000, 64K or 1G",
			       name, optarg);
	return EXIT_OK;
}

static int take_mode(const struct options *options, unsigned int *mode)
{
	size_t digits = strspn(optarg, "01234567");

	*mode = (unsigned int)strtoul(optarg, NULL, 8);
	if (!digits || digits > 4 || optarg[digits] || !*mode || *mode > 0777)
		return misused(options, "--mode '%s': not permissions such as 0660", optarg);
	return EXIT_OK;
}

/* A million days are for ever, and fit every clock. */
static int take_number(const struct options *options, const char *name, const char *what,
		       double *number)
{
	char *end;

	*number = strtod(optarg, &end);
	if (optarg[strspn(optarg, "0123456789.")] || end == optarg || *end)
		return misused(options, "--%s '%s': not %s such as 10 or 0.5", name, optarg, what);
	if (*number > 86400e6)
		*number = 86400e6;
	return EXIT_OK;
}

static int take_interval(struct options *options, const char *name)
{
	int code = take_number(options, name, "seconds", &options->interval);

	if (!code && options->interval < 0.01)
		return misused(options, "--%s '%s': at least 0.01", name, optarg);
	return code;
}

/* How many: 1K is of bytes, and would be 1024. */
static int take_count(const struct options *options, const char *name, uint64_t *count)
{
	if (!*optarg || optarg[strspn(optarg, "0123456789")])
		return misused(options, "--%s '%s': not a number such as 1000", name, optarg);
	errno = 0;
	*count = strtoull(optarg, NULL, 10);
	if (errno)
		return misused(options, "--%s '%s': too large", name, optarg);
	if (!*count)
		return misused(options, "--%s '%s': at least 1", name, optarg);
	return EXIT_OK;
}

static int take_option(struct options *options, int val, const char *name)
{
	switch (val) {
	case 'd':
		if (!*optarg)
			return misused(options, "--%s '': a path is needed", name);
		options->device = optarg;
		options->has_device = true;
		break;
	case 'o':
		return take_size(options, name, &options->offset);
	case 'n':
		options->has_length = true;
		return take_size(options, name, &options->length);
	case 't':
		options->has_to = true;
		return take_size(options, name, &options->to);
	case 'c':
		return take_count(options, name, &options->count);
	case 'm':
		return take_mode(options, &options->mode);
	case 's':
		options->has_timeout = true;
		return take_number(options, name, "seconds", &options->timeout);
	case 'R':
		return take_count(options, name, &options->rate);
	case 'I':
		return take_interval(options, name);
	case 'S':
		return take_number(options, name, "a factor", &options->speed);
	case 'i':
		options->in = optarg;
		break;
	case 'u':
		options->out = optarg;
		break;
	case 'F':
		options->force = true;
		break;
	case 'k':
		options->kill = true;
		break;
	case 'T':
		options->truncate = true;
		break;
	case 'x':
		options->hex = true;
		break;
	case 'O':
		options->on = optarg;
		break;
	case 'w':
		options->write = true;
		break;
	case 'j':
		options->json = true;
		break;
	case 'C':
		options->channel = true;
		break;
	case 'L':
		options->lines = true;
		break;
	case 'f':
		options->files = true;
		break;
	case 'r':
		options->raw = true;
		break;
	case 'b':
		options->background = true;
		break;
	}
	return EXIT_OK;
}

/* One option may mean this for some verbs, and that for others. */
static int take(struct options *options, const struct verb *verb, int val)
{
	const char *name = NULL;

	for (size_t i = 0; i < OPTIONS; i++) {
		if (table[i].option.val != val)
			continue;
		name = table[i].option.name;
		if (!table[i].bits || verb->takes & table[i].bits)
			return take_option(options, val, name);
	}
	return misused(options, "--%s: not an option of this verb", name);
}

/* What getopt_long() does not know: a letter, or a word, or one with a value that it has not. */
static int refuse(const struct options *options, const char *word)
{
	if (optopt >= WORD)
		return misused(options, "%s: takes no value", word);
	if (optopt)
		return misused(options, "-%c: unknown option", optopt);
	return misused(options, "%s: unknown option", word);
}

/* Options may stand before and behind the arguments. Help ends the program. */
int parse_options(struct options *options, const struct verb *verb, int argc, char **argv)
{
	struct option longs[OPTIONS + 1] = { 0 };
	int code = EXIT_OK;
	int got;

	for (size_t i = 0; i < OPTIONS; i++) {
		longs[i] = table[i].option;
		longs[i].val |= WORD;
	}
	opterr = 0;
	while (!code && (got = getopt_long(argc, argv, ":d:o:n:h", longs, NULL)) != -1) {
		if (got == ':')
			return misused(options, "%s: needs a value", argv[optind - 1]);
		if (got == '?')
			return refuse(options, argv[optind - 1]);
		got &= ~WORD;
		if (got == 'h') {
			print_verb_help(verb);
			exit(close_stdout(options, EXIT_OK));
		}
		code = take(options, verb, got);
	}
	return code;
}
