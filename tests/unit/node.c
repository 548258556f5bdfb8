// SPDX-License-Identifier: BSD-2-Clause
/*
 * The library: what only the driver's buffers can do, and what others say to
 * it. With the driver, all of it; without, what needs none.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mmapdemo_channel.h"

#define PAGE 4096

static void sizes_of_memory_change(void **state)
{
	struct mmapdemo_buffer_info info;
	struct mmapdemo_buffer *buffer;

	(void)state;
	assert_int_equal(mmapdemo_open_shm(&buffer, NULL, PAGE), 0);
	assert_int_equal(mmapdemo_resize(buffer, 3 * PAGE), 0);
	assert_int_equal(mmapdemo_get_info(buffer, &info), 0);
	assert_int_equal(info.size, 3 * PAGE);
	assert_int_equal(mmapdemo_resize(buffer, 0), -EINVAL);
	assert_int_equal(mmapdemo_resize(buffer, UINT64_MAX), -EFBIG);
	mmapdemo_close(buffer);
}

static void only_the_driver_publishes(void **state)
{
	struct mmapdemo_buffer *buffers[2];
	uint64_t unseen = 7;

	(void)state;
	assert_int_equal(mmapdemo_open_shm(&buffers[0], NULL, PAGE), 0);
	assert_int_equal(mmapdemo_open_anon(&buffers[1], PAGE), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(mmapdemo_publish(buffers[i]), -EOPNOTSUPP);
		assert_int_equal(mmapdemo_events(buffers[i], &unseen), -EOPNOTSUPP);
		assert_int_equal(mmapdemo_wait_events(buffers[i], 0), -EOPNOTSUPP);
		assert_int_equal(mmapdemo_watch(buffers[i], 0), -EOPNOTSUPP);
		assert_int_equal(mmapdemo_remove(buffers[i]), -EOPNOTSUPP);
		mmapdemo_close(buffers[i]);
	}
	assert_int_equal(unseen, 7);
}

static void anonymous_memory_keeps_its_size(void **state)
{
	struct mmapdemo_buffer *buffer;

	(void)state;
	assert_int_equal(mmapdemo_open_anon(&buffer, PAGE), 0);
	assert_int_equal(mmapdemo_resize(buffer, 2 * PAGE), -EOPNOTSUPP);
	mmapdemo_close(buffer);
}

static void names_that_cannot_be(void **state)
{
	static const char *const bad[] = { "", "a/b", "123456789012345678901234567890123" };
	struct mmapdemo_buffer *buffer = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mmapdemo_open_name(&buffer, bad[i], 0), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(mmapdemo_remove_name(bad[i]), -EINVAL);
		assert_int_equal(mmapdemo_check_node(bad[i]), -EINVAL);
	}
	assert_int_equal(mmapdemo_create(&buffer, "", PAGE, 0), -EINVAL);
	assert_null(buffer);
}

static void without_the_module_there_is_nothing(void **state)
{
	struct mmapdemo_buffer *buffer = NULL;
	struct mmapdemo_entry *entries = NULL;
	size_t count = 7;

	(void)state;
	assert_int_equal(mmapdemo_list(&entries, &count), -ENOENT);
	assert_int_equal(mmapdemo_create(&buffer, NULL, PAGE, 0), -ENOENT);
	assert_int_equal(mmapdemo_open_name(&buffer, "none", 0), -ENOENT);
	assert_int_equal(mmapdemo_remove_name("none"), -ENODEV);
	assert_int_equal(mmapdemo_check_node("none"), -ENODEV);
	assert_int_equal(mmapdemo_check_node(NULL), -ENODEV);
	assert_null(buffer);
	assert_null(entries);
	assert_int_equal(count, 7);
}

static void a_buffer_is_made_found_listed_and_removed(void **state)
{
	struct mmapdemo_buffer *made, *found, *none = NULL;
	struct mmapdemo_entry *entries;
	struct mmapdemo_view view;
	size_t count;

	(void)state;
	assert_int_equal(mmapdemo_create(&made, "unit", PAGE + 1, 0), 0);
	assert_int_equal(mmapdemo_create(&none, "unit", PAGE, 0), -EEXIST);
	assert_int_equal(mmapdemo_open_name(&found, "unit", MMAPDEMO_READ_ONLY), 0);
	assert_int_equal(mmapdemo_view_open(&view, made, 0, 0, 0), 0);
	assert_int_equal(mmapdemo_list(&entries, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(entries[0].name, "");
	assert_string_equal(entries[1].name, "unit");
	assert_int_equal(entries[1].size, 2 * PAGE);
	assert_int_equal(entries[1].opens, 2);
	assert_int_equal(entries[1].maps, 1);
	free(entries);
	assert_int_equal(mmapdemo_resize(made, PAGE), -EBUSY);
	mmapdemo_view_close(&view);
	assert_int_equal(mmapdemo_resize(found, PAGE), -EBADF);
	assert_int_equal(mmapdemo_resize(made, PAGE), 0);
	assert_int_equal(mmapdemo_remove(found), 0);
	assert_int_equal(mmapdemo_remove(made), -ENOENT);
	assert_int_equal(mmapdemo_open_name(&none, "unit", 0), -ENOENT);
	assert_null(none);
	mmapdemo_close(found);
	mmapdemo_close(made);
}

static void a_name_goes_without_its_node(void **state)
{
	struct mmapdemo_buffer *made;
	int file;

	(void)state;
	assert_int_equal(mmapdemo_check_node(NULL), 0);
	assert_int_equal(mmapdemo_check_node("unit"), -ENOENT);
	assert_int_equal(mmapdemo_create(&made, "unit", PAGE, 0), 0);
	assert_int_equal(mmapdemo_check_node("unit"), 0);
	assert_int_equal(unlink("/dev/mmapdemo-unit"), 0);
	assert_int_equal(mmapdemo_check_node("unit"), -ENXIO);
	/* A device, but another one. */
	assert_int_equal(symlink("/dev/null", "/dev/mmapdemo-unit"), 0);
	assert_int_equal(mmapdemo_check_node("unit"), -EEXIST);
	assert_int_equal(unlink("/dev/mmapdemo-unit"), 0);
	file = open("/dev/mmapdemo-unit", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(mmapdemo_check_node("unit"), -EEXIST);
	assert_int_equal(mmapdemo_remove_name("unit"), 0);
	assert_int_equal(mmapdemo_remove_name("unit"), -ENOENT);
	assert_int_equal(mmapdemo_check_node("unit"), -ESTALE);
	assert_int_equal(unlink("/dev/mmapdemo-unit"), 0);
	assert_int_equal(mmapdemo_remove(made), -ENOENT);
	mmapdemo_close(made);
}

static void a_buffer_without_a_name_is_passed_on(void **state)
{
	struct mmapdemo_buffer_info info;
	struct mmapdemo_buffer *made, *received;

	(void)state;
	assert_int_equal(mmapdemo_create(&made, NULL, PAGE, 0), 0);
	assert_int_equal(mmapdemo_open_fd(&received, dup(mmapdemo_fd(made))), 0);
	assert_int_equal(mmapdemo_get_info(received, &info), 0);
	assert_int_equal(info.kind, MMAPDEMO_KIND_NODE);
	assert_int_equal(info.size, PAGE);
	assert_int_equal(info.writable, 1);
	assert_int_equal(mmapdemo_remove(made), -ENOENT);
	mmapdemo_close(made);
	mmapdemo_close(received);
}

static void news_is_told_once(void **state)
{
	struct mmapdemo_buffer *writer, *reader;
	struct mmapdemo_view view;
	uint64_t unseen = 7;

	(void)state;
	assert_int_equal(mmapdemo_create(&writer, "unit", PAGE, 0), 0);
	assert_int_equal(mmapdemo_open_name(&reader, "unit", MMAPDEMO_READ_ONLY), 0);
	assert_int_equal(mmapdemo_wait_events(reader, 0), -ETIMEDOUT);
	assert_int_equal(mmapdemo_publish(reader), -EBADF);
	assert_int_equal(mmapdemo_publish(writer), 0);
	assert_int_equal(mmapdemo_view_open(&view, writer, 0, 0, 0), 0);
	assert_int_equal(msync(view.data, PAGE, MS_SYNC), 0);
	assert_int_equal(mmapdemo_wait_events(reader, -1), 0);
	assert_int_equal(mmapdemo_events(reader, &unseen), 0);
	assert_int_equal(unseen, 2);
	assert_int_equal(mmapdemo_events(reader, &unseen), 0);
	assert_int_equal(unseen, 0);
	assert_int_equal(mmapdemo_remove(writer), 0);
	mmapdemo_view_close(&view);
	mmapdemo_close(reader);
	mmapdemo_close(writer);
}

static void a_watch_tells_by_a_descriptor(void **state)
{
	struct mmapdemo_buffer *writer, *reader, *channel;
	uint64_t count = 0, unseen = 7;
	int fd;

	(void)state;
	assert_int_equal(mmapdemo_create(&writer, "unit", PAGE, 0), 0);
	assert_int_equal(mmapdemo_open_name(&reader, "unit", MMAPDEMO_READ_ONLY), 0);
	assert_int_equal(mmapdemo_watch(reader, O_RDWR), -EINVAL);
	fd = mmapdemo_watch(reader, O_NONBLOCK);
	assert_true(fd >= 0);
	mmapdemo_close(reader);
	assert_int_equal(read(fd, &count, sizeof(count)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(mmapdemo_publish(writer), 0);
	assert_int_equal(mmapdemo_publish(writer), 0);
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 2);
	assert_int_equal(mmapdemo_events(writer, &unseen), 0);
	assert_int_equal(unseen, 2);
	assert_int_equal(close(fd), 0);
	assert_int_equal(mmapdemo_remove(writer), 0);
	mmapdemo_close(writer);
	assert_int_equal(mmapdemo_channel_create(&channel, NULL, 65536, 0, 0), 0);
	assert_int_equal(mmapdemo_watch(channel, 0), -ENOTTY);
	mmapdemo_close(channel);
}

int main(void)
{
	static const struct CMUnitTest anywhere[] = {
		cmocka_unit_test(sizes_of_memory_change),
		cmocka_unit_test(only_the_driver_publishes),
		cmocka_unit_test(anonymous_memory_keeps_its_size),
		cmocka_unit_test(names_that_cannot_be),
		cmocka_unit_test(without_the_module_there_is_nothing),
	};
	static const struct CMUnitTest with_module[] = {
		cmocka_unit_test(sizes_of_memory_change),
		cmocka_unit_test(only_the_driver_publishes),
		cmocka_unit_test(anonymous_memory_keeps_its_size),
		cmocka_unit_test(names_that_cannot_be),
		cmocka_unit_test(a_buffer_is_made_found_listed_and_removed),
		cmocka_unit_test(a_name_goes_without_its_node),
		cmocka_unit_test(a_buffer_without_a_name_is_passed_on),
		cmocka_unit_test(news_is_told_once),
		cmocka_unit_test(a_watch_tells_by_a_descriptor),
	};

	if (access(MMAPDEMO_NODE, F_OK) < 0)
		return cmocka_run_group_tests_name("node", anywhere, NULL, NULL);
	return cmocka_run_group_tests_name("node", with_module, NULL, NULL);
}
