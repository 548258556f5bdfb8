// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bounds: windows that are not inside the buffer must be refused, however the
 * arithmetic of the driver may be misled. None of them is ever touched.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "check/check.h"

#define TWO_TO(n) (UINT64_C(1) << (n))
#define PAGE ((uint64_t)trial->subject->page)

/* A window to ask for, in bytes. */
struct ask {
	uint64_t offset, length;
};

/* Where the buffer begins and ends; without a known size the window serves. */
static uint64_t first_byte(const struct subject *subject)
{
	return subject->sized ? 0 : subject->offset;
}

static uint64_t end(const struct subject *subject)
{
	if (!subject->sized)
		return subject->offset + subject->length;
	return (subject->size + subject->page - 1) / subject->page * subject->page;
}

static void mapped(struct trial *trial, const struct ask *ask, const char *how)
{
	bool sized = trial->subject->sized;

	conclude(trial, sized ? RESULT_FAIL : RESULT_NOTE,
		 "%" PRIu64 " bytes at offset %#" PRIx64 " are mapped%s%s", ask->length,
		 ask->offset, how, sized ? "" : "; right if the device is so large");
}

/* Is it refused, or does it not count? Concludes if it is mapped. */
static bool refused(struct trial *trial, const struct ask *ask, int *error)
{
	static const int sharings[] = { MAP_SHARED, MAP_PRIVATE };
	void *data;

	if (ask->length > SIZE_MAX)
		return true;
	if (ask->offset <= end(trial->subject) && ask->length <= end(trial->subject) - ask->offset)
		return true;
	for (int i = 0; i < 2; i++) {
		data = raw_mmap(trial, ask->offset, ask->length, PROT_READ, sharings[i]);
		if (data != MAP_FAILED) {
			munmap(data, ask->length);
			mapped(trial, ask, i ? " (privately)" : "");
			return false;
		}
		*error = *error ? *error : errno;
	}
	return true;
}

static void must_refuse(struct trial *trial, const struct ask *asks, size_t count)
{
	int error = 0;

	/* A node that refuses everything proves nothing. */
	if (!map_pages(trial, 0, 1, PROT_READ, MAP_SHARED))
		return;
	for (size_t i = 0; i < count; i++) {
		if (!refused(trial, &asks[i], &error))
			return;
	}
	if (error)
		conclude(trial, RESULT_OK, "refused: %s", strerror(error));
	else
		conclude(trial, RESULT_SKIP, "the buffer reaches as far");
}

#define MUST_REFUSE(asks) must_refuse(trial, asks, sizeof(asks) / sizeof(asks[0]))

static void unaligned(struct trial *trial)
{
	void *data;

	if (sizeof(long) < sizeof(uint64_t)) {
		conclude(trial, RESULT_SKIP, "a 32-bit program cannot ask for it");
		return;
	}
	if (!map_pages(trial, 0, 1, PROT_READ, MAP_SHARED))
		return;
	data = raw_mmap(trial, trial->subject->offset + 1, PAGE, PROT_READ, MAP_SHARED);
	if (data == MAP_FAILED)
		conclude(trial, RESULT_OK, "refused: %s", strerror(errno));
	else
		conclude(trial, RESULT_FAIL, "a page at offset %" PRIu64 " is mapped",
			 trial->subject->offset + 1);
}

static void across_end(struct trial *trial)
{
	const struct ask asks[] = { { end(trial->subject) - PAGE, 2 * PAGE } };

	MUST_REFUSE(asks);
}

static void behind_end(struct trial *trial)
{
	const uint64_t at = end(trial->subject);
	const struct ask asks[] = { { at, PAGE }, { at + PAGE, PAGE }, { 2 * at, PAGE } };

	MUST_REFUSE(asks);
}

static void too_long(struct trial *trial)
{
	const uint64_t start = first_byte(trial->subject);
	const uint64_t all = end(trial->subject) - start;
	const struct ask asks[] = { { start, all + PAGE }, { start, 2 * all } };

	MUST_REFUSE(asks);
}

/* As an int, an unsigned int, or a page number in either, these are small or negative. */
static void past_32_bits(struct trial *trial)
{
	const uint64_t start = first_byte(trial->subject);
	const struct ask asks[] = {
		{ TWO_TO(31), PAGE },	      { TWO_TO(32) - PAGE, 2 * PAGE },
		{ TWO_TO(32), PAGE },	      { TWO_TO(32) + PAGE, PAGE },
		{ TWO_TO(43), PAGE },	      { TWO_TO(44), PAGE },
		{ start, TWO_TO(32) + PAGE },
	};

	MUST_REFUSE(asks);
}

static void huge_offset(struct trial *trial)
{
	const struct ask asks[] = {
		{ TWO_TO(63) - PAGE, PAGE },
		{ TWO_TO(63), PAGE },
		{ -PAGE, PAGE },
	};

	MUST_REFUSE(asks);
}

/* They add up to something small. Newer kernels refuse this for their drivers. */
static void wrapped_sum(struct trial *trial)
{
	const uint64_t all = end(trial->subject) - first_byte(trial->subject);
	const struct ask asks[] = {
		{ -PAGE, 2 * PAGE },
		{ -2 * PAGE, 3 * PAGE },
		{ -all, all + PAGE },
		{ TWO_TO(63), TWO_TO(63) },
	};

	MUST_REFUSE(asks);
}

/* A map that was inside is asked to grow out of the buffer. */
static void grown(struct trial *trial)
{
	const struct ask ask = { end(trial->subject) - PAGE, 2 * PAGE };
	void *data = raw_mmap(trial, ask.offset, PAGE, PROT_READ, MAP_SHARED);

	if (data == MAP_FAILED) {
		conclude(trial, RESULT_SKIP, "the last page cannot be mapped: %s", strerror(errno));
		return;
	}
	if (mremap(data, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED)
		conclude(trial, RESULT_OK, "refused: %s", strerror(errno));
	else
		mapped(trial, &ask, " by mremap()");
}

#define BEYOND                                                                                     \
	"memory that is not the buffer's can be reached, unless every fault is checked instead"

const struct check bounds_checks[] = {
	{ "an offset inside a page is refused", unaligned, 0,
	  "the map does not begin where it was asked to", NULL },
	{ "a window across the end is refused", across_end, 0, BEYOND,
	  "CWE-125, CWE-787; as CVE-2013-6763 in uio" },
	{ "a window after the end is refused", behind_end, 0, BEYOND,
	  "CWE-125, CWE-787; as CVE-2013-6763 in uio" },
	{ "a window longer than the buffer is refused", too_long, 0, BEYOND,
	  "CWE-125, CWE-787; as CVE-2013-6763 in uio" },
	{ "numbers over 32 bits are refused", past_32_bits, 0,
	  "offset or length is cut to 32 bits, or not checked: " BEYOND, "CWE-190, CWE-787" },
	{ "offsets from 2^63 on are refused", huge_offset, 0,
	  "the offset is not checked, or as a signed number: " BEYOND, "CWE-190, CWE-787" },
	{ "an offset + length that wraps is refused", wrapped_sum, 0,
	  "the sum is checked, and it overflows: " BEYOND,
	  "CWE-190, CWE-787; as CVE-2013-2596 in fb_mmap, CVE-2018-8781 in udl, "
	  "CVE-2019-18675 in cpia2" },
	{ "mremap() past the end is refused", grown, 0, "VM_DONTEXPAND is not set: " BEYOND,
	  "CWE-125, CWE-787; as CVE-2008-0007, fault handlers that do not check" },
	{ NULL, NULL, 0, NULL, NULL },
};
