/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each page must contain. Every page of the buffer belongs to one worker,
 * and only its owner stores to it: all 64-bit words of it get the page's number
 * and a generation that counts up. So an owner knows its pages exactly, and
 * everybody else knows that a word names its page and no generation yet to come.
 */
#ifndef MMAPDEMO_STORM_MODEL_H
#define MMAPDEMO_STORM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE 4096
#define WORDS (PAGE / sizeof(uint64_t))
#define WORKERS 4
#define PAGES 192 /* of the buffer; the storm needs no more */

static inline uint64_t word_of(uint32_t page, uint32_t generation)
{
	return generation ? (uint64_t)(page + 1) << 32 | generation : 0;
}

static inline uint32_t owner_of(uint32_t page)
{
	return page % WORKERS;
}

/* A page as its owner must see it. */
static inline bool is_exact(const volatile uint64_t *words, uint32_t page, uint32_t generation)
{
	for (uint32_t i = 0; i < WORDS; i++) {
		if (words[i] != word_of(page, generation))
			return false;
	}
	return true;
}

/* A page as others may see it; @latest is where all owners say how far they are. */
static inline bool is_plausible(const volatile uint64_t *words, uint32_t page,
				const volatile uint32_t *latest)
{
	for (uint32_t i = 0; i < WORDS; i++) {
		uint64_t word = words[i];

		/* The owner counts before it stores: read the word first. */
		__sync_synchronize();
		if (word && (word >> 32 != page + 1 || (uint32_t)word > latest[page]))
			return false;
	}
	return true;
}

/* xorshift64*, Vigna 2016: small, and the same everywhere. */
static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1dULL >> 32) % n);
}

#endif /* MMAPDEMO_STORM_MODEL_H */
