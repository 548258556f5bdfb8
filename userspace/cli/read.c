// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo read: bytes of the buffer, as they are, to stdout.
 */
#include <errno.h>
#include <stdio.h>

#include "cli.h"

static int print_hex_json(const struct options *options, const struct window *window)
{
	struct json_object *hex = json_hex(window->data, window->size);
	struct json_object *object;

	if (!hex)
		return failed(options, "--json: too much for one string; use --length");
	object = json_window(options->offset, window->size);
	json_object_object_add(object, "hex", hex);
	return print_json(options, object);
}

int verb_read(const struct options *options, int argc, char **argv)
{
	struct progress progress;
	struct window window;
	int code;

	(void)argc;
	(void)argv;
	code = window_open(options, &window, MMAPDEMO_READ_ONLY);
	if (code)
		return code;
	if (options->json) {
		code = print_hex_json(options, &window);
	} else {
		progress_start(&progress, "read", window.size);
		for (size_t done = 0; done < window.size && !code;) {
			size_t n = window.size - done < CHUNK ? window.size - done : CHUNK;

			if (fwrite(window.data + done, 1, n, stdout) != n)
				code = failed(options, "cannot write to stdout: %s",
					      write_error(errno));
			done += n;
			progress_at(&progress, done);
		}
		progress_end(&progress);
	}
	window_close(&window);
	return code;
}
