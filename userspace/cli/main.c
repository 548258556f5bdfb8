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
		print_usage();
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
