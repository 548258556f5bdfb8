// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo write: text or stdin into the buffer.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

static int run_write(const struct options *options, int argc, char **argv)
{
	struct window window;
	uint8_t *input = NULL;
	size_t size = 0;
	int code;

	code = window_open(options, &window, 0);
	if (code)
		return code;
	if (argc) {
		size = strlen(argv[0]);
		input = (uint8_t *)strdup(argv[0]);
		if (!input)
			code = failed(options, "out of memory");
	} else {
		/* One byte more than fits, to see whether it does. */
		code = read_input(options, STDIN_FILENO, "stdin", window.size + 1, &input, &size);
	}
	if (!code && size > window.size && !options->truncate)
		code = failed(options,
			      "%s does not fit: room for %zu bytes; nothing was written "
			      "(--truncate writes what fits)",
			      argc ? "TEXT" : "stdin", window.size);
	if (!code) {
		size = size < window.size ? size : window.size;
		if (size)
			memcpy(window.data, input, size);
		if (options->json)
			code = print_json(options, json_window(options->offset, size));
	}
	free(input);
	window_close(&window);
	return code;
}

const struct verb verb_write = {
	.name = "write",
	.group = GROUP_BYTES,
	.arguments = "[TEXT]",
	.summary = "TEXT, or stdin, into the buffer",
	.details = "What does not fit is refused before a byte changes.",
	.examples = "mmapdemo write 'some text'\n"
		    "mmapdemo write -d news --offset 64 <file",
	.run = run_write,
	.takes = TAKES_USUAL | TAKES_TRUNCATE,
	.most = 1,
};
