/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mutexes and semaphores need beyond the public calls on words.
 */
#ifndef MMAPDEMO_LIB_WORD_H
#define MMAPDEMO_LIB_WORD_H

#include <stdbool.h>

#define MMAPDEMO_LIBRARY /* not a program: see <mmapdemo_tsan.h> */
#include "mmapdemo.h"

/* Away from the fast paths, whose registers they would cost. */
#define SELDOM static __attribute__((noinline))

bool mmapdemo_word_is_nodes(const struct mmapdemo_word *word);
int mmapdemo_word_at_writable(struct mmapdemo_word *word, struct mmapdemo_buffer *buffer,
			      const struct mmapdemo_view *view, uint64_t offset, size_t size);
int mmapdemo_word_self(const struct mmapdemo_word *word, uint32_t *self);
int mmapdemo_word_wait_owned(const struct mmapdemo_word *word, uint32_t expected,
			     const struct timespec *deadline);
bool mmapdemo_is_time(const struct timespec *deadline);
uint64_t mmapdemo_nanoseconds(const struct timespec *deadline);
int mmapdemo_futex(uint32_t *value, int operation, uint32_t argument,
		   const struct timespec *deadline);
bool mmapdemo_is_alone(void);
void mmapdemo_word_spin(struct mmapdemo_word *word, uint32_t value);

/* Between two looks at a word. */
static inline void mmapdemo_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif /* MMAPDEMO_LIB_WORD_H */
