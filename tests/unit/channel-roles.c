// SPDX-License-Identifier: BSD-2-Clause
/*
 * Roles of channels: each is for one, and free as soon as its holder is gone, however
 * that went. The same in a file, in shared memory without a name and in a node.
 */
#include "channel.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static void expect_free(const struct pair *s, int err)
{
	struct mmapdemo_consumer c = { 0 };
	struct mmapdemo_producer p = { 0 };

	assert_int_equal(mmapdemo_producer_open(&p, s->buffer), err);
	assert_int_equal(mmapdemo_consumer_open(&c, s->buffer), err);
	mmapdemo_producer_close(&p);
	mmapdemo_consumer_close(&c);
}

static void find_both_taken(struct pair *s)
{
	expect_free(s, -EBUSY);
}

static void a_second_side_is_refused(void **state)
{
	struct pair *s = open_pair(state);
	int status;

	send_one(s, 100, 1);
	expect_free(s, -EBUSY);
	assert_int_equal(waitpid(start_with(find_both_taken, s), &status, 0) > 0 && status, 0);
	receive_one(s, 100, 1);
	close_pair(s);
}

static void a_closed_side_frees_its_role(void **state)
{
	struct pair *s = open_pair(state);
	struct mmapdemo_producer p;
	struct mmapdemo_consumer c;

	mmapdemo_producer_close(&s->p);
	assert_int_equal(mmapdemo_consumer_open(&c, s->buffer), -EBUSY);
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	mmapdemo_consumer_close(&s->c);
	assert_int_equal(mmapdemo_producer_open(&p, s->buffer), -EBUSY);
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	close_pair(s);
}

/* Between the processes of a test. */
static uint32_t *word;

static void share_word(void)
{
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(word, MAP_FAILED);
}

static void hold_both(struct pair *s)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	pass(word);
	pause();
}

/* The child says which it is, and does not die with its parent. */
static void have_a_child(struct pair *s)
{
	assert_int_equal(mmapdemo_producer_open(&s->p, s->buffer), 0);
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	if (fork() == 0) {
		alarm(40);
		word[1] = (uint32_t)getpid();
		pass(word);
	}
	pause();
}

/* Returns a pair whose sides @play is to open. */
static struct pair *open_without_sides(void **state)
{
	struct pair *s = open_pair(state);

	share_word();
	mmapdemo_producer_close(&s->p);
	mmapdemo_consumer_close(&s->c);
	return s;
}

static void close_without_sides(struct pair *s)
{
	munmap(word, 4096);
	close_pair(s);
}

static void a_killed_holder_frees_its_roles(void **state)
{
	struct pair *s = open_without_sides(state);
	pid_t holder = start_with(hold_both, s);

	until(word, 1);
	expect_free(s, -EBUSY);
	kill(holder, SIGKILL);
	join(holder, SIGKILL);
	expect_free(s, 0);
	close_without_sides(s);
}

static void a_child_does_not_keep_the_roles_of_its_parent(void **state)
{
	struct pair *s = open_without_sides(state);
	pid_t holder = start_with(have_a_child, s);

	until(word, 1);
	expect_free(s, -EBUSY);
	kill(holder, SIGKILL);
	join(holder, SIGKILL);
	expect_free(s, 0);
	assert_int_equal(kill((pid_t)word[1], SIGKILL), 0);
	close_without_sides(s);
}

/* A process that may only read can lock for reading, and nothing else. */
static void a_reader_hinders_nobody(void **state)
{
	struct pair *s = open_without_sides(state);
	struct flock all = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int reader = open(s->backing->path, O_RDONLY | O_CLOEXEC);

	assert_true(reader >= 0);
	assert_int_equal(fcntl(reader, F_OFD_SETLK, &all), 0);
	expect_free(s, 0);
	close(reader);
	close_without_sides(s);
}

/* The file is another one's, and its descriptor was given to this process. */
static void hold_without_rights(struct pair *s)
{
	struct mmapdemo_consumer c;

	assert_int_equal(setresuid(65534, 65534, 65534), 0);
	assert_int_equal(mmapdemo_consumer_open(&c, s->buffer), 0);
	pass(word);
	until(word, 2);
	mmapdemo_consumer_close(&c);
	pass(word);
	until(word, 4);
}

static void a_role_by_a_given_descriptor_is_guarded_too(void **state)
{
	struct pair *s = open_without_sides(state);
	struct mmapdemo_buffer *other;
	struct mmapdemo_consumer c;
	pid_t holder;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(s->backing->path, 0600), 0);
	assert_int_equal(mmapdemo_open(&other, s->backing->path, 0), 0);
	holder = start_with(hold_without_rights, s);
	until(word, 1);
	assert_int_equal(mmapdemo_consumer_open(&c, other), -EBUSY);
	pass(word);
	until(word, 3);
	assert_int_equal(mmapdemo_consumer_open(&c, other), 0);
	mmapdemo_consumer_close(&c);
	pass(word);
	join(holder, 0);
	mmapdemo_close(other);
	close_without_sides(s);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_CHANNELS(a_second_side_is_refused),
		ON_CHANNELS(a_closed_side_frees_its_role),
		ON_CHANNELS(a_killed_holder_frees_its_roles),
		ON(a_child_does_not_keep_the_roles_of_its_parent, 1),
		ON(a_child_does_not_keep_the_roles_of_its_parent, 3),
		ON(a_reader_hinders_nobody, 0),
		ON(a_role_by_a_given_descriptor_is_guarded_too, 0),
	};

	return run_on_backings("channel-roles", tests, sizeof(tests) / sizeof(tests[0]));
}
