/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What checks are made of. A check is one function that runs in a process of
 * its own, on a descriptor of its own, and concludes with a verdict. It may
 * die or hang: the tool never touches the node itself.
 *
 * Checks map what must be refused, but never touch it: after the end of a
 * careless driver's buffer may be anything. Maps are read in aligned words, as
 * the registers of a device want it.
 */
#ifndef MMAPDEMO_CHECK_H
#define MMAPDEMO_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"

enum result {
	RESULT_OK,
	RESULT_FAIL,
	RESULT_NOTE, /* may be right or wrong: only the driver's author knows */
	RESULT_SKIP, /* could not be tried */
};

#define RESULTS 4

struct verdict {
	enum result result;
	bool hung; /* it had to be ended */
	char what[160];
};

/* The node as the tool knows it; the same for all checks. */
struct subject {
	const struct options *options; /* device is the node */
	bool sized;		       /* the node tells its size */
	uint64_t size;		       /* bytes; 0 if not sized */
	size_t page;		       /* bytes */
	uint64_t offset;	       /* the window in which maps must work, in whole pages */
	size_t length;
	int limit; /* milliseconds that a check may take */
};

/* One run of a check, in its process. */
struct trial {
	const struct subject *subject;
	int fd;			 /* read-only, unless the check STORES_SHARED */
	struct verdict *verdict; /* shared with the tool */
};

enum check_bits {
	STORES = 1 << 0,	/* changes bytes for a moment: only with --write */
	STORES_SHARED = 1 << 1, /* and needs a descriptor that may write */
};

struct check {
	const char *name; /* says what should be so; NULL ends a list */
	void (*run)(struct trial *trial);
	unsigned int bits;
	const char *meaning; /* of a failure, in one line */
	const char *known;   /* weakness classes and examples; NULL if there is none */
};

/* One list for each topic, in a file of that name. */
extern const struct check contents_checks[], bounds_checks[], rights_checks[], lifetime_checks[];

/* runner.c */
bool run_in_child(void (*body)(void *arg), void *arg, int limit, int *status);
void run_check(const struct subject *subject, const struct check *check, struct verdict *verdict);

/* trial.c: what most checks need. */
__attribute__((format(printf, 3, 4))) void conclude(struct trial *trial, enum result result,
						    const char *format, ...);
void *raw_mmap(struct trial *trial, uint64_t offset, size_t length, int prot, int flags);
void *map_pages(struct trial *trial, size_t first, size_t pages, int prot, int flags);
bool has_pages(struct trial *trial, size_t pages);
bool same_bytes(struct trial *trial, const void *a, const void *b, const char *when);

static inline uint32_t load_word(const void *address)
{
	return *(const volatile uint32_t *)address;
}

static inline void store_word(void *address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

#endif /* MMAPDEMO_CHECK_H */
