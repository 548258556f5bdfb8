// SPDX-License-Identifier: BSD-2-Clause
/*
 * Input: which file, and some that must be whole before it is used: a file may shrink and a pipe
 * may break while it is read, and the buffer must not keep half of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

bool is_stdio(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* For messages. */
const char *input_name(const char *path)
{
	return is_stdio(path) ? "stdin" : path;
}

const char *output_name(const char *path)
{
	return is_stdio(path) ? "stdout" : path;
}

/* Reading from a terminal looks as if nothing happened; so say it. */
void note_terminal(const struct options *options, int fd)
{
	if (isatty(fd))
		noted(options, "reading from the terminal; Ctrl-D ends it");
}

/* Set *@fd to FILE, or to another descriptor of stdin; the caller closes it. */
int open_input(const struct options *options, const char *path, int *fd)
{
	struct stat st;

	if (is_stdio(path))
		*fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return failed(options, "%s: %s", input_name(path), strerror(errno));
	if (fstat(*fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(*fd);
		return failed(options, "%s: is a directory; name a file", input_name(path));
	}
	return EXIT_OK;
}

/*
 * Read @fd to its end, but at most @most bytes, into memory that the caller
 * frees. Returns an exit code; @name is for the message. The caller says so if stopped().
 */
int read_input(const struct options *options, int fd, const char *name, size_t most, uint8_t **data,
	       size_t *size)
{
	struct progress progress;
	uint8_t *bytes = NULL;
	size_t room = 0;
	size_t done = 0;

	progress_start(&progress, name, most);
	while (done < most) {
		ssize_t got;

		if (done == room) {
			uint8_t *larger;

			room = room < CHUNK ? CHUNK : 2 * room;
			room = room > most ? most : room;
			larger = realloc(bytes, room);
			if (!larger) {
				progress_end(&progress);
				free(bytes);
				return failed(options, "%s: out of memory", name);
			}
			bytes = larger;
		}
		got = read(fd, bytes + done, room - done);
		if (got < 0 && errno == EINTR && !stopped())
			continue;
		if (got < 0) {
			progress_end(&progress);
			free(bytes);
			if (stopped())
				return EXIT_FAILED;
			return failed(options, "%s: %s", name, strerror(errno));
		}
		if (got == 0)
			break;
		done += (size_t)got;
		progress_at(&progress, done);
	}
	progress_end(&progress);
	*data = bytes;
	*size = done;
	return EXIT_OK;
}
