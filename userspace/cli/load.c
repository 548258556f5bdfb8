// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo load: a file into the buffer, the counterpart of save. The file must
 * be as long as the window, or one cut short would pass for the whole.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

static int run_load(const struct options *options, int argc, char **argv)
{
	const char *name = input_name(argv[0]);
	struct window window;
	uint8_t *input = NULL;
	size_t size = 0;
	int code, fd;

	(void)argc;
	code = open_input(options, argv[0], &fd);
	if (code)
		return code;
	code = window_open(options, &window, 0);
	if (code) {
		close(fd);
		return code;
	}
	code = read_input(options, fd, name, window.size + 1, &input, &size);
	if (!code && size < window.size)
		code = failed(options,
			      "%s: has %zu bytes for a window of %zu; nothing was loaded "
			      "(--length %zu loads them)",
			      name, size, window.size, size);
	else if (!code && size > window.size && !options->truncate)
		code = failed(options,
			      "%s: has more than the %zu bytes of the window; nothing was loaded "
			      "(--truncate loads what fits)",
			      name, window.size);
	if (!code && window.size)
		memcpy(window.data, input, window.size);
	if (!code && options->json)
		code = print_json(options, json_window(options->offset, window.size));
	free(input);
	window_close(&window);
	close(fd);
	return code;
}

const struct verb verb_load = {
	.name = "load",
	.group = GROUP_BYTES,
	.arguments = "FILE",
	.summary = "FILE into the buffer, all or nothing",
	.details = "FILE must be as long as the window: the whole buffer, or --length. It may be\n"
		   "'-', stdin.",
	.examples = "mmapdemo load saved\n"
		    "zstd -dc news.zst | mmapdemo load -d news -",
	.run = run_load,
	.takes = TAKES_USUAL | TAKES_TRUNCATE,
	.least = 1,
	.most = 1,
};
