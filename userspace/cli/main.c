// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo: the table of verbs, and the command line. Help is printed from the
 * table, so that it cannot name what is not there.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static const struct verb verbs[] = {
	{ "info", "", "what the buffer is, and who uses it", NULL, verb_info,
	  TAKES_DEVICE | TAKES_JSON, 0, 0 },
	{ "read", "", "bytes to stdout, as they are", NULL, verb_read, TAKES_USUAL, 0, 0 },
	{ "write", "[TEXT]", "TEXT, or stdin, into the buffer",
	  "What does not fit is refused before a byte changes.", verb_write,
	  TAKES_USUAL | TAKES_TRUNCATE, 0, 1 },
	{ "dump", "", "bytes in hexadecimal, as xxd prints them", NULL, verb_dump, TAKES_USUAL, 0,
	  0 },
	{ "fill", "[BYTE]", "set every byte to BYTE (default 0)", NULL, verb_fill, TAKES_USUAL, 0,
	  1 },
	{ "copy", "", "copy within the buffer; the places may overlap", "Needs --length and --to.",
	  verb_copy, TAKES_USUAL | TAKES_TO, 0, 0 },
	{ "compare", "FILE", "does the buffer hold what FILE holds?",
	  "FILE may be '-' for stdin. Exit code 1 and the offset if a byte differs.", verb_compare,
	  TAKES_USUAL, 1, 1 },
	{ "find", "PATTERN", "offsets where PATTERN stands, one a line",
	  "Exit code 1 if it is nowhere.", verb_find, TAKES_USUAL | TAKES_HEX, 1, 1 },
	{ "save", "FILE", "the buffer into FILE, which stays whole in any case", NULL, verb_save,
	  TAKES_USUAL, 1, 1 },
	{ "load", "FILE", "FILE into the buffer, all or nothing",
	  "FILE must be as long as the window: the whole buffer, or --length.", verb_load,
	  TAKES_USUAL | TAKES_TRUNCATE, 1, 1 },
	{ "ls", "", "the driver's buffers: size, users, news, owner", NULL, verb_ls, TAKES_JSON, 0,
	  0 },
	{ "create", "NAME SIZE", "make a buffer, /dev/mmapdemo-NAME, of SIZE bytes",
	  "It is yours, and stays until 'mmapdemo rm'. SIZE is rounded up to whole pages. NAME "
	  "has\n"
	  "letters, digits, '_', '-' and '.', 32 at most.",
	  verb_create, TAKES_JSON | TAKES_MODE, 2, 2 },
	{ "rm", "NAME", "take a name away; the memory goes with its last user", NULL, verb_rm, 0, 1,
	  1 },
	{ "resize", "NAME SIZE", "grow or shrink a buffer that nobody maps", NULL, verb_resize,
	  TAKES_JSON, 2, 2 },
	{ "publish", "[NAME]", "tell all who watch that there is something new", NULL, verb_publish,
	  0, 0, 1 },
	{ "watch", "[NAME]", "a line for each publication, as it comes",
	  "Without NAME it is " MMAPDEMO_NODE ". --count N ends it after N of them.", verb_watch,
	  TAKES_COUNT | TAKES_JSON, 0, 1 },
	{ "lock", "NAME -- COMMAND", "run COMMAND while a mutex is held",
	  "The mutex is 64 bytes at --offset of NAME, a buffer of the driver or, with a '/' in it, "
	  "a\n"
	  "path. They must be zero at first, and then be left alone. If a holder dies, the next "
	  "one\n"
	  "is told and goes on. If this program is killed, so is COMMAND, though not what it has\n"
	  "started. The exit code is COMMAND's, 128 and the signal if one killed it, 126 if it\n"
	  "cannot be run, 127 if there is no such command.",
	  verb_lock, TAKES_OFFSET | TAKES_TIMEOUT | TAKES_COMMAND, 2, INT_MAX },
	{ "wait", "[NAME] VALUE", "sleep while a word is VALUE, then print what it is",
	  "The word is the 4 bytes at --offset. Without NAME it is of " MMAPDEMO_NODE ".",
	  verb_wait, TAKES_OFFSET | TAKES_TIMEOUT | TAKES_JSON, 1, 2 },
	{ "wake", "[NAME]", "wake who waits for a word; change it first",
	  "The word is the 4 bytes at --offset. Prints how many were woken: all, or --count of "
	  "them.",
	  verb_wake, TAKES_OFFSET | TAKES_COUNT | TAKES_JSON, 0, 1 },
	{ "scenario", "NAME|list", "play one technique of shared memory, step by step",
	  "Bytes that a scenario changes on a node are put back afterwards.\n"
	  "Exit code 1 if a step shows something else than it should.",
	  verb_scenario, TAKES_DEVICE | TAKES_JSON | TAKES_ON | TAKES_KILL, 1, 1 },
	{ "check", "NODE", "does this device keep the rules of mmap?",
	  "NODE is any device that can be mapped; one that tells no size needs --length. Nothing\n"
	  "is stored without --write, but each page of the window is read. A driver that breaks\n"
	  "the rules may take the kernel along: better check a new one in a virtual machine.\n"
	  "Exit code 1 if a check fails.",
	  verb_check, TAKES_WINDOW | TAKES_JSON | TAKES_WRITE, 1, 1 },
	{ "doctor", "", "is the module loaded, may I use it; if not, what now", NULL, verb_doctor,
	  TAKES_DEVICE | TAKES_JSON, 0, 0 },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct {
	struct option option;
	unsigned int bit; /* 0: every verb takes it */
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
	  "    --kill            kill one who holds the lock (counter only)" },
	{ { "json", no_argument, NULL, 'j' }, TAKES_JSON, "    --json            for scripts" },
	{ { "help", no_argument, NULL, 'h' }, 0, "-h, --help            this text" },
};

#define OPTIONS (sizeof(table) / sizeof(table[0]))

static void print_verb_help(const struct verb *verb)
{
	printf("usage: mmapdemo %s [OPTION]... %s\n\n%s: %s\n", verb->name, verb->arguments,
	       verb->name, verb->summary);
	if (verb->details)
		printf("%s\n", verb->details);
	printf("\n");
	for (size_t i = 0; i < OPTIONS; i++) {
		if (!table[i].bit || verb->takes & table[i].bit)
			printf("  %s\n", table[i].help);
	}
}

static void print_help(void)
{
	printf("usage: mmapdemo VERB [OPTION]... [ARGUMENT]...\n\n"
	       "Memory shared with the mmapdemo driver and between processes.\n\n");
	for (size_t i = 0; i < VERBS; i++)
		printf("  %-9s %-15s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].summary);
	printf("\n  mmapdemo VERB --help    its options\n"
	       "  mmapdemo --version\n\n"
	       "exit codes: 0 done, 1 failed or the answer is no, 2 wrong command line\n");
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
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
static int take_timeout(struct options *options)
{
	char *end;

	options->timeout = strtod(optarg, &end);
	if (optarg[strspn(optarg, "0123456789.")] || end == optarg || *end)
		return misused(options, "--timeout '%s': not seconds such as 10 or 0.5", optarg);
	if (options->timeout > 86400e6)
		options->timeout = 86400e6;
	options->has_timeout = true;
	return EXIT_OK;
}

static int take_count(struct options *options, const char *name)
{
	int code = take_size(options, name, &options->count);

	if (!code && !options->count)
		return misused(options, "--%s '%s': at least 1", name, optarg);
	return code;
}

static int take_option(struct options *options, const struct verb *verb, size_t index)
{
	const char *name = table[index].option.name;

	if (table[index].bit && !(verb->takes & table[index].bit))
		return misused(options, "--%s: not an option of this verb", name);
	switch (table[index].option.val) {
	case 'd':
		options->device = optarg;
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
		return take_count(options, name);
	case 'm':
		return take_mode(options, &options->mode);
	case 's':
		return take_timeout(options);
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
	}
	return EXIT_OK;
}

/* Options may stand before and behind the arguments. Help ends the program. */
static int parse_options(struct options *options, const struct verb *verb, int argc, char **argv)
{
	struct option longs[OPTIONS + 1] = { 0 };
	int code = EXIT_OK;
	int got;

	for (size_t i = 0; i < OPTIONS; i++)
		longs[i] = table[i].option;
	opterr = 0;
	while (!code && (got = getopt_long(argc, argv, ":d:o:n:h", longs, NULL)) != -1) {
		if (got == 'h') {
			print_verb_help(verb);
			exit(close_stdout(options, EXIT_OK));
		}
		if (got == ':')
			return misused(options, "%s: needs a value", argv[optind - 1]);
		if (got == '?')
			return misused(options, "%s: unknown option", argv[optind - 1]);
		for (size_t i = 0; i < OPTIONS; i++) {
			if (table[i].option.val == got)
				code = take_option(options, verb, i);
		}
	}
	return code;
}

static void on_bus_error(int signal)
{
	static const char message[] = "mmapdemo: " MEMORY_GONE "\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);

	(void)signal;
	(void)ignored;
	_exit(EXIT_FAILED);
}

int main(int argc, char **argv)
{
	struct options options = { .device = MMAPDEMO_NODE };
	const struct verb *verb;
	int code;

	if (argc < 2)
		return misused(&options, "a verb is needed");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help();
		return close_stdout(&options, EXIT_OK);
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("mmapdemo %s\n", mmapdemo_version());
		return close_stdout(&options, EXIT_OK);
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return misused(&options, "'%s': no such verb", argv[1]);
	options.verb = verb->name;
	argc--;
	argv++;
	code = parse_options(&options, verb, argc, argv);
	if (code)
		return code;
	argc -= optind;
	argv += optind;
	if (argc < verb->least)
		return misused(&options, "%s: needed", verb->arguments);
	if (argc > verb->most)
		return misused(&options, "'%s': one argument too many", argv[verb->most]);
	if (verb->takes & TAKES_COMMAND && strcmp(argv[-1], "--") != 0)
		return misused(&options, "'--': needed in front of COMMAND");
	signal(SIGBUS, on_bus_error);
	return close_stdout(&options, verb->run(&options, argc, argv));
}
