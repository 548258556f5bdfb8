/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of record and replay, mmapdemo-recording(5): a struct recording_header, then for each
 * message a struct recording_message and its bytes, without padding. A recording is untrusted
 * input. It may end anywhere: what is whole before that counts.
 */
#ifndef MMAPDEMO_RECORDING_H
#define MMAPDEMO_RECORDING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A text with a newline of each kind in it, which a careless copy spoils. */
#define RECORDING_MAGIC "mmapmsg\r\n\032\n"
#define RECORDING_VERSION 2
#define RECORDING_ORDER 0x01020304

/* As in the file. All numbers are little endian. */
struct recording_header {
	char magic[12];	  /* RECORDING_MAGIC and a 0 */
	uint32_t version; /* RECORDING_VERSION, or 1, which had no order */
	uint64_t start;	  /* nanoseconds since 1970, UTC, when it began; 0 if not known */
	uint32_t order;	  /* RECORDING_ORDER; its first byte is 4 where numbers are little endian */
	uint32_t reserved;
};

struct recording_message {
	uint64_t time;	 /* nanoseconds since start, when the message was received */
	uint64_t length; /* bytes */
};

void recording_make_header(struct recording_header *header, uint64_t start);
void recording_make_message(struct recording_message *head, uint64_t time, uint64_t length);

enum recording_state {
	RECORDING_OK,
	RECORDING_END,	   /* after the last message */
	RECORDING_CUT,	   /* in the middle of a message */
	RECORDING_ERROR,   /* the file cannot be read: err */
	RECORDING_ANOTHER, /* not a recording */
	RECORDING_FOREIGN, /* of the other byte order */
	RECORDING_NEWER,   /* a version that is not known here */
};

/* A recording that is read. */
struct recording {
	FILE *file;
	uint32_t version;
	uint64_t start;
	uint64_t size;	   /* of the file; UINT64_MAX if nobody knows */
	uint64_t position; /* bytes read */
	uint64_t whole;	   /* position after the last whole message */
	uint64_t messages; /* that are whole, so far */
	uint64_t bytes;	   /* in these */
	uint64_t time;	   /* of the message at hand */
	uint64_t length;   /* of the message at hand */
	uint64_t last;	   /* the latest time of a whole message */
	int err;
};

/*
 * Begin to read @file, at its header. Then, again and again: recording_next() for time and
 * length, and all bytes of the message by recording_read(). A length is within the file if the
 * size of the file is known; otherwise only the caller can limit it. Or recording_pass(), which
 * reads a message that nobody needs.
 */
enum recording_state recording_begin(struct recording *recording, FILE *file);
enum recording_state recording_next(struct recording *recording);
enum recording_state recording_read(struct recording *recording, void *place);
enum recording_state recording_pass(struct recording *recording);

/* Why there is nothing more to read, as text of @room bytes. */
void recording_error(const struct recording *recording, enum recording_state state, char *text,
		     size_t room);

#endif /* MMAPDEMO_RECORDING_H */
