// SPDX-License-Identifier: BSD-2-Clause
/*
 * Input that must be whole before it is used: a file may shrink and a pipe may
 * break while it is read, and the buffer must not keep half of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/*
 * Read @fd to its end, but at most @most bytes, into memory that the caller
 * frees. Returns an exit code; @name is for the message.
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
