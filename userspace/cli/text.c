// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bytes and times as text for people: what a terminal may get, and when something was. Knows
 * nothing of where they come from.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"

/* Local time, ISO 8601: 2026-12-01T14:03:21.123456+01:00. @room is TIME_ROOM or more. */
void format_time(const struct timespec *time, char *text, size_t room)
{
	char zone[8] = "";
	struct tm local;
	size_t length;

	memset(&local, 0, sizeof(local));
	localtime_r(&time->tv_sec, &local);
	length = strftime(text, room, "%Y-%m-%dT%H:%M:%S", &local);
	strftime(zone, sizeof(zone), "%z", &local);
	snprintf(text + length, room - length, ".%06ld%.3s:%s", time->tv_nsec / 1000, zone,
		 zone + 3);
}

/* How many of the @size bytes are one character of UTF-8 that prints; 0 if none. */
static size_t character(const uint8_t *bytes, size_t size)
{
	static const uint32_t least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	uint32_t code;

	if (length == 1)
		return (bytes[0] >= ' ' && bytes[0] != 0x7f) || bytes[0] == '\t';
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || size < length)
		return 0;
	code = bytes[0] & (0x7f >> length);
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	return code >= least[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ?
		       length :
		       0;
}

/*
 * To stdout, but what a terminal might obey as \n or \xHH. Each byte is loaded once: others may
 * store meanwhile.
 */
void print_escaped(const void *data, size_t length)
{
	const uint8_t *next = data;
	uint8_t bytes[4];

	while (length && !ferror(stdout)) {
		size_t size = length < sizeof(bytes) ? length : sizeof(bytes);
		size_t plain;

		for (size_t i = 0; i < size; i++)
			bytes[i] = *(const volatile uint8_t *)(next + i);
		plain = character(bytes, size);
		if (plain)
			fwrite(bytes, 1, plain, stdout);
		else if (bytes[0] == '\n')
			fputs("\\n", stdout);
		else
			printf("\\x%02x", bytes[0]);
		next += plain ? plain : 1;
		length -= plain ? plain : 1;
	}
}
