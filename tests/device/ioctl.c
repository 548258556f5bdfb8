// SPDX-License-Identifier: BSD-2-Clause
/*
 * ioctl(2): what INFO says, which arguments CLIENT, WAIT and WAKE take, and that
 * there are no calls but those we know.
 */
#include "device.h"

static void INFO_describes_the_buffer(void **state)
{
	struct mmapdemo_info info;
	size_t i;

	memset(&info, POISON, sizeof(info));
	assert_int_equal(ioctl(node(state), MMAPDEMO_IOC_INFO, &info), 0);
	assert_int_equal(info.abi_version, MMAPDEMO_ABI_VERSION);
	assert_int_equal(info.page_size, sysconf(_SC_PAGESIZE));
	assert_int_equal(info.features, MMAPDEMO_FEATURE_CREATE | MMAPDEMO_FEATURE_EVENTS |
						MMAPDEMO_FEATURE_WORDS | MMAPDEMO_FEATURE_CHANNELS |
						MMAPDEMO_FEATURE_ENGINES);
	assert_int_equal(info.size, SIZE);
	assert_int_equal(info.opens, 1);
	assert_int_equal(info.maps, 0);
	assert_int_equal(info.clients, 0);
	assert_int_equal(info.channel, 0);
	for (i = 0; i < sizeof(info.reserved) / sizeof(*info.reserved); i++)
		assert_int_equal(info.reserved[i], 0);
}

static void INFO_works_on_any_descriptor(void **state)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR | O_APPEND | O_NONBLOCK };
	size_t i;

	for (i = 0; i < 3; i++) {
		int other = open_node(flags[i]);

		assert_int_equal(info(other).size, SIZE);
		assert_int_equal(info(other).opens, 2);
		assert_int_equal(close(other), 0);
	}
	assert_int_equal(info(node(state)).opens, 1);
}

static void INFO_writes_its_64_bytes_and_no_more(void **state)
{
	unsigned char one[192], two[192];
	size_t i;

	assert_int_equal(sizeof(struct mmapdemo_info), 64);
	memset(one, 0x55, sizeof(one));
	memset(two, 0xaa, sizeof(two));
	assert_int_equal(ioctl(node(state), MMAPDEMO_IOC_INFO, one + 64), 0);
	assert_int_equal(ioctl(node(state), MMAPDEMO_IOC_INFO, two + 64), 0);
	for (i = 0; i < 64; i++)
		assert_int_equal(one[64 + i], two[64 + i]);
	assert_all(one, 0x55, 64);
	assert_all(one + 128, 0x55, 64);
	assert_all(two, 0xaa, 64);
	assert_all(two + 128, 0xaa, 64);
}

static void INFO_needs_no_aligned_pointer(void **state)
{
	unsigned char bytes[65];
	struct mmapdemo_info copy;

	assert_int_equal(ioctl(node(state), MMAPDEMO_IOC_INFO, bytes + 1), 0);
	memcpy(&copy, bytes + 1, sizeof(copy));
	assert_int_equal(copy.size, SIZE);
}

static void INFO_to_a_bad_address_is_EFAULT(void **state)
{
	unsigned char *p = memory(2);
	int fd = node(state);

	assert_int_equal(mprotect(p + PAGE, PAGE, PROT_NONE), 0);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_INFO, NULL), EFAULT);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_INFO, p + PAGE), EFAULT);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_INFO, p + PAGE - 63), EFAULT);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_INFO, p + PAGE - 1), EFAULT);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_INFO, -PAGE), EFAULT);
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_INFO, p + PAGE - 64), 0);
	assert_int_equal(mprotect(p, PAGE, PROT_READ), 0);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_INFO, p), EFAULT);
	unmap(p, 2);
}

static void INFO_can_be_written_into_a_map_of_the_buffer(void **state)
{
	struct mmapdemo_info *info = (void *)map(node(state), MAP_SHARED, RW, 5, 1);

	memset(info, POISON, PAGE);
	assert_int_equal(ioctl(node(state), MMAPDEMO_IOC_INFO, info), 0);
	assert_int_equal(info->size, SIZE);
	assert_int_equal(info->maps, 1);
	assert_all((unsigned char *)(info + 1), POISON, PAGE - sizeof(*info));
	unmap(info, 1);
}

#ifdef __x86_64__
/* A 32-bit program's entry: the same layout, the same answer. */
static long ioctl_32(int fd, uint32_t request, uint32_t arg)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(54), "b"(fd), "c"(request), "d"(arg)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static void INFO_is_the_same_for_32_bit_programs(void **state)
{
	unsigned char *p = map(-1, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, RW, 0, 1);
	struct mmapdemo_info expected = info(node(state));
	uint32_t address = (uint32_t)(uintptr_t)p;

	memset(p, POISON, PAGE);
	assert_int_equal(ioctl_32(node(state), MMAPDEMO_IOC_INFO, address), 0);
	assert_memory_equal(p, &expected, sizeof(expected));
	assert_all(p + 64, POISON, PAGE - 64);
	assert_int_equal(ioctl_32(node(state), MMAPDEMO_IOC_INFO, 0), -EFAULT);
	assert_int_equal(ioctl_32(node(state), MMAPDEMO_IOC_INFO + 1, address), -ENOTTY);
	unmap(p, 1);
}
#else
static void INFO_is_the_same_for_32_bit_programs(void **state)
{
	(void)state;
	skip(); /* The way in differs on each architecture; the driver's code does not. */
}
#endif

static void opens_counts_open_files_and_not_descriptors(void **state)
{
	int fd = node(state);
	int same = dup(fd);
	int other = open_node(O_RDONLY);
	int third = open_node(O_WRONLY);

	assert_int_equal(info(fd).opens, 3);
	assert_int_equal(close(third), 0);
	assert_int_equal(info(same).opens, 2);
	assert_int_equal(close(same), 0);
	assert_int_equal(info(fd).opens, 2);
	assert_int_equal(close(other), 0);
	assert_int_equal(info(fd).opens, 1);
}

static void maps_counts_windows_of_either_kind(void **state)
{
	int fd = node(state);
	unsigned char *p[4];
	size_t i;

	for (i = 0; i < 4; i++) {
		p[i] = map(fd, i % 2 ? MAP_PRIVATE : MAP_SHARED, PROT_READ, i, 1 + i);
		assert_int_equal(maps(fd), i + 1);
	}
	for (i = 0; i < 4; i++) {
		unmap(p[i], 1 + i);
		assert_int_equal(maps(fd), 3 - i);
	}
}

static void counts_come_from_the_whole_buffer(void **state)
{
	int other = open_node(O_RDONLY);
	unsigned char *p = map(other, MAP_SHARED, PROT_READ, 0, 1);

	assert_int_equal(maps(node(state)), 1);
	assert_int_equal(close(other), 0);
	assert_int_equal(info(node(state)).opens, 2);
	unmap(p, 1);
	assert_int_equal(info(node(state)).opens, 1);
}

static bool is_known(unsigned int cmd)
{
	static const unsigned int known[] = {
		MMAPDEMO_IOC_INFO,	   MMAPDEMO_IOC_CREATE, MMAPDEMO_IOC_OPEN,
		MMAPDEMO_IOC_REMOVE,	   MMAPDEMO_IOC_RESIZE, MMAPDEMO_IOC_PUBLISH,
		MMAPDEMO_IOC_EVENTS,	   MMAPDEMO_IOC_CLIENT, MMAPDEMO_IOC_WAIT,
		MMAPDEMO_IOC_WAKE,	   MMAPDEMO_IOC_JOIN,	MMAPDEMO_IOC_CHANNEL_WAIT,
		MMAPDEMO_IOC_CHANNEL_WAKE, MMAPDEMO_IOC_ENGINE, MMAPDEMO_IOC_WATCH,
		MMAPDEMO_IOC_REMOVE_NAME,
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (cmd == known[i])
			return true;
	}
	return false;
}

static void assert_unknown(int fd, char type, unsigned char *arg)
{
	static const unsigned int sizes[] = { 0, 8, 16, 32, 63, 64, 65, 4096 };
	unsigned int direction, number, i;

	for (direction = 0; direction < 4; direction++) {
		for (number = 0; number < 256; number++) {
			for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
				unsigned int cmd = _IOC(direction, type, number, sizes[i]);

				if (is_known(cmd))
					continue;
				assert_fails(ioctl(fd, cmd, arg), ENOTTY);
			}
		}
	}
	assert_all(arg, POISON, 2 * PAGE);
}

static void unknown_calls_are_ENOTTY(void **state)
{
	const struct mmapdemo_create args = { .size = MMAPDEMO_RING_MIN,
					      .flags = MMAPDEMO_CREATE_CHANNEL };
	int channel = ioctl(node(state), MMAPDEMO_IOC_CREATE, &args);
	unsigned char *arg = memory(2);

	assert_unknown(node(state), MMAPDEMO_IOC_MAGIC, arg);
	assert_unknown(node(state), 'M', arg);
	assert_unknown(channel, MMAPDEMO_IOC_MAGIC, arg);
	unmap(arg, 2);
	close(channel);
}

/* Nobody looks at the pointer before the whole number is right. */
static void INFO_of_another_size_or_direction_is_ENOTTY(void **state)
{
	unsigned char *hole = reserve(1);
	unsigned int direction, size;

	for (direction = 0; direction < 4; direction++) {
		for (size = 0; size < 1 << _IOC_SIZEBITS; size++) {
			unsigned int cmd = _IOC(direction, MMAPDEMO_IOC_MAGIC, 0, size);

			assert_fails(ioctl(node(state), cmd, size % 2 ? hole : NULL),
				     cmd == MMAPDEMO_IOC_INFO ? EFAULT : ENOTTY);
		}
	}
	unmap(hole, 1);
}

/* Would sleep forever, were it allowed to. */
static const struct mmapdemo_wait wait_args = { .expected = 1, .deadline = MMAPDEMO_WAIT_FOREVER };

static void assert_wait_is(int fd, struct mmapdemo_wait args, int error)
{
	assert_fails(ioctl(fd, MMAPDEMO_IOC_WAIT, &args), error);
}

static void WAIT_of_wrong_members_is_EINVAL(void **state)
{
	int fd = node(state);
	uint32_t zero = 0;
	struct mmapdemo_wait args;

	assert_int_equal(pwrite(fd, &zero, sizeof(zero), 0), sizeof(zero));
	assert_wait_is(fd, wait_args, EAGAIN);
	args = wait_args;
	args.flags = MMAPDEMO_WAIT_OWNER;
	assert_wait_is(fd, args, EAGAIN);
	for (int bit = 1; bit < 32; bit++) {
		args.flags = 1U << bit;
		assert_wait_is(fd, args, EINVAL);
		args.flags |= MMAPDEMO_WAIT_OWNER;
		assert_wait_is(fd, args, EINVAL);
	}
	for (int bit = 0; bit < 64; bit++) {
		args = wait_args;
		args.reserved = 1ULL << bit;
		assert_wait_is(fd, args, EINVAL);
	}
}

static void WAIT_of_a_deadline_out_of_range_is_EINVAL(void **state)
{
	static const uint64_t wrong[] = { 1ULL << 63, (1ULL << 63) + 1, ~0ULL - 1, 3ULL << 62 };
	static const uint64_t right[] = { 0, 1, 1ULL << 32, (1ULL << 63) - 1, ~0ULL };
	struct mmapdemo_wait args = wait_args;

	assert_int_equal(pwrite(node(state), "\0\0\0", 4, 0), 4);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		args.deadline = wrong[i];
		assert_wait_is(node(state), args, EINVAL);
	}
	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		args.deadline = right[i];
		assert_wait_is(node(state), args, EAGAIN);
	}
}

static void WAKE_of_wrong_members_is_EINVAL(void **state)
{
	static const uint32_t counts[] = { 0, 1U << 31, UINT32_MAX };
	struct mmapdemo_wake args = { .count = 1 };

	assert_int_equal(ioctl(node(state), MMAPDEMO_IOC_WAKE, &args), 0);
	for (int bit = 0; bit < 32; bit++) {
		args.reserved = 1U << bit;
		assert_fails(ioctl(node(state), MMAPDEMO_IOC_WAKE, &args), EINVAL);
	}
	args.reserved = 0;
	for (int i = 0; i < 3; i++) {
		args.count = counts[i];
		assert_fails(ioctl(node(state), MMAPDEMO_IOC_WAKE, &args), EINVAL);
	}
	args.count = INT32_MAX;
	assert_int_equal(ioctl(node(state), MMAPDEMO_IOC_WAKE, &args), 0);
}

/* Each takes its structure and no byte more, at any address. */
static void WAIT_and_WAKE_at_a_bad_address_are_EFAULT(void **state)
{
	static const unsigned int cmds[] = { MMAPDEMO_IOC_WAIT, MMAPDEMO_IOC_WAKE };
	unsigned char *p = memory(2);
	int fd = node(state);

	assert_int_equal(mprotect(p + PAGE, PAGE, PROT_NONE), 0);
	for (int i = 0; i < 2; i++) {
		size_t size = _IOC_SIZE(cmds[i]);

		assert_fails(ioctl(fd, cmds[i], NULL), EFAULT);
		assert_fails(ioctl(fd, cmds[i], -PAGE), EFAULT);
		assert_fails(ioctl(fd, cmds[i], p + PAGE), EFAULT);
		assert_fails(ioctl(fd, cmds[i], p + PAGE - size + 1), EFAULT);
		assert_fails(ioctl(fd, cmds[i], p + PAGE - 1), EFAULT);
		assert_fails(ioctl(fd, cmds[i], p + PAGE - size), EINVAL);
		assert_fails(ioctl(fd, cmds[i], p + 1), EINVAL);
	}
	assert_all(p, POISON, PAGE);
	unmap(p, 2);
}

static void WAIT_and_WAKE_write_nothing(void **state)
{
	struct mmapdemo_wait *wait = (void *)map(-1, MAP_PRIVATE | MAP_ANONYMOUS, RW, 0, 1);
	struct mmapdemo_wake *wake = (void *)(wait + 1);

	*wait = wait_args;
	wake->count = 1;
	assert_int_equal(pwrite(node(state), "\0\0\0", 4, 0), 4);
	assert_int_equal(mprotect(wait, PAGE, PROT_READ), 0);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_WAIT, wait), EAGAIN);
	assert_int_equal(ioctl(node(state), MMAPDEMO_IOC_WAKE, wake), 0);
	unmap(wait, 1);
}

static void CLIENT_takes_no_argument_and_a_writer(void **state)
{
	int reader = open_node(O_RDONLY);
	int writer = open_node(O_WRONLY);

	assert_fails(ioctl(reader, MMAPDEMO_IOC_CLIENT, 0), EBADF);
	for (int bit = 0; bit < 64; bit++)
		assert_fails(ioctl(node(state), MMAPDEMO_IOC_CLIENT, 1UL << bit), EINVAL);
	assert_int_equal(info(reader).clients, 0);
	assert_true(ioctl(writer, MMAPDEMO_IOC_CLIENT, 0) > 0);
	assert_int_equal(info(reader).clients, 1);
	close(writer);
	assert_int_equal(info(reader).clients, 0);
	close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(INFO_describes_the_buffer),
		TEST(INFO_works_on_any_descriptor),
		TEST(INFO_writes_its_64_bytes_and_no_more),
		TEST(INFO_needs_no_aligned_pointer),
		TEST(INFO_to_a_bad_address_is_EFAULT),
		TEST(INFO_can_be_written_into_a_map_of_the_buffer),
		TEST(INFO_is_the_same_for_32_bit_programs),
		TEST(opens_counts_open_files_and_not_descriptors),
		TEST(maps_counts_windows_of_either_kind),
		TEST(counts_come_from_the_whole_buffer),
		TEST(unknown_calls_are_ENOTTY),
		TEST(INFO_of_another_size_or_direction_is_ENOTTY),
		TEST(WAIT_of_wrong_members_is_EINVAL),
		TEST(WAIT_of_a_deadline_out_of_range_is_EINVAL),
		TEST(WAKE_of_wrong_members_is_EINVAL),
		TEST(WAIT_and_WAKE_at_a_bad_address_are_EFAULT),
		TEST(WAIT_and_WAKE_write_nothing),
		TEST(CLIENT_takes_no_argument_and_a_writer),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
