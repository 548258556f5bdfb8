/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mutexes and semaphores need beyond the public calls on words.
 */
#ifndef MMAPDEMO_LIB_WORD_H
#define MMAPDEMO_LIB_WORD_H

#include <linux/futex.h>
#include <stdbool.h>

#include "mmapdemo.h"

/* Both the driver's way of waiting and futex(2) have these in a mutex's word. */
#define WORD_OWNER 0x3fffffffU
#define WORD_OWNER_DIED 0x40000000U
#define WORD_WAITERS 0x80000000U

_Static_assert(WORD_OWNER == FUTEX_TID_MASK && WORD_OWNER_DIED == FUTEX_OWNER_DIED &&
		       WORD_WAITERS == FUTEX_WAITERS,
	       "the kernel's");

bool mmapdemo_word_is_nodes(const struct mmapdemo_word *word);
int mmapdemo_word_at_writable(struct mmapdemo_word *word, struct mmapdemo_buffer *buffer,
			      const struct mmapdemo_view *view, uint64_t offset);
int mmapdemo_word_self(const struct mmapdemo_word *word, uint32_t *self);
int mmapdemo_word_wait_owned(const struct mmapdemo_word *word, uint32_t expected,
			     const struct timespec *deadline);
uint32_t mmapdemo_word_spin(struct mmapdemo_word *word, uint32_t value);
long mmapdemo_futex(uint32_t *value, int operation, uint32_t argument,
		    const struct timespec *deadline);
void mmapdemo_forget_process(struct mmapdemo_buffer *buffer);

#endif /* MMAPDEMO_LIB_WORD_H */
