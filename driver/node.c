// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node: the character device in /dev, its file operations and its ioctls.
 * It joins the other rooms and decides nothing about memory: what may be
 * mapped stands in mapping.c, what is copied in buffer.c.
 *
 * private_data of an open file is its buffer, with a reference.
 */
#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/splice.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "compat.h"
#include "mapping.h"
#include "node.h"

static int node_open(struct inode *inode, struct file *file)
{
	/* misc_open() leaves the struct miscdevice here. */
	struct mmapdemo_node *node = container_of(file->private_data, struct mmapdemo_node, misc);

	mmapdemo_buffer_get(node->buffer);
	atomic_inc(&node->buffer->opens);
	file->private_data = node->buffer;
	return 0;
}

static int node_release(struct inode *inode, struct file *file)
{
	struct mmapdemo_buffer *buffer = file->private_data;

	atomic_dec(&buffer->opens);
	mmapdemo_buffer_put(buffer);
	return 0;
}

static loff_t node_llseek(struct file *file, loff_t offset, int whence)
{
	struct mmapdemo_buffer *buffer = file->private_data;

	return generic_file_llseek_size(file, offset, whence, buffer->size, buffer->size);
}

static ssize_t node_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct mmapdemo_buffer *buffer = iocb->ki_filp->private_data;
	size_t count = iov_iter_count(to);
	size_t done;

	if (!count || iocb->ki_pos >= buffer->size)
		return 0;
	done = mmapdemo_buffer_read(buffer, iocb->ki_pos, to);
	if (!done)
		return -EFAULT;
	iocb->ki_pos += done;
	return done;
}

static ssize_t node_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct mmapdemo_buffer *buffer = iocb->ki_filp->private_data;
	size_t count = iov_iter_count(from);
	size_t done;

	if (!count)
		return 0;
	if (iocb->ki_flags & IOCB_APPEND || iocb->ki_pos >= buffer->size)
		return -ENOSPC;
	done = mmapdemo_buffer_write(buffer, iocb->ki_pos, from);
	if (!done)
		return -EFAULT;
	iocb->ki_pos += done;
	return done;
}

static int node_mmap(struct file *file, struct vm_area_struct *vma)
{
	return mmapdemo_mapping_create(file->private_data, vma);
}

/* All users share one set of pages: there is nothing to flush. */
static int node_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return 0;
}

static long ioctl_info(struct mmapdemo_buffer *buffer, struct mmapdemo_info __user *arg)
{
	struct mmapdemo_info info;

	BUILD_BUG_ON(sizeof(info) != 64);
	memset(&info, 0, sizeof(info));
	info.abi_version = MMAPDEMO_ABI_VERSION;
	info.page_size = PAGE_SIZE;
	info.size = buffer->size;
	info.opens = atomic_read(&buffer->opens);
	info.maps = atomic_read(&buffer->maps);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long node_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MMAPDEMO_IOC_INFO:
		return ioctl_info(file->private_data, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.llseek = node_llseek,
	.read_iter = node_read_iter,
	.write_iter = node_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.mmap = node_mmap,
	.fsync = node_fsync,
	.unlocked_ioctl = node_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/**
 * mmapdemo_node_add - show a buffer as /dev/mmapdemo
 * @node: zeroed, the caller's; must stay until mmapdemo_node_remove()
 * @buffer: the node takes a reference of its own
 *
 * Return: 0 or what misc_register() says. The node may be open before this
 * function returns.
 */
int mmapdemo_node_add(struct mmapdemo_node *node, struct mmapdemo_buffer *buffer)
{
	int err;

	node->misc.minor = MISC_DYNAMIC_MINOR;
	node->misc.name = "mmapdemo";
	node->misc.fops = &node_fops;
	node->buffer = buffer;
	mmapdemo_buffer_get(buffer);
	err = misc_register(&node->misc);
	if (err)
		mmapdemo_buffer_put(buffer);
	return err;
}

void mmapdemo_node_remove(struct mmapdemo_node *node)
{
	misc_deregister(&node->misc);
	mmapdemo_buffer_put(node->buffer);
}
