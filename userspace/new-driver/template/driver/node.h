/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_NODE_H
#define MMAPDEMO_NODE_H

struct mmapdemo_buffer;

int mmapdemo_node_add(struct mmapdemo_buffer *buffer);
void mmapdemo_node_remove(void);

#endif /* MMAPDEMO_NODE_H */
