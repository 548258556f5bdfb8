// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options of the command line: one table, from which help is printed, so that it
 * cannot name what is not there.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "values.h"

enum option_id {
	OPTION_DEVICE,
	OPTION_OFFSET,
	OPTION_LENGTH,
	OPTION_TO,
	OPTION_TRUNCATE,
	OPTION_HEX,
	OPTION_ON,
	OPTION_WRITE,
	OPTION_MODE,
	OPTION_COUNT,
	OPTION_TIMEOUT,
	OPTION_KILL,
	OPTION_CHANNEL,
	OPTION_LINES,
	OPTION_FILES,
	OPTION_RAW,
	OPTION_IN,
	OPTION_OUT,
	OPTION_RATE,
	OPTION_BACKGROUND,
	OPTION_INTERVAL,
	OPTION_SPEED,
	OPTION_FROM,
	OPTION_LOOP,
	OPTION_FORCE,
	OPTION_APPEND,
	OPTION_FOLLOW,
	OPTION_TIME,
	OPTION_U32,
	OPTION_SET,
	OPTION_NONBLOCK,
	OPTION_CONFLICT,
	OPTION_JSON,
	OPTION_HELP,
};

struct row {
	const char *name;
	int has_arg;
	char letter; /* 0 if there is none */
	enum option_id id;
	uint64_t verbs; /* that take it, by any of these bits; 0: every verb */
	const char *help;
};

/* A name may have several rows, for verbs to which it means different things. */
static const struct row table[] = {
	{ "device", required_argument, 'd', OPTION_DEVICE, TAKES_DEVICE,
	  "-d, --device NAME     a buffer, or a path (" MMAPDEMO_NODE ")" },
	{ "offset", required_argument, 'o', OPTION_OFFSET, TAKES_OFFSET,
	  "-o, --offset N        start there; 4096, 0x1000, 64K, 1G... (0)" },
	{ "length", required_argument, 'n', OPTION_LENGTH, TAKES_LENGTH,
	  "-n, --length N        that many bytes (to the end)" },
	{ "to", required_argument, 0, OPTION_TO, TAKES_TO, "    --to N            copy there" },
	{ "truncate", no_argument, 0, OPTION_TRUNCATE, TAKES_TRUNCATE,
	  "    --truncate        of input that does not fit take what does" },
	{ "hex", no_argument, 0, OPTION_HEX, TAKES_HEX,
	  "    --hex             PATTERN is hexadecimal, such as 48414e" },
	{ "on", required_argument, 0, OPTION_ON, TAKES_ON,
	  "    --on BACKING      device, file, shm or anon (device)" },
	{ "write", no_argument, 0, OPTION_WRITE, TAKES_WRITE,
	  "    --write           store a word, too, and put back what was there" },
	{ "mode", required_argument, 0, OPTION_MODE, TAKES_MODE,
	  "    --mode MODE       who may use it, in octal, such as 0660 (0600)" },
	{ "count", required_argument, 0, OPTION_COUNT, TAKES_COUNT,
	  "    --count N         end after N" },
	{ "timeout", required_argument, 0, OPTION_TIMEOUT, TAKES_TIMEOUT,
	  "    --timeout SECONDS wait no longer, such as 0.5; 0 tries once (no limit)" },
	{ "kill", no_argument, 0, OPTION_KILL, TAKES_KILL,
	  "    --kill            kill the holder (counter), or each side (messages)" },
	{ "channel", no_argument, 0, OPTION_CHANNEL, TAKES_CHANNEL,
	  "    --channel         for messages; SIZE is a power of two, 64K to 1G" },
	{ "lines", no_argument, 0, OPTION_LINES, TAKES_CHANNEL,
	  "    --lines           no two messages in one cache line" },
	{ "length", required_argument, 'n', OPTION_LENGTH, TAKES_RECORDS | TAKES_ENGINE,
	  "-n, --length N        bytes of each message" },
	{ "files", no_argument, 0, OPTION_FILES, TAKES_FILES,
	  "    --files           TEXT is a file, all of it one message; '-' is stdin" },
	{ "raw", no_argument, 0, OPTION_RAW, TAKES_RAW,
	  "    --raw             messages as they are: no newline after, nothing escaped" },
	{ "follow", no_argument, 0, OPTION_FOLLOW, TAKES_FOLLOW,
	  "    --follow          when the sender is gone, wait for the next one" },
	{ "time", no_argument, 0, OPTION_TIME, TAKES_TIME,
	  "    --time            print when each message was received" },
	{ "in", required_argument, 0, OPTION_IN, TAKES_ENGINE,
	  "    --in NAME         channel that it receives from" },
	{ "out", required_argument, 0, OPTION_OUT, TAKES_ENGINE,
	  "    --out NAME        channel that it sends to" },
	{ "rate", required_argument, 0, OPTION_RATE, TAKES_ENGINE,
	  "    --rate N          source: messages a second, 1 to 1000000 (1000)" },
	{ "background", no_argument, 0, OPTION_BACKGROUND, TAKES_ENGINE,
	  "    --background      run in another process: print its PID, and go on" },
	{ "interval", required_argument, 0, OPTION_INTERVAL, TAKES_INTERVAL,
	  "    --interval SECONDS between two looks (1)" },
	{ "speed", required_argument, 0, OPTION_SPEED, TAKES_SPEED,
	  "    --speed FACTOR    play FACTOR times as fast; 0 as fast as possible (1)" },
	{ "from", required_argument, 0, OPTION_FROM, TAKES_SPEED,
	  "    --from N          begin with message N; the first is 1 (1)" },
	{ "loop", no_argument, 0, OPTION_LOOP, TAKES_SPEED,
	  "    --loop            after the last message begin again" },
	{ "force", no_argument, 0, OPTION_FORCE, TAKES_FORCE,
	  "    --force           overwrite FILE if it is there" },
	{ "append", no_argument, 0, OPTION_APPEND, TAKES_APPEND,
	  "    --append          go on with the recording that FILE has" },
	{ "u32", required_argument, 0, OPTION_U32, TAKES_U32,
	  "    --u32 N           instead of TEXT the 4 bytes of a number" },
	{ "set", required_argument, 0, OPTION_SET, TAKES_SET,
	  "    --set N           store N in the word, then wake" },
	{ "max-count", required_argument, 'm', OPTION_COUNT, TAKES_MATCHES,
	  "-m, --max-count N     end after N matches" },
	{ "nonblock", no_argument, 'n', OPTION_NONBLOCK, TAKES_FLOCK,
	  "-n, --nonblock        do not wait, as --timeout 0" },
	{ "wait", required_argument, 'w', OPTION_TIMEOUT, TAKES_FLOCK,
	  "-w, --wait SECONDS    as --timeout" },
	{ "conflict-exit-code", required_argument, 'E', OPTION_CONFLICT, TAKES_FLOCK,
	  "-E, --conflict-exit-code N  when the time is over, 0 to 255 (1)" },
	{ "json", no_argument, 0, OPTION_JSON, TAKES_JSON, "    --json            for scripts" },
	{ "help", no_argument, 'h', OPTION_HELP, 0, "-h, --help            this text" },
};

#define ROWS (sizeof(table) / sizeof(table[0]))
#define WORD 0x100 /* getopt_long() adds it to a row that was given by its name */

static bool takes(const struct verb *verb, const struct row *row)
{
	return !row->verbs || verb->takes & row->verbs;
}

void print_options(const struct verb *verb)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (takes(verb, &table[i]))
			printf("  %s\n", table[i].help);
	}
}

static int take_option(struct options *options, enum option_id id, const char *name)
{
	switch (id) {
	case OPTION_DEVICE:
		return take_device(options, optarg);
	case OPTION_OFFSET:
		return take_size(options, name, &options->offset);
	case OPTION_LENGTH:
		options->has_length = true;
		return take_size(options, name, &options->length);
	case OPTION_TO:
		options->has_to = true;
		return take_size(options, name, &options->to);
	case OPTION_COUNT:
		return take_count(options, name, &options->count);
	case OPTION_MODE:
		return take_mode(options, &options->mode);
	case OPTION_TIMEOUT:
		options->has_timeout = true;
		return take_number(options, name, "seconds", &options->timeout);
	case OPTION_RATE:
		return take_count(options, name, &options->rate);
	case OPTION_INTERVAL:
		return take_interval(options, name);
	case OPTION_SPEED:
		return take_number(options, name, "a factor", &options->speed);
	case OPTION_FROM:
		return take_count(options, name, &options->from);
	case OPTION_LOOP:
		options->loop = true;
		break;
	case OPTION_APPEND:
		options->append = true;
		break;
	case OPTION_FOLLOW:
		options->follow = true;
		break;
	case OPTION_TIME:
		options->times = true;
		break;
	case OPTION_IN:
		options->in = optarg;
		break;
	case OPTION_OUT:
		options->out = optarg;
		break;
	case OPTION_U32:
		options->has_word = true;
		return take_word(options, "--u32", optarg, &options->word);
	case OPTION_SET:
		options->has_word = true;
		return take_word(options, "--set", optarg, &options->word);
	case OPTION_NONBLOCK:
		options->has_timeout = true;
		options->timeout = 0;
		break;
	case OPTION_CONFLICT:
		return take_exit_code(options, name, &options->conflict);
	case OPTION_FORCE:
		options->force = true;
		break;
	case OPTION_KILL:
		options->kill = true;
		break;
	case OPTION_TRUNCATE:
		options->truncate = true;
		break;
	case OPTION_HEX:
		options->hex = true;
		break;
	case OPTION_ON:
		options->on = optarg;
		break;
	case OPTION_WRITE:
		options->write = true;
		break;
	case OPTION_JSON:
		options->json = true;
		break;
	case OPTION_CHANNEL:
		options->channel = true;
		break;
	case OPTION_LINES:
		options->lines = true;
		break;
	case OPTION_FILES:
		options->files = true;
		break;
	case OPTION_RAW:
		options->raw = true;
		break;
	case OPTION_BACKGROUND:
		options->background = true;
		break;
	case OPTION_HELP:
		break; /* by parse_options() */
	}
	return EXIT_OK;
}

/* An option that this verb does not take. @word is what the user typed. */
static int refuse(const struct options *options, const struct verb *verb, const char *word)
{
	size_t length = strcspn(word, "=");
	struct suggestion suggestion;

	if (optopt >= WORD)
		return misused(options, "%s: takes no value", word);
	for (size_t i = 0; i < ROWS; i++) {
		if (optopt && table[i].letter == optopt)
			return misused(options, "-%c: not an option of this verb", optopt);
		if (!optopt && length > 2 && strncmp(word + 2, table[i].name, length - 2) == 0)
			return misused(options, "--%s: not an option of this verb", table[i].name);
	}
	if (optopt)
		return misused(options, "-%c: unknown option", optopt);
	suggest_for(&suggestion, word + strspn(word, "-"));
	for (size_t i = 0; i < ROWS; i++) {
		if (takes(verb, &table[i]))
			suggest(&suggestion, table[i].name);
	}
	if (suggestion.best)
		return misused(options, "%s: unknown option; did you mean '--%s'?", word,
			       suggestion.best);
	return misused(options, "%s: unknown option", word);
}

/* The row of an option that is typed before the verb; NULL if there is none. */
static const struct row *row_of(const char *word)
{
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < ROWS; i++) {
		if (word[1] == '-' ? strncmp(word + 2, table[i].name, length - 2) == 0 :
				     word[1] == table[i].letter)
			return &table[i];
	}
	return NULL;
}

/*
 * Options may be typed before the verb, too: move the verb before them. Returns false if there
 * is no verb.
 */
bool move_verb(int argc, char **argv)
{
	const struct row *row;
	char *verb;
	int i = 1;

	while (i < argc && argv[i][0] == '-' && argv[i][1] && strcmp(argv[i], "--") != 0) {
		row = row_of(argv[i]);
		/* Its value is the next word, unless it is part of this one. */
		if (row && row->has_arg &&
		    (argv[i][1] == '-' ? !strchr(argv[i], '=') : !argv[i][2]))
			i++;
		i++;
	}
	if (i >= argc)
		return false;
	verb = argv[i];
	memmove(&argv[2], &argv[1], (size_t)(i - 1) * sizeof(argv[0]));
	argv[1] = verb;
	return true;
}

/* What getopt_long() wants to know: the rows of @verb, by name and by letter. */
static void list_options(const struct verb *verb, struct option *longs, char *letters)
{
	*letters++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &table[i];

		if (!takes(verb, row))
			continue;
		*longs++ = (struct option){ row->name, row->has_arg, NULL, (int)i | WORD };
		if (!row->letter)
			continue;
		*letters++ = row->letter;
		if (row->has_arg)
			*letters++ = ':';
	}
}

/* @got is what getopt_long() returned: a row with WORD, or a letter. */
static const struct row *find_row(const struct verb *verb, int got)
{
	if (got & WORD)
		return &table[got & ~WORD];
	for (size_t i = 0; i < ROWS; i++) {
		if (table[i].letter == got && takes(verb, &table[i]))
			return &table[i];
	}
	return NULL; /* not reached: getopt_long() returns only letters of this verb */
}

/* Options may stand before and after the arguments. Help ends the program. */
int parse_options(struct options *options, const struct verb *verb, int argc, char **argv)
{
	struct option longs[ROWS + 1] = { 0 };
	char letters[2 * ROWS + 2] = "";
	const struct row *row;
	int code = EXIT_OK;
	int got;

	list_options(verb, longs, letters);
	opterr = 0;
	while (!code && (got = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (got == ':')
			return misused(options, "%s: needs a value", argv[optind - 1]);
		if (got == '?')
			return refuse(options, verb, argv[optind - 1]);
		row = find_row(verb, got);
		if (row->id == OPTION_HELP) {
			print_verb_help(verb);
			exit(close_stdout(options, EXIT_OK));
		}
		code = take_option(options, row->id, row->name);
	}
	return code;
}
