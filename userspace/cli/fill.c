// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo fill: memset(3) on the buffer.
 */
#include <string.h>

#include "options.h"

static int run_fill(const struct options *options, int argc, char **argv)
{
	struct progress progress;
	struct window window;
	uint64_t byte = 0;
	int code;

	if (argc && (parse_size(argv[0], &byte) || byte > 255))
		return misused(options, "BYTE '%s': not a number from 0 to 255", argv[0]);
	code = window_open(options, &window, 0);
	if (code)
		return code;
	progress_start(&progress, "fill", window.size);
	for (size_t done = 0; done < window.size;) {
		size_t n = window.size - done < CHUNK ? window.size - done : CHUNK;

		memset(window.data + done, (int)byte, n);
		done += n;
		progress_at(&progress, done);
	}
	progress_end(&progress);
	if (options->json)
		code = print_json(options, json_window(options->offset, window.size));
	window_close(&window);
	return code;
}

const struct verb verb_fill = {
	.name = "fill",
	.group = GROUP_BYTES,
	.arguments = "[BYTE]",
	.summary = "set every byte to BYTE (default 0)",
	.examples = "mmapdemo fill\n"
		    "mmapdemo fill -d news -o 4096 -n 4K 0xff",
	.run = run_fill,
	.takes = TAKES_USUAL,
	.most = 1,
};
