/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of record and replay. All numbers are little endian. First a
 * struct recording_header, then for each message a struct recording_message and its
 * bytes, one after the other, without padding. A file may end anywhere: what is
 * whole before that counts.
 */
#ifndef MMAPDEMO_RECORDING_H
#define MMAPDEMO_RECORDING_H

#include <stdint.h>

/* A text with a newline of each kind in it, which a careless copy spoils. */
#define RECORDING_MAGIC "mmapmsg\r\n\032\n"
#define RECORDING_VERSION 1

struct recording_header {
	char magic[12];	  /* RECORDING_MAGIC and a 0 */
	uint32_t version; /* RECORDING_VERSION; another one is another format */
	uint64_t start;	  /* nanoseconds since 1970, UTC, when it began; for people */
	uint64_t reserved;
};

struct recording_message {
	uint64_t time;	 /* nanoseconds since then, when the message was received */
	uint64_t length; /* bytes */
};

#endif /* MMAPDEMO_RECORDING_H */
