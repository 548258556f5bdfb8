// SPDX-License-Identifier: BSD-2-Clause
/*
 * REMOVE_NAME: a name can be removed where its node is missing, by its creator.
 */
#include "named.h"

static void a_name_goes_when_its_node_is_gone(void **state)
{
	int fd = create(node(state), "lost", 1);

	assert_int_equal(unlink("/dev/mmapdemo-lost"), 0);
	assert_int_equal(remove_by_name(node(state), "lost"), 0);
	assert_int_equal(attribute("lost", "size"), -1);
	/* As after REMOVE: the memory stays, the name is free. */
	assert_int_equal(pwrite(fd, "stays", 5, 0), 5);
	assert_fails(remove_name(fd), ENOENT);
	assert_fails(remove_by_name(node(state), "lost"), ENOENT);
	close(fd);
	remove_and_close(create(node(state), "lost", 1));
}

static void the_node_goes_with_the_name(void **state)
{
	int fd = create(node(state), "there", 1);
	int other = create(node(state), "other", 1);

	assert_int_equal(access("/dev/mmapdemo-there", F_OK), 0);
	assert_int_equal(remove_by_name(node(state), "there"), 0);
	assert_fails(access("/dev/mmapdemo-there", F_OK), ENOENT);
	assert_int_equal(attribute("other", "size"), PAGE);
	close(fd);
	remove_and_close(other);
}

static void a_file_in_the_place_of_the_node_stays(void **state)
{
	int file = open("/dev/mmapdemo-taken", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	int fd = create(node(state), "taken", 1);
	struct stat st;

	assert_true(file >= 0);
	assert_int_equal(remove_by_name(node(state), "taken"), 0);
	assert_int_equal(stat("/dev/mmapdemo-taken", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(unlink("/dev/mmapdemo-taken"), 0);
	close(file);
	close(fd);
}

static void what_is_no_name_is_EINVAL(void **state)
{
	static const char *const bad[] = { "", ".", ".hidden", "a/b", "a b", "\xc3\xa4" };
	struct mmapdemo_remove args;
	unsigned char *p = memory(1);

	_Static_assert(sizeof(args) == 48, "");
	_Static_assert(offsetof(struct mmapdemo_remove, reserved) == 40, "");
	_Static_assert(MMAPDEMO_IOC_REMOVE_NAME == 0x40305911, "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_fails(remove_by_name(node(state), bad[i]), EINVAL);
	/* One too long, one that does not end, one with something after its end. */
	assert_fails(remove_by_name(node(state), "123456789012345678901234567890123"), EINVAL);
	memset(&args, 'a', sizeof(args));
	args.reserved = 0;
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_REMOVE_NAME, &args), EINVAL);
	args = (struct mmapdemo_remove){ .name = "a" };
	args.name[39] = 'b';
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_REMOVE_NAME, &args), EINVAL);
	args = (struct mmapdemo_remove){ .name = "a", .reserved = 1ULL << 32 };
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_REMOVE_NAME, &args), EINVAL);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_REMOVE_NAME, NULL), EFAULT);
	unmap(p, 1);
	assert_fails(ioctl(node(state), MMAPDEMO_IOC_REMOVE_NAME, p), EFAULT);
	assert_fails(remove_by_name(node(state), "a"), ENOENT);
	assert_int_equal(attribute("", "size"), SIZE);
}

static void alice_makes(void *arg)
{
	(void)arg;
	become(ALICE);
	close(create(fixture.fd, "alice", 1));
}

static void bob_tries(void *arg)
{
	(void)arg;
	become(BOB);
	assert_fails(remove_by_name(fixture.fd, "alice"), EPERM);
	assert_fails(remove_by_name(fixture.fd, "none"), ENOENT);
}

static void alice_removes(void *arg)
{
	(void)arg;
	become(ALICE);
	assert_int_equal(remove_by_name(fixture.fd, "alice"), 0);
}

static void only_the_creator_takes_a_name_away(void **state)
{
	(void)state;
	assert_int_equal(run_child(alice_makes, NULL), 0);
	assert_int_equal(run_child(bob_tries, NULL), 0);
	assert_int_equal(attribute("alice", "size"), PAGE);
	assert_int_equal(run_child(alice_removes, NULL), 0);
	assert_int_equal(attribute("alice", "size"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_goes_when_its_node_is_gone),     TEST(the_node_goes_with_the_name),
		TEST(a_file_in_the_place_of_the_node_stays), TEST(what_is_no_name_is_EINVAL),
		TEST(only_the_creator_takes_a_name_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
