/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_QUOTA_H
#define MMAPDEMO_QUOTA_H

#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * struct mmapdemo_limits - what users may take, of buffers made at run time
 * @bytes: of all users together
 * @user_bytes: of each user who has not CAP_SYS_RESOURCE
 * @user_buffers: likewise
 *
 * Module parameters: they may change at any moment, and then bind what comes.
 */
struct mmapdemo_limits {
	u64 bytes;
	u64 user_bytes;
	unsigned int user_buffers;
};

extern struct mmapdemo_limits mmapdemo_limits;

int mmapdemo_quota_take(kuid_t uid, u64 bytes, unsigned int buffers);
void mmapdemo_quota_give(kuid_t uid, u64 bytes, unsigned int buffers);

#endif /* MMAPDEMO_QUOTA_H */
