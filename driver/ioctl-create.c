// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls that make, open and resize buffers, and take their names away. This file
 * decides who may do that.
 */
#include <linux/build_bug.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "file.h"
#include "ioctl-create.h"
#include "node.h"
#include "quota.h"

/* The size of the member that holds a name, in all calls. */
#define NAME_SIZE sizeof_field(struct mmapdemo_create, name)

/* Make the reserved @fd the descriptor of @file, or free it if @file is an error. */
long mmapdemo_ioctl_install(int fd, struct file *file)
{
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

/* Letters, digits, '_', '-' and '.', not beginning with '.'; then zeroes only. */
static bool is_name(const char name[NAME_SIZE])
{
	size_t length = strnlen(name, MMAPDEMO_NAME_MAX + 1);
	size_t i;

	if (length > MMAPDEMO_NAME_MAX || name[0] == '.')
		return false;
	for (i = 0; i < length; i++) {
		if (!isascii(name[i]) || !(isalnum(name[i]) || strchr("_-.", name[i])))
			return false;
	}
	return !memchr_inv(name + length, 0, NAME_SIZE - length);
}

/*
 * Whether this descriptor allows to make buffers and engines: a writable one of
 * /dev/mmapdemo does, whose mode the administrator sets. Users set the modes of all other
 * nodes, so those do not.
 */
bool mmapdemo_ioctl_may_make(const struct file *file)
{
	const struct mmapdemo_file *open = file->private_data;

	return open->node && !*open->node->name && file->f_mode & FMODE_WRITE;
}

/* Whether a buffer with these flags may have this size. */
static bool is_size(u64 size, u32 flags)
{
	switch (flags) {
	case 0:
		return size && size <= MMAPDEMO_SIZE_MAX;
	case MMAPDEMO_CREATE_CHANNEL:
	case MMAPDEMO_CREATE_CHANNEL | MMAPDEMO_CREATE_LINES:
		return is_power_of_2(size) && size >= MMAPDEMO_RING_MIN &&
		       size <= MMAPDEMO_RING_MAX;
	default:
		return false;
	}
}

static struct file *create(const struct mmapdemo_create *args)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_node *node;
	struct file *file;

	buffer = mmapdemo_buffer_create(round_up(args->size, PAGE_SIZE), current_fsuid(), true,
					args->flags);
	if (IS_ERR(buffer))
		return ERR_CAST(buffer);
	file = mmapdemo_file_open(buffer, O_RDWR);
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

static long create_at_once(const struct mmapdemo_create *args)
{
	/* First, since nothing may fail after the name exists. */
	int fd = get_unused_fd_flags(O_CLOEXEC);

	return fd < 0 ? fd : mmapdemo_ioctl_install(fd, create(args));
}

/* A user who has made many names has to wait. */
static long create_named(const struct mmapdemo_create *args)
{
	kuid_t uid = current_fsuid();
	long fd = mmapdemo_quota_take_name(uid);

	if (fd)
		return fd;
	fd = create_at_once(args);
	if (fd < 0)
		mmapdemo_quota_give_name(uid);
	return fd;
}

long mmapdemo_ioctl_create(const struct file *file, const struct mmapdemo_create __user *arg)
{
	struct mmapdemo_create args;

	BUILD_BUG_ON(sizeof(args) != 64);
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!is_size(args.size, args.flags) || args.mode & ~0777 || args.reserved ||
	    !is_name(args.name) || (args.mode && !*args.name))
		return -EINVAL;
	/* A user namespace must not put names into everybody's /dev. */
	if (!mmapdemo_ioctl_may_make(file) || (*args.name && current_user_ns() != &init_user_ns))
		return -EPERM;
	return *args.name ? create_named(&args) : create_at_once(&args);
}

long mmapdemo_ioctl_open(const struct file *file, unsigned long access)
{
	int fd;

	if (access != O_RDONLY && access != O_RDWR)
		return -EINVAL;
	if (!(file->f_mode & FMODE_READ) || (access == O_RDWR && !(file->f_mode & FMODE_WRITE)))
		return -EACCES;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	return mmapdemo_ioctl_install(fd, mmapdemo_file_open(mmapdemo_file_buffer(file), access));
}

static bool may_change(const struct mmapdemo_buffer *buffer)
{
	return uid_eq(buffer->owner, current_fsuid()) || capable(CAP_FOWNER);
}

long mmapdemo_ioctl_remove(const struct file *file, unsigned long arg)
{
	const struct mmapdemo_file *open = file->private_data;

	if (arg)
		return -EINVAL;
	if (!open->node)
		return -ENOENT;
	/* The name of the default buffer stays as long as the module. */
	if (!*open->node->name || !may_change(open->buffer))
		return -EPERM;
	return mmapdemo_node_remove(open->node);
}

/* By name, since the node need not be in the caller's /dev. */
long mmapdemo_ioctl_remove_name(const struct file *file, const struct mmapdemo_remove __user *arg)
{
	struct mmapdemo_remove args;
	struct mmapdemo_node *node;
	int err = -EPERM;

	BUILD_BUG_ON(sizeof(args) != 48);
	BUILD_BUG_ON(sizeof(args.name) != NAME_SIZE);
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.reserved || !*args.name || !is_name(args.name))
		return -EINVAL;
	if (!mmapdemo_ioctl_may_make(file))
		return -EPERM;
	node = mmapdemo_node_find(args.name);
	if (IS_ERR(node))
		return PTR_ERR(node);
	if (may_change(node->buffer))
		err = mmapdemo_node_remove(node);
	mmapdemo_node_put(node);
	return err;
}

long mmapdemo_ioctl_resize(const struct file *file, const __u64 __user *arg)
{
	u64 size;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (get_user(size, arg))
		return -EFAULT;
	if (!size || size > MMAPDEMO_SIZE_MAX)
		return -EINVAL;
	if (!may_change(mmapdemo_file_buffer(file)))
		return -EPERM;
	return mmapdemo_buffer_resize(mmapdemo_file_buffer(file), round_up(size, PAGE_SIZE));
}
