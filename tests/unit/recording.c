// SPDX-License-Identifier: BSD-2-Clause
/* The format of recordings: written and read, of other versions, cut, and spoilt anywhere. */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recording.h"
#include "unit.h"

/* Two messages, "hello" and "", after 1 and 2 ns. */
static const uint8_t sample[] = {
	'm', 'm', 'a', 'p', 'm', 's', 'g', '\r', '\n', 26, '\n', 0, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0,
	0,   4,	  3,   2,   1,	 0,   0,   0,	 0,    1,  0,	 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0,
	0,   0,	  'h', 'e', 'l', 'l', 'o', 2,	 0,    0,  0,	 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

enum {
	HEADER = 32,
	FIRST = HEADER + 16 + 5,
	LENGTH = HEADER + 8
};

static FILE *file_of(const void *bytes, size_t size)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	rewind(file);
	return file;
}

static FILE *pipe_of(const void *bytes, size_t size)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], bytes, size), size);
	close(ends[1]);
	return fdopen(ends[0], "r");
}

/* Passes all messages; closes @file. */
static enum recording_state read_all(struct recording *r, FILE *file)
{
	enum recording_state state = recording_begin(r, file);

	while (!state)
		state = recording_pass(r);
	fclose(file);
	return state;
}

static void is_written_as_the_page_says(void **state)
{
	struct recording_message heads[2];
	struct recording_header header;

	(void)state;
	recording_make_header(&header, 7);
	recording_make_message(&heads[0], 1, 5);
	recording_make_message(&heads[1], 2, 0);
	assert_memory_equal(&header, sample, HEADER);
	assert_memory_equal(&heads[0], sample + HEADER, sizeof(heads[0]));
	assert_memory_equal(&heads[1], sample + FIRST, sizeof(heads[1]));
}

static void is_read_as_it_was_written(void **state)
{
	FILE *file = file_of(sample, sizeof(sample));
	char bytes[5] = "";
	struct recording r;

	(void)state;
	assert_int_equal(recording_begin(&r, file), RECORDING_OK);
	assert_true(r.version == 2 && r.start == 7);
	assert_int_equal(recording_next(&r), RECORDING_OK);
	assert_true(r.time == 1 && r.length == 5);
	assert_int_equal(recording_read(&r, bytes), RECORDING_OK);
	assert_memory_equal(bytes, "hello", 5);
	assert_int_equal(recording_next(&r), RECORDING_OK);
	assert_true(r.time == 2 && r.length == 0);
	assert_int_equal(recording_read(&r, bytes), RECORDING_OK);
	assert_int_equal(recording_next(&r), RECORDING_END);
	assert_true(r.messages == 2 && r.bytes == 5 && r.last == 2 && r.whole == sizeof(sample));
	fclose(file);
}

static enum recording_state state_with(size_t at, uint32_t number)
{
	uint8_t bytes[sizeof(sample)];
	uint32_t little = htole32(number);
	struct recording r;

	memcpy(bytes, sample, sizeof(bytes));
	memcpy(bytes + at, &little, sizeof(little));
	return read_all(&r, file_of(bytes, sizeof(bytes)));
}

static void other_versions_are_refused(void **state)
{
	(void)state;
	assert_int_equal(state_with(12, 0), RECORDING_NEWER);
	assert_int_equal(state_with(12, 3), RECORDING_NEWER);
	assert_int_equal(state_with(12, UINT32_MAX), RECORDING_NEWER);
}

static void version_1_is_read(void **state)
{
	(void)state;
	assert_int_equal(state_with(12, 1), RECORDING_END);
}

static void the_other_byte_order_is_refused(void **state)
{
	(void)state;
	assert_int_equal(state_with(24, 0x04030201), RECORDING_FOREIGN);
	assert_int_equal(state_with(24, 0), RECORDING_ANOTHER);
}

static void other_files_are_refused(void **state)
{
	struct recording r;

	(void)state;
	assert_int_equal(state_with(0, 0), RECORDING_ANOTHER);
	assert_int_equal(read_all(&r, file_of("", 0)), RECORDING_ANOTHER);
	assert_int_equal(read_all(&r, file_of(sample, HEADER - 1)), RECORDING_ANOTHER);
}

static void what_is_whole_before_a_cut_is_read(void **state)
{
	(void)state;
	for (size_t size = HEADER; size <= sizeof(sample); size++) {
		bool whole = size == HEADER || size == FIRST || size == sizeof(sample);
		uint64_t messages = size == sizeof(sample) ? 2 : size >= FIRST;
		struct recording r;

		for (int way = 0; way < 2; way++) {
			FILE *file = way ? pipe_of(sample, size) : file_of(sample, size);

			assert_int_equal(read_all(&r, file), whole ? RECORDING_END : RECORDING_CUT);
			assert_true(r.messages == messages);
			assert_true(r.whole == (messages == 2 ? sizeof(sample) :
						messages      ? FIRST :
								HEADER));
		}
	}
}

static void a_length_past_the_end_is_seen_before_it_is_used(void **state)
{
	static const uint64_t lengths[] = { 22, 1 << 20, (uint64_t)1 << 40, UINT64_MAX - 47,
					    UINT64_MAX };
	uint8_t bytes[sizeof(sample)];

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		uint64_t little = htole64(lengths[i]);
		struct recording r;
		FILE *file;

		memcpy(bytes, sample, sizeof(bytes));
		memcpy(bytes + LENGTH, &little, sizeof(little));
		file = file_of(bytes, sizeof(bytes));
		assert_int_equal(recording_begin(&r, file), RECORDING_OK);
		assert_int_equal(recording_next(&r), RECORDING_CUT);
		fclose(file);
		assert_int_equal(read_all(&r, pipe_of(bytes, sizeof(bytes))), RECORDING_CUT);
		assert_true(r.messages == 0 && r.whole == HEADER);
	}
}

static void a_file_that_grows_is_read_on(void **state)
{
	FILE *file = file_of(sample, HEADER);
	struct recording r;

	(void)state;
	assert_int_equal(recording_begin(&r, file), RECORDING_OK);
	assert_int_equal(pwrite(fileno(file), sample, sizeof(sample), 0), sizeof(sample));
	assert_int_equal(recording_pass(&r), RECORDING_OK);
	assert_true(r.messages == 1 && r.bytes == 5);
	fclose(file);
}

/* Any byte may be wrong: no more is read than there is, and it comes to an end. */
static void any_byte_may_be_spoilt(void **state)
{
	uint8_t bytes[sizeof(sample)];

	(void)state;
	for (size_t i = 0; i < sizeof(sample); i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct recording r;

			memcpy(bytes, sample, sizeof(bytes));
			bytes[i] ^= (uint8_t)(1 << bit);
			assert_int_not_equal(read_all(&r, file_of(bytes, sizeof(bytes))),
					     RECORDING_OK);
			assert_true(r.whole <= sizeof(sample) && r.position <= sizeof(sample));
			assert_true(r.bytes <= sizeof(sample) && r.messages <= 3);
		}
	}
}

static void an_error_of_the_file_is_told(void **state)
{
	FILE *file = fopen("/proc/self/mem", "r"); /* nothing is mapped at 0 */
	struct recording r;
	char text[128];

	(void)state;
	assert_non_null(file);
	assert_int_equal(recording_begin(&r, file), RECORDING_ERROR);
	recording_error(&r, RECORDING_ERROR, text, sizeof(text));
	assert_string_equal(text, strerror(EIO));
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_written_as_the_page_says),
		cmocka_unit_test(is_read_as_it_was_written),
		cmocka_unit_test(other_versions_are_refused),
		cmocka_unit_test(version_1_is_read),
		cmocka_unit_test(the_other_byte_order_is_refused),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(what_is_whole_before_a_cut_is_read),
		cmocka_unit_test(a_length_past_the_end_is_seen_before_it_is_used),
		cmocka_unit_test(a_file_that_grows_is_read_on),
		cmocka_unit_test(any_byte_may_be_spoilt),
		cmocka_unit_test(an_error_of_the_file_is_told),
	};

	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
