// SPDX-License-Identifier: BSD-2-Clause
/*
 * EVENTS, and reads of a watch, while the driver tells: userfaultfd(2) stops it in the
 * middle, where the address becomes a bad one, or somebody else is told.
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

/* A thread that is told into the first page, which is not there yet. */
struct listener {
	const struct scene *scene;
	int fd;
	int error;
};

static void *ask_EVENTS(void *arg)
{
	struct listener *l = arg;

	l->error = ioctl(l->fd, MMAPDEMO_IOC_EVENTS, l->scene->pages) < 0 ? errno : 0;
	return NULL;
}

static void *read_watch(void *arg)
{
	struct listener *l = arg;

	l->error = read(l->fd, l->scene->pages, 8) < 0 ? errno : 0;
	return NULL;
}

static void until_it_tells(const struct scene *s)
{
	struct uffd_msg fault;

	assert_int_equal(read(s->uffd, &fault, sizeof(fault)), sizeof(fault));
}

static void let_it_go_on(const struct scene *s)
{
	struct uffdio_zeropage zero = { .range = { .start = (uintptr_t)s->pages, .len = PAGE } };

	assert_int_equal(ioctl(s->uffd, UFFDIO_ZEROPAGE, &zero), 0);
}

static void EVENTS_tells_one_of_two(void **state)
{
	int fd = create(node(state), "", 1);
	struct scene s = make_scene();
	struct listener late = { &s, fd, 0 };
	struct mmapdemo_events told;
	pthread_t thread;

	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, ask_EVENTS, &late), 0);
	until_it_tells(&s);
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_EVENTS, &told), 0);
	assert_int_equal(told.unseen, 1);
	let_it_go_on(&s);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(late.error, 0);
	memcpy(&told, s.pages, sizeof(told));
	assert_int_equal(told.unseen, 0);
	assert_int_equal(told.publications, 1);
	unmap(s.pages, 2);
	close(s.uffd);
	close(fd);
}

static void a_watch_tells_one_of_two(void **state)
{
	int fd = create(node(state), "", 1);
	int watching = ioctl(fd, MMAPDEMO_IOC_WATCH, O_NONBLOCK);
	struct scene s = make_scene();
	struct listener late = { &s, watching, 0 };
	pthread_t thread;
	uint64_t count;

	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, read_watch, &late), 0);
	until_it_tells(&s);
	assert_int_equal(read(watching, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1);
	let_it_go_on(&s);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(late.error, EAGAIN);
	unmap(s.pages, 2);
	close(s.uffd);
	close(watching);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EVENTS_tells_or_sees_nothing),
		TEST(EVENTS_tells_one_of_two),
		TEST(a_watch_tells_one_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
