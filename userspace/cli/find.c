// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo find: memchr(3) and memcmp(3) over the buffer, every match.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* "48414e" to three bytes, in place. Returns how many, 0 if it is not that. */
static size_t unhex(char *text)
{
	size_t n = strlen(text) / 2;

	if (strlen(text) % 2)
		return 0;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return 0;
		text[i] = (char)(high << 4 | low);
	}
	return n;
}

/* Prints the offset of each match. Returns how many there are. */
static uint64_t find_all(const struct options *options, const struct window *window,
			 const char *pattern, size_t size)
{
	struct progress progress;
	uint64_t found = 0;
	size_t last = window->size - size; /* where the last match may start */
	size_t at = 0;

	progress_start(&progress, "find", window->size);
	while (at <= last && !ferror(stdout) && (!options->count || found < options->count)) {
		size_t n = last - at + 1 < CHUNK ? last - at + 1 : CHUNK;
		const uint8_t *hit = memchr(window->data + at, pattern[0], n);

		if (!hit) {
			at += n;
			progress_at(&progress, at);
			continue;
		}
		at = (size_t)(hit - window->data);
		if (memcmp(hit, pattern, size) == 0) {
			progress_end(&progress); /* a line of its own, where both are a terminal */
			if (options->json)
				printf("%s\n    %" PRIu64, found ? "," : "", options->offset + at);
			else
				printf("%" PRIu64 "\n", options->offset + at);
			found++;
		}
		at++;
	}
	progress_end(&progress);
	return found;
}

static int run_find(const struct options *options, int argc, char **argv)
{
	struct window window;
	uint64_t found = 0;
	size_t size;
	int code;

	(void)argc;
	size = options->hex ? unhex(argv[0]) : strlen(argv[0]);
	if (size == 0)
		return misused(options, "PATTERN '%s': %s", argv[0],
			       options->hex ? "not pairs of hexadecimal digits" : "is empty");
	code = window_open(options, &window, MMAPDEMO_READ_ONLY);
	if (code)
		return code;
	if (options->json)
		print_json_window(options->offset, window.size, "matches", "[");
	if (size <= window.size)
		found = find_all(options, &window, argv[0], size);
	if (options->json)
		puts("\n  ]\n}");
	window_close(&window);
	return found ? EXIT_OK : EXIT_FAILED;
}

const struct verb verb_find = {
	.name = "find",
	.group = GROUP_BYTES,
	.arguments = "PATTERN",
	.summary = "offsets of PATTERN, one in each line",
	.details = "Exit code 1 if it is nowhere.",
	.examples = "mmapdemo find text\n"
		    "mmapdemo find -d news -m 1 --hex 48414e",
	.run = run_find,
	.takes = TAKES_USUAL | TAKES_HEX | TAKES_MATCHES,
	.least = 1,
	.most = 1,
};
