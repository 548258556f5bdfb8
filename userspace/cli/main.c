// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo: the table of verbs. Help is printed from it, so that it cannot name
 * what is not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

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
	  "FILE may be '-', stdin. Exit code 1 and the offset if a byte differs.", verb_compare,
	  TAKES_USUAL, 1, 1 },
	{ "find", "PATTERN", "offsets where PATTERN stands, one a line",
	  "Exit code 1 if it is nowhere.", verb_find, TAKES_USUAL | TAKES_HEX, 1, 1 },
	{ "save", "FILE", "the buffer into FILE, which stays whole in any case",
	  "FILE may be '-', stdout.", verb_save, TAKES_USUAL, 1, 1 },
	{ "load", "FILE", "FILE into the buffer, all or nothing",
	  "FILE must be as long as the window: the whole buffer, or --length. It may be\n"
	  "'-', stdin.",
	  verb_load, TAKES_USUAL | TAKES_TRUNCATE, 1, 1 },
	{ "ls", "", "the driver's buffers: size, users, news, owner", NULL, verb_ls, TAKES_JSON, 0,
	  0 },
	{ "create", "NAME SIZE", "make a buffer, /dev/mmapdemo-NAME, of SIZE bytes",
	  "It is yours, and stays until 'mmapdemo rm'. SIZE is rounded up to whole pages.\n"
	  "NAME has letters, digits, '_', '-' and '.', 32 at most. With --channel it may\n"
	  "have a '/': then it is a file to be made.",
	  verb_create, TAKES_JSON | TAKES_MODE | TAKES_CHANNEL, 2, 2 },
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
	  "The mutex is 64 bytes at --offset of NAME, a buffer of the driver or, with a\n"
	  "'/' in it, a path. They must be zero at first, and then be left alone. If a\n"
	  "holder dies, the next one is told and goes on. SIGTERM is passed on to COMMAND.\n"
	  "SIGKILL of this program kills COMMAND, though not what that has started.\n"
	  "The exit code is COMMAND's, 128 and the signal if one killed it, 126 if it\n"
	  "cannot be run, 127 if there is no such command.",
	  verb_lock, TAKES_OFFSET | TAKES_TIMEOUT | TAKES_COMMAND, 2, INT_MAX },
	{ "wait", "[NAME] VALUE", "sleep while a word is VALUE, then print what it is",
	  "The word is the 4 bytes at --offset. Without NAME it is of " MMAPDEMO_NODE ".",
	  verb_wait, TAKES_OFFSET | TAKES_TIMEOUT | TAKES_JSON, 1, 2 },
	{ "wake", "[NAME]", "wake who waits for a word; change it first",
	  "The word is the 4 bytes at --offset. Prints how many were woken: all, or --count\n"
	  "of them.",
	  verb_wake, TAKES_OFFSET | TAKES_COUNT | TAKES_JSON, 0, 1 },
	{ "send", "NAME [TEXT]...", "each TEXT, or line of stdin, as a message",
	  "NAME is a channel. With --length stdin is cut into messages of that many bytes.\n"
	  "Waits for room, not for somebody who receives. If it stops in the middle, it\n"
	  "says how many were sent.",
	  verb_send, TAKES_RECORDS | TAKES_FILES | TAKES_TIMEOUT, 1, INT_MAX },
	{ "recv", "NAME", "messages of a channel as they come, each a line",
	  "Waits for messages, --timeout for each of them, and ends when the sender has\n"
	  "gone; Ctrl-C ends it, too. Exit code 1 if fewer than --count came. --json is a\n"
	  "line for each, with the bytes in hexadecimal. What was not printed stays in the\n"
	  "channel.",
	  verb_recv, TAKES_COUNT | TAKES_RAW | TAKES_TIMEOUT | TAKES_JSON, 1, 1 },
	{ "record", "NAME FILE", "messages of a channel, and their times, into FILE",
	  "Ends when the sender has gone, after --count messages, or by Ctrl-C. What is in\n"
	  "FILE at any time is whole messages, and what is not there is still in the\n"
	  "channel. Its format stands in userspace/cli/recording.h. FILE may be '-',\n"
	  "stdout. A file that is there, and not empty, is overwritten by --force only.",
	  verb_record, TAKES_COUNT | TAKES_FORCE | TAKES_JSON, 2, 2 },
	{ "replay", "FILE NAME", "send what was recorded, with the same times between",
	  "If FILE was cut short, all whole messages are sent, and the exit code is 1. FILE\n"
	  "may be '-', stdin.",
	  verb_replay, TAKES_SPEED | TAKES_JSON, 2, 2 },
	{ "engine", "ACTION [WHAT]", "peers inside the kernel: start KIND, stop ONE, list",
	  "'start KIND' runs until it ends, or Ctrl-C, and tells what it did. A source\n"
	  "sends to --out messages of --length at --rate, which drop when there is no\n"
	  "room; a sink receives from --in and makes a checksum; an echo does both. 'stop'\n"
	  "ends the processes of a PID, channel or kind. 'list' has all kinds and engines,\n"
	  "and tells once of each that has ended in the background.",
	  verb_engine, TAKES_ENGINE | TAKES_COUNT | TAKES_JSON, 1, 2 },
	{ "top", "", "what goes through buffers and channels, live",
	  "IN is what was sent to a channel, whose sides S and R are there or not, or how\n"
	  "often a buffer was published; WAITING are messages in the channel. On a\n"
	  "terminal it is drawn anew, elsewhere there is a table, or a line of JSON, for\n"
	  "each --interval. Ctrl-C ends it.",
	  verb_top, TAKES_COUNT | TAKES_INTERVAL | TAKES_JSON, 0, 0 },
	{ "scenario", "NAME|list", "play one technique of shared memory, step by step",
	  "Bytes that a scenario changes on a node are put back afterwards.\n"
	  "Exit code 1 if a step shows something else than it should.",
	  verb_scenario, TAKES_DEVICE | TAKES_JSON | TAKES_ON | TAKES_KILL, 1, 1 },
	{ "check", "NODE", "does this device keep the rules of mmap?",
	  "NODE is any device that can be mapped; one that tells no size needs --length.\n"
	  "Nothing is stored without --write, but each page of the window is read. A\n"
	  "driver that breaks the rules may take the kernel along: better check a new one\n"
	  "in a virtual machine. Exit code 1 if a check fails.",
	  verb_check, TAKES_WINDOW | TAKES_JSON | TAKES_WRITE, 1, 1 },
	{ "doctor", "", "is the module loaded, may I use it; if not, what now", NULL, verb_doctor,
	  TAKES_DEVICE | TAKES_JSON, 0, 0 },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

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

static void on_bus_error(int signal)
{
	static const char message[] = "mmapdemo: " MEMORY_GONE "\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);

	(void)signal;
	(void)ignored;
	_exit(EXIT_FAILED);
}

/*
 * Where stdin, stdout or stderr is closed, the next file would become it, and the buffer take what
 * is printed. What stands there instead can be used as little as before.
 */
static bool close_gaps(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct options options = { .device = MMAPDEMO_NODE, .interval = 1, .speed = 1 };
	const struct verb *verb;
	int code;

	if (!close_gaps())
		return failed(&options, "/dev/null: %s", strerror(errno));
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
	code = close_stdout(&options, verb->run(&options, argc, argv));
	die_if_stopped(&options, 0);
	return code;
}
