// SPDX-License-Identifier: BSD-2-Clause
/*
 * What checks have in common: a verdict, a map, a look at two maps.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check/check.h"

/* The verdict; a later one replaces an earlier one. */
void conclude(struct trial *trial, enum result result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(trial->verdict->what, sizeof(trial->verdict->what), format, args);
	va_end(args);
	trial->verdict->result = result;
}

/* The kernel's own call: libc refuses some offsets before it gets there. */
void *raw_mmap(struct trial *trial, uint64_t offset, size_t length, int prot, int flags)
{
#ifdef SYS_mmap2
	return (void *)syscall(SYS_mmap2, NULL, length, prot, flags, trial->fd,
			       (unsigned long)(offset / 4096));
#else
	return (void *)syscall(SYS_mmap, NULL, length, prot, flags, trial->fd, offset);
#endif
}

/* Pages of the window. Skips the check and returns NULL if they cannot be mapped. */
void *map_pages(struct trial *trial, size_t first, size_t pages, int prot, int flags)
{
	const struct subject *subject = trial->subject;
	void *data = raw_mmap(trial, subject->offset + first * subject->page, pages * subject->page,
			      prot, flags);

	if (data != MAP_FAILED)
		return data;
	conclude(trial, RESULT_SKIP, "a %s map of the window is refused: %s",
		 flags & MAP_PRIVATE ? "private" :
		 prot & PROT_WRITE   ? "writable" :
				       "read-only",
		 strerror(errno));
	return NULL;
}

/* Skips the check if the window is smaller. */
bool has_pages(struct trial *trial, size_t pages)
{
	if (trial->subject->length / trial->subject->page >= pages)
		return true;
	conclude(trial, RESULT_SKIP, "needs a window of %zu pages", pages);
	return false;
}

static void load_page(uint32_t *words, const void *page, size_t size)
{
	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = load_word((const char *)page + i * sizeof(*words));
}

/*
 * Do two maps of one page show the same bytes? If not the check has failed.
 * Registers and busy buffers change by themselves: one map is read before and
 * after the other, and only if it stood still is there a judgement.
 */
bool same_bytes(struct trial *trial, const void *a, const void *b, const char *when)
{
	size_t size = trial->subject->page;
	uint32_t *words = malloc(3 * size);
	uint32_t *before, *other, *after;
	bool same = false;

	if (!words) {
		conclude(trial, RESULT_SKIP, "out of memory");
		return false;
	}
	before = words;
	other = before + size / sizeof(*words);
	after = other + size / sizeof(*words);
	for (int tries = 0; tries < 3 && !same; tries++) {
		load_page(before, a, size);
		load_page(other, b, size);
		load_page(after, a, size);
		same = memcmp(before, other, size) == 0 || memcmp(before, after, size) != 0;
	}
	free(words);
	if (!same)
		conclude(trial, RESULT_FAIL, "the bytes are not the same %s", when);
	return same;
}
