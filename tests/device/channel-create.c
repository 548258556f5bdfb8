// SPDX-License-Identifier: BSD-2-Clause
/* Channels as buffers: how they are made, what INFO says, what they are not. */
#include "channel.h"

static void assert_no_ring(int fd, uint64_t size, uint32_t flags)
{
	assert_fails(create_ring(fd, "", size, flags), EINVAL);
}

static void a_size_that_is_no_power_of_two_is_EINVAL(void **state)
{
	static const uint64_t sizes[] = { 1,
					  PAGE - 1,
					  PAGE + 1,
					  RING - 1,
					  RING + 1,
					  RING + 8,
					  RING + PAGE,
					  3 * PAGE,
					  RING * 3 / 2,
					  3 * RING,
					  MMAPDEMO_RING_MAX - 1,
					  MMAPDEMO_RING_MAX - PAGE };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		assert_no_ring(node(state), sizes[i], MMAPDEMO_CREATE_CHANNEL);
}

static void a_size_out_of_range_is_EINVAL(void **state)
{
	assert_no_ring(node(state), 0, MMAPDEMO_CREATE_CHANNEL);
	for (uint64_t size = 1; size; size *= 2) {
		if (size < MMAPDEMO_RING_MIN || size > MMAPDEMO_RING_MAX)
			assert_no_ring(node(state), size, MMAPDEMO_CREATE_CHANNEL);
	}
	assert_no_ring(node(state), MMAPDEMO_SIZE_MAX, MMAPDEMO_CREATE_CHANNEL);
	assert_no_ring(node(state), ~0ULL, MMAPDEMO_CREATE_CHANNEL);
}

/* There may be too little memory for it. */
static void the_largest_size_is_not_refused_for_itself(void **state)
{
	int fd = create_ring(node(state), "", MMAPDEMO_RING_MAX, MMAPDEMO_CREATE_CHANNEL);

	if (fd < 0)
		assert_true(errno == ENOSPC || errno == EDQUOT || errno == ENOMEM);
	else
		close(fd);
}

static void unknown_flags_are_EINVAL(void **state)
{
	for (int bit = 0; bit < 32; bit++) {
		uint32_t flag = 1U << bit;

		if (flag != MMAPDEMO_CREATE_CHANNEL)
			assert_no_ring(node(state), RING, flag);
		if (!(flag & (MMAPDEMO_CREATE_CHANNEL | MMAPDEMO_CREATE_LINES))) {
			assert_no_ring(node(state), RING, flag | MMAPDEMO_CREATE_CHANNEL);
			assert_no_ring(node(state), RING,
				       flag | MMAPDEMO_CREATE_CHANNEL | MMAPDEMO_CREATE_LINES);
		}
	}
}

static void a_mode_without_a_name_is_EINVAL(void **state)
{
	struct mmapdemo_create args = { .size = RING,
					.mode = 0600,
					.flags = MMAPDEMO_CREATE_CHANNEL };

	assert_fails(ioctl(node(state), MMAPDEMO_IOC_CREATE, &args), EINVAL);
	args.mode = 0;
	args.reserved = 1;
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_CREATE, &args), EINVAL);
}

static void INFO_tells_what_it_is(void **state)
{
	const uint32_t lines = MMAPDEMO_CREATE_CHANNEL | MMAPDEMO_CREATE_LINES;

	assert_true(info(node(state)).features & MMAPDEMO_FEATURE_CHANNELS);
	assert_int_equal(info(node(state)).channel, 0);
	for (uint64_t size = RING; size <= 16 * RING; size *= 2) {
		int plain = create(node(state), "", size / PAGE);
		int fd = create_ring(node(state), "", size, MMAPDEMO_CREATE_CHANNEL);
		int other = create_ring(node(state), "", size, lines);

		assert_int_equal(info(plain).channel, 0);
		assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL);
		assert_int_equal(info(fd).size, size);
		assert_int_equal(info(fd).opens, 1);
		assert_int_equal(info(fd).maps, 0);
		assert_int_equal(info(fd).clients, 0);
		assert_int_equal(info(other).channel, MMAPDEMO_CHANNEL | MMAPDEMO_CHANNEL_LINES);
		assert_int_equal(info(other).size, size);
		close(other);
		close(fd);
		close(plain);
	}
}

static void INFO_tells_which_roles_are_taken(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer;

	assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL | MMAPDEMO_CHANNEL_PRODUCER);
	assert_int_equal(info(fd).maps, SIDE_MAPS);
	consumer = take(fd, MMAPDEMO_CONSUMER);
	assert_int_equal(info(fd).channel,
			 MMAPDEMO_CHANNEL | MMAPDEMO_CHANNEL_PRODUCER | MMAPDEMO_CHANNEL_CONSUMER);
	assert_int_equal(info(fd).maps, 2 * SIDE_MAPS);
	leave_role(&producer);
	assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL | MMAPDEMO_CHANNEL_CONSUMER);
	leave_role(&consumer);
	assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL);
	assert_int_equal(info(fd).maps, 0);
	close(fd);
}

static void a_new_channel_is_all_zero(void **state)
{
	int fd = create_channel(node(state), "");
	struct side side = map_side(fd, 0);

	assert_all((unsigned char *)side.producer, 0, PAGE);
	assert_all((unsigned char *)side.consumer, 0, PAGE);
	assert_all(side.data, 0, 2 * RING);
	unmap_side(&side);
	close(fd);
}

static void a_named_channel_has_a_node(void **state)
{
	int fd = create_channel(node(state), "chan");
	int other = open(NODE "-chan", O_RDWR | O_CLOEXEC);
	int reader = open(NODE "-chan", O_RDONLY | O_CLOEXEC);

	assert_true(other >= 0 && reader >= 0);
	assert_int_equal(info(reader).channel, MMAPDEMO_CHANNEL);
	assert_int_equal(info(reader).size, RING);
	assert_int_equal(attribute("chan", "size"), RING);
	send_text(other, "by name");
	expect_text(reader, "by name");
	close(reader);
	close(other);
	remove_and_close(fd);
	assert_fails(open(NODE "-chan", O_RDWR), ENOENT);
}

static void a_removed_channel_works_on(void **state)
{
	int fd = create_channel(node(state), "gone");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	int reader = open(NODE "-gone", O_RDONLY | O_CLOEXEC);

	assert_int_equal(remove_name(fd), 0);
	assert_fails(open(NODE "-gone", O_RDWR), ENOENT);
	assert_true(publish_text(&producer, "still here"));
	expect_text(reader, "still here");
	close(fd);
	assert_true(publish_text(&producer, "and here"));
	expect_text(reader, "and here");
	leave_role(&producer);
	close(reader);
}

static void what_buffers_do_is_ENOTTY(void **state)
{
	struct mmapdemo_wait wait_args = { .deadline = 0 };
	struct mmapdemo_wake wake_args = { .count = 1 };
	struct mmapdemo_events events;
	int fd = create_channel(node(state), "");

	assert_fails(resize(fd, RING), ENOTTY);
	assert_fails(resize(fd, 2 * RING), ENOTTY);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), ENOTTY);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_EVENTS, &events), ENOTTY);
	assert_fails(client(fd), ENOTTY);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_WAIT, &wait_args), ENOTTY);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_WAKE, &wake_args), ENOTTY);
	assert_int_equal(info(fd).size, RING);
	assert_int_equal(info(fd).clients, 0);
	assert_int_equal(info(fd).channel, MMAPDEMO_CHANNEL);
	close(fd);
}

static void what_channels_do_is_ENOTTY_on_a_buffer(void **state)
{
	for (unsigned long role = 1; role <= 2; role++)
		assert_fails(join_as(node(state), role), ENOTTY);
	assert_fails(wait_until(node(state), 0), ENOTTY);
	assert_fails(wake_peer(node(state)), ENOTTY);
	assert_int_equal(info(node(state)).channel, 0);
}

static void a_call_of_the_other_kind_looks_at_nothing(void **state)
{
	int fd = create_channel(node(state), "");

	assert_fails(ioctl(fd, MMAPDEMO_IOC_EVENTS, NULL), ENOTTY);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_RESIZE, NULL), ENOTTY);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_CHANNEL_WAIT, NULL), ENOTTY);
	close(fd);
}

static void fsync_and_msync_do_nothing(void **state)
{
	int fd = create_channel(node(state), "");
	struct side side = take(fd, MMAPDEMO_PRODUCER);

	assert_int_equal(fsync(fd), 0);
	assert_int_equal(fdatasync(side.fd), 0);
	assert_int_equal(msync(side.producer, PAGE, MS_SYNC), 0);
	assert_int_equal(msync(side.data, 2 * RING, MS_SYNC), 0);
	assert_int_equal(info(fd).publications, 0);
	leave_role(&side);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_size_that_is_no_power_of_two_is_EINVAL),
		TEST(a_size_out_of_range_is_EINVAL),
		TEST(the_largest_size_is_not_refused_for_itself),
		TEST(unknown_flags_are_EINVAL),
		TEST(a_mode_without_a_name_is_EINVAL),
		TEST(INFO_tells_what_it_is),
		TEST(INFO_tells_which_roles_are_taken),
		TEST(a_new_channel_is_all_zero),
		TEST(a_named_channel_has_a_node),
		TEST(a_removed_channel_works_on),
		TEST(what_buffers_do_is_ENOTTY),
		TEST(what_channels_do_is_ENOTTY_on_a_buffer),
		TEST(a_call_of_the_other_kind_looks_at_nothing),
		TEST(fsync_and_msync_do_nothing),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
