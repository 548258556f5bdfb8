/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_NODE_H
#define MMAPDEMO_NODE_H

#include <linux/miscdevice.h>

struct mmapdemo_buffer;

/**
 * struct mmapdemo_node - a buffer under a name in /dev
 * @misc: the character device; mode 0600, root's, until somebody changes it
 * @buffer: a reference of the node's own
 *
 * Lives in the module, from mmapdemo_node_add() to mmapdemo_node_remove().
 * Open files keep the module, so none is left when it is removed.
 */
struct mmapdemo_node {
	struct miscdevice misc;
	struct mmapdemo_buffer *buffer;
};

int mmapdemo_node_add(struct mmapdemo_node *node, struct mmapdemo_buffer *buffer);
void mmapdemo_node_remove(struct mmapdemo_node *node);

#endif /* MMAPDEMO_NODE_H */
