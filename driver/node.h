/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_NODE_H
#define MMAPDEMO_NODE_H

#include <linux/device.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include <linux/mmapdemo.h>

struct mmapdemo_buffer;

/**
 * struct mmapdemo_node - a buffer under a name in /dev
 * @dev: the device; its references are the node's. Open files hold one
 * @buffer: a reference of the node's own
 * @names: in the table of names; hashed while the name is taken
 * @name: "" is /dev/mmapdemo itself, "NAME" is /dev/mmapdemo-NAME
 * @mode: of the file in /dev, until somebody changes it there
 * @uid: likewise
 * @gid: likewise
 */
struct mmapdemo_node {
	struct device dev;
	struct mmapdemo_buffer *buffer;
	struct hlist_node names;
	char name[MMAPDEMO_NAME_MAX + 1];
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
};

int mmapdemo_nodes_init(const struct file_operations *fops);
void mmapdemo_nodes_exit(void);

struct mmapdemo_node *mmapdemo_node_add(struct mmapdemo_buffer *buffer, const char *name,
					umode_t mode);
int mmapdemo_node_remove(struct mmapdemo_node *node);
struct mmapdemo_node *mmapdemo_node_get(dev_t devt);
struct mmapdemo_node *mmapdemo_node_find(const char *name);
void mmapdemo_node_put(struct mmapdemo_node *node);

#endif /* MMAPDEMO_NODE_H */
