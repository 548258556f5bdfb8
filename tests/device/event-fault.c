// SPDX-License-Identifier: BSD-2-Clause
/*
 * EVENTS at an address that becomes a bad one while the driver tells: userfaultfd(2)
 * stops it in the middle.
 */
#include "named.h"

#include <linux/userfaultfd.h>
#include <pthread.h>

/* Two pages that are not there yet, and who brings them. */
struct scene {
	unsigned char *pages;
	int uffd;
};

static struct scene make_scene(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct scene s = { map(-1, MAP_PRIVATE | MAP_ANONYMOUS, RW, 0, 2), -1 };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)s.pages, .len = 2 * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	s.uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (s.uffd < 0 && errno == ENOSYS)
		skip();
	assert_true(s.uffd >= 0);
	assert_int_equal(ioctl(s.uffd, UFFDIO_API, &api), 0);
	assert_int_equal(ioctl(s.uffd, UFFDIO_REGISTER, &range), 0);
	return s;
}

/* With the second page comes, once, the end of all rights to the first one. */
static void *bring_pages(void *arg)
{
	const struct scene *s = arg;

	for (int i = 0; i < 2; i++) {
		struct uffdio_zeropage zero = {
			.range = { .start = (uintptr_t)s->pages + (size_t)i * PAGE, .len = PAGE },
		};
		struct uffd_msg fault;

		assert_int_equal(read(s->uffd, &fault, sizeof(fault)), sizeof(fault));
		assert_int_equal(fault.arg.pagefault.address & -PAGE, zero.range.start);
		if (i == 1)
			assert_int_equal(mprotect(s->pages, PAGE, PROT_NONE), 0);
		assert_int_equal(ioctl(s->uffd, UFFDIO_ZEROPAGE, &zero), 0);
	}
	return NULL;
}

static void EVENTS_tells_or_sees_nothing(void **state)
{
	int fd = create(node(state), "", 1);
	struct scene s = make_scene();
	struct mmapdemo_events *told = (void *)(s.pages + PAGE - sizeof(*told) / 2);
	struct mmapdemo_events later;
	pthread_t thread;
	int result;

	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, bring_pages, &s), 0);
	result = ioctl(fd, MMAPDEMO_IOC_EVENTS, told);
	assert_true(result == 0 || errno == EFAULT);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(mprotect(s.pages, PAGE, RW), 0);
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_EVENTS, &later), 0);
	assert_int_equal((result ? 0 : told->unseen) + later.unseen, 1);
	unmap(s.pages, 2);
	close(s.uffd);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EVENTS_tells_or_sees_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
