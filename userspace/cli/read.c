// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo read: bytes of the buffer, as they are, to stdout.
 */
#include <errno.h>
#include <stdio.h>

#include "options.h"

static int run_read(const struct options *options, int argc, char **argv)
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
		print_json_window(options->offset, window.size, "hex", "\"");
		print_hex(window.data, window.size);
		puts("\"\n}");
	} else {
		progress_start(&progress, "read", window.size);
		for (size_t done = 0; done < window.size && !code;) {
			size_t n = window.size - done < CHUNK ? window.size - done : CHUNK;

			if (fwrite(window.data + done, 1, n, stdout) != n)
				code = stdout_failed(options, errno);
			done += n;
			progress_at(&progress, done);
		}
		progress_end(&progress);
	}
	window_close(&window);
	return code;
}

const struct verb verb_read = {
	.name = "read",
	.group = GROUP_BYTES,
	.arguments = "[NAME]",
	.summary = "bytes to stdout, as they are",
	.examples = "mmapdemo read news -n 16 | xxd\n"
		    "mmapdemo read -d ./file -o 4096 >page",
	.run = run_read,
	.takes = TAKES_USUAL | TAKES_NAME,
};
