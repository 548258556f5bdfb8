// SPDX-License-Identifier: BSD-2-Clause
/* Bytes and times for people: what a terminal gets of any bytes, and how a time is written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "unit.h"

/* What print_escaped() prints of the @length bytes at @data. */
static const char *escaped(const char *data, size_t length)
{
	static char text[256];
	FILE *file = tmpfile();
	size_t got;
	int before;

	assert_non_null(file);
	fflush(stdout);
	before = dup(STDOUT_FILENO);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	print_escaped(data, length);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	rewind(file);
	got = fread(text, 1, sizeof(text) - 1, file);
	text[got] = '\0';
	fclose(file);
	return text;
}

#define ESCAPED(literal) escaped(literal, sizeof(literal) - 1)

static void text_is_printed_as_it_is(void **state)
{
	static const char text[] = "a\tb \\ ~ \xc3\xa4 \xe2\x82\xac \xed\x95\x9c \xf0\x9f\x98\x80 "
				   "\xf4\x8f\xbf\xbf";

	(void)state;
	assert_string_equal(ESCAPED(""), "");
	assert_string_equal(ESCAPED(text), text);
}

static void control_characters_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(ESCAPED("a\nb\r\033[31m\0\x7f"), "a\\nb\\x0d\\x1b[31m\\x00\\x7f");
}

/* Terminals take these, too, as the beginning of a command. */
static void control_characters_of_8_bits_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(ESCAPED("\x9b\xc2\x9b\xc2\x80\xc2\xa0"),
			    "\\x9b\\xc2\\x9b\\xc2\\x80\xc2\xa0");
}

static void what_is_not_UTF_8_is_escaped(void **state)
{
	(void)state;
	assert_string_equal(ESCAPED("\xff\x80\xbf"), "\\xff\\x80\\xbf");
	assert_string_equal(ESCAPED("\xc0\x8a\xc1\xbf"), "\\xc0\\x8a\\xc1\\xbf");
	assert_string_equal(ESCAPED("\xe0\x82\x9b"), "\\xe0\\x82\\x9b");
	assert_string_equal(ESCAPED("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	assert_string_equal(ESCAPED("\xf0\x82\x82\x9b"), "\\xf0\\x82\\x82\\x9b");
	assert_string_equal(ESCAPED("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
	assert_string_equal(ESCAPED("\xe2\x82 \xc3"), "\\xe2\\x82 \\xc3");
}

static void nothing_after_the_end_is_printed(void **state)
{
	(void)state;
	assert_string_equal(ESCAPED("a\xe2\x82"), "a\\xe2\\x82");
	assert_string_equal(escaped("abc", 1), "a");
}

static void times_are_local_with_microseconds(void **state)
{
	const struct timespec time = { .tv_sec = 1796130201, .tv_nsec = 1234567 };
	char text[TIME_ROOM];

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	format_time(&time, text, sizeof(text));
	assert_string_equal(text, "2026-12-01T13:03:21.001234+00:00");
	setenv("TZ", "XXX+03:30", 1);
	tzset();
	format_time(&time, text, sizeof(text));
	assert_string_equal(text, "2026-12-01T09:33:21.001234-03:30");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_printed_as_it_is),
		cmocka_unit_test(control_characters_are_escaped),
		cmocka_unit_test(control_characters_of_8_bits_are_escaped),
		cmocka_unit_test(what_is_not_UTF_8_is_escaped),
		cmocka_unit_test(nothing_after_the_end_is_printed),
		cmocka_unit_test(times_are_local_with_microseconds),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
