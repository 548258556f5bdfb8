// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo write: text or stdin into the buffer.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

/* The bytes to be written: of a number, TEXT, or stdin. */
static int take_input(const struct options *options, size_t room, const char *text, uint8_t **input,
		      size_t *size)
{
	const void *bytes = options->has_word ? (const void *)&options->word : text;

	if (!bytes) /* one byte more than fits, to see whether it does */
		return read_input(options, STDIN_FILENO, "stdin", room + 1, input, size);
	*size = options->has_word ? sizeof(options->word) : strlen(text);
	*input = malloc(*size + 1);
	if (!*input)
		return failed(options, "out of memory");
	memcpy(*input, bytes, *size);
	return EXIT_OK;
}

static int run_write(const struct options *options, int argc, char **argv)
{
	struct window window;
	uint8_t *input = NULL;
	size_t size = 0;
	int code;

	if (options->has_word && argc)
		return misused(options, "'%s': --u32 is written instead of TEXT", argv[0]);
	code = window_open(options, &window, 0);
	if (code)
		return code;
	code = take_input(options, window.size, argc ? argv[0] : NULL, &input, &size);
	if (!code && size > window.size && !options->truncate)
		code = failed(options,
			      "%s does not fit: room for %zu bytes; nothing was written "
			      "(--truncate writes what fits)",
			      options->has_word ? "--u32" :
			      argc		? "TEXT" :
						  "stdin",
			      window.size);
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
		    "mmapdemo write -d news --offset 64 --u32 7",
	.run = run_write,
	.takes = TAKES_USUAL | TAKES_TRUNCATE | TAKES_U32,
	.most = 1,
};
