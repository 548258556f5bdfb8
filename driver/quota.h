/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_QUOTA_H
#define MMAPDEMO_QUOTA_H

#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * struct mmapdemo_limits - what users may take, without the default buffer
 * @bytes: of the buffers of all users together
 * @engines: of all users together
 * @user_bytes: of the buffers of each user without CAP_SYS_RESOURCE
 * @user_buffers: of each such user
 * @user_engines: of each such user
 * @user_names: that each such user may make in a second, 1 to 1,000,000
 *
 * Module parameters: root may change them at any moment; what exists then stays.
 */
struct mmapdemo_limits {
	u64 bytes;
	unsigned int engines;
	u64 user_bytes;
	unsigned int user_buffers;
	unsigned int user_engines;
	unsigned int user_names;
};

extern struct mmapdemo_limits mmapdemo_limits;

/* An amount: what a user or all users have, or what a caller takes or gives back. */
struct mmapdemo_share {
	u64 bytes;
	unsigned int buffers;
	unsigned int engines;
};

struct mmapdemo_quota;

struct mmapdemo_quota *mmapdemo_quota_open(const struct mmapdemo_share *share);
void mmapdemo_quota_close(struct mmapdemo_quota *quota, const struct mmapdemo_share *share);
int mmapdemo_quota_take(struct mmapdemo_quota *quota, const struct mmapdemo_share *share);
void mmapdemo_quota_give(struct mmapdemo_quota *quota, const struct mmapdemo_share *share);

int mmapdemo_quota_take_name(kuid_t uid);
void mmapdemo_quota_give_name(kuid_t uid);
void mmapdemo_quota_exit(void);

#endif /* MMAPDEMO_QUOTA_H */
