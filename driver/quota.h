/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_QUOTA_H
#define MMAPDEMO_QUOTA_H

#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * struct mmapdemo_limits - what users may take, of buffers made at run time
 * @bytes: of all users together
 * @engines: likewise
 * @user_bytes: of each user who has not CAP_SYS_RESOURCE
 * @user_buffers: likewise
 * @user_engines: likewise
 *
 * Module parameters: they may change at any moment, and then bind what comes.
 */
struct mmapdemo_limits {
	u64 bytes;
	unsigned int engines;
	u64 user_bytes;
	unsigned int user_buffers;
	unsigned int user_engines;
};

extern struct mmapdemo_limits mmapdemo_limits;

/* What one user has, or all, or somebody asks for, or gives back. */
struct mmapdemo_share {
	u64 bytes;
	unsigned int buffers;
	unsigned int engines;
};

int mmapdemo_quota_take(kuid_t uid, const struct mmapdemo_share *share);
void mmapdemo_quota_give(kuid_t uid, const struct mmapdemo_share *share);

#endif /* MMAPDEMO_QUOTA_H */
