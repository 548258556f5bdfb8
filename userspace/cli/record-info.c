// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo record info: what a recording holds, and whether its end is missing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "recording.h"

static int print_object(const struct options *options, const struct recording *r, const char *start,
			bool cut)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "version", json_object_new_uint64(r->version));
	json_object_object_add(object, "byte_order", json_object_new_string("little"));
	json_object_object_add(object, "start", r->start ? json_object_new_string(start) : NULL);
	json_object_object_add(object, "duration_ns", json_object_new_uint64(r->last));
	json_object_object_add(object, "messages", json_object_new_uint64(r->messages));
	json_object_object_add(object, "bytes", json_object_new_uint64(r->bytes));
	json_object_object_add(object, "cut_short", json_object_new_boolean(cut));
	json_object_object_add(object, "whole", json_object_new_uint64(r->whole));
	return print_json(options, object);
}

static int print_all(const struct options *options, const struct recording *r, bool cut)
{
	const struct timespec time = {
		.tv_sec = (time_t)(r->start / 1000000000),
		.tv_nsec = (long)(r->start % 1000000000),
	};
	char start[TIME_ROOM] = "unknown";

	if (r->start)
		format_time(&time, start, sizeof(start));
	if (options->json)
		return print_object(options, r, start, cut);
	printf("format       version %" PRIu32 ", little-endian\n"
	       "recorded     %s\n"
	       "duration     %.6f s\n"
	       "messages     %" PRIu64 "\n"
	       "bytes        %" PRIu64 "\n",
	       r->version, start, (double)r->last / 1e9, r->messages, r->bytes);
	if (cut)
		printf("cut short    after byte %" PRIu64 ", in the middle of message %" PRIu64
		       "\n",
		       r->whole, r->messages + 1);
	return EXIT_OK;
}

int print_recording(const struct options *options, const char *path)
{
	enum recording_state state;
	struct recording r;
	char text[128];
	FILE *file;
	int fd;
	int code = open_input(options, path, &fd);

	if (code)
		return code;
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return failed(options, "%s: %s", input_name(path), strerror(errno));
	}
	state = recording_begin(&r, file);
	while (!state)
		state = recording_pass(&r);
	fclose(file);
	if (state != RECORDING_END && state != RECORDING_CUT) {
		recording_error(&r, state, text, sizeof(text));
		return failed(options, "%s: %s", input_name(path), text);
	}
	code = print_all(options, &r, state == RECORDING_CUT);
	return state == RECORDING_CUT ? EXIT_FAILED : code;
}
