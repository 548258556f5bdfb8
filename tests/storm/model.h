/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each page must contain. Every page of the buffer belongs to one worker,
 * and only its owner stores to it: all 64-bit words of it get the page's number
 * and a generation that counts up.
 */
#ifndef MMAPDEMO_STORM_MODEL_H
#define MMAPDEMO_STORM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE 4096
#define WORDS (PAGE / sizeof(uint64_t))
#define WORKERS 4
#define PAGES 192 /* of the buffer; the storm needs no more */

struct model {
	uint32_t sequence[PAGES]; /* twice the generation; odd during a store */
};

static inline uint32_t owner_of(uint32_t page)
{
	return page % WORKERS;
}

/*
 * The owner counts to an odd number before it stores, and on when it has: so
 * a process that reads a page and finds the same even number before and after knows
 * what it must have seen. In between, words may be torn: the kernel copies bytes.
 */
static inline void begin_store(struct model *model, uint32_t page)
{
	__atomic_store_n(&model->sequence[page], model->sequence[page] + 1, __ATOMIC_RELAXED);
	__sync_synchronize();
}

static inline void end_store(struct model *model, uint32_t page)
{
	__sync_synchronize();
	__atomic_store_n(&model->sequence[page], model->sequence[page] + 1, __ATOMIC_RELAXED);
}

/* What the page holds after end_store(), or will hold after begin_store(). */
static inline uint64_t word_of(const struct model *model, uint32_t page)
{
	uint32_t generation = (model->sequence[page] + 1) / 2;

	return generation ? (uint64_t)(page + 1) << 32 | generation : 0;
}

static inline uint32_t sequence_of(const struct model *model, uint32_t page)
{
	uint32_t sequence;

	__sync_synchronize();
	sequence = __atomic_load_n(&model->sequence[page], __ATOMIC_RELAXED);
	__sync_synchronize();
	return sequence;
}

/* May these words of @page have been read since its sequence was @before? */
static inline bool is_right(const struct model *model, uint32_t page, uint32_t before,
			    const uint64_t *words, uint32_t count)
{
	bool quiet = before % 2 == 0 && sequence_of(model, page) == before;
	uint64_t name = (uint64_t)(page + 1) << 32;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t high = words[i] & ~0xffffffffULL;

		if (quiet && words[i] != (before ? name | before / 2 : 0))
			return false;
		if (high & ~name)
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
