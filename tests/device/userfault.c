// SPDX-License-Identifier: BSD-2-Clause
/*
 * userfaultfd(2): nobody but the driver answers the faults of a map, so each
 * kind of registration is refused, and nothing can be put into it.
 */
#include "device.h"

#include <linux/userfaultfd.h>

/* Since 6.7. */
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif

static const int kinds[] = { MAP_SHARED, MAP_PRIVATE };

/* Skips the test if this kernel does not have it, or not with these features. */
static int open_userfaultfd(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (uffd < 0 && errno == ENOSYS)
		skip();
	assert_true(uffd >= 0);
	if (ioctl(uffd, UFFDIO_API, &api)) {
		assert_int_equal(errno, EINVAL);
		assert_int_equal(close(uffd), 0);
		skip();
	}
	return uffd;
}

static int watch(int uffd, void *p, size_t pages, uint64_t mode)
{
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)p, .len = pages * PAGE },
		.mode = mode,
	};

	return ioctl(uffd, UFFDIO_REGISTER, &range);
}

static void registration_is_EINVAL(void **state)
{
	static const uint64_t modes[] = { UFFDIO_REGISTER_MODE_MISSING, UFFDIO_REGISTER_MODE_WP,
					  UFFDIO_REGISTER_MODE_MINOR };
	unsigned char *ordinary = memory(1);
	int uffd = open_userfaultfd(0);
	int fd = node(state);
	size_t i;

	assert_int_equal(watch(uffd, ordinary, 1, UFFDIO_REGISTER_MODE_MISSING), 0);
	fill(fd);
	for (i = 0; i < 6; i++) {
		unsigned char *p = map(fd, kinds[i % 2], RW, 11, 4);

		assert_fails(watch(uffd, p, 4, modes[i / 2]), EINVAL);
		assert_fails(watch(uffd, p + PAGE, 2, modes[i / 2]), EINVAL);
		assert_int_equal(maps(fd), 1);
		assert_pages(p, 11, 4);
		unmap(p, 4);
	}
	unmap(ordinary, 1);
	assert_int_equal(close(uffd), 0);
}

static void nothing_can_be_put_into_a_map(void **state)
{
	unsigned char *from = memory(1);
	int uffd = open_userfaultfd(0);
	int fd = node(state);
	size_t i;

	fill(fd);
	for (i = 0; i < 2; i++) {
		unsigned char *p = map(fd, kinds[i], RW, 11, 4);
		struct uffdio_copy copy = {
			.dst = (uintptr_t)p + PAGE,
			.src = (uintptr_t)from,
			.len = PAGE,
		};
		struct uffdio_zeropage zero = {
			.range = { .start = (uintptr_t)p + PAGE, .len = PAGE },
		};

		assert_fails(ioctl(uffd, UFFDIO_COPY, &copy), ENOENT);
		assert_fails(ioctl(uffd, UFFDIO_ZEROPAGE, &zero), ENOENT);
		assert_pages(p, 11, 4);
		unmap(p, 4);
	}
	unmap(from, 1);
	assert_int_equal(close(uffd), 0);
}

/* "For any memory", says the manual; not for that of devices. */
static void asynchronous_write_protection_is_EINVAL(void **state)
{
	int uffd = open_userfaultfd(UFFD_FEATURE_WP_ASYNC);
	size_t i;

	for (i = 0; i < 2; i++) {
		unsigned char *p = map(node(state), kinds[i], RW, 11, 4);

		load(p);
		assert_fails(watch(uffd, p, 4, UFFDIO_REGISTER_MODE_WP), EINVAL);
		unmap(p, 4);
	}
	assert_int_equal(close(uffd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registration_is_EINVAL),
		TEST(nothing_can_be_put_into_a_map),
		TEST(asynchronous_write_protection_is_EINVAL),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
