// SPDX-License-Identifier: BSD-2-Clause
/*
 * madvise(2), mlock(2) and other calls by which a user asks the memory
 * management for special treatment of a map. Most are refused; none may crash,
 * change a byte, or take away what the driver has set.
 */
#include "device.h"

struct target {
	unsigned char *p;
	int flags;
	int fd;
};

#define FIRST 40
#define LENGTH 8

/* As nobody, so that 100 and 101 cannot poison the machine's pages. */
static void run_on_both(void **state, void (*body)(void *))
{
	struct target target = { .fd = node(state) };
	unsigned int before = maps(target.fd);
	int i;

	fill(target.fd);
	for (i = 0; i < 2; i++) {
		target.flags = i ? MAP_PRIVATE : MAP_SHARED;
		target.p = map(target.fd, target.flags, RW, FIRST, LENGTH);
		assert_int_equal(run_child(body, &target), 0);
		assert_pages(target.p, FIRST, LENGTH);
		assert_int_equal(maps(target.fd), before + 1);
		unmap(target.p, LENGTH);
	}
	assert_device_unchanged(target.fd);
}

/* Contents are right, by load and by store. */
static void assert_sound(const struct target *target)
{
	size_t i;

	assert_pages(target->p, FIRST, LENGTH);
	for (i = 0; i < LENGTH; i++) {
		volatile unsigned char *byte = target->p + i * PAGE;
		unsigned char was = *byte;

		*byte = (unsigned char)~was;
		assert_int_equal(*byte, (unsigned char)~was);
		*byte = was;
	}
}

static int advise(const struct target *target, int advice)
{
	int error;

	errno = 0;
	/* A part, so that the map is split, then all of it. */
	madvise(target->p + 2 * PAGE, 3 * PAGE, advice);
	assert_sound(target);
	errno = 0;
	error = madvise(target->p, LENGTH * PAGE, advice) ? errno : 0;
	assert_sound(target);
	return error;
}

/* Versions differ, or a kernel may be built without: KSM, huge pages. */
#define ANY (-1)

/* What the core answers, by advice: to a shared map, to a private one. */
static const int answers[][2] = {
	[MADV_NORMAL] = { 0, 0 },
	[MADV_RANDOM] = { 0, 0 },
	[MADV_SEQUENTIAL] = { 0, 0 },
	[MADV_WILLNEED] = { 0, 0 },
	[MADV_DONTNEED] = { EINVAL, 0 },
	[5] = { EINVAL, EINVAL },
	[6] = { EINVAL, EINVAL },
	[7] = { EINVAL, EINVAL },
	[MADV_FREE] = { EINVAL, EINVAL },
	[MADV_REMOVE] = { ENODEV, EACCES },
	[MADV_DONTFORK] = { 0, 0 },
	[MADV_DOFORK] = { EINVAL, ANY },
	[MADV_MERGEABLE] = { ANY, ANY },
	[MADV_UNMERGEABLE] = { ANY, ANY },
	[MADV_HUGEPAGE] = { ANY, ANY },
	[MADV_NOHUGEPAGE] = { ANY, ANY },
	[MADV_DONTDUMP] = { 0, 0 },
	[MADV_DODUMP] = { EINVAL, EINVAL },
	[MADV_WIPEONFORK] = { EINVAL, EINVAL },
	[MADV_KEEPONFORK] = { 0, 0 },
	[MADV_COLD] = { EINVAL, 0 },
	[MADV_PAGEOUT] = { EINVAL, 0 },
	[MADV_POPULATE_READ] = { EINVAL, 0 },
	[MADV_POPULATE_WRITE] = { EINVAL, 0 },
	[MADV_DONTNEED_LOCKED] = { EINVAL, 0 },
	[25] = { EINVAL, EINVAL },
	[26] = { EINVAL, EINVAL },
	[27] = { EINVAL, EINVAL },
	/* Hardware errors are root's to play with, guard pages not for devices. */
	[100] = { EPERM, EPERM },
	[101] = { EPERM, EPERM },
	[102] = { EINVAL, EINVAL },
	[103] = { EINVAL, EINVAL },
	[104] = { EINVAL, EINVAL },
};

static void sweep(void *arg)
{
	const struct target *target = arg;
	const size_t nr = sizeof(answers) / sizeof(*answers);
	size_t advice;

	assert_sound(target);
	for (advice = 0; advice < nr; advice = advice == 27 ? 100 : advice + 1) {
		int wanted = answers[advice][target->flags == MAP_PRIVATE];
		int error = advise(target, (int)advice);

		if (wanted != ANY)
			assert_int_equal(error, wanted);
	}
}

static void every_madvise_leaves_the_bytes_alone(void **state)
{
	run_on_both(state, sweep);
}

static void advise_badly(void *arg)
{
	assert_int_equal(advise(arg, 12345), EINVAL);
	assert_int_equal(advise(arg, -1), EINVAL);
	assert_int_equal(advise(arg, MADV_HWPOISON), EPERM);
}

static void an_unknown_madvise_is_EINVAL(void **state)
{
	run_on_both(state, advise_badly);
}

static void undo_what_the_driver_set(void *arg)
{
	const struct target *target = arg;

	assert_int_equal(advise(target, MADV_DODUMP), EINVAL);
	if (target->flags == MAP_SHARED) {
		assert_int_equal(advise(target, MADV_DOFORK), EINVAL);
		assert_int_equal(advise(target, MADV_DONTNEED), EINVAL);
		assert_int_equal(advise(target, MADV_FREE), EINVAL);
	} else {
		assert_int_equal(advise(target, MADV_DONTNEED), 0);
	}
	assert_int_equal(advise(target, MADV_WIPEONFORK), EINVAL);
	assert_int_not_equal(advise(target, MADV_REMOVE), 0);
}

static void MADV_DODUMP_and_MADV_DOFORK_are_EINVAL(void **state)
{
	run_on_both(state, undo_what_the_driver_set);
}

static void use_in_child(void *arg)
{
	assert_sound(arg);
}

static void keep_from_children(void *arg)
{
	const struct target *target = arg;
	unsigned int before = maps(target->fd);

	assert_int_equal(run_child(use_in_child, arg), 0);
	assert_int_equal(madvise(target->p, LENGTH * PAGE, MADV_DONTFORK), 0);
	assert_int_equal(run_child(load, target->p), -SIGSEGV);
	assert_int_equal(maps(target->fd), before);
}

static void MADV_DONTFORK_keeps_a_map_from_children(void **state)
{
	run_on_both(state, keep_from_children);
}

static void lock(void *arg)
{
	const struct target *target = arg;
	struct target later = *target;

	/* RLIMIT_MEMLOCK is not the matter. Refusal is allowed. */
	mlock(target->p, LENGTH * PAGE);
	assert_sound(target);
	mlock(target->p + PAGE, PAGE);
	munlock(target->p + PAGE, 2 * PAGE);
	assert_sound(target);
	syscall(SYS_mlock2, target->p, LENGTH * PAGE, 1 /* MLOCK_ONFAULT */);
	assert_sound(target);
	/* Far below RLIMIT_MEMLOCK: what is mapped from now on is locked, if it can be. */
	assert_int_equal(mlockall(MCL_CURRENT | MCL_FUTURE), 0);
	assert_sound(target);
	later.p = map(target->fd, target->flags, RW, FIRST, LENGTH);
	assert_sound(&later);
	unmap(later.p, LENGTH);
	munlockall();
	assert_sound(target);
}

static void mlock_leaves_the_bytes_alone(void **state)
{
	run_on_both(state, lock);
}

#define MPOL_BIND 2
#define MPOL_MF_MOVE_ALL 7

static void migrate(void *arg)
{
	const struct target *target = arg;
	unsigned long nodes = 1;
	void *pages[LENGTH];
	int status[LENGTH];
	int wanted[LENGTH] = { 0 };
	size_t i;

	for (i = 0; i < LENGTH; i++)
		pages[i] = target->p + i * PAGE;
	assert_sound(target);
	syscall(SYS_mbind, target->p, LENGTH * PAGE, MPOL_BIND, &nodes, 8, MPOL_MF_MOVE_ALL);
	assert_sound(target);
	syscall(SYS_move_pages, 0, LENGTH, pages, NULL, status, 0);
	syscall(SYS_move_pages, 0, LENGTH, pages, wanted, status, MPOL_MF_MOVE_ALL);
	assert_sound(target);
}

static void migration_leaves_the_bytes_alone(void **state)
{
	run_on_both(state, migrate);
}

static void ask_for_residency(void *arg)
{
	const struct target *target = arg;
	unsigned char resident[LENGTH + 1];

	memset(resident, POISON, sizeof(resident));
	assert_int_equal(mincore(target->p, LENGTH * PAGE, resident), 0);
	assert_int_equal(resident[LENGTH], POISON);
	assert_sound(target);
}

static void mincore_answers(void **state)
{
	run_on_both(state, ask_for_residency);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_madvise_leaves_the_bytes_alone),
		TEST(an_unknown_madvise_is_EINVAL),
		TEST(MADV_DODUMP_and_MADV_DOFORK_are_EINVAL),
		TEST(MADV_DONTFORK_keeps_a_map_from_children),
		TEST(mlock_leaves_the_bytes_alone),
		TEST(migration_leaves_the_bytes_alone),
		TEST(mincore_answers),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
