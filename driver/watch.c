// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watch: publications of a buffer as input, for event loops that know input and
 * output only. Its descriptor is read as that of an eventfd. It knows the
 * count of a buffer, not its bytes, and no node.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "buffer.h"
#include "watch.h"

/* Of one open file, which frees it. It has a reference of its buffer. */
struct watch {
	struct mmapdemo_buffer *buffer;
	atomic64_t seen;
};

static u64 unseen(const struct watch *watch)
{
	return mmapdemo_event_unseen(&watch->buffer->event, &watch->seen);
}

/* 0 if there is something to tell. */
static int wait(struct watch *watch, const struct kiocb *iocb)
{
	if (unseen(watch))
		return 0;
	if (iocb->ki_filp->f_flags & O_NONBLOCK || iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	return wait_event_interruptible(watch->buffer->event.waiters, unseen(watch));
}

/* Several threads may read: each publication is told to one of them. */
static ssize_t watch_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct watch *watch = iocb->ki_filp->private_data;
	struct mmapdemo_news news;
	u64 count;
	int err;

	if (iov_iter_count(to) < sizeof(count))
		return -EINVAL;
	for (;;) {
		err = wait(watch, iocb);
		if (err)
			return err;
		news = mmapdemo_event_look(&watch->buffer->event, &watch->seen);
		count = news.to - news.from;
		if (!count)
			continue;
		if (copy_to_iter(&count, sizeof(count), to) != sizeof(count))
			return -EFAULT;
		/* Only now: what could not be copied out is not seen. */
		if (mmapdemo_event_see(&watch->seen, news))
			return sizeof(count);
		iov_iter_revert(to, sizeof(count));
	}
}

static __poll_t watch_poll(struct file *file, poll_table *wait)
{
	struct watch *watch = file->private_data;

	poll_wait(file, &watch->buffer->event.waiters, wait);
	return unseen(watch) ? EPOLLIN | EPOLLRDNORM : 0;
}

static void free_watch(struct watch *watch)
{
	atomic_dec(&watch->buffer->opens);
	mmapdemo_buffer_put(watch->buffer);
	kfree(watch);
}

static int watch_release(struct inode *inode, struct file *file)
{
	free_watch(file->private_data);
	return 0;
}

static const struct file_operations watch_fops = {
	.owner = THIS_MODULE,
	.release = watch_release,
	.read_iter = watch_read_iter,
	.poll = watch_poll,
};

static struct file *open_watch(struct mmapdemo_buffer *buffer, unsigned int flags)
{
	struct watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!watch)
		return ERR_PTR(-ENOMEM);
	mmapdemo_buffer_get(buffer);
	atomic_inc(&buffer->opens);
	watch->buffer = buffer;
	atomic64_set(&watch->seen, atomic64_read(&buffer->event.publications));
	file = anon_inode_getfile("[mmapdemo-watch]", &watch_fops, watch, O_RDONLY | flags);
	if (IS_ERR(file)) {
		free_watch(watch);
		return file;
	}
	stream_open(file_inode(file), file);
	file->f_mode |= FMODE_NOWAIT;
	return file;
}

/**
 * mmapdemo_watch_open - WATCH
 * @buffer: whose publications, from now on; it is kept as long as the descriptor
 * @flags: 0 or O_NONBLOCK
 *
 * Return: a descriptor, close-on-exec; -EINVAL for other flags; -ENOMEM, -EMFILE, -ENFILE.
 */
int mmapdemo_watch_open(struct mmapdemo_buffer *buffer, unsigned long flags)
{
	struct file *file;
	int fd;

	if (flags && flags != O_NONBLOCK)
		return -EINVAL;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = open_watch(buffer, flags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}
