// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node: a buffer's character device, under a name in /dev. This room hands
 * out minors and names, and finds a node by its minor when it is opened.
 *
 * A node is removed by taking it from the table of minors, so that nobody finds
 * it any more, then from /dev; the last open file frees it.
 */
#include <linux/bits.h>
#include <linux/cdev.h>
#include <linux/cred.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/kdev_t.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/stringhash.h>
#include <linux/xarray.h>

#include "buffer.h"
#include "compat.h"
#include "node.h"
#include "sysfs.h"

/* All minors that a major has. */
#define MINORS BIT(MINORBITS)

static struct cdev cdev;
static dev_t first;
static struct class *class;
static DEFINE_XARRAY_ALLOC(minors);
static u32 next_minor;

/* Guards names, and adding and removing devices; not needed to open one. */
static DEFINE_MUTEX(names_lock);
static DEFINE_HASHTABLE(names, 10);

static struct mmapdemo_node *to_node(const struct device *dev)
{
	return container_of(dev, struct mmapdemo_node, dev);
}

static char *devnode(devnode_const struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	const struct mmapdemo_node *node = to_node(dev);

	/* Without them the core only asks for the file's name. */
	if (mode) {
		*mode = node->mode;
		*uid = node->uid;
		*gid = node->gid;
	}
	return NULL;
}

static void release(struct device *dev)
{
	struct mmapdemo_node *node = to_node(dev);

	mmapdemo_buffer_put(node->buffer);
	kfree(node);
}

static const struct device_type node_type = {
	.name = "mmapdemo",
	.groups = mmapdemo_sysfs_groups,
	.devnode = devnode,
	.release = release,
};

static u32 hash_of(const char *name)
{
	return full_name_hash(NULL, name, strlen(name));
}

/* Under names_lock. */
static struct mmapdemo_node *find(const char *name)
{
	struct mmapdemo_node *node;

	hash_for_each_possible(names, node, names, hash_of(name)) {
		if (!strcmp(node->name, name))
			return node;
	}
	return NULL;
}

static int set_dev_name(struct mmapdemo_node *node)
{
	if (!*node->name)
		return dev_set_name(&node->dev, "mmapdemo");
	return dev_set_name(&node->dev, "mmapdemo-%s", node->name);
}

/* Under names_lock. Minors go round, so a stale file in /dev finds nobody for long. */
static int add_device(struct mmapdemo_node *node)
{
	u32 minor;
	int err;

	if (find(node->name))
		return -EEXIST;
	err = xa_alloc_cyclic(&minors, &minor, node, XA_LIMIT(0, MINORS - 1), &next_minor,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	node->dev.devt = MKDEV(MAJOR(first), minor);
	err = set_dev_name(node);
	if (!err)
		err = device_add(&node->dev);
	if (err)
		xa_erase(&minors, minor);
	else
		hash_add(names, &node->names, hash_of(node->name));
	return err;
}

/* Under names_lock. */
static void remove_device(struct mmapdemo_node *node)
{
	xa_erase(&minors, MINOR(node->dev.devt));
	device_del(&node->dev);
	hash_del(&node->names);
	mmapdemo_node_put(node);
}

/**
 * mmapdemo_node_add - show a buffer in /dev
 * @buffer: the node takes a reference of its own
 * @name: valid, see node.h
 * @mode: of the file; its owner and group are the caller's
 *
 * Return: the node, with a reference for the caller beside the one that
 * mmapdemo_node_remove() drops. It may be open before this returns. Or
 * ERR_PTR() of -EEXIST, -ENOSPC if there is no minor left, -EINTR, -ENOMEM, or
 * what device_add() says.
 */
struct mmapdemo_node *mmapdemo_node_add(struct mmapdemo_buffer *buffer, const char *name,
					umode_t mode)
{
	struct mmapdemo_node *node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	int err;

	if (!node)
		return ERR_PTR(-ENOMEM);
	device_initialize(&node->dev);
	node->dev.class = class;
	node->dev.type = &node_type;
	mmapdemo_buffer_get(buffer);
	node->buffer = buffer;
	dev_set_drvdata(&node->dev, buffer);
	strscpy(node->name, name, sizeof(node->name));
	node->mode = mode;
	node->uid = current_fsuid();
	node->gid = current_fsgid();

	err = mutex_lock_killable(&names_lock);
	if (!err) {
		get_device(&node->dev);
		err = add_device(node);
		if (err)
			mmapdemo_node_put(node);
		mutex_unlock(&names_lock);
	}
	if (err) {
		mmapdemo_node_put(node);
		return ERR_PTR(err);
	}
	return node;
}

/**
 * mmapdemo_node_remove - take the name away; open files and maps keep the buffer
 * @node: which
 *
 * Return: 0, -ENOENT if that has been done, -EINTR.
 */
int mmapdemo_node_remove(struct mmapdemo_node *node)
{
	int err = mutex_lock_killable(&names_lock);

	if (err)
		return err;
	if (hash_hashed(&node->names))
		remove_device(node);
	else
		err = -ENOENT;
	mutex_unlock(&names_lock);
	return err;
}

/* The node of a file in /dev, with a reference; NULL if there is none now. */
struct mmapdemo_node *mmapdemo_node_get(dev_t devt)
{
	struct mmapdemo_node *node;

	xa_lock(&minors);
	node = xa_load(&minors, MINOR(devt));
	if (node)
		get_device(&node->dev);
	xa_unlock(&minors);
	return node;
}

/* The node of a name, with a reference; ERR_PTR() of -ENOENT if there is none, -EINTR. */
struct mmapdemo_node *mmapdemo_node_find(const char *name)
{
	struct mmapdemo_node *node;
	int err = mutex_lock_killable(&names_lock);

	if (err)
		return ERR_PTR(err);
	node = find(name);
	if (node)
		get_device(&node->dev);
	mutex_unlock(&names_lock);
	return node ?: ERR_PTR(-ENOENT);
}

/* NULL is allowed. */
void mmapdemo_node_put(struct mmapdemo_node *node)
{
	if (node)
		put_device(&node->dev);
}

/**
 * mmapdemo_nodes_init - get ready for nodes
 * @fops: of all of them
 *
 * Return: 0, to be undone by mmapdemo_nodes_exit(), or what the core says.
 */
int mmapdemo_nodes_init(const struct file_operations *fops)
{
	int err = alloc_chrdev_region(&first, 0, MINORS, "mmapdemo");

	if (err)
		return err;
	class = class_create("mmapdemo");
	if (IS_ERR(class)) {
		err = PTR_ERR(class);
		goto unregister;
	}
	cdev_init(&cdev, fops);
	cdev.owner = THIS_MODULE;
	err = cdev_add(&cdev, first, MINORS);
	if (err)
		goto destroy;
	return 0;

destroy:
	class_destroy(class);
unregister:
	unregister_chrdev_region(first, MINORS);
	return err;
}

/* Nothing is open: open files hold the module. */
void mmapdemo_nodes_exit(void)
{
	struct mmapdemo_node *node;
	unsigned long minor;

	mutex_lock(&names_lock);
	xa_for_each(&minors, minor, node)
		remove_device(node);
	mutex_unlock(&names_lock);
	cdev_del(&cdev);
	class_destroy(class);
	unregister_chrdev_region(first, MINORS);
	xa_destroy(&minors);
}
