// SPDX-License-Identifier: BSD-2-Clause
/* Which word was meant. */
#include <string.h>

#include "cli.h"
#include "unit.h"

static const char *const words[] = { "create", "rm", "ls", "recv", "record", "resize" };

static const char *nearest(const char *word)
{
	struct suggestion suggestion;

	suggest_for(&suggestion, word);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		suggest(&suggestion, words[i]);
	return suggestion.best ? suggestion.best : "";
}

static void a_letter_is_missing_or_too_many(void **state)
{
	(void)state;
	assert_string_equal(nearest("crate"), "create");
	assert_string_equal(nearest("creeate"), "create");
}

static void two_letters_are_exchanged(void **state)
{
	(void)state;
	assert_string_equal(nearest("rceord"), "record");
	assert_string_equal(nearest("mr"), "rm");
}

static void three_changes_are_too_many(void **state)
{
	(void)state;
	assert_string_equal(nearest("createxy"), "create");
	assert_string_equal(nearest("createxyz"), "");
}

static void a_short_word_is_near_by_one_change_only(void **state)
{
	(void)state;
	assert_string_equal(nearest("lss"), "ls");
	assert_string_equal(nearest("xy"), "");
}

static void the_first_of_two_as_near_is_kept(void **state)
{
	(void)state;
	assert_string_equal(nearest("rec"), "recv");
	assert_string_equal(nearest("reczrd"), "record");
}

static void a_word_longer_than_any_is_near_to_none(void **state)
{
	char word[200];

	(void)state;
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_string_equal(nearest(word), "");
}

static void nothing_near_is_no_text(void **state)
{
	struct suggestion suggestion;

	(void)state;
	suggest_for(&suggestion, "frobnicate");
	suggest(&suggestion, "create");
	assert_string_equal(suggestion_text(&suggestion), "");
	suggest(&suggestion, "frobnicat");
	assert_string_equal(suggestion_text(&suggestion), "; did you mean 'frobnicat'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_letter_is_missing_or_too_many),
		cmocka_unit_test(two_letters_are_exchanged),
		cmocka_unit_test(three_changes_are_too_many),
		cmocka_unit_test(a_short_word_is_near_by_one_change_only),
		cmocka_unit_test(the_first_of_two_as_near_is_kept),
		cmocka_unit_test(a_word_longer_than_any_is_near_to_none),
		cmocka_unit_test(nothing_near_is_no_text),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
