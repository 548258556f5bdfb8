// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo copy: memmove(3) within the buffer, so the two places may overlap.
 */
#include <inttypes.h>
#include <string.h>

#include "options.h"

/* memmove() in pieces: from the end when the target lies after the source. */
static void move(uint8_t *to, const uint8_t *from, size_t size)
{
	struct progress progress;

	progress_start(&progress, "copy", size);
	for (size_t done = 0; done < size;) {
		size_t n = size - done < CHUNK ? size - done : CHUNK;
		size_t at = to < from ? done : size - done - n;

		memmove(to + at, from + at, n);
		done += n;
		progress_at(&progress, done);
	}
	progress_end(&progress);
}

/* --offset and --length by opening them as a window, --to by the buffer's size. */
static int check_places(const struct options *options)
{
	struct mmapdemo_buffer_info info;
	struct window source;
	uint64_t end;
	int code, err;

	if (!options->has_to)
		return misused(options, "--to: needed, the offset to copy to");
	if (!options->has_length)
		return misused(options, "--length: needed, the bytes to copy");
	code = window_open(options, &source, MMAPDEMO_READ_ONLY);
	if (code)
		return code;
	err = mmapdemo_get_info(source.buffer, &info);
	window_close(&source);
	if (err)
		return failed(options, "%s: %s", options->device, strerror(-err));
	if (__builtin_add_overflow(options->to, options->length, &end) || end > INT64_MAX ||
	    (info.size && end > info.size))
		return misused(options, "--to %" PRIu64 ": no room there for %" PRIu64 " bytes",
			       options->to, options->length);
	return EXIT_OK;
}

static int run_copy(const struct options *options, int argc, char **argv)
{
	struct options span = *options;
	struct json_object *object;
	struct window window;
	int code;

	(void)argc;
	(void)argv;
	code = check_places(options);
	if (code)
		return code;
	/* One view over both places: in two views nobody would see the overlap. */
	if (options->to < options->offset)
		span.offset = options->to;
	span.length += options->to < options->offset ? options->offset - options->to :
						       options->to - options->offset;
	code = window_open(&span, &window, 0);
	if (code)
		return code;
	if (options->length)
		move(window.data + (options->to - span.offset),
		     window.data + (options->offset - span.offset), options->length);
	if (options->json) {
		object = json_window(options->offset, options->length);
		json_object_object_add(object, "to", json_object_new_uint64(options->to));
		code = print_json(options, object);
	}
	window_close(&window);
	return code;
}

const struct verb verb_copy = {
	.name = "copy",
	.group = GROUP_BYTES,
	.arguments = "",
	.summary = "copy within the buffer; the places may overlap",
	.details = "Needs --length and --to.",
	.examples = "mmapdemo copy -n 64 --to 4096\n"
		    "mmapdemo copy -d news -o 4096 -n 64 --to 0",
	.run = run_copy,
	.takes = TAKES_USUAL | TAKES_TO,
};
