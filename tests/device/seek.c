// SPDX-License-Identifier: BSD-2-Clause
/*
 * lseek(2): the size, the position, and what is refused.
 */
#include "device.h"

static void SEEK_END_tells_the_size(void **state)
{
	assert_int_equal(lseek(node(state), 0, SEEK_END), SIZE);
	assert_int_equal(info(node(state)).size, SIZE);
}

static void each_whence_sets_the_position_that_read_uses(void **state)
{
	static const struct {
		off_t offset;
		int whence;
		off_t position;
	} steps[] = {
		{ 1000, SEEK_SET, 1000 }, { 24, SEEK_CUR, 1024 },
		{ -28, SEEK_CUR, 996 },	  { -(off_t)PAGE, SEEK_END, SIZE - PAGE },
		{ 8, SEEK_DATA, 8 },	  { SIZE - 4, SEEK_DATA, SIZE - 4 },
		{ 0, SEEK_SET, 0 },
	};
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		unsigned char found[4] = { POISON };

		assert_int_equal(lseek(fd, steps[i].offset, steps[i].whence), steps[i].position);
		assert_int_equal(read(fd, found, 4), 4);
		assert_memory_equal(found, pattern + steps[i].position, 4);
		assert_int_equal(lseek(fd, -4, SEEK_CUR), steps[i].position);
	}
}

static void the_end_itself_is_a_position(void **state)
{
	int fd = node(state);

	assert_int_equal(lseek(fd, SIZE, SEEK_SET), SIZE);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), SIZE);
}

static void all_is_data_and_the_hole_is_at_the_end(void **state)
{
	int fd = node(state);

	assert_int_equal(lseek(fd, 0, SEEK_DATA), 0);
	assert_int_equal(lseek(fd, SIZE - 1, SEEK_DATA), SIZE - 1);
	assert_int_equal(lseek(fd, 0, SEEK_HOLE), SIZE);
	assert_int_equal(lseek(fd, SIZE - 1, SEEK_HOLE), SIZE);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), SIZE);
}

/* Each refusal leaves the position alone. */
static void assert_refused(int fd, off_t offset, int whence, int error)
{
	assert_int_equal(lseek(fd, 100, SEEK_SET), 100);
	assert_fails(lseek(fd, offset, whence), error);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 100);
}

static void past_the_end_is_EINVAL(void **state)
{
	int fd = node(state);

	assert_refused(fd, SIZE + 1, SEEK_SET, EINVAL);
	assert_refused(fd, INT64_MAX, SEEK_SET, EINVAL);
	assert_refused(fd, SIZE - 99, SEEK_CUR, EINVAL);
	assert_refused(fd, INT64_MAX, SEEK_CUR, EINVAL);
	assert_refused(fd, 1, SEEK_END, EINVAL);
	assert_refused(fd, INT64_MAX, SEEK_END, EINVAL);
}

static void before_the_start_is_EINVAL(void **state)
{
	int fd = node(state);

	assert_refused(fd, -1, SEEK_SET, EINVAL);
	assert_refused(fd, INT64_MIN, SEEK_SET, EINVAL);
	assert_refused(fd, -101, SEEK_CUR, EINVAL);
	assert_refused(fd, -(off_t)SIZE - 1, SEEK_END, EINVAL);
}

static void SEEK_DATA_and_SEEK_HOLE_outside_are_ENXIO(void **state)
{
	int fd = node(state);

	assert_refused(fd, SIZE, SEEK_DATA, ENXIO);
	assert_refused(fd, SIZE, SEEK_HOLE, ENXIO);
	assert_refused(fd, SIZE + PAGE, SEEK_DATA, ENXIO);
	assert_refused(fd, INT64_MAX, SEEK_HOLE, ENXIO);
	assert_refused(fd, -1, SEEK_DATA, ENXIO);
	assert_refused(fd, -1, SEEK_HOLE, ENXIO);
}

static void unknown_whence_is_EINVAL(void **state)
{
	int fd = node(state);

	assert_refused(fd, 0, SEEK_HOLE + 1, EINVAL);
	assert_refused(fd, 0, 99, EINVAL);
	assert_refused(fd, 0, -1, EINVAL);
}

static void a_dup_shares_the_position_and_an_open_does_not(void **state)
{
	int fd = node(state);
	int same = dup(fd);
	int other = open_node(O_RDONLY);

	assert_int_equal(lseek(fd, 1234, SEEK_SET), 1234);
	assert_int_equal(lseek(same, 0, SEEK_CUR), 1234);
	assert_int_equal(lseek(other, 0, SEEK_CUR), 0);
	assert_int_equal(close(same), 0);
	assert_int_equal(close(other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(SEEK_END_tells_the_size),
		TEST(each_whence_sets_the_position_that_read_uses),
		TEST(the_end_itself_is_a_position),
		TEST(all_is_data_and_the_hole_is_at_the_end),
		TEST(past_the_end_is_EINVAL),
		TEST(before_the_start_is_EINVAL),
		TEST(SEEK_DATA_and_SEEK_HOLE_outside_are_ENXIO),
		TEST(unknown_whence_is_EINVAL),
		TEST(a_dup_shares_the_position_and_an_open_does_not),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
