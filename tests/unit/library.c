// SPDX-License-Identifier: BSD-2-Clause
/*
 * The library: the same behaviour on a file, shared memory, anonymous memory
 * and, where the driver is loaded (in the guest it always is), the node.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "mmapdemo.h"
#include "backing.h"

static struct mmapdemo_view poison(void)
{
	return (struct mmapdemo_view){ .data = (void *)1, .size = 2, .offset = 3 };
}

static void assert_poisoned(const struct mmapdemo_view *view)
{
	assert_ptr_equal(view->data, (void *)1);
	assert_int_equal(view->size, 2);
	assert_int_equal(view->offset, 3);
}

static void info_tells_what_it_is(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_buffer_info info;

	open_it(b);
	memset(&info, 0x5a, sizeof(info));
	assert_int_equal(mmapdemo_get_info(b->buffer, &info), 0);
	assert_int_equal(info.kind, b->kind);
	assert_int_equal(info.writable, 1);
	assert_int_equal(info.page_size, b->page);
	assert_true(info.size >= PAGES * b->page);
	assert_int_equal(info.abi_version,
			 b->kind == MMAPDEMO_KIND_NODE ? MMAPDEMO_ABI_VERSION : 0);
	assert_int_equal(info.opens, b->kind == MMAPDEMO_KIND_NODE);
	assert_int_equal(info.maps, 0);
	assert_int_equal(info.features != 0, b->kind == MMAPDEMO_KIND_NODE);
	if (b->kind != MMAPDEMO_KIND_ANON)
		assert_int_equal(fcntl(mmapdemo_fd(b->buffer), F_GETFL) & O_NONBLOCK, 0);
	close_it(b);
}

static void two_views_are_one_memory(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_view whole, window;

	open_it(b);
	assert_int_equal(mmapdemo_view_open(&whole, b->buffer, 0, 0, 0), 0);
	assert_int_equal(whole.size, b->size);
	assert_int_equal(mmapdemo_view_open(&window, b->buffer, 3 * b->page, 100, 0), 0);
	assert_int_equal(window.size, 100);
	assert_int_equal(window.offset, 3 * b->page);
	memcpy(window.data, "from the window", 16);
	assert_memory_equal((char *)whole.data + 3 * b->page, "from the window", 16);
	strcpy((char *)whole.data + 3 * b->page + 50, "from the whole");
	assert_string_equal((char *)window.data + 50, "from the whole");
	mmapdemo_view_close(&window);
	assert_null(window.data);
	mmapdemo_view_close(&window);
	assert_memory_equal((char *)whole.data + 3 * b->page, "from the window", 16);
	mmapdemo_view_close(&whole);
	close_it(b);
}

static void every_page_can_start_a_view(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_view whole, view;

	open_it(b);
	assert_int_equal(mmapdemo_view_open(&whole, b->buffer, 0, 0, 0), 0);
	for (size_t i = 0; i < PAGES; i++)
		((char *)whole.data)[i * b->page] = (char)('a' + i);
	for (size_t i = 0; i < PAGES; i++) {
		assert_int_equal(mmapdemo_view_open(&view, b->buffer, i * b->page, b->page,
						    MMAPDEMO_READ_ONLY),
				 0);
		assert_int_equal(*(char *)view.data, 'a' + i);
		mmapdemo_view_close(&view);
	}
	mmapdemo_view_close(&whole);
	close_it(b);
}

static void a_view_outlives_its_buffer(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_view view;

	open_it(b);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, b->page, 0, 0), 0);
	close_it(b);
	strcpy(view.data, "still here");
	assert_string_equal(view.data, "still here");
	mmapdemo_view_close(&view);
}

static void a_child_shares_the_views(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_view view, again;
	int status;
	pid_t pid;

	open_it(b);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, 0, 0, 0), 0);
	strcpy(view.data, "parent");
	pid = fork();
	if (pid == 0) {
		int seen = strcmp(view.data, "parent");

		seen |= mmapdemo_view_open(&again, b->buffer, 0, 0, 0);
		strcpy(again.data, "child");
		_exit(seen != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(view.data, "child");
	mmapdemo_view_close(&view);
	close_it(b);
}

static void windows_outside_are_EINVAL(void **state)
{
	static const uint64_t far[] = { (uint64_t)1 << 62, (uint64_t)1 << 63, UINT64_MAX - 4095,
					UINT64_MAX };
	struct backing *b = *state;
	struct mmapdemo_view view = poison();

	open_it(b);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, 1, 1, 0), -EINVAL);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, b->page - 1, 1, 0), -EINVAL);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, 0, b->size + 1, 0), -EINVAL);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, b->size, 0, 0), -EINVAL);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, b->size, 1, 0), -EINVAL);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, b->page, b->size, 0), -EINVAL);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, b->page, SIZE_MAX, 0), -EINVAL);
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		assert_int_equal(mmapdemo_view_open(&view, b->buffer, far[i], 1, 0), -EINVAL);
	assert_int_equal(mmapdemo_view_open(&view, b->buffer, 0, 0, 1 << 5), -EINVAL);
	assert_poisoned(&view);
	close_it(b);
}

static void a_private_view_keeps_its_stores(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_view shared, private = poison();

	open_it(b);
	if (b->kind == MMAPDEMO_KIND_ANON) {
		assert_int_equal(mmapdemo_view_open(&private, b->buffer, 0, 0, MMAPDEMO_PRIVATE),
				 -EOPNOTSUPP);
		assert_poisoned(&private);
		close_it(b);
		return;
	}
	assert_int_equal(mmapdemo_view_open(&shared, b->buffer, 0, 0, 0), 0);
	strcpy(shared.data, "shared");
	assert_int_equal(mmapdemo_view_open(&private, b->buffer, 0, 0, MMAPDEMO_PRIVATE), 0);
	assert_string_equal(private.data, "shared");
	strcpy(private.data, "private");
	assert_string_equal(shared.data, "shared");
	mmapdemo_view_close(&private);
	mmapdemo_view_close(&shared);
	close_it(b);
}

static void a_read_only_buffer_stays_so(void **state)
{
	struct backing *b = *state;
	struct mmapdemo_buffer *reader;
	struct mmapdemo_buffer_info info;
	struct mmapdemo_view view = poison();
	char path[64];

	open_it(b);
	if (b->kind == MMAPDEMO_KIND_ANON) {
		assert_int_equal(mmapdemo_fd(b->buffer), -1);
		close_it(b);
		return;
	}
	sprintf(path, "/proc/self/fd/%d", mmapdemo_fd(b->buffer));
	assert_int_equal(mmapdemo_open(&reader, path, MMAPDEMO_READ_ONLY), 0);
	assert_int_equal(mmapdemo_get_info(reader, &info), 0);
	assert_int_equal(info.writable, 0);
	assert_int_equal(mmapdemo_view_open(&view, reader, 0, 0, 0), -EACCES);
	assert_poisoned(&view);
	assert_int_equal(mmapdemo_view_open(&view, reader, 0, 0, MMAPDEMO_READ_ONLY), 0);
	assert_int_equal(mprotect(view.data, view.size, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	mmapdemo_view_close(&view);
	assert_int_equal(mmapdemo_view_open(&view, reader, 0, 0, MMAPDEMO_PRIVATE), 0);
	mmapdemo_view_close(&view);
	mmapdemo_close(reader);
	close_it(b);
}

/* Once, on no backing. */

static void paths_that_cannot_be_mapped(void **state)
{
	struct mmapdemo_buffer *buffer = (void *)1;
	char fifo[64];

	(void)state;
	sprintf(fifo, "/tmp/mmapdemo-fifo-%d", (int)getpid());
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(mmapdemo_open(&buffer, "/no/such/path", 0), -ENOENT);
	assert_int_equal(mmapdemo_open(&buffer, "/tmp", MMAPDEMO_READ_ONLY), -EISDIR);
	assert_int_equal(mmapdemo_open(&buffer, fifo, 0), -ENODEV);
	assert_int_equal(mmapdemo_open(&buffer, fifo, MMAPDEMO_READ_ONLY), -ENODEV);
	assert_int_equal(mmapdemo_open(&buffer, "/dev/zero", MMAPDEMO_PRIVATE), -EINVAL);
	assert_int_equal(mmapdemo_open_file(&buffer, "/dev/zero", 1), -ENODEV);
	assert_int_equal(mmapdemo_open_file(&buffer, "/tmp", 1), -EISDIR);
	assert_int_equal(mmapdemo_open_file(&buffer, fifo, 1), -ENODEV);
	assert_int_equal(mmapdemo_open_file(&buffer, "/tmp/x", 0), -EINVAL);
	assert_int_equal(mmapdemo_open_file(&buffer, "/tmp/mmapdemo-far", UINT64_MAX), -EFBIG);
	assert_int_equal(access("/tmp/mmapdemo-far", F_OK), -1);
	assert_int_equal(mmapdemo_open_shm(&buffer, "/mmapdemo-far", UINT64_MAX), -EFBIG);
	assert_int_equal(access("/dev/shm/mmapdemo-far", F_OK), -1);
	assert_int_equal(mmapdemo_open_shm(&buffer, NULL, 0), -EINVAL);
	assert_int_equal(mmapdemo_open_anon(&buffer, 0), -EINVAL);
	assert_int_equal(mmapdemo_open_anon(&buffer, UINT64_MAX - 4096), -ENOMEM);
	assert_int_equal(mmapdemo_open_fd(&buffer, -1), -EBADF);
	assert_ptr_equal(buffer, (void *)1);
	unlink(fifo);
}

static void a_file_grows_and_is_not_cut(void **state)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_buffer_info info;
	char path[64];

	(void)state;
	sprintf(path, "/tmp/mmapdemo-grow-%d", (int)getpid());
	assert_int_equal(mmapdemo_open_file(&buffer, path, 100), 0);
	mmapdemo_close(buffer);
	assert_int_equal(mmapdemo_open_file(&buffer, path, 9000), 0);
	mmapdemo_close(buffer);
	assert_int_equal(mmapdemo_open_file(&buffer, path, 10), 0);
	assert_int_equal(mmapdemo_get_info(buffer, &info), 0);
	assert_int_equal(info.size, 9000);
	mmapdemo_close(buffer);
	unlink(path);
}

static void shared_memory_has_a_name(void **state)
{
	struct mmapdemo_buffer *a, *b;
	struct mmapdemo_view view_a, view_b;
	char name[64];

	(void)state;
	sprintf(name, "/mmapdemo-unit-%d", (int)getpid());
	assert_int_equal(mmapdemo_open_shm(&a, name, 5000), 0);
	assert_int_equal(mmapdemo_open_shm(&b, name, 5000), 0);
	assert_int_equal(mmapdemo_view_open(&view_a, a, 0, 0, 0), 0);
	assert_int_equal(mmapdemo_view_open(&view_b, b, 0, 0, 0), 0);
	assert_int_equal(view_a.size, 5000);
	strcpy(view_a.data, "by name");
	assert_string_equal(view_b.data, "by name");
	mmapdemo_view_close(&view_a);
	mmapdemo_view_close(&view_b);
	mmapdemo_close(a);
	mmapdemo_close(b);
	assert_int_equal(shm_unlink(name), 0);
}

static void another_device_maps_with_a_length(void **state)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_buffer_info info;
	struct mmapdemo_view view = poison();

	(void)state;
	assert_int_equal(mmapdemo_open(&buffer, "/dev/zero", 0), 0);
	assert_int_equal(mmapdemo_get_info(buffer, &info), 0);
	assert_int_equal(info.kind, MMAPDEMO_KIND_DEVICE);
	assert_int_equal(info.size, 0);
	assert_int_equal(mmapdemo_view_open(&view, buffer, 0, 0, 0), -EINVAL);
	assert_poisoned(&view);
	assert_int_equal(mmapdemo_view_open(&view, buffer, 0, 5000, 0), 0);
	assert_int_equal(((char *)view.data)[4999], 0);
	mmapdemo_view_close(&view);
	mmapdemo_close(buffer);
	assert_int_equal(mmapdemo_open(&buffer, "/dev/null", 0), 0);
	assert_int_equal(mmapdemo_view_open(&view, buffer, 0, 4096, 0), -ENODEV);
	mmapdemo_close(buffer);
}

static void a_descriptor_is_the_callers_when_refused(void **state)
{
	struct mmapdemo_buffer *buffer;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(mmapdemo_open_fd(&buffer, fds[0]), -ENODEV);
	assert_true(fcntl(fds[0], F_GETFD) >= 0);
	close(fds[0]);
	close(fds[1]);
}

static void closing_nothing_is_fine(void **state)
{
	struct mmapdemo_view view = { 0 };

	(void)state;
	mmapdemo_close(NULL);
	mmapdemo_view_close(&view);
	assert_string_equal(mmapdemo_version(), MMAPDEMO_VERSION);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_ALL(info_tells_what_it_is),
		ON_ALL(two_views_are_one_memory),
		ON_ALL(every_page_can_start_a_view),
		ON_ALL(a_view_outlives_its_buffer),
		ON_ALL(a_child_shares_the_views),
		ON_ALL(windows_outside_are_EINVAL),
		ON_ALL(a_private_view_keeps_its_stores),
		ON_ALL(a_read_only_buffer_stays_so),
		cmocka_unit_test(paths_that_cannot_be_mapped),
		cmocka_unit_test(a_file_grows_and_is_not_cut),
		cmocka_unit_test(shared_memory_has_a_name),
		cmocka_unit_test(another_device_maps_with_a_length),
		cmocka_unit_test(a_descriptor_is_the_callers_when_refused),
		cmocka_unit_test(closing_nothing_is_fine),
	};

	return run_on_backings("library", tests, sizeof(tests) / sizeof(tests[0]));
}
