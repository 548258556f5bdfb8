// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls: arguments are copied once, checked, and handed to the room whose
 * business they are. Nothing is decided here but what may be asked, and by whom.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "channel.h"
#include "clock.h"
#include "engine.h"
#include "file.h"
#include "ioctl-create.h"
#include "node.h"
#include "watch.h"
#include "word.h"

static long ioctl_info(struct mmapdemo_buffer *buffer, struct mmapdemo_info __user *arg)
{
	struct mmapdemo_info info;

	BUILD_BUG_ON(sizeof(info) != 64);
	memset(&info, 0, sizeof(info));
	info.abi_version = MMAPDEMO_ABI_VERSION;
	info.page_size = PAGE_SIZE;
	info.features = MMAPDEMO_FEATURE_CREATE | MMAPDEMO_FEATURE_EVENTS | MMAPDEMO_FEATURE_WORDS |
			MMAPDEMO_FEATURE_CHANNELS | MMAPDEMO_FEATURE_ENGINES;
	info.size = mmapdemo_buffer_size(buffer);
	info.opens = atomic_read(&buffer->opens);
	info.maps = atomic_read(&buffer->maps);
	info.publications = atomic64_read(&buffer->event.publications);
	info.clients = atomic_read(&buffer->clients.count);
	if (buffer->channel)
		info.channel = mmapdemo_channel_info(buffer->channel);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long ioctl_publish(const struct file *file, unsigned long arg)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (arg)
		return -EINVAL;
	mmapdemo_event_publish(&mmapdemo_file_buffer(file)->event);
	return 0;
}

static long ioctl_events(struct mmapdemo_file *open, struct mmapdemo_events __user *arg)
{
	return mmapdemo_event_tell(&open->buffer->event, &open->seen, arg);
}

static long ioctl_watch(const struct file *file, unsigned long flags)
{
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	return mmapdemo_watch_open(mmapdemo_file_buffer(file), flags);
}

static long ioctl_client(struct file *file, unsigned long arg)
{
	struct mmapdemo_file *open = file->private_data;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (arg)
		return -EINVAL;
	return mmapdemo_client_number(&open->buffer->clients, &open->processes);
}

static long ioctl_wait(const struct file *file, const struct mmapdemo_wait __user *arg)
{
	struct mmapdemo_wait args;

	BUILD_BUG_ON(sizeof(args) != 32);
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~MMAPDEMO_WAIT_OWNER || args.reserved ||
	    (args.deadline > S64_MAX && args.deadline != MMAPDEMO_WAIT_FOREVER))
		return -EINVAL;
	args.deadline = mmapdemo_clock_to_kernel(args.deadline);
	return mmapdemo_word_wait(mmapdemo_file_buffer(file), &args, !(file->f_mode & FMODE_WRITE));
}

static long ioctl_wake(const struct file *file, const struct mmapdemo_wake __user *arg)
{
	struct mmapdemo_wake args;

	BUILD_BUG_ON(sizeof(args) != 16);
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.count || args.count > INT_MAX || args.reserved)
		return -EINVAL;
	return mmapdemo_word_wake(mmapdemo_file_buffer(file), args.offset, args.count);
}

static long ioctl_join(struct file *file, unsigned long role)
{
	const struct mmapdemo_holder holder = { file, mmapdemo_process_current() };

	if (role != MMAPDEMO_PRODUCER && role != MMAPDEMO_CONSUMER)
		return -EINVAL;
	if (!(file->f_mode & FMODE_READ) || !(file->f_mode & FMODE_WRITE))
		return -EBADF;
	/* It becomes an index: a processor may guess the check above. */
	role = MMAPDEMO_PRODUCER + array_index_nospec(role - MMAPDEMO_PRODUCER, 2UL);
	return mmapdemo_channel_join(mmapdemo_file_buffer(file)->channel, role, &holder);
}

static long ioctl_channel_wait(struct file *file, const __u64 __user *arg)
{
	const struct mmapdemo_holder holder = { file, mmapdemo_process_current() };
	u64 deadline;

	if (get_user(deadline, arg))
		return -EFAULT;
	if (deadline > S64_MAX && deadline != MMAPDEMO_WAIT_FOREVER)
		return -EINVAL;
	return mmapdemo_channel_wait(mmapdemo_file_buffer(file)->channel, &holder,
				     mmapdemo_clock_to_kernel(deadline), NULL, NULL);
}

static long ioctl_channel_wake(struct file *file, unsigned long arg)
{
	const struct mmapdemo_holder holder = { file, mmapdemo_process_current() };

	if (arg)
		return -EINVAL;
	return mmapdemo_channel_wake(mmapdemo_file_buffer(file)->channel, &holder);
}

/* Of what may take any role: as JOIN. Sets *@file, to be put, also for no channel. */
static int get_channel(int fd, struct file **file, struct mmapdemo_engine_side *side)
{
	const struct mmapdemo_file *open;

	*side = (struct mmapdemo_engine_side){ .name = "" };
	*file = NULL;
	if (fd == -1)
		return 0;
	*file = fget(fd);
	if (!*file || !((*file)->f_mode & FMODE_READ) || !((*file)->f_mode & FMODE_WRITE))
		return -EBADF;
	side->buffer = mmapdemo_file_channel(*file);
	if (!side->buffer)
		return -EINVAL;
	open = (*file)->private_data;
	if (open->node)
		side->name = open->node->name;
	return 0;
}

static struct file *create_engine(const struct mmapdemo_engine *args)
{
	struct mmapdemo_engine_side in, out;
	struct file *in_file, *out_file;
	struct file *file;
	int err;

	err = get_channel(args->in, &in_file, &in);
	err = get_channel(args->out, &out_file, &out) ?: err;
	file = err ? ERR_PTR(err) : mmapdemo_engine_create(args, &in, &out);
	if (in_file)
		fput(in_file);
	if (out_file)
		fput(out_file);
	return file;
}

/* It ends, and zeroes are after it. */
static bool is_kind(const char name[sizeof_field(struct mmapdemo_engine, name)])
{
	const size_t size = sizeof_field(struct mmapdemo_engine, name);
	size_t length = strnlen(name, size);

	return length < size && !memchr_inv(name + length, 0, size - length);
}

static long ioctl_engine(const struct file *file, const struct mmapdemo_engine __user *arg)
{
	struct mmapdemo_engine args;
	int fd;

	BUILD_BUG_ON(sizeof(args) != 64);
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.reserved || !is_kind(args.name))
		return -EINVAL;
	if (!mmapdemo_ioctl_may_make(file))
		return -EPERM;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	return mmapdemo_ioctl_install(fd, create_engine(&args));
}

/* What can be asked of a channel only. */
static long channel_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MMAPDEMO_IOC_JOIN:
		return ioctl_join(file, arg);
	case MMAPDEMO_IOC_CHANNEL_WAIT:
		return ioctl_channel_wait(file, (void __user *)arg);
	case MMAPDEMO_IOC_CHANNEL_WAKE:
		return ioctl_channel_wake(file, arg);
	default:
		return -ENOTTY;
	}
}

/* What can be asked of bytes only. */
static long bytes_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MMAPDEMO_IOC_RESIZE:
		return mmapdemo_ioctl_resize(file, (void __user *)arg);
	case MMAPDEMO_IOC_PUBLISH:
		return ioctl_publish(file, arg);
	case MMAPDEMO_IOC_EVENTS:
		return ioctl_events(file->private_data, (void __user *)arg);
	case MMAPDEMO_IOC_WATCH:
		return ioctl_watch(file, arg);
	case MMAPDEMO_IOC_CLIENT:
		return ioctl_client(file, arg);
	case MMAPDEMO_IOC_WAIT:
		return ioctl_wait(file, (void __user *)arg);
	case MMAPDEMO_IOC_WAKE:
		return ioctl_wake(file, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

/* The calls of <linux/mmapdemo.h>. */
long mmapdemo_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MMAPDEMO_IOC_INFO:
		return ioctl_info(mmapdemo_file_buffer(file), (void __user *)arg);
	case MMAPDEMO_IOC_CREATE:
		return mmapdemo_ioctl_create(file, (void __user *)arg);
	case MMAPDEMO_IOC_OPEN:
		return mmapdemo_ioctl_open(file, arg);
	case MMAPDEMO_IOC_REMOVE:
		return mmapdemo_ioctl_remove(file, arg);
	case MMAPDEMO_IOC_REMOVE_NAME:
		return mmapdemo_ioctl_remove_name(file, (void __user *)arg);
	case MMAPDEMO_IOC_ENGINE:
		return ioctl_engine(file, (void __user *)arg);
	default:
		if (mmapdemo_file_buffer(file)->channel)
			return channel_ioctl(file, cmd, arg);
		return bytes_ioctl(file, cmd, arg);
	}
}
