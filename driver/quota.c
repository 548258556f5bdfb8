// SPDX-License-Identifier: GPL-2.0-only
/*
 * The quota: how much of the machine's memory buffers may take, in all and for
 * each user, and how many engines there may be. The OOM killer sees this memory in no
 * process, so somebody has to count. What the default buffer takes is the administrator's own
 * affair.
 */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "quota.h"

struct mmapdemo_limits mmapdemo_limits = {
	.engines = 1024,
	.user_buffers = 256,
	.user_engines = 16,
};

/* Someone who has buffers, or is about to. */
struct quota_user {
	struct hlist_node node;
	kuid_t uid;
	struct mmapdemo_share has;
};

static DEFINE_SPINLOCK(quota_lock); /* of all that follows */
static DEFINE_HASHTABLE(quota_users, 6);
static struct mmapdemo_share quota_all;

static struct quota_user *find_user(kuid_t uid)
{
	struct quota_user *user;

	hash_for_each_possible(quota_users, user, node, __kuid_val(uid)) {
		if (uid_eq(user->uid, uid))
			return user;
	}
	return NULL;
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

/* Subtract, never add. A limit that was lowered below what is taken refuses more of it. */
static bool exceeds(u64 limit, u64 taken, u64 more)
{
	return more && (taken > limit || more > limit - taken);
}

static int check_limits(const struct mmapdemo_share *has, const struct mmapdemo_share *more)
{
	if (exceeds(READ_ONCE(mmapdemo_limits.bytes), quota_all.bytes, more->bytes) ||
	    exceeds(READ_ONCE(mmapdemo_limits.engines), quota_all.engines, more->engines))
		return -ENOSPC;
	if (exceeds(READ_ONCE(mmapdemo_limits.user_bytes), has->bytes, more->bytes) ||
	    exceeds(READ_ONCE(mmapdemo_limits.user_buffers), has->buffers, more->buffers) ||
	    exceeds(READ_ONCE(mmapdemo_limits.user_engines), has->engines, more->engines))
		/* It does not sleep; ipc/util.c asks under a spinlock, too. */
		return capable(CAP_SYS_RESOURCE) ? 0 : -EDQUOT;
	return 0;
}

static void forget_if_idle(struct quota_user *user)
{
	if (user->has.bytes || user->has.buffers || user->has.engines)
		return;
	hash_del(&user->node);
	kfree(user);
}

/**
 * mmapdemo_quota_take - ask for room
 * @uid: for whom
 * @share: how much more, of any value
 *
 * Return: 0, to be undone by mmapdemo_quota_give(); -ENOSPC if all users
 * together, -EDQUOT if this one would exceed a limit; -ENOMEM.
 */
int mmapdemo_quota_take(kuid_t uid, const struct mmapdemo_share *share)
{
	struct quota_user *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	struct quota_user *user;
	int err;

	if (!new)
		return -ENOMEM;
	spin_lock(&quota_lock);
	user = find_user(uid);
	if (!user) {
		user = new;
		new = NULL;
		user->uid = uid;
		hash_add(quota_users, &user->node, __kuid_val(uid));
	}
	err = check_limits(&user->has, share);
	if (!err) {
		add(&quota_all, share);
		add(&user->has, share);
	}
	forget_if_idle(user);
	spin_unlock(&quota_lock);
	kfree(new);
	return err;
}

/* Undo mmapdemo_quota_take(), in parts or in one. */
void mmapdemo_quota_give(kuid_t uid, const struct mmapdemo_share *share)
{
	struct quota_user *user;

	spin_lock(&quota_lock);
	user = find_user(uid);
	subtract(&quota_all, share);
	subtract(&user->has, share);
	forget_if_idle(user);
	spin_unlock(&quota_lock);
}
