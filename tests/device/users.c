// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two users without privileges: who may create, remove and resize, what each
 * sees of the other's, and how much each may have.
 */
#include "named.h"

#include <sched.h>

/* Everybody may open the node for a while: names need a writable descriptor. */
static void open_to_all(bool open)
{
	assert_int_equal(chmod(NODE, open ? 0666 : 0600), 0);
}

static void alice_creates(void *arg)
{
	int fd;

	become(ALICE);
	fd = open_node(O_RDWR);
	assert_true(create_as(fd, "alice", PAGE, *(unsigned int *)arg) >= 0);
}

/* Alice's buffer lives by its name when she has gone. */
static void make_alices(unsigned int mode)
{
	assert_int_equal(run_child(alice_creates, &mode), 0);
}

static void unmake_alices(void)
{
	int fd = open("/dev/mmapdemo-alice", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	remove_and_close(fd);
}

static void a_node_belongs_to_its_creator(void **state)
{
	struct stat st;

	(void)state;
	open_to_all(true);
	make_alices(0);
	assert_int_equal(stat("/dev/mmapdemo-alice", &st), 0);
	assert_int_equal(st.st_uid, ALICE);
	assert_int_equal(st.st_gid, ALICE);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(attribute("alice", "owner"), ALICE);
	unmake_alices();
	open_to_all(false);
}

static void bob_meets_a_private_buffer(void *arg)
{
	(void)arg;
	become(BOB);
	assert_fails(open("/dev/mmapdemo-alice", O_RDONLY), EACCES);
	assert_fails(create_as(open_node(O_RDWR), "alice", PAGE, 0), EEXIST);
	/* What everybody may know. */
	assert_int_equal(attribute("alice", "size"), PAGE);
	assert_int_equal(attribute("alice", "owner"), ALICE);
}

static void bob_meets_a_shared_buffer(void *arg)
{
	int fd;

	(void)arg;
	become(BOB);
	fd = open("/dev/mmapdemo-alice", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "bob", 3, 0), 3);
	assert_fails(resize(fd, 2 * PAGE), EPERM);
	assert_fails(remove_name(fd), EPERM);
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), 0);
}

static void another_user_has_what_the_mode_gives(void **state)
{
	(void)state;
	open_to_all(true);
	make_alices(0600);
	assert_int_equal(run_child(bob_meets_a_private_buffer, NULL), 0);
	unmake_alices();
	make_alices(0666);
	assert_int_equal(run_child(bob_meets_a_shared_buffer, NULL), 0);
	unmake_alices();
	open_to_all(false);
}

static void alice_changes_her_own(void *arg)
{
	int fd;

	(void)arg;
	become(ALICE);
	fd = open("/dev/mmapdemo-alice", O_RDWR | O_CLOEXEC);
	assert_int_equal(resize(fd, 5 * PAGE), 0);
	assert_fails(resize(open_node(O_RDWR), PAGE), EPERM);
	assert_fails(remove_name(open_node(O_RDWR)), EPERM);
	remove_and_close(fd);
}

static void the_creator_resizes_and_removes(void **state)
{
	(void)state;
	open_to_all(true);
	make_alices(0);
	assert_int_equal(run_child(alice_changes_her_own, NULL), 0);
	assert_int_equal(attribute("alice", "size"), -1);
	open_to_all(false);
}

static void names_need_the_right_descriptor(void *arg)
{
	int reader = open_node(O_RDONLY);
	int named;

	(void)arg;
	become(ALICE);
	assert_fails(create_as(reader, "alice", PAGE, 0), EPERM);
	named = create_as(open_node(O_RDWR), "alice", PAGE, 0);
	assert_true(named >= 0);
	assert_fails(create_as(named, "second", PAGE, 0), EPERM);
	remove_and_close(named);
}

static void a_name_needs_a_writable_default_node(void **state)
{
	(void)state;
	open_to_all(true);
	assert_int_equal(run_child(names_need_the_right_descriptor, NULL), 0);
	open_to_all(false);
}

static void in_a_user_namespace(void *arg)
{
	int fd = open_node(O_RDWR);

	(void)arg;
	become(ALICE);
	if (unshare(CLONE_NEWUSER) < 0)
		_exit(77);
	assert_fails(create_as(fd, "alice", PAGE, 0), EPERM);
	assert_true(create_as(fd, "", PAGE, 0) >= 0);
	/* Root in there is not root. */
	assert_fails(resize(fd, 2 * PAGE), EPERM);
}

static void a_user_namespace_makes_no_names(void **state)
{
	int code;

	(void)state;
	code = run_child(in_a_user_namespace, NULL);
	if (code == 77)
		skip();
	assert_int_equal(code, 0);
}

static void alice_takes_all_she_may(void *arg)
{
	int fd = open_node(O_RDWR);
	int fds[8];

	(void)arg;
	become(ALICE);
	for (int i = 0; i < 8; i++)
		assert_true((fds[i] = create_as(fd, "", PAGE, 0)) >= 0);
	assert_fails(create_as(fd, "", PAGE, 0), EDQUOT);
	assert_fails(create_as(fd, "alice", PAGE, 0), EDQUOT);
	assert_int_equal(pwrite(fds[7], "works", 5, 0), 5);
	close(fds[0]);
	assert_true((fds[0] = create_as(fd, "", PAGE, 0)) >= 0);
}

static void a_user_has_so_many_buffers(void **state)
{
	int fd;

	open_to_all(true);
	set_limit("user_max_buffers", "8");
	assert_int_equal(run_child(alice_takes_all_she_may, NULL), 0);
	/* CAP_SYS_RESOURCE may have more. */
	for (int i = 0; i < 9; i++) {
		fd = create(node(state), "", 1);
		close(dup2(fd, 100 + i));
		close(fd);
	}
	set_limit("user_max_buffers", "256\n");
	open_to_all(false);
}

static void alice_takes_bytes(void *arg)
{
	int fd = open_node(O_RDWR);
	int big, small;

	(void)arg;
	become(ALICE);
	big = create_as(fd, "", 48 * 1024, 0);
	assert_true(big >= 0);
	assert_fails(create_as(fd, "", 20 * 1024, 0), EDQUOT);
	small = create_as(fd, "", 16 * 1024, 0);
	assert_true(small >= 0);
	assert_fails(resize(small, 20 * 1024), EDQUOT);
	assert_int_equal(info(small).size, 16 * 1024);
	assert_int_equal(resize(big, 44 * 1024), 0);
	assert_int_equal(resize(small, 20 * 1024), 0);
	assert_fails(resize(big, 48 * 1024), EDQUOT);
}

static void a_user_has_so_many_bytes(void **state)
{
	(void)state;
	open_to_all(true);
	set_limit("user_max_bytes", "64K");
	assert_int_equal(run_child(alice_takes_bytes, NULL), 0);
	/* All was given back by its end. */
	assert_int_equal(run_child(alice_takes_bytes, NULL), 0);
	set_limit("user_max_bytes", "16M");
	open_to_all(false);
}

static void all_users_together_have_so_many_bytes(void **state)
{
	int fd, more;

	set_limit("max_bytes", "64K\n");
	fd = create(node(state), "", 12);
	assert_fails(create_as(node(state), "", 5 * PAGE, 0), ENOSPC);
	assert_fails(create_as(node(state), "none", 5 * PAGE, 0), ENOSPC);
	assert_fails(resize(fd, 17 * PAGE), ENOSPC);
	more = create(node(state), "", 4);
	set_limit("max_bytes", "4K");
	/* What is there stays, and may shrink. */
	assert_int_equal(pwrite(fd, "works", 5, 11 * PAGE), 5);
	assert_int_equal(resize(fd, 2 * PAGE), 0);
	assert_fails(create_as(node(state), "", PAGE, 0), ENOSPC);
	close(fd);
	close(more);
	set_limit("max_bytes", "64M");
}

/* PF_SUPERPRIV of <linux/sched.h>: a capability was asked for, and was there. */
static bool has_used_privilege(void)
{
	FILE *file = fopen("/proc/self/stat", "re");
	unsigned int flags = 0;

	if (!file || fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
		fail_msg("/proc/self/stat");
	fclose(file);
	return flags & 0x100;
}

static void root_makes_one_and_one_too_many(void *arg)
{
	int fd = open_node(O_RDWR);

	(void)arg;
	assert_true(create_as(fd, "", PAGE, 0) >= 0);
	assert_false(has_used_privilege());
	assert_true(create_as(fd, "", PAGE, 0) >= 0);
	assert_true(has_used_privilege());
}

static void privilege_is_used_beyond_a_limit_only(void **state)
{
	(void)state;
	set_limit("user_max_buffers", "1");
	assert_int_equal(run_child(root_makes_one_and_one_too_many, NULL), 0);
	set_limit("user_max_buffers", "256");
}

static void a_limit_is_a_size(void **state)
{
	static const char *const bad[] = { "-1",
					   "abc",
					   "1T",
					   "64KB",
					   "99999999999999999999",
					   "99999999999G",
					   "00000000000000000000000000000004096" };
	int fd = open("/sys/module/mmapdemo/parameters/max_bytes", O_RDWR | O_CLOEXEC);
	char text[32] = { 0 };

	(void)state;
	set_limit("max_bytes", "64M");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(write(fd, bad[i], strlen(bad[i])), -1);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "67108864\n");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_node_belongs_to_its_creator),
		TEST(another_user_has_what_the_mode_gives),
		TEST(the_creator_resizes_and_removes),
		TEST(a_name_needs_a_writable_default_node),
		TEST(a_user_namespace_makes_no_names),
		TEST(a_user_has_so_many_buffers),
		TEST(a_user_has_so_many_bytes),
		TEST(all_users_together_have_so_many_bytes),
		TEST(privilege_is_used_beyond_a_limit_only),
		TEST(a_limit_is_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
