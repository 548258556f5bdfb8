// SPDX-License-Identifier: GPL-2.0-only
/*
 * The open file: its file operations and its ioctls. It joins the other rooms
 * and decides nothing about memory: what may be mapped stands in mapping.c,
 * what is copied in buffer.c.
 */
#include <linux/anon_inodes.h>
#include <linux/build_bug.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/user_namespace.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "compat.h"
#include "file.h"
#include "mapping.h"
#include "node.h"

/**
 * struct mmapdemo_file - private_data of an open file
 * @buffer: with a reference
 * @node: by which it was opened, or that was made with it, with a reference;
 *	NULL for a buffer that never had a name
 * @seen: how many publications
 */
struct mmapdemo_file {
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_node *node;
	atomic64_t seen;
};

static struct mmapdemo_buffer *buffer_of(const struct file *file)
{
	const struct mmapdemo_file *open = file->private_data;

	return open->buffer;
}

static struct mmapdemo_file *new_file(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_file *open = kzalloc(sizeof(*open), GFP_KERNEL_ACCOUNT);

	if (!open)
		return NULL;
	mmapdemo_buffer_get(buffer);
	atomic_inc(&buffer->opens);
	open->buffer = buffer;
	atomic64_set(&open->seen, atomic64_read(&buffer->event.publications));
	return open;
}

static void free_file(struct mmapdemo_file *open)
{
	atomic_dec(&open->buffer->opens);
	mmapdemo_buffer_put(open->buffer);
	mmapdemo_node_put(open->node);
	kfree(open);
}

static int file_open(struct inode *inode, struct file *file)
{
	struct mmapdemo_node *node = mmapdemo_node_get(inode->i_rdev);
	struct mmapdemo_file *open;

	if (!node)
		return -ENXIO;
	open = new_file(node->buffer);
	if (!open) {
		mmapdemo_node_put(node);
		return -ENOMEM;
	}
	open->node = node;
	file->private_data = open;
	return 0;
}

static int file_release(struct inode *inode, struct file *file)
{
	free_file(file->private_data);
	return 0;
}

static loff_t file_llseek(struct file *file, loff_t offset, int whence)
{
	struct mmapdemo_buffer *buffer = buffer_of(file);
	loff_t size = mmapdemo_buffer_size(buffer);

	return generic_file_llseek_size(file, offset, whence, size, size);
}

static ssize_t file_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct mmapdemo_buffer *buffer = buffer_of(iocb->ki_filp);
	size_t done = 0;
	bool at_end;

	if (!iov_iter_count(to))
		return 0;
	mmapdemo_buffer_enter(buffer);
	at_end = iocb->ki_pos >= buffer->mem.size;
	if (!at_end)
		done = mmapdemo_buffer_read(buffer, iocb->ki_pos, to);
	mmapdemo_buffer_leave(buffer);
	if (!done)
		return at_end ? 0 : -EFAULT;
	iocb->ki_pos += done;
	return done;
}

static ssize_t file_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct mmapdemo_buffer *buffer = buffer_of(iocb->ki_filp);
	size_t done = 0;
	bool at_end;

	if (!iov_iter_count(from))
		return 0;
	mmapdemo_buffer_enter(buffer);
	at_end = iocb->ki_flags & IOCB_APPEND || iocb->ki_pos >= buffer->mem.size;
	if (!at_end)
		done = mmapdemo_buffer_write(buffer, iocb->ki_pos, from);
	mmapdemo_buffer_leave(buffer);
	if (!done)
		return at_end ? -ENOSPC : -EFAULT;
	iocb->ki_pos += done;
	return done;
}

static __poll_t file_poll(struct file *file, poll_table *wait)
{
	const struct mmapdemo_file *open = file->private_data;
	__poll_t mask = file->f_mode & FMODE_WRITE ? EPOLLOUT | EPOLLWRNORM : 0;

	poll_wait(file, &open->buffer->event.waiters, wait);
	if (mmapdemo_event_unseen(&open->buffer->event, &open->seen))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static int file_fasync(int fd, struct file *file, int on)
{
	return fasync_helper(fd, file, on, &buffer_of(file)->event.fasync);
}

static int file_mmap(struct file *file, struct vm_area_struct *vma)
{
	return mmapdemo_mapping_create(buffer_of(file), vma);
}

/*
 * All users share one set of pages: there is nothing to flush, and much to tell.
 * The core lets readers call this, who have nothing to publish.
 */
static int file_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	if (file->f_mode & FMODE_WRITE)
		mmapdemo_event_publish(&buffer_of(file)->event);
	return 0;
}

/* An open file that came by no name in /dev. @access: O_RDONLY or O_RDWR. */
static struct file *open_buffer(struct mmapdemo_buffer *buffer, int access)
{
	struct mmapdemo_file *open = new_file(buffer);
	struct file *file;

	if (!open)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[mmapdemo]", &mmapdemo_fops, open, access);
	if (IS_ERR(file))
		free_file(open);
	else
		file->f_mode |= FMODE_PREAD | FMODE_PWRITE;
	return file;
}

/* Makes @fd, reserved before, the descriptor of @file, which may be an error. */
static long install(int fd, struct file *file)
{
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static long ioctl_info(struct mmapdemo_buffer *buffer, struct mmapdemo_info __user *arg)
{
	struct mmapdemo_info info;

	BUILD_BUG_ON(sizeof(info) != 64);
	memset(&info, 0, sizeof(info));
	info.abi_version = MMAPDEMO_ABI_VERSION;
	info.page_size = PAGE_SIZE;
	info.features = MMAPDEMO_FEATURE_CREATE | MMAPDEMO_FEATURE_EVENTS;
	info.size = mmapdemo_buffer_size(buffer);
	info.opens = atomic_read(&buffer->opens);
	info.maps = atomic_read(&buffer->maps);
	info.publications = atomic64_read(&buffer->event.publications);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

/* Letters, digits, '_', '-' and '.', the last not in front; then zeroes only. */
static bool is_name(const char name[sizeof_field(struct mmapdemo_create, name)])
{
	size_t length = strnlen(name, MMAPDEMO_NAME_MAX + 1);
	size_t i;

	if (length > MMAPDEMO_NAME_MAX || name[0] == '.')
		return false;
	for (i = 0; i < length; i++) {
		if (!isascii(name[i]) || !(isalnum(name[i]) || strchr("_-.", name[i])))
			return false;
	}
	return !memchr_inv(name + length, 0, sizeof_field(struct mmapdemo_create, name) - length);
}

/* A user namespace must not put names into everybody's /dev. */
static bool may_name(const struct file *file)
{
	const struct mmapdemo_file *open = file->private_data;

	return open->node && !*open->node->name && file->f_mode & FMODE_WRITE &&
	       current_user_ns() == &init_user_ns;
}

static struct file *create(const struct mmapdemo_create *args)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_node *node;
	struct file *file;

	buffer = mmapdemo_buffer_create(round_up(args->size, PAGE_SIZE), current_fsuid(), true);
	if (IS_ERR(buffer))
		return ERR_CAST(buffer);
	file = open_buffer(buffer, O_RDWR);
	if (!IS_ERR(file) && *args->name) {
		node = mmapdemo_node_add(buffer, args->name, args->mode ?: 0600);
		if (IS_ERR(node)) {
			fput(file);
			file = ERR_CAST(node);
		} else {
			((struct mmapdemo_file *)file->private_data)->node = node;
		}
	}
	mmapdemo_buffer_put(buffer);
	return file;
}

static long ioctl_create(struct file *file, const struct mmapdemo_create __user *arg)
{
	struct mmapdemo_create args;
	int fd;

	BUILD_BUG_ON(sizeof(args) != 64);
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.size || args.size > MMAPDEMO_SIZE_MAX || args.mode & ~0777 || args.flags ||
	    args.reserved || !is_name(args.name) || (args.mode && !*args.name))
		return -EINVAL;
	if (*args.name && !may_name(file))
		return -EPERM;
	/* First: once there is a name, nothing may fail. */
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	return install(fd, create(&args));
}

static long ioctl_open(const struct file *file, unsigned long access)
{
	int fd;

	if (access != O_RDONLY && access != O_RDWR)
		return -EINVAL;
	if (!(file->f_mode & FMODE_READ) || (access == O_RDWR && !(file->f_mode & FMODE_WRITE)))
		return -EACCES;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	return install(fd, open_buffer(buffer_of(file), access));
}

static bool may_change(const struct mmapdemo_buffer *buffer)
{
	return uid_eq(buffer->owner, current_fsuid()) || capable(CAP_SYS_ADMIN);
}

static long ioctl_remove(const struct file *file, unsigned long arg)
{
	const struct mmapdemo_file *open = file->private_data;

	if (arg)
		return -EINVAL;
	if (!open->node)
		return -ENOENT;
	/* The default buffer's name is the module's. */
	if (!*open->node->name || !may_change(open->buffer))
		return -EPERM;
	return mmapdemo_node_remove(open->node);
}

static long ioctl_resize(const struct file *file, const __u64 __user *arg)
{
	u64 size;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (get_user(size, arg))
		return -EFAULT;
	if (!size || size > MMAPDEMO_SIZE_MAX)
		return -EINVAL;
	if (!may_change(buffer_of(file)))
		return -EPERM;
	return mmapdemo_buffer_resize(buffer_of(file), round_up(size, PAGE_SIZE));
}

static long ioctl_publish(const struct file *file, unsigned long arg)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (arg)
		return -EINVAL;
	mmapdemo_event_publish(&buffer_of(file)->event);
	return 0;
}

/* What could not be told is not seen. */
static long ioctl_events(struct mmapdemo_file *open, struct mmapdemo_events __user *arg)
{
	struct mmapdemo_events events = { 0 };

	BUILD_BUG_ON(sizeof(events) != 16);
	if (clear_user(arg, sizeof(*arg)))
		return -EFAULT;
	events.unseen = mmapdemo_event_see(&open->buffer->event, &open->seen, &events.publications);
	return copy_to_user(arg, &events, sizeof(events)) ? -EFAULT : 0;
}

static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MMAPDEMO_IOC_INFO:
		return ioctl_info(buffer_of(file), (void __user *)arg);
	case MMAPDEMO_IOC_CREATE:
		return ioctl_create(file, (void __user *)arg);
	case MMAPDEMO_IOC_OPEN:
		return ioctl_open(file, arg);
	case MMAPDEMO_IOC_REMOVE:
		return ioctl_remove(file, arg);
	case MMAPDEMO_IOC_RESIZE:
		return ioctl_resize(file, (void __user *)arg);
	case MMAPDEMO_IOC_PUBLISH:
		return ioctl_publish(file, arg);
	case MMAPDEMO_IOC_EVENTS:
		return ioctl_events(file->private_data, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

const struct file_operations mmapdemo_fops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.llseek = file_llseek,
	.read_iter = file_read_iter,
	.write_iter = file_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.poll = file_poll,
	.fasync = file_fasync,
	.mmap = file_mmap,
	.fsync = file_fsync,
	.unlocked_ioctl = file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
