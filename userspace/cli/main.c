// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo: main() finds the verb, parses its options, and runs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

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
 * is printed. What is there instead can be used as little as before.
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

/* Options of the tool itself are verbs, too. */
static const char *instead_of_verb(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return "help";
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return "version";
	return word;
}

int main(int argc, char **argv)
{
	struct options options = {
		.device = MMAPDEMO_NODE, .interval = 1, .speed = 1, .conflict = EXIT_FAILED
	};
	const struct verb *verb;
	int code;

	if (!close_gaps())
		return failed(&options, "/dev/null: %s", strerror(errno));
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	verb = find_verb(instead_of_verb(argv[1]));
	if (!verb && !move_verb(argc, argv))
		return misused(&options, "a verb is needed");
	if (!verb)
		verb = find_verb(argv[1]);
	if (!verb)
		return no_such_verb(&options, argv[1]);
	options.verb = verb->name;
	argc--;
	argv++;
	code = parse_options(&options, verb, argc, argv);
	if (code)
		return code;
	argc -= optind;
	argv += optind;
	if (verb->takes & TAKES_NAME && argc > verb->most) {
		if (options.has_device)
			return misused(&options, "'%s': --device names the buffer already",
				       argv[0]);
		code = take_device(&options, argv[0]);
		if (code)
			return code;
		argc--;
		argv++;
	}
	if (argc < verb->least)
		return misused(&options, "%s: needed", verb->arguments);
	if (argc > verb->most)
		return misused(&options, "'%s': one argument too many", argv[verb->most]);
	if (verb->takes & TAKES_COMMAND && strcmp(argv[-1], "--") != 0)
		return misused(&options, "'--': needed before COMMAND");
	signal(SIGBUS, on_bus_error);
	code = close_stdout(&options, verb->run(&options, argc, argv));
	die_if_stopped(&options, 0);
	return code;
}
