// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo compare: memcmp(3) of the buffer with a file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

/* Offset of the first byte that differs, @size if none does. */
static size_t first_difference(const uint8_t *a, const uint8_t *b, size_t size)
{
	struct progress progress;
	size_t done = 0;

	progress_start(&progress, "compare", size);
	while (done < size) {
		size_t n = size - done < CHUNK ? size - done : CHUNK;

		if (memcmp(a + done, b + done, n) != 0)
			break;
		done += n;
		progress_at(&progress, done);
	}
	while (done < size && a[done] == b[done])
		done++;
	progress_end(&progress);
	return done;
}

static void add_difference(struct json_object *object, uint64_t offset, uint8_t byte,
			   uint8_t file_byte)
{
	json_object_object_add(object, "first_difference", json_object_new_uint64(offset));
	json_object_object_add(object, "byte", json_object_new_int(byte));
	json_object_object_add(object, "file_byte", json_object_new_int(file_byte));
}

static int report(const struct options *options, const uint8_t *data, const uint8_t *input,
		  size_t compared)
{
	size_t same = first_difference(data, input, compared);
	struct json_object *object;
	int code = same == compared ? EXIT_OK : EXIT_FAILED;

	if (options->json) {
		object = json_window(options->offset, compared);
		json_object_object_add(object, "equal", json_object_new_boolean(!code));
		if (code)
			add_difference(object, options->offset + same, data[same], input[same]);
		return print_json(options, object) ? EXIT_FAILED : code;
	}
	if (code)
		printf("first difference at offset %" PRIu64 ": 0x%02x, the file has 0x%02x\n",
		       options->offset + same, data[same], input[same]);
	return code;
}

static int run_compare(const struct options *options, int argc, char **argv)
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
	code = window_open(options, &window, MMAPDEMO_READ_ONLY);
	if (code) {
		close(fd);
		return code;
	}
	/* With --length as much of the file; else all of it, and it must fit. */
	code = read_input(options, fd, name, window.size + !options->has_length, &input, &size);
	if (!code && size > window.size)
		code = failed(options, "%s: longer than the %zu bytes after the offset", name,
			      window.size);
	else if (!code && options->has_length && size < window.size)
		code = failed(options, "%s: has only %zu bytes", name, size);
	if (!code)
		code = report(options, window.data, input, size);
	free(input);
	window_close(&window);
	close(fd);
	return code;
}

const struct verb verb_compare = {
	.name = "compare",
	.group = GROUP_BYTES,
	.arguments = "FILE",
	.summary = "does the buffer hold what FILE holds?",
	.details = "FILE may be '-', stdin. Exit code 1, the offset and both bytes if one differs.",
	.examples = "mmapdemo compare saved\n"
		    "mmapdemo save - | mmapdemo compare -d news -",
	.run = run_compare,
	.takes = TAKES_USUAL,
	.least = 1,
	.most = 1,
};
