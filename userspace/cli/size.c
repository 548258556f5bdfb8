// SPDX-License-Identifier: BSD-2-Clause
/*
 * Numbers of bytes as people write them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/*
 * "4096", "64K", "0x1000", "1G": decimal or hexadecimal, with K, M, G or T for
 * powers of 1024. Returns -EINVAL for anything else, -ERANGE past 2^64 - 1.
 */
int parse_size(const char *text, uint64_t *bytes)
{
	static const char suffixes[] = "KMGT";
	const char *suffix;
	unsigned int shift = 0;
	uint64_t value;
	char *end;

	/* strtoull() would take signs and leading blanks. */
	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
	if (errno)
		return -errno;
	if (*end) {
		suffix = strchr(suffixes, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (!suffix || end[1])
			return -EINVAL;
		shift = 10 * (unsigned int)(suffix - suffixes + 1);
	}
	if (value > UINT64_MAX >> shift)
		return -ERANGE;
	*bytes = value << shift;
	return 0;
}

/* The other way, for people: "1 MiB", "4660 bytes". */
void format_size(uint64_t bytes, char *text, size_t room)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (bytes && bytes % 1024 == 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, room, "%" PRIu64 " %s", bytes, units[unit]);
}
