// SPDX-License-Identifier: GPL-2.0-only
/*
 * The quota: how much of the machine's memory buffers may take, in all and for
 * each user, how many engines there may be, and how fast users may make names. The OOM
 * killer sees this memory in no process, so the driver has to limit it. The default buffer
 * does not count: the administrator chose its size.
 *
 * A process in a user namespace may have many uids, which the owner of the namespace has
 * given it. So the driver charges the owner of each user namespace, too, up to the initial
 * one.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>

#include "quota.h"

/* How many nanoseconds' worth of names a user may make at once: udev handles each name twice. */
#define BURST (10 * (u64)NSEC_PER_SEC)

struct mmapdemo_limits mmapdemo_limits = {
	.engines = 1024,
	.user_buffers = 256,
	.user_engines = 16,
	.user_names = 100,
};

/**
 * struct quota_user - a user who is charged for something, or has made names recently
 * @node: entry in quota_users
 * @uid: of the user
 * @quotas: how many quotas point here; with 0 the entry stays until @names_due has passed
 * @names_due: when the user's names are paid for, at user_names a second; in ns of
 *	CLOCK_MONOTONIC
 * @has: what the user is charged for, the sum of all @quotas
 */
struct quota_user {
	struct hlist_node node;
	kuid_t uid;
	unsigned int quotas;
	u64 names_due;
	struct mmapdemo_share has;
};

/**
 * struct mmapdemo_quota - the users who are charged for a buffer or an engine
 * @nr_users: how many
 * @users: its maker, and the owners of the user namespaces of the maker, each once
 *
 * Made by mmapdemo_quota_open(), freed by mmapdemo_quota_close(). The users do not change,
 * so each gets back what was charged.
 */
struct mmapdemo_quota {
	unsigned int nr_users;
	struct quota_user *users[];
};

static DEFINE_SPINLOCK(quota_lock); /* guards the next two, and each struct quota_user */
static DEFINE_HASHTABLE(quota_users, 6);
static struct mmapdemo_share quota_all;

static struct quota_user *find_payer(kuid_t uid)
{
	struct quota_user *user;

	hash_for_each_possible(quota_users, user, node, __kuid_val(uid)) {
		if (uid_eq(user->uid, uid))
			return user;
	}
	return NULL;
}

static void forget_if_idle(struct quota_user *user)
{
	if (user->quotas || user->names_due > ktime_get_ns())
		return;
	hash_del(&user->node);
	kfree(user);
}

static struct quota_user *new_payer(kuid_t uid)
{
	struct quota_user *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);

	if (user)
		user->uid = uid;
	return user;
}

/*
 * Insert @new and return it; or free it and return the entry that its user has already. An
 * insertion frees entries of the same bucket that stayed only until their names were paid for.
 */
static struct quota_user *insert_payer(struct quota_user *new)
{
	struct quota_user *user = find_payer(new->uid);
	struct hlist_node *next;

	if (user) {
		kfree(new);
		return user;
	}
	hash_for_each_possible_safe(quota_users, user, next, node, __kuid_val(new->uid))
		forget_if_idle(user);
	hash_add(quota_users, &new->node, __kuid_val(new->uid));
	return new;
}

static void add(struct mmapdemo_share *sum, const struct mmapdemo_share *share)
{
	sum->bytes += share->bytes;
	sum->buffers += share->buffers;
	sum->engines += share->engines;
}

static void subtract(struct mmapdemo_share *sum, const struct mmapdemo_share *share)
{
	sum->bytes -= share->bytes;
	sum->buffers -= share->buffers;
	sum->engines -= share->engines;
}

/* Subtract, never add, which may overflow. @taken may be above a limit that root has lowered. */
static bool exceeds(u64 limit, u64 taken, u64 more)
{
	return more && (taken > limit || more > limit - taken);
}

static bool exceeds_user(const struct mmapdemo_share *has, const struct mmapdemo_share *more)
{
	return exceeds(READ_ONCE(mmapdemo_limits.user_bytes), has->bytes, more->bytes) ||
	       exceeds(READ_ONCE(mmapdemo_limits.user_buffers), has->buffers, more->buffers) ||
	       exceeds(READ_ONCE(mmapdemo_limits.user_engines), has->engines, more->engines);
}

static int check_limits(const struct mmapdemo_quota *quota, const struct mmapdemo_share *more)
{
	unsigned int i;

	if (exceeds(READ_ONCE(mmapdemo_limits.bytes), quota_all.bytes, more->bytes) ||
	    exceeds(READ_ONCE(mmapdemo_limits.engines), quota_all.engines, more->engines))
		return -ENOSPC;
	for (i = 0; i < quota->nr_users; i++) {
		if (exceeds_user(&quota->users[i]->has, more))
			/* capable() does not sleep; ipc/util.c calls it under a spinlock, too. */
			return capable(CAP_SYS_RESOURCE) ? 0 : -EDQUOT;
	}
	return 0;
}

/**
 * mmapdemo_quota_take - charge for more
 * @quota: of what grows
 * @share: how much more, any value
 *
 * Return: 0, to be undone by mmapdemo_quota_give(); -ENOSPC if all users
 * together would exceed a limit, -EDQUOT if a user of @quota would.
 */
int mmapdemo_quota_take(struct mmapdemo_quota *quota, const struct mmapdemo_share *share)
{
	unsigned int i;
	int err;

	spin_lock(&quota_lock);
	err = check_limits(quota, share);
	if (!err) {
		add(&quota_all, share);
		for (i = 0; i < quota->nr_users; i++)
			add(&quota->users[i]->has, share);
	}
	spin_unlock(&quota_lock);
	return err;
}

/* Undo mmapdemo_quota_take(), in parts or in one. */
void mmapdemo_quota_give(struct mmapdemo_quota *quota, const struct mmapdemo_share *share)
{
	unsigned int i;

	spin_lock(&quota_lock);
	subtract(&quota_all, share);
	for (i = 0; i < quota->nr_users; i++)
		subtract(&quota->users[i]->has, share);
	spin_unlock(&quota_lock);
}

static bool pays(const struct mmapdemo_quota *quota, kuid_t uid)
{
	unsigned int i;

	for (i = 0; i < quota->nr_users; i++) {
		if (uid_eq(quota->users[i]->uid, uid))
			return true;
	}
	return false;
}

static int add_payer(struct mmapdemo_quota *quota, kuid_t uid)
{
	struct quota_user *user, *new;

	if (pays(quota, uid))
		return 0;
	spin_lock(&quota_lock);
	user = find_payer(uid);
	if (user)
		user->quotas++;
	spin_unlock(&quota_lock);
	if (!user) {
		new = new_payer(uid);
		if (!new)
			return -ENOMEM;
		spin_lock(&quota_lock);
		user = insert_payer(new);
		user->quotas++;
		spin_unlock(&quota_lock);
	}
	quota->users[quota->nr_users++] = user;
	return 0;
}

static void free_quota(struct mmapdemo_quota *quota)
{
	unsigned int i;

	spin_lock(&quota_lock);
	for (i = 0; i < quota->nr_users; i++) {
		quota->users[i]->quotas--;
		forget_if_idle(quota->users[i]);
	}
	spin_unlock(&quota_lock);
	kfree(quota);
}

/* The initial namespace has no parent. A namespace has at most 32 ancestors. */
static struct mmapdemo_quota *new_quota(void)
{
	const struct user_namespace *ns;
	struct mmapdemo_quota *quota;
	unsigned int most = 1;
	int err;

	for (ns = current_user_ns(); ns != &init_user_ns; ns = ns->parent)
		most++;
	quota = kzalloc(struct_size(quota, users, most), GFP_KERNEL_ACCOUNT);
	if (!quota)
		return ERR_PTR(-ENOMEM);
	err = add_payer(quota, current_fsuid());
	for (ns = current_user_ns(); !err && ns != &init_user_ns; ns = ns->parent)
		err = add_payer(quota, ns->owner);
	if (err) {
		free_quota(quota);
		return ERR_PTR(err);
	}
	return quota;
}

/**
 * mmapdemo_quota_open - charge for something that the calling process makes
 * @share: how much, any value
 *
 * Return: the users who are charged, for mmapdemo_quota_close(); ERR_PTR() of
 * -ENOMEM, or of an error of mmapdemo_quota_take().
 */
struct mmapdemo_quota *mmapdemo_quota_open(const struct mmapdemo_share *share)
{
	struct mmapdemo_quota *quota = new_quota();
	int err;

	if (IS_ERR(quota))
		return quota;
	err = mmapdemo_quota_take(quota, share);
	if (err) {
		free_quota(quota);
		return ERR_PTR(err);
	}
	return quota;
}

/* Give back what is still taken, @share, and free @quota. */
void mmapdemo_quota_close(struct mmapdemo_quota *quota, const struct mmapdemo_share *share)
{
	mmapdemo_quota_give(quota, share);
	free_quota(quota);
}

/* In ns; a user may make at least one name a second, whatever the limit. */
static u64 name_interval(void)
{
	return NSEC_PER_SEC / clamp(READ_ONCE(mmapdemo_limits.user_names), 1U, 1000000U);
}

/* Charge @user for one name. Returns how many ns the caller must wait before it makes it. */
static u64 pay_for_name(struct quota_user *user)
{
	u64 now = ktime_get_ns();
	u64 due = max(user->names_due, now) + name_interval();
	u64 most = now + BURST;

	if (due > most && capable(CAP_SYS_RESOURCE))
		return 0;
	user->names_due = due;
	return due > most ? due - most : 0;
}

/**
 * mmapdemo_quota_take_name - wait until a user may make one more name
 * @uid: of the user; CAP_SYS_RESOURCE need not wait
 *
 * Return: 0, to be undone by mmapdemo_quota_give_name() if the name is not made after
 * all; -ENOMEM; -ERESTARTSYS at a signal.
 */
int mmapdemo_quota_take_name(kuid_t uid)
{
	struct quota_user *user = new_payer(uid);
	unsigned long left;
	u64 wait;

	if (!user)
		return -ENOMEM;
	spin_lock(&quota_lock);
	wait = pay_for_name(insert_payer(user));
	spin_unlock(&quota_lock);
	/* Rounded up, since a part of the current jiffy has passed. */
	left = wait ? nsecs_to_jiffies(wait) + 1 : 0;
	while (left) {
		if (signal_pending(current)) {
			mmapdemo_quota_give_name(uid);
			return -ERESTARTSYS;
		}
		left = schedule_timeout_interruptible(left);
	}
	return 0;
}

void mmapdemo_quota_give_name(kuid_t uid)
{
	struct quota_user *user;

	spin_lock(&quota_lock);
	user = find_payer(uid);
	if (user)
		user->names_due -= min(user->names_due, name_interval());
	spin_unlock(&quota_lock);
}

/* No user is charged for anything now, but some may have names to pay for. */
void mmapdemo_quota_exit(void)
{
	struct quota_user *user;
	struct hlist_node *next;
	int bucket;

	hash_for_each_safe(quota_users, bucket, next, user, node) {
		hash_del(&user->node);
		kfree(user);
	}
}
