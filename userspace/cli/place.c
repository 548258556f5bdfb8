// SPDX-License-Identifier: BSD-2-Clause
/*
 * A place in a buffer where processes wait for each other: what NAME and --offset
 * say, mapped, and what --timeout says.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli.h"

/* One line about what the library said of a place in @name. Returns EXIT_FAILED. */
int place_failed(const struct options *options, const char *name, int err)
{
	if (err == -EOPNOTSUPP)
		return failed(options,
			      "%s: neither a buffer of the mmapdemo driver nor a regular file",
			      name);
	return failed(options, "%s: %s", name, strerror(-err));
}

static int check_place(const struct options *options, const char *name, size_t bytes,
		       const struct mmapdemo_buffer_info *info)
{
	if (info->kind == MMAPDEMO_KIND_DEVICE)
		return place_failed(options, name, -EOPNOTSUPP);
	if (info->channel)
		return named_failed(options, name, -ENOTTY);
	if (options->offset > info->size || bytes > info->size - options->offset)
		return misused(options,
			       "--offset %" PRIu64 ": past the end of %s (%" PRIu64
			       " bytes; %zu are needed there)",
			       options->offset, name, info->size, bytes);
	return EXIT_OK;
}

/*
 * Open @name and map the @bytes at --offset, a multiple of @align. Returns an exit code; says why
 * when it is not EXIT_OK, and leaves nothing open then.
 */
int place_open(const struct options *options, const char *name, size_t bytes, size_t align,
	       unsigned int flags, struct place *place)
{
	struct mmapdemo_buffer_info info;
	uint64_t skip;
	int code, err;

	memset(place, 0, sizeof(*place));
	if (options->offset % align)
		return misused(options, "--offset %" PRIu64 ": not a multiple of %zu",
			       options->offset, align);
	code = named_open(options, name, &place->buffer, flags);
	if (code)
		return code;
	err = mmapdemo_get_info(place->buffer, &info);
	if (!err) {
		code = check_place(options, name, bytes, &info);
		skip = options->offset % info.page_size;
	}
	if (!err && !code)
		err = mmapdemo_view_open(&place->view, place->buffer, options->offset - skip,
					 (size_t)skip + bytes, flags);
	if (err)
		code = place_failed(options, name, err);
	if (code)
		place_close(place);
	return code;
}

void place_close(struct place *place)
{
	mmapdemo_view_close(&place->view);
	mmapdemo_close(place->buffer);
}

/* --timeout from now, kept in @room; NULL without one. */
const struct timespec *deadline_of(const struct options *options, struct timespec *room)
{
	time_t seconds = (time_t)options->timeout;

	if (!options->has_timeout)
		return NULL;
	clock_gettime(CLOCK_MONOTONIC, room);
	room->tv_sec += seconds;
	room->tv_nsec += (long)((options->timeout - (double)seconds) * 1e9);
	if (room->tv_nsec >= 1000000000) {
		room->tv_nsec -= 1000000000;
		room->tv_sec++;
	}
	return room;
}
