// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node: /dev/mmapdemo, and the file operations of those who open it. It joins the
 * other rooms and decides nothing about memory: what may be mapped is in
 * mapping.c, what is copied in buffer.c.
 */
#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/splice.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "compat.h"
#include "mapping.h"
#include "node.h"

/* The node's own reference; each open file has one, too. */
static struct mmapdemo_buffer *node_buffer;

static struct mmapdemo_buffer *mmapdemo_file_buffer(const struct file *file)
{
	return file->private_data;
}

static int file_open(struct inode *inode, struct file *file)
{
	mmapdemo_buffer_get(node_buffer);
	atomic_inc(&node_buffer->opens);
	file->private_data = node_buffer;
	return 0;
}

static int file_release(struct inode *inode, struct file *file)
{
	atomic_dec(&mmapdemo_file_buffer(file)->opens);
	mmapdemo_buffer_put(mmapdemo_file_buffer(file));
	return 0;
}

/* take file.c: file_llseek file_read_iter file_write_iter file_mmap */

/* take ioctl.c: ioctl_info */

/* The calls of <linux/mmapdemo.h>. */
static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MMAPDEMO_IOC_INFO:
		return ioctl_info(mmapdemo_file_buffer(file), (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

/* All users share one set of pages: there is nothing to flush. */
static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.llseek = file_llseek,
	.read_iter = file_read_iter,
	.write_iter = file_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.mmap = file_mmap,
	.fsync = noop_fsync,
	.unlocked_ioctl = file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mmapdemo",
	.fops = &node_fops,
	.mode = 0600,
};

/**
 * mmapdemo_node_add - show a buffer in /dev
 * @buffer: the node takes a reference of its own
 *
 * Users may come before this returns.
 *
 * Return: 0, to be undone by mmapdemo_node_remove(), or what misc_register() says.
 */
int mmapdemo_node_add(struct mmapdemo_buffer *buffer)
{
	int err;

	mmapdemo_buffer_get(buffer);
	node_buffer = buffer;
	err = misc_register(&node);
	if (err)
		mmapdemo_buffer_put(buffer);
	return err;
}

/* Nothing is open: open files hold the module. */
void mmapdemo_node_remove(void)
{
	misc_deregister(&node);
	mmapdemo_buffer_put(node_buffer);
}
