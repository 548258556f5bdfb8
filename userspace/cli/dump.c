// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo dump: bytes of the buffer in hexadecimal, line for line as xxd(1)
 * prints them.
 */
#include <inttypes.h>
#include <stdio.h>

#include "options.h"

#define COLUMNS 16

static bool printable(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

static void print_row(uint64_t offset, const uint8_t *data, size_t n)
{
	printf("%08" PRIx64 ": ", offset);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (i < n)
			printf("%02x", data[i]);
		else
			printf("  ");
		if (i % 2)
			putchar(' ');
	}
	putchar(' ');
	for (size_t i = 0; i < n; i++)
		putchar(printable(data[i]) ? data[i] : '.');
	putchar('\n');
}

/* A line: all rows at once might be more than there is memory for. */
static void print_json_row(bool first, uint64_t offset, const uint8_t *data, size_t n)
{
	struct json_object *row = json_object_new_object();
	char hex[2 * COLUMNS + 1], text[COLUMNS];

	for (size_t i = 0; i < n; i++) {
		snprintf(hex + 2 * i, 3, "%02x", data[i]);
		text[i] = printable(data[i]) ? (char)data[i] : '.';
	}
	json_object_object_add(row, "offset", json_object_new_uint64(offset));
	json_object_object_add(row, "hex", json_object_new_string(hex));
	json_object_object_add(row, "text", json_object_new_string_len(text, (int)n));
	printf("%s\n    %s", first ? "" : ",",
	       json_object_to_json_string_ext(row, JSON_C_TO_STRING_PLAIN |
							   JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(row);
}

static int run_dump(const struct options *options, int argc, char **argv)
{
	struct window window;
	int code;

	(void)argc;
	(void)argv;
	code = window_open(options, &window, MMAPDEMO_READ_ONLY);
	if (code)
		return code;
	if (options->json)
		print_json_window(options->offset, window.size, "rows", "[");
	for (size_t done = 0; done < window.size && !ferror(stdout); done += COLUMNS) {
		size_t n = window.size - done < COLUMNS ? window.size - done : COLUMNS;
		uint8_t copy[COLUMNS];

		/* Others may store meanwhile: both columns show the same bytes. */
		for (size_t i = 0; i < n; i++)
			copy[i] = ((volatile uint8_t *)window.data)[done + i];
		if (options->json)
			print_json_row(!done, options->offset + done, copy, n);
		else
			print_row(options->offset + done, copy, n);
	}
	if (options->json)
		puts("\n  ]\n}");
	window_close(&window);
	return EXIT_OK;
}

const struct verb verb_dump = {
	.name = "dump",
	.group = GROUP_BYTES,
	.arguments = "[NAME]",
	.summary = "bytes in hexadecimal, as xxd prints them",
	.examples = "mmapdemo dump news -n 64\n"
		    "mmapdemo dump /dev/mem -o 0xf0000 -n 64",
	.run = run_dump,
	.takes = TAKES_USUAL | TAKES_NAME,
};
