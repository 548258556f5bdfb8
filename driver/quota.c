// SPDX-License-Identifier: GPL-2.0-only
/*
 * The quota: how much of the machine's memory buffers may take, in all and for
 * each user. The OOM killer sees this memory in no process, so somebody has to
 * count. What the default buffer takes is the administrator's own affair.
 */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "quota.h"

struct mmapdemo_limits mmapdemo_limits = {
	.user_buffers = 256,
};

/* Someone who has buffers, or is about to. */
struct quota_user {
	struct hlist_node node;
	kuid_t uid;
	u64 bytes;
	unsigned int buffers;
};

static DEFINE_SPINLOCK(quota_lock); /* of all that follows */
static DEFINE_HASHTABLE(quota_users, 6);
static u64 quota_bytes;

static struct quota_user *find_user(kuid_t uid)
{
	struct quota_user *user;

	hash_for_each_possible(quota_users, user, node, __kuid_val(uid)) {
		if (uid_eq(user->uid, uid))
			return user;
	}
	return NULL;
}

/* Subtract, never add. A limit may have been lowered below what is taken. */
static bool exceeds(u64 limit, u64 taken, u64 more)
{
	return taken > limit || more > limit - taken;
}

static int check_limits(const struct quota_user *user, u64 bytes, unsigned int buffers,
			bool unlimited)
{
	if (exceeds(READ_ONCE(mmapdemo_limits.bytes), quota_bytes, bytes))
		return -ENOSPC;
	if (unlimited)
		return 0;
	if (exceeds(READ_ONCE(mmapdemo_limits.user_bytes), user->bytes, bytes) ||
	    exceeds(READ_ONCE(mmapdemo_limits.user_buffers), user->buffers, buffers))
		return -EDQUOT;
	return 0;
}

static void forget_if_idle(struct quota_user *user)
{
	if (user->bytes || user->buffers)
		return;
	hash_del(&user->node);
	kfree(user);
}

/**
 * mmapdemo_quota_take - ask for room
 * @uid: for whom
 * @bytes: of memory, any value
 * @buffers: how many more there will be
 *
 * Return: 0, to be undone by mmapdemo_quota_give(); -ENOSPC if all users
 * together, -EDQUOT if this one would exceed a limit; -ENOMEM.
 */
int mmapdemo_quota_take(kuid_t uid, u64 bytes, unsigned int buffers)
{
	bool unlimited = capable(CAP_SYS_RESOURCE);
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
	err = check_limits(user, bytes, buffers, unlimited);
	if (!err) {
		quota_bytes += bytes;
		user->bytes += bytes;
		user->buffers += buffers;
	}
	forget_if_idle(user);
	spin_unlock(&quota_lock);
	kfree(new);
	return err;
}

/* Undo mmapdemo_quota_take(), in parts or in one. */
void mmapdemo_quota_give(kuid_t uid, u64 bytes, unsigned int buffers)
{
	struct quota_user *user;

	spin_lock(&quota_lock);
	user = find_user(uid);
	quota_bytes -= bytes;
	user->bytes -= bytes;
	user->buffers -= buffers;
	forget_if_idle(user);
	spin_unlock(&quota_lock);
}
