/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_WORD_H
#define MMAPDEMO_WORD_H

#include <linux/types.h>

struct mmapdemo_buffer;
struct mmapdemo_wait;

int mmapdemo_word_wait(struct mmapdemo_buffer *buffer, const struct mmapdemo_wait *args,
		       bool observer);
int mmapdemo_word_wake(struct mmapdemo_buffer *buffer, u64 offset, u32 count);
void mmapdemo_word_wake_all(struct mmapdemo_buffer *buffer);

#endif /* MMAPDEMO_WORD_H */
