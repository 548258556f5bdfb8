// SPDX-License-Identifier: BSD-2-Clause
/*
 * The format of recordings: what is read from a file is checked here, and nowhere else. Knows
 * neither channels nor the command line.
 */
#include <assert.h>
#include <byteswap.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "recording.h"

static_assert(sizeof(RECORDING_MAGIC) == sizeof(((struct recording_header *)0)->magic), "it fits");
static_assert(sizeof(struct recording_header) == 32, "the format of the file");
static_assert(sizeof(struct recording_message) == 16, "the format of the file");

void recording_make_header(struct recording_header *header, uint64_t start)
{
	*header = (struct recording_header){
		.magic = RECORDING_MAGIC,
		.version = htole32(RECORDING_VERSION),
		.start = htole64(start),
		.order = htole32(RECORDING_ORDER),
	};
}

void recording_make_message(struct recording_message *head, uint64_t time, uint64_t length)
{
	head->time = htole64(time);
	head->length = htole64(length);
}

/* All @size bytes, or why not: RECORDING_END if there is none, RECORDING_CUT if there are less. */
static enum recording_state take(struct recording *r, void *place, size_t size)
{
	size_t got;

	errno = 0;
	got = fread(place, 1, size, r->file);
	r->position += got;
	if (got == size)
		return RECORDING_OK;
	if (ferror(r->file)) {
		r->err = errno;
		return RECORDING_ERROR;
	}
	return got ? RECORDING_CUT : RECORDING_END;
}

enum recording_state recording_begin(struct recording *r, FILE *file)
{
	struct recording_header header;
	enum recording_state state;
	struct stat st;

	memset(r, 0, sizeof(*r));
	r->file = file;
	r->size = UINT64_MAX;
	if (fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode))
		r->size = (uint64_t)st.st_size;
	state = take(r, &header, sizeof(header));
	if (state == RECORDING_ERROR)
		return state;
	if (state || memcmp(header.magic, RECORDING_MAGIC, sizeof(header.magic)) != 0)
		return RECORDING_ANOTHER;
	r->version = le32toh(header.version);
	r->start = le64toh(header.start);
	r->whole = r->position;
	if (r->version == 1)
		return RECORDING_OK;
	if (le32toh(header.order) == bswap_32(RECORDING_ORDER))
		return RECORDING_FOREIGN;
	if (r->version != RECORDING_VERSION)
		return RECORDING_NEWER;
	return le32toh(header.order) == RECORDING_ORDER ? RECORDING_OK : RECORDING_ANOTHER;
}

/* Whether the file has @bytes more, as far as that is known: a pipe has no size. */
static bool is_within(const struct recording *r, uint64_t bytes)
{
	struct stat st;
	uint64_t size;

	if (bytes <= r->size && r->position <= r->size - bytes)
		return true;
	/* It may have grown since. */
	if (fstat(fileno(r->file), &st) < 0)
		return false;
	size = (uint64_t)st.st_size;
	return bytes <= size && r->position <= size - bytes;
}

enum recording_state recording_next(struct recording *r)
{
	struct recording_message head;
	enum recording_state state = take(r, &head, sizeof(head));

	if (state)
		return state;
	r->time = le64toh(head.time);
	r->length = le64toh(head.length);
	return is_within(r, r->length) ? RECORDING_OK : RECORDING_CUT;
}

static enum recording_state end_message(struct recording *r, enum recording_state state)
{
	if (state == RECORDING_END)
		return RECORDING_CUT;
	if (state)
		return state;
	r->whole = r->position;
	r->messages++;
	r->bytes += r->length;
	if (r->time > r->last)
		r->last = r->time;
	return RECORDING_OK;
}

enum recording_state recording_read(struct recording *r, void *place)
{
	return end_message(r, r->length ? take(r, place, (size_t)r->length) : RECORDING_OK);
}

/* It is read, too: a pipe cannot seek, and a file may have become shorter. */
enum recording_state recording_pass(struct recording *r)
{
	enum recording_state state = recording_next(r);
	uint64_t left = r->length;
	char bytes[65536];

	if (state)
		return state;
	while (left && !state) {
		size_t part = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);

		state = take(r, bytes, part);
		left -= part;
	}
	return end_message(r, state);
}

void recording_error(const struct recording *r, enum recording_state state, char *text, size_t room)
{
	switch (state) {
	case RECORDING_CUT:
		snprintf(text, room, "cut short in the middle of message %" PRIu64,
			 r->messages + 1);
		break;
	case RECORDING_ERROR:
		snprintf(text, room, "%s", strerror(r->err));
		break;
	case RECORDING_FOREIGN:
		snprintf(text, room,
			 "is a big-endian recording; this tool reads little-endian ones");
		break;
	case RECORDING_NEWER:
		snprintf(text, room, "has format %" PRIu32 "; this tool reads 1 to %d", r->version,
			 RECORDING_VERSION);
		break;
	default:
		snprintf(text, room, "not made by 'mmapdemo record'");
	}
}
