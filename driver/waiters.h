/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_WAITERS_H
#define MMAPDEMO_WAITERS_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct task_struct;

/* 64 trees of each kind: with waiters of 1,000 words, there are about 16 words in each. */
#define MMAPDEMO_WAITERS_BITS 6

/* Waiters that WAKE counts, and observers, whose descriptors cannot write. */
enum mmapdemo_waiter_kind {
	COUNTED,
	OBSERVER,
	WAITER_KINDS
};

/**
 * struct mmapdemo_range - a selection of waiters
 * @offset: of their word, or MMAPDEMO_EVERY_WORD
 * @last: the @turn of the last one; waiters that came later do not belong to the range
 */
struct mmapdemo_range {
	u64 offset;
	u64 last;
};

/* No word has this offset. */
#define MMAPDEMO_EVERY_WORD (~0ULL)

/**
 * struct mmapdemo_waiter - a task that sleeps on a word
 * @task: the task
 * @kind: COUNTED or OBSERVER
 * @waits: whether it is in the queue; a waker takes it out
 * @of_buffer: entry in the list of all waiters of its kind
 * @of_word: entry in the ring of the waiters of its kind and word, in the order they came
 * @node: entry in a tree, used by the first waiter of such a ring; empty in the others
 * @offset: of the word in the buffer
 * @turn: its place in the order of all waiters, from 1
 * @passes_on: observers that it wakes when it leaves; @last is 0 if there are none
 *
 * It is on the stack of the task, which takes the lock before it returns.
 */
struct mmapdemo_waiter {
	struct task_struct *task;
	enum mmapdemo_waiter_kind kind;
	bool waits;
	struct list_head of_buffer;
	struct list_head of_word;
	struct rb_node node;
	u64 offset;
	u64 turn;
	struct mmapdemo_range passes_on;
};

/**
 * struct mmapdemo_waiters - all waiters of a buffer
 * @lock: guards all that follows, and the waiters; a waiter holds it while it compares
 *	its word
 * @turns: how many waiters there were since the buffer was made
 * @all: the waiters of each kind, in the order they came
 * @seed: of the hash, so that a hostile process cannot choose words that share a tree
 * @words: for each kind, trees of the words that have waiters. The hash of a word's offset
 *	selects the tree. Observers have separate trees, so they slow only each other
 *
 * Made by the first wait, freed with the buffer.
 */
struct mmapdemo_waiters {
	spinlock_t lock; /* guards all that follows */
	u64 turns;
	struct list_head all[WAITER_KINDS];
	u64 seed;
	struct rb_root words[WAITER_KINDS][1 << MMAPDEMO_WAITERS_BITS];
};

struct mmapdemo_waiters *mmapdemo_waiters_create(void);
void mmapdemo_waiters_destroy(struct mmapdemo_waiters *waiters);

/* The caller holds the lock. */
void mmapdemo_waiters_add(struct mmapdemo_waiters *waiters, struct mmapdemo_waiter *waiter);
void mmapdemo_waiters_remove(struct mmapdemo_waiters *waiters, struct mmapdemo_waiter *waiter);
struct mmapdemo_waiter *mmapdemo_waiters_first(struct mmapdemo_waiters *waiters,
					       const struct mmapdemo_range *range,
					       enum mmapdemo_waiter_kind kind);

#endif /* MMAPDEMO_WAITERS_H */
