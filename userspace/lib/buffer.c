// SPDX-License-Identifier: BSD-2-Clause
/*
 * Buffers: open each kind, tell what it is, close it. Everything that differs
 * between the kinds stands here; view.c maps them all alike.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>
#include <linux/mmapdemo.h>

#include "buffer.h"
#include "label.h"

static_assert(sizeof(struct mmapdemo_info) == 64, "the layout of the ABI");

const char *mmapdemo_version(void)
{
	return MMAPDEMO_VERSION;
}

uint32_t mmapdemo_page_size(void)
{
	return (uint32_t)sysconf(_SC_PAGESIZE);
}

static int device_kind(int fd, enum mmapdemo_kind *kind)
{
	struct mmapdemo_info info;

	if (ioctl(fd, MMAPDEMO_IOC_INFO, &info) < 0) {
		*kind = MMAPDEMO_KIND_DEVICE;
		return 0;
	}
	*kind = MMAPDEMO_KIND_NODE;
	return info.abi_version == MMAPDEMO_ABI_VERSION ? 0 : -EPROTO;
}

/* A buffer of the driver that was opened by no name has no type of file. */
static int nameless_kind(int fd, enum mmapdemo_kind *kind)
{
	int err = device_kind(fd, kind);

	return !err && *kind != MMAPDEMO_KIND_NODE ? -ENODEV : err;
}

int mmapdemo_open_fd(struct mmapdemo_buffer **buffer, int fd)
{
	struct mmapdemo_buffer new = { .fd = fd };
	int access = fcntl(fd, F_GETFL);
	struct stat st;
	int err = 0;

	if (access < 0 || fstat(fd, &st) < 0)
		return -errno;
	new.writable = (access & O_ACCMODE) == O_RDWR;
	if (S_ISREG(st.st_mode))
		new.kind = MMAPDEMO_KIND_FILE;
	else if (S_ISCHR(st.st_mode))
		err = device_kind(fd, &new.kind);
	else if (S_ISBLK(st.st_mode))
		new.kind = MMAPDEMO_KIND_DEVICE;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else
		err = nameless_kind(fd, &new.kind);
	if (err)
		return err;

	struct mmapdemo_buffer *copy = malloc(sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = new;
	*buffer = copy;
	return 0;
}

/* O_NONBLOCK was for open(2): a process that reads from mmapdemo_fd() means to wait. */
static int open_or_close_fd(struct mmapdemo_buffer **buffer, int fd)
{
	int err = mmapdemo_open_fd(buffer, fd);

	if (err)
		close(fd);
	else
		fcntl(fd, F_SETFL, 0);
	return err;
}

int mmapdemo_open(struct mmapdemo_buffer **buffer, const char *path, unsigned int flags)
{
	int access = flags & MMAPDEMO_READ_ONLY ? O_RDONLY : O_RDWR;
	int fd;

	if (flags & ~(unsigned int)MMAPDEMO_READ_ONLY)
		return -EINVAL;
	/* O_NONBLOCK: a FIFO must be refused, not waited for. */
	fd = open(path ? path : MMAPDEMO_NODE, access | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	return open_or_close_fd(buffer, fd);
}

/* Of what would be made: then nothing is. */
static int check_size(uint64_t size)
{
	if (size == 0)
		return -EINVAL;
	return size > INT64_MAX ? -EFBIG : 0;
}

/* Refuse what is not a regular file, grow it to @size, and take it over. */
static int open_sized(struct mmapdemo_buffer **buffer, int fd, uint64_t size)
{
	struct stat st;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -ENODEV;
	else if ((uint64_t)st.st_size < size && ftruncate(fd, (off_t)size) < 0)
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}
	return open_or_close_fd(buffer, fd);
}

int mmapdemo_open_file(struct mmapdemo_buffer **buffer, const char *path, uint64_t size)
{
	int err = check_size(size);

	if (err)
		return err;
	return open_sized(buffer, open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666),
			  size);
}

int mmapdemo_open_shm(struct mmapdemo_buffer **buffer, const char *name, uint64_t size)
{
	int err = check_size(size);
	int fd;

	if (err)
		return err;
	fd = name ? shm_open(name, O_RDWR | O_CREAT, 0600) : memfd_create("mmapdemo", MFD_CLOEXEC);
	err = open_sized(buffer, fd, size);
	if (!err)
		(*buffer)->kind = MMAPDEMO_KIND_SHM;
	return err;
}

int mmapdemo_open_anon(struct mmapdemo_buffer **buffer, uint64_t size)
{
	struct mmapdemo_buffer *new;

	if (size == 0)
		return -EINVAL;
	if (size > SIZE_MAX)
		return -ENOMEM;
	new = malloc(sizeof(*new));
	if (!new)
		return -ENOMEM;
	*new = (struct mmapdemo_buffer){
		.kind = MMAPDEMO_KIND_ANON,
		.fd = -1,
		.writable = 1,
		.anon_size = size,
		.anon = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
	};
	if (new->anon == MAP_FAILED) {
		int err = -errno;

		free(new);
		return err;
	}
	*buffer = new;
	return 0;
}

/*
 * A word that is zero in each new process, for the kernel wipes it at fork(2),
 * however that comes about; then one more than the process's client number.
 * Threads may race for the first use. Returns 0 or -ENOMEM.
 */
int mmapdemo_remember_process(struct mmapdemo_buffer *buffer)
{
	uint32_t *none = NULL;
	void *page;

	if (__atomic_load_n(&buffer->process, __ATOMIC_ACQUIRE))
		return 0;
	page = mmap(NULL, mmapdemo_page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	if (page == MAP_FAILED)
		return -ENOMEM;
	if (madvise(page, mmapdemo_page_size(), MADV_WIPEONFORK) < 0 ||
	    !__atomic_compare_exchange_n(&buffer->process, &none, page, false, __ATOMIC_RELEASE,
					 __ATOMIC_RELAXED))
		munmap(page, mmapdemo_page_size());
	return __atomic_load_n(&buffer->process, __ATOMIC_ACQUIRE) ? 0 : -ENOMEM;
}

void mmapdemo_close(struct mmapdemo_buffer *buffer)
{
	if (!buffer)
		return;
	if (buffer->process)
		munmap(buffer->process, mmapdemo_page_size());
	if (buffer->kind == MMAPDEMO_KIND_ANON)
		munmap(buffer->anon, buffer->anon_size);
	else
		close(buffer->fd);
	free(buffer);
}

int mmapdemo_fd(const struct mmapdemo_buffer *buffer)
{
	return buffer->fd;
}

static int node_info(int fd, struct mmapdemo_buffer_info *info)
{
	struct mmapdemo_info node;

	if (ioctl(fd, MMAPDEMO_IOC_INFO, &node) < 0)
		return -errno;
	info->size = node.size;
	info->page_size = node.page_size;
	info->abi_version = node.abi_version;
	info->features = node.features;
	info->opens = node.opens;
	info->maps = node.maps;
	info->publications = node.publications;
	info->clients = node.clients;
	info->channel = node.channel;
	return 0;
}

/* Of a regular file or a block device; 0 for a character device. */
static int file_size(int fd, uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*size = (uint64_t)st.st_size;
	if (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, size) < 0)
		return -errno;
	return 0;
}

int mmapdemo_get_info(const struct mmapdemo_buffer *buffer, struct mmapdemo_buffer_info *info)
{
	struct mmapdemo_buffer_info new = {
		.kind = buffer->kind,
		.writable = buffer->writable,
		.page_size = mmapdemo_page_size(),
	};
	uint64_t ring;
	int err = 0;

	switch (buffer->kind) {
	case MMAPDEMO_KIND_NODE:
		err = node_info(buffer->fd, &new);
		break;
	case MMAPDEMO_KIND_DEVICE:
	case MMAPDEMO_KIND_FILE:
	case MMAPDEMO_KIND_SHM:
		err = file_size(buffer->fd, &new.size);
		if (buffer->kind != MMAPDEMO_KIND_DEVICE)
			new.channel = mmapdemo_label_read(buffer->fd, &ring);
		break;
	case MMAPDEMO_KIND_ANON:
		new.size = buffer->anon_size;
		break;
	}
	if (!err)
		*info = new;
	return err;
}
