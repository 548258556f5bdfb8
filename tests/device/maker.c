// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who may make buffers and engines: who may write to /dev/mmapdemo. That somebody may
 * open another node, or was given a descriptor, does not open the driver. And who may
 * change what others made.
 */
#include "engine.h"

#include "named.h"

static void make_nothing(int fd)
{
	struct mmapdemo_engine engine = { .name = "sink", .in = fd, .out = -1 };

	assert_fails(create_as(fd, "", PAGE, 0), EPERM);
	assert_fails(create_as(fd, "made", PAGE, 0), EPERM);
	assert_fails(create_ring(fd, "", MMAPDEMO_RING_MIN, MMAPDEMO_CREATE_CHANNEL), EPERM);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_ENGINE, &engine), EPERM);
	assert_fails(remove_by_name(fd, "readable"), EPERM);
}

static void read_and_make_nothing(void *arg)
{
	int fd;

	(void)arg;
	close(fixture.fd);
	become(BOB);
	assert_fails(open(NODE, O_RDONLY), EACCES);
	fd = open("/dev/mmapdemo-readable", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	make_nothing(fd);
	/* Also not once more. */
	make_nothing(ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDONLY));
}

static void a_stranger_with_a_readable_node_makes_nothing(void **state)
{
	int fd = create_as(node(state), "readable", PAGE, 0644);

	assert_true(fd >= 0);
	assert_int_equal(run_child(read_and_make_nothing, NULL), 0);
	assert_int_equal(attribute("made", "size"), -1);
	remove_and_close(fd);
}

static void only_a_writable_descriptor_of_the_node_itself_makes(void **state)
{
	int readable = create(node(state), "readable", 1);
	int fds[] = { open_node(O_RDONLY), create(node(state), "", 1),
		      open("/dev/mmapdemo-readable", O_RDWR | O_CLOEXEC),
		      ioctl(node(state), MMAPDEMO_IOC_OPEN, O_RDWR), readable };

	for (int i = 0; i < 5; i++) {
		assert_true(fds[i] >= 0);
		make_nothing(fds[i]);
	}
	remove_and_close(readable);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
}

static void a_write_only_descriptor_of_the_node_makes(void **state)
{
	int writer = open_node(O_WRONLY);
	int fd = create(writer, "", 1);
	int named = create(writer, "named", 1);

	(void)state;
	close(fd);
	close(named);
	assert_int_equal(remove_by_name(writer, "named"), 0);
	close(writer);
}

/* Alice's, which is to be changed by others, by three descriptors that they inherit. */
struct alices {
	int buffer, node;
};

static void alice_makes(void *arg)
{
	(void)arg;
	become(ALICE);
	assert_true(create_as(fixture.fd, "alice", PAGE, 0600) >= 0);
}

static struct alices make_alices(int node)
{
	assert_int_equal(run_child(alice_makes, NULL), 0);
	return (struct alices){ open("/dev/mmapdemo-alice", O_RDWR | O_CLOEXEC), node };
}

static void change_with_CAP_FOWNER(void *arg)
{
	const struct alices *alices = arg;

	become_with(BOB, CAP_FOWNER);
	assert_int_equal(resize(alices->buffer, 3 * PAGE), 0);
	assert_int_equal(remove_name(alices->buffer), 0);
}

static void remove_by_name_with_CAP_FOWNER(void *arg)
{
	become_with(BOB, CAP_FOWNER);
	assert_int_equal(remove_by_name(((struct alices *)arg)->node, "alice"), 0);
}

static void CAP_FOWNER_changes_what_others_made(void **state)
{
	struct alices alices = make_alices(node(state));

	assert_int_equal(run_child(change_with_CAP_FOWNER, &alices), 0);
	assert_int_equal(info(alices.buffer).size, 3 * PAGE);
	close(alices.buffer);
	alices = make_alices(node(state));
	assert_int_equal(run_child(remove_by_name_with_CAP_FOWNER, &alices), 0);
	assert_int_equal(attribute("alice", "size"), -1);
	close(alices.buffer);
}

static void change_with_CAP_SYS_ADMIN(void *arg)
{
	const struct alices *alices = arg;

	become_with(BOB, CAP_SYS_ADMIN);
	assert_fails(resize(alices->buffer, 3 * PAGE), EPERM);
	assert_fails(remove_name(alices->buffer), EPERM);
	assert_fails(remove_by_name(alices->node, "alice"), EPERM);
}

static void CAP_SYS_ADMIN_does_not(void **state)
{
	struct alices alices = make_alices(node(state));

	assert_int_equal(run_child(change_with_CAP_SYS_ADMIN, &alices), 0);
	remove_and_close(alices.buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stranger_with_a_readable_node_makes_nothing),
		TEST(only_a_writable_descriptor_of_the_node_itself_makes),
		TEST(a_write_only_descriptor_of_the_node_makes),
		TEST(CAP_FOWNER_changes_what_others_made),
		TEST(CAP_SYS_ADMIN_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
