// SPDX-License-Identifier: BSD-2-Clause
/* Sizes as people write them: what is a size, what is not, and the limits. */
#include <errno.h>

#include "cli.h"
#include "unit.h"

static const uint64_t poison = 0x5a5a5a5a5a5a5a5a;

static void is(const char *text, uint64_t expected)
{
	uint64_t bytes = poison;

	assert_int_equal(parse_size(text, &bytes), 0);
	assert_true(bytes == expected);
}

static void is_not(const char *text, int err)
{
	uint64_t bytes = poison;

	assert_int_equal(parse_size(text, &bytes), err);
	assert_true(bytes == poison);
}

static void plain_numbers_are_bytes(void **state)
{
	(void)state;
	is("0", 0);
	is("4096", 4096);
	is("0010", 10);
	is("0x1000", 4096);
	is("18446744073709551615", UINT64_MAX);
	is("0xffffffffffffffff", UINT64_MAX);
}

static void suffixes_are_powers_of_1024(void **state)
{
	(void)state;
	is("64K", 65536);
	is("64k", 65536);
	is("16M", 16 << 20);
	is("1G", 1 << 30);
	is("2t", (uint64_t)2 << 40);
	is("0x10K", 16384);
	is("16777215T", (uint64_t)16777215 << 40);
}

static void anything_else_is_EINVAL(void **state)
{
	static const char *const texts[] = { "",    " ",   "x",	  "-1",	 "+1",	" 1",  "1 ", "K",
					     "1KB", "1e3", "1.5", "1KK", "0xg", "12x", "1\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		is_not(texts[i], -EINVAL);
}

static void what_does_not_fit_is_ERANGE(void **state)
{
	(void)state;
	is_not("18446744073709551616", -ERANGE);
	is_not("16777216T", -ERANGE);
	is_not("18014398509481984K", -ERANGE);
	is_not("99999999999999999999999", -ERANGE);
}

static void sizes_are_shown_in_whole_units(void **state)
{
	char text[32];

	(void)state;
	format_size(0, text, sizeof(text));
	assert_string_equal(text, "0 bytes");
	format_size(4660, text, sizeof(text));
	assert_string_equal(text, "4660 bytes");
	format_size(8192, text, sizeof(text));
	assert_string_equal(text, "8 KiB");
	format_size((uint64_t)3 << 40, text, sizeof(text));
	assert_string_equal(text, "3 TiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_numbers_are_bytes),
		cmocka_unit_test(suffixes_are_powers_of_1024),
		cmocka_unit_test(anything_else_is_EINVAL),
		cmocka_unit_test(what_does_not_fit_is_ERANGE),
		cmocka_unit_test(sizes_are_shown_in_whole_units),
	};

	return cmocka_run_group_tests_name("size", tests, NULL, NULL);
}
