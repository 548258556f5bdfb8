// SPDX-License-Identifier: GPL-2.0-only
/*
 * The open file and its file operations. It joins the other rooms and decides
 * nothing about memory: what may be mapped is in mapping.c, what is copied
 * in buffer.c, what is called in ioctl.c.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/uio.h>

#include "buffer.h"
#include "channel.h"
#include "compat.h"
#include "file.h"
#include "mapping.h"
#include "node.h"
#include "word.h"

static const struct file_operations channel_fops;

static struct mmapdemo_file *new_file(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_file *open = kzalloc(sizeof(*open), GFP_KERNEL_ACCOUNT);

	if (!open)
		return NULL;
	mmapdemo_buffer_get(buffer);
	atomic_inc(&buffer->opens);
	open->buffer = buffer;
	atomic64_set(&open->seen, atomic64_read(&buffer->event.publications));
	mmapdemo_processes_init(&open->processes);
	mmapdemo_stream_init(&open->stream);
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
	file->f_mode |= FMODE_NOWAIT; /* of a channel: see is_nonblocking() */
	if (open->buffer->channel) {
		file->f_op = &channel_fops; /* of the same module */
		stream_open(inode, file);
	}
	return 0;
}

/* @close: see mmapdemo_client_end() */
static void end_clients(struct mmapdemo_file *open, struct mmapdemo_close *close)
{
	if (mmapdemo_client_end(&open->buffer->clients, &open->processes, close))
		mmapdemo_word_wake_all(open->buffer);
}

/* A process closes a descriptor, or ends. Its maps, if it ends, are gone already. */
static int file_flush(struct file *file, fl_owner_t table)
{
	struct mmapdemo_file *open = file->private_data;
	struct mmapdemo_close close = { file, table, &open->found };

	end_clients(open, &close);
	if (open->buffer->channel)
		mmapdemo_channel_close(open->buffer->channel, &close);
	return 0;
}

static int file_release(struct inode *inode, struct file *file)
{
	struct mmapdemo_file *open = file->private_data;

	mmapdemo_stream_end(&open->stream);
	end_clients(open, NULL);
	if (open->buffer->channel)
		mmapdemo_channel_leave(open->buffer->channel, file, NULL);
	free_file(open);
	return 0;
}

static loff_t file_llseek(struct file *file, loff_t offset, int whence)
{
	struct mmapdemo_buffer *buffer = mmapdemo_file_buffer(file);
	loff_t size = mmapdemo_buffer_size(buffer);

	return generic_file_llseek_size(file, offset, whence, size, size);
}

static ssize_t file_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct mmapdemo_buffer *buffer = mmapdemo_file_buffer(iocb->ki_filp);
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
	struct mmapdemo_buffer *buffer = mmapdemo_file_buffer(iocb->ki_filp);
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

static bool is_nonblocking(const struct kiocb *iocb)
{
	return iocb->ki_filp->f_flags & O_NONBLOCK || iocb->ki_flags & IOCB_NOWAIT;
}

static ssize_t channel_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct mmapdemo_file *open = iocb->ki_filp->private_data;

	if (!iov_iter_count(to))
		return 0;
	return mmapdemo_stream_read(&open->stream, open->buffer->channel, iocb->ki_filp, to,
				    is_nonblocking(iocb));
}

static ssize_t channel_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct mmapdemo_file *open = iocb->ki_filp->private_data;

	if (!iov_iter_count(from))
		return 0;
	return mmapdemo_stream_write(&open->stream, open->buffer->channel, iocb->ki_filp, from,
				     is_nonblocking(iocb));
}

/* Neither read(2) nor write(2) blocks. A publication is urgent, as a change is in sysfs. */
static __poll_t file_poll(struct file *file, poll_table *wait)
{
	const struct mmapdemo_file *open = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &open->buffer->event.waiters, wait);
	if (file->f_mode & FMODE_READ)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (file->f_mode & FMODE_WRITE)
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (mmapdemo_event_unseen(&open->buffer->event, &open->seen))
		mask |= EPOLLPRI;
	return mask;
}

static __poll_t channel_poll(struct file *file, poll_table *wait)
{
	return mmapdemo_channel_poll(mmapdemo_file_buffer(file)->channel, file, wait);
}

static int file_fasync(int fd, struct file *file, int on)
{
	return fasync_helper(fd, file, on, &mmapdemo_file_buffer(file)->event.fasync);
}

static int file_mmap(struct file *file, struct vm_area_struct *vma)
{
	return mmapdemo_mapping_create(mmapdemo_file_buffer(file), vma);
}

/*
 * All users share one set of pages: there is nothing to flush, and much to tell.
 * The core lets readers call this, who have nothing to publish.
 */
static int file_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	if (file->f_mode & FMODE_WRITE)
		mmapdemo_event_publish(&mmapdemo_file_buffer(file)->event);
	return 0;
}

/* There is nothing to flush, and the driver notifies of messages itself. */
static int channel_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return 0;
}

/* The buffer of an open file of a channel; NULL for any other file. */
struct mmapdemo_buffer *mmapdemo_file_channel(const struct file *file)
{
	return file->f_op == &channel_fops ? mmapdemo_file_buffer(file) : NULL;
}

/**
 * mmapdemo_file_open - an open file that came by no name in /dev
 * @buffer: it takes a reference of its own
 * @access: O_RDONLY or O_RDWR
 *
 * Return: the file, or ERR_PTR() of -ENOMEM, -ENFILE.
 */
struct file *mmapdemo_file_open(struct mmapdemo_buffer *buffer, int access)
{
	struct mmapdemo_file *open = new_file(buffer);
	struct file *file;

	if (!open)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[mmapdemo]", buffer->channel ? &channel_fops : &mmapdemo_fops,
				  open, access);
	if (IS_ERR(file))
		free_file(open);
	else if (buffer->channel)
		stream_open(file_inode(file), file);
	else
		file->f_mode |= FMODE_PREAD | FMODE_PWRITE;
	if (!IS_ERR(file))
		file->f_mode |= FMODE_NOWAIT;
	return file;
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
	.flush = file_flush,
	.mmap = file_mmap,
	.fsync = file_fsync,
	.unlocked_ioctl = mmapdemo_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static const struct file_operations channel_fops = {
	.owner = THIS_MODULE,
	.release = file_release,
	.read_iter = channel_read_iter,
	.write_iter = channel_write_iter,
	.poll = channel_poll,
	.flush = file_flush,
	.mmap = file_mmap,
	.fsync = channel_fsync,
	.unlocked_ioctl = mmapdemo_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
