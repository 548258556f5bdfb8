// SPDX-License-Identifier: BSD-2-Clause
/*
 * A real 32-bit program: mmap2(2), which counts offsets in pages and so reaches
 * past 2^32 bytes, and compat ioctl(2). It is freestanding, because libc and
 * cmocka need not be there for 32 bits: see compat.h.
 */
#include "compat.h"

#ifdef __i386__

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/personality.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/mmapdemo.h>

#define PAGES 256U
#define POISON 0xa5

static const int kinds[] = { MAP_PRIVATE, MAP_SHARED };
static int fd;

static struct mmapdemo_info info(void)
{
	struct mmapdemo_info info;

	memset(&info, POISON, sizeof(info));
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_INFO, &info), 0);
	return info;
}

/* Each page begins with its own number. */
static void fill(void)
{
	uint32_t i;

	for (i = 0; i < PAGES; i++)
		expect(call(__NR_pwrite64, fd, &i, sizeof(i), i * PAGE, 0), sizeof(i));
}

static void mmap2_opens_a_window_at_each_page(void)
{
	uint32_t i;

	fill();
	for (i = 0; i < 2 * PAGES; i++) {
		volatile uint32_t *p = (void *)map2(fd, PAGE, RW, kinds[i % 2], i / 2);

		expect(*p, i / 2);
		expect(call(__NR_munmap, p, PAGE), 0);
	}
}

static void a_shared_map_and_the_file_calls_meet(void)
{
	volatile uint32_t *p = (void *)map2(fd, PAGE, RW, MAP_SHARED, PAGES - 1);
	uint32_t word = 0;

	p[1] = 0x32323232;
	expect(call(__NR_pread64, fd, &word, 4, PAGES * PAGE - PAGE + 4, 0), 4);
	expect(word, 0x32323232);
	expect(call(__NR_munmap, p, PAGE), 0);
}

static void mmap2_past_the_end_is_EINVAL(void)
{
	static const struct {
		size_t length;
		uint32_t pgoff;
	} windows[] = {
		{ PAGE, PAGES },
		{ 2 * PAGE, PAGES - 1 },
		{ PAGES * PAGE + 1, 0 },
		{ 0x80000000, 0 },
		{ 1, PAGES },
		/* 2^31, 2^32 and 2^43 bytes; in 32 bits they are inside. */
		{ PAGE, 0x80000 },
		{ PAGE, 0x100000 },
		{ PAGE, 0x100001 },
		{ PAGES * PAGE, 0x100000 },
		{ PAGE, 0x80000000 },
		{ PAGE, 0x80000001 },
		{ PAGE, 0xffffffff },
		/* These sums wrap in 32 bits. */
		{ 2 * PAGE, 0xffffffff },
		{ PAGES * PAGE, 0xffffffff },
		{ 0x20 * PAGE, 0xfffffff0 },
		{ 0x80000000, 0xfff80000 },
	};
	size_t i;

	for (i = 0; i < 2 * sizeof(windows) / sizeof(*windows); i++)
		expect(map2(fd, windows[i / 2].length, PROT_READ, kinds[i % 2],
			    windows[i / 2].pgoff),
		       -EINVAL);
	expect(info().maps, 0);
}

static void mmap2_of_0_bytes_is_EINVAL_and_of_2_to_the_32_ENOMEM(void)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		expect(map2(fd, 0, PROT_READ, kinds[i], 0), -EINVAL);
		expect(map2(fd, 0xfffff000, PROT_READ, kinds[i], 0), -ENOMEM);
		expect(map2(fd, 0xfffff000, PROT_READ, kinds[i], 0x100000), -ENOMEM);
		expect(map2(fd, 0xffffffff, PROT_READ, kinds[i], 1), -ENOMEM);
	}
}

/* The older call takes bytes, and all its arguments in memory. */
static void mmap_with_an_unaligned_or_high_offset_is_EINVAL(void)
{
	static const uint32_t offsets[] = { 1, PAGE - 1, PAGE + 1, PAGES * PAGE, 0xfffff000 };
	uint32_t args[] = { 0, PAGE, PROT_READ, MAP_SHARED, fd, 0 };
	size_t i;

	for (i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		args[5] = offsets[i];
		expect(call(__NR_mmap, args), -EINVAL);
	}
}

static void INFO_has_the_same_layout(void)
{
	unsigned char bytes[192];
	struct mmapdemo_info *info = (void *)(bytes + 64);
	size_t i;

	_Static_assert(sizeof(struct mmapdemo_info) == 64, "");
	_Static_assert(offsetof(struct mmapdemo_info, size) == 16, "");
	_Static_assert(offsetof(struct mmapdemo_info, maps) == 28, "");
	_Static_assert(offsetof(struct mmapdemo_info, channel) == 44, "");
	_Static_assert(MMAPDEMO_IOC_INFO == 0x80405900, "");
	memset(bytes, POISON, sizeof(bytes));
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_INFO, info), 0);
	expect(info->abi_version, MMAPDEMO_ABI_VERSION);
	expect(info->page_size, PAGE);
	expect(info->features, MMAPDEMO_FEATURE_CREATE | MMAPDEMO_FEATURE_EVENTS |
				       MMAPDEMO_FEATURE_WORDS | MMAPDEMO_FEATURE_CHANNELS |
				       MMAPDEMO_FEATURE_ENGINES);
	expect(info->size, PAGES * PAGE);
	expect(info->opens, 1);
	expect(info->maps, 0);
	expect(info->clients, 0);
	expect(info->channel, 0);
	for (i = 0; i < sizeof(info->reserved) / sizeof(*info->reserved); i++)
		expect(info->reserved[i], 0);
	for (i = 0; i < 64; i++)
		expect(bytes[i] + bytes[128 + i], 2 * POISON);
}

static void INFO_to_a_bad_address_is_EFAULT(void)
{
	unsigned char *p = (void *)map2(-1, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, 0);

	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_INFO, NULL), -EFAULT);
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_INFO, -PAGE), -EFAULT);
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_INFO, -1), -EFAULT);
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_INFO, p), 0);
	expect(call(__NR_mprotect, p, PAGE, PROT_READ), 0);
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_INFO, p), -EFAULT);
	expect(call(__NR_munmap, p, PAGE), 0);
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_INFO, p), -EFAULT);
}

static void WAIT_has_the_same_layout(void)
{
	struct mmapdemo_wait args = { .offset = PAGE + 8, .expected = 1, .deadline = 0 };
	uint32_t word = 1;

	_Static_assert(sizeof(args) == 32, "");
	_Static_assert(offsetof(struct mmapdemo_wait, flags) == 12, "");
	_Static_assert(offsetof(struct mmapdemo_wait, deadline) == 16, "");
	_Static_assert(offsetof(struct mmapdemo_wait, reserved) == 24, "");
	_Static_assert(MMAPDEMO_IOC_WAIT == 0x40205908, "");
	expect(call(__NR_pwrite64, fd, &word, sizeof(word), PAGE + 8, 0), sizeof(word));
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAIT, &args), -ETIMEDOUT);
	args.flags = MMAPDEMO_WAIT_OWNER;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAIT, &args), -EOWNERDEAD);
	args.expected = 2;
	args.deadline = MMAPDEMO_WAIT_FOREVER;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAIT, &args), -EAGAIN);
	/* A high half of its own for each of the long ones. */
	args.offset |= 1ULL << 32;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAIT, &args), -EINVAL);
	args.offset = PAGE + 8;
	args.deadline = 1ULL << 63;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAIT, &args), -EINVAL);
	args.deadline = 0;
	args.reserved = 1ULL << 32;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAIT, &args), -EINVAL);
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAIT, -PAGE), -EFAULT);
}

static void WAKE_has_the_same_layout(void)
{
	struct mmapdemo_wake args = { .offset = PAGES * PAGE - 4, .count = 0x7fffffff };

	_Static_assert(sizeof(args) == 16, "");
	_Static_assert(offsetof(struct mmapdemo_wake, reserved) == 12, "");
	_Static_assert(MMAPDEMO_IOC_WAKE == 0x40105909, "");
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAKE, &args), 0);
	args.reserved = 1;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAKE, &args), -EINVAL);
	args.reserved = 0;
	args.count = 0x80000000;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAKE, &args), -EINVAL);
	args.count = 1;
	args.offset = 1ULL << 32;
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAKE, &args), -EINVAL);
	expect(call(__NR_ioctl, fd, MMAPDEMO_IOC_WAKE, -PAGE), -EFAULT);
}

static void CLIENT_gives_and_close_ends_a_number(void)
{
	int other = call(__NR_open, NODE, O_RDWR);
	long number = call(__NR_ioctl, other, MMAPDEMO_IOC_CLIENT, 0);

	expect(number > 0, true);
	expect(call(__NR_ioctl, other, MMAPDEMO_IOC_CLIENT, 0), number);
	expect(call(__NR_ioctl, other, MMAPDEMO_IOC_CLIENT, 1), -EINVAL);
	expect(info().clients, 1);
	expect(call(__NR_close, other), 0);
	expect(info().clients, 0);
}

static void unknown_calls_are_ENOTTY(void)
{
	static const uint32_t sizes[] = { 0, 60, 63, 65, 68, 4096, 16383 };
	uint32_t i, number;

	for (number = 13; number < 256; number++) {
		for (i = 0; i < 4 * sizeof(sizes) / sizeof(*sizes); i++) {
			uint32_t cmd = _IOC(i % 4, MMAPDEMO_IOC_MAGIC, number, sizes[i / 4]);

			if (cmd != MMAPDEMO_IOC_WATCH)
				expect(call(__NR_ioctl, fd, cmd, NULL), -ENOTTY);
		}
	}
	expect(call(__NR_ioctl, fd, _IO(MMAPDEMO_IOC_MAGIC, 0), NULL), -ENOTTY);
	expect(call(__NR_ioctl, fd, _IOW(MMAPDEMO_IOC_MAGIC, 0, struct mmapdemo_info), NULL),
	       -ENOTTY);
	expect(call(__NR_ioctl, fd, _IOWR(MMAPDEMO_IOC_MAGIC, 0, struct mmapdemo_info), NULL),
	       -ENOTTY);
}

static void rights_are_those_of_the_descriptor(void)
{
	int reader = call(__NR_open, NODE, O_RDONLY);
	long p;

	expect(map2(reader, PAGE, RW, MAP_SHARED, 0), -EACCES);
	p = map2(reader, PAGE, PROT_READ, MAP_SHARED, 0);
	expect(call(__NR_mprotect, p, PAGE, RW), -EACCES);
	expect(call(__NR_mprotect, p, PAGE, PROT_READ | PROT_EXEC), -EACCES);
	expect(call(__NR_munmap, p, PAGE), 0);
	expect(call(__NR_close, reader), 0);
}

/* An old program whose stack is executable runs like this from the start. */
static void PROT_EXEC_is_EPERM_and_implied_too(void)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		expect(map2(fd, PAGE, PROT_READ | PROT_EXEC, kinds[i], 0), -EPERM);
		expect(call(__NR_personality, READ_IMPLIES_EXEC), 0);
		expect(map2(fd, PAGE, PROT_READ, kinds[i], 0), -EPERM);
		expect(call(__NR_personality, 0), READ_IMPLIES_EXEC);
	}
}

static void a_map_is_cut_and_does_not_grow(void)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		long p = map2(fd, 4 * PAGE, RW, kinds[i], 8);

		expect(call(__NR_munmap, p + PAGE, PAGE), 0);
		expect(info().maps, 2);
		expect(call(__NR_mremap, p, PAGE, 2 * PAGE, 1 /* MREMAP_MAYMOVE */), -EFAULT);
		expect(call(__NR_munmap, p, 4 * PAGE), 0);
		expect(info().maps, 0);
	}
}

static void positions_past_the_end_are_refused(void)
{
	static const uint32_t highs[] = { 0, 1, 0x7fffffff };
	char byte = 0;
	size_t i;

	for (i = 0; i < 3; i++) {
		expect(call(__NR_pread64, fd, &byte, 1, i ? 0 : PAGES * PAGE, highs[i]), 0);
		expect(call(__NR_pwrite64, fd, &byte, 1, i ? 0 : PAGES * PAGE, highs[i]), -ENOSPC);
	}
	expect(call(__NR_pread64, fd, &byte, 1, 0, 0x80000000), -EINVAL);
	expect(call(__NR_lseek, fd, 0, SEEK_END), PAGES * PAGE);
	expect(call(__NR_lseek, fd, 1, SEEK_END), -EINVAL);
}

static const struct test tests[] = {
	TEST(mmap2_opens_a_window_at_each_page),
	TEST(a_shared_map_and_the_file_calls_meet),
	TEST(mmap2_past_the_end_is_EINVAL),
	TEST(mmap2_of_0_bytes_is_EINVAL_and_of_2_to_the_32_ENOMEM),
	TEST(mmap_with_an_unaligned_or_high_offset_is_EINVAL),
	TEST(INFO_has_the_same_layout),
	TEST(INFO_to_a_bad_address_is_EFAULT),
	TEST(WAIT_has_the_same_layout),
	TEST(WAKE_has_the_same_layout),
	TEST(CLIENT_gives_and_close_ends_a_number),
	TEST(unknown_calls_are_ENOTTY),
	TEST(rights_are_those_of_the_descriptor),
	TEST(PROT_EXEC_is_EPERM_and_implied_too),
	TEST(a_map_is_cut_and_does_not_grow),
	TEST(positions_past_the_end_are_refused),
};

int main(void)
{
	fd = open_node();
	return run_tests(tests, sizeof(tests) / sizeof(*tests));
}

#endif
