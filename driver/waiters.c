// SPDX-License-Identifier: GPL-2.0-only
/*
 * The waiters of a buffer, found by their word. This file knows neither the values of
 * words nor how tasks sleep and are woken.
 *
 * Each buffer has its own waiters, so a process can slow only those that share a buffer
 * with it. The waiters of other words cost a few steps in a tree, in the worst case the
 * logarithm of their number.
 */
#include <linux/hash.h>
#include <linux/lockdep.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "waiters.h"

/* Returns NULL if there is no memory. */
struct mmapdemo_waiters *mmapdemo_waiters_create(void)
{
	struct mmapdemo_waiters *waiters = kzalloc(sizeof(*waiters), GFP_KERNEL_ACCOUNT);

	if (!waiters)
		return NULL;
	spin_lock_init(&waiters->lock);
	INIT_LIST_HEAD(&waiters->all[COUNTED]);
	INIT_LIST_HEAD(&waiters->all[OBSERVER]);
	waiters->seed = get_random_u64();
	return waiters;
}

/* No task waits any more. @waiters may be NULL. */
void mmapdemo_waiters_destroy(struct mmapdemo_waiters *waiters)
{
	kfree(waiters);
}

static struct rb_root *tree_of(struct mmapdemo_waiters *waiters, u64 offset,
			       enum mmapdemo_waiter_kind kind)
{
	return &waiters->words[kind][hash_64(offset ^ waiters->seed, MMAPDEMO_WAITERS_BITS)];
}

static struct mmapdemo_waiter *waiter_at(struct rb_node *node)
{
	return rb_entry(node, struct mmapdemo_waiter, node);
}

static struct mmapdemo_waiter *first_of_word(struct mmapdemo_waiters *waiters, u64 offset,
					     enum mmapdemo_waiter_kind kind)
{
	struct rb_node *node = tree_of(waiters, offset, kind)->rb_node;

	while (node && waiter_at(node)->offset != offset)
		node = offset < waiter_at(node)->offset ? node->rb_left : node->rb_right;
	return node ? waiter_at(node) : NULL;
}

/* The first waiter of a word goes into the tree, the others into its ring. */
static void add_to_word(struct mmapdemo_waiters *waiters, struct mmapdemo_waiter *waiter)
{
	struct rb_root *tree = tree_of(waiters, waiter->offset, waiter->kind);
	struct rb_node **link = &tree->rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		if (waiter->offset == waiter_at(parent)->offset) {
			RB_CLEAR_NODE(&waiter->node);
			list_add_tail(&waiter->of_word, &waiter_at(parent)->of_word);
			return;
		}
		link = waiter->offset < waiter_at(parent)->offset ? &parent->rb_left :
								    &parent->rb_right;
	}
	INIT_LIST_HEAD(&waiter->of_word);
	rb_link_node(&waiter->node, parent, link);
	rb_insert_color(&waiter->node, tree);
}

/* If it was the first waiter of its word, the next one takes its place in the tree. */
static void remove_from_word(struct mmapdemo_waiters *waiters, struct mmapdemo_waiter *waiter)
{
	struct rb_root *tree = tree_of(waiters, waiter->offset, waiter->kind);

	if (list_empty(&waiter->of_word)) {
		rb_erase(&waiter->node, tree);
		return;
	}
	if (!RB_EMPTY_NODE(&waiter->node))
		rb_replace_node(&waiter->node, &list_next_entry(waiter, of_word)->node, tree);
	list_del(&waiter->of_word);
}

/**
 * mmapdemo_waiters_add - queue a task, as the last one
 * @waiters: of the buffer
 * @waiter: with @task, @kind and @offset
 */
void mmapdemo_waiters_add(struct mmapdemo_waiters *waiters, struct mmapdemo_waiter *waiter)
{
	lockdep_assert_held(&waiters->lock);
	waiter->turn = ++waiters->turns;
	waiter->waits = true;
	list_add_tail(&waiter->of_buffer, &waiters->all[waiter->kind]);
	add_to_word(waiters, waiter);
}

/* Take @waiter out of the queue. After the lock is dropped, @waiter may be gone. */
void mmapdemo_waiters_remove(struct mmapdemo_waiters *waiters, struct mmapdemo_waiter *waiter)
{
	lockdep_assert_held(&waiters->lock);
	remove_from_word(waiters, waiter);
	list_del(&waiter->of_buffer);
	waiter->waits = false;
}

/**
 * mmapdemo_waiters_first - find the waiter that has waited longest
 * @waiters: of the buffer
 * @range: that the waiter belongs to
 * @kind: of the waiter
 *
 * Return: the waiter, or NULL if there is none.
 */
struct mmapdemo_waiter *mmapdemo_waiters_first(struct mmapdemo_waiters *waiters,
					       const struct mmapdemo_range *range,
					       enum mmapdemo_waiter_kind kind)
{
	struct mmapdemo_waiter *first;

	lockdep_assert_held(&waiters->lock);
	if (list_empty(&waiters->all[kind]))
		return NULL;
	if (range->offset == MMAPDEMO_EVERY_WORD)
		first = list_first_entry(&waiters->all[kind], struct mmapdemo_waiter, of_buffer);
	else
		first = first_of_word(waiters, range->offset, kind);
	return first && first->turn <= range->last ? first : NULL;
}
