// SPDX-License-Identifier: BSD-2-Clause
/*
 * Nodes of the driver: make, list, resize and remove them, publish, be told.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "buffer.h"

#define SYSFS "/sys/class/mmapdemo"

static_assert(sizeof(struct mmapdemo_create) == 64, "the layout of the ABI");
static_assert(sizeof(struct mmapdemo_remove) == 48, "the layout of the ABI");
static_assert(sizeof(struct mmapdemo_events) == 16, "the layout of the ABI");

/* The descriptor by which all is made, or an error. */
int mmapdemo_open_maker(void)
{
	int fd = open(MMAPDEMO_NODE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* By a size, a mode and flags. */
int mmapdemo_create_as(struct mmapdemo_buffer **buffer, const char *name,
		       struct mmapdemo_create args)
{
	int node, fd, err;

	if (name && (!*name || strlen(name) >= sizeof(args.name)))
		return -EINVAL;
	if (!name)
		args.mode = 0;
	else
		memcpy(args.name, name, strlen(name));
	node = mmapdemo_open_maker();
	if (node < 0)
		return node;
	fd = ioctl(node, MMAPDEMO_IOC_CREATE, &args);
	err = -errno;
	close(node);
	if (fd < 0)
		return err;
	err = mmapdemo_open_fd(buffer, fd);
	if (err)
		close(fd);
	return err;
}

int mmapdemo_create(struct mmapdemo_buffer **buffer, const char *name, uint64_t size,
		    unsigned int mode)
{
	return mmapdemo_create_as(buffer, name,
				  (struct mmapdemo_create){ .size = size, .mode = mode });
}

static int is_name(const char *name)
{
	return *name && *name != '.' && strlen(name) <= MMAPDEMO_NAME_MAX && !strchr(name, '/');
}

int mmapdemo_open_name(struct mmapdemo_buffer **buffer, const char *name, unsigned int flags)
{
	char path[sizeof(MMAPDEMO_NODE) + 1 + MMAPDEMO_NAME_MAX];

	if (!is_name(name))
		return -EINVAL;
	snprintf(path, sizeof(path), MMAPDEMO_NODE "-%s", name);
	return mmapdemo_open(buffer, path, flags);
}

/* An ioctl that only the driver's buffers know. */
static int call(const struct mmapdemo_buffer *buffer, unsigned long number, void *arg)
{
	if (buffer->kind != MMAPDEMO_KIND_NODE)
		return -EOPNOTSUPP;
	return ioctl(buffer->fd, number, arg) < 0 ? -errno : 0;
}

int mmapdemo_remove(struct mmapdemo_buffer *buffer)
{
	return call(buffer, MMAPDEMO_IOC_REMOVE, NULL);
}

int mmapdemo_remove_name(const char *name)
{
	struct mmapdemo_remove args = { 0 };
	int node, err;

	if (!is_name(name))
		return -EINVAL;
	memcpy(args.name, name, strlen(name));
	node = mmapdemo_open_maker();
	if (node < 0)
		return node == -ENOENT ? -ENODEV : node;
	err = ioctl(node, MMAPDEMO_IOC_REMOVE_NAME, &args) < 0 ? -errno : 0;
	close(node);
	return err;
}

int mmapdemo_resize(struct mmapdemo_buffer *buffer, uint64_t size)
{
	if (size == 0)
		return -EINVAL;
	if (buffer->kind != MMAPDEMO_KIND_FILE && buffer->kind != MMAPDEMO_KIND_SHM)
		return call(buffer, MMAPDEMO_IOC_RESIZE, &size);
	if (!buffer->writable)
		return -EBADF;
	if (size > INT64_MAX)
		return -EFBIG;
	return ftruncate(buffer->fd, (off_t)size) < 0 ? -errno : 0;
}

int mmapdemo_publish(struct mmapdemo_buffer *buffer)
{
	return call(buffer, MMAPDEMO_IOC_PUBLISH, NULL);
}

int mmapdemo_events(struct mmapdemo_buffer *buffer, uint64_t *unseen)
{
	struct mmapdemo_events events;
	int err = call(buffer, MMAPDEMO_IOC_EVENTS, &events);

	if (!err)
		*unseen = events.unseen;
	return err;
}

int mmapdemo_wait_events(struct mmapdemo_buffer *buffer, int timeout)
{
	struct pollfd pollfd = { .fd = buffer->fd, .events = POLLPRI };
	int n;

	if (buffer->kind != MMAPDEMO_KIND_NODE)
		return -EOPNOTSUPP;
	n = poll(&pollfd, 1, timeout);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

int mmapdemo_watch(const struct mmapdemo_buffer *buffer, int flags)
{
	int fd;

	if (buffer->kind != MMAPDEMO_KIND_NODE)
		return -EOPNOTSUPP;
	fd = ioctl(buffer->fd, MMAPDEMO_IOC_WATCH, (unsigned long)flags);
	return fd < 0 ? -errno : fd;
}

/* The device number that the kernel gave to a name. */
static int number_of(const char *node, dev_t *number)
{
	char path[sizeof(SYSFS "/mmapdemo-/dev") + MMAPDEMO_NAME_MAX];
	unsigned int major, minor;
	FILE *file;
	int n;

	if (access(SYSFS, F_OK) < 0)
		return -ENODEV;
	snprintf(path, sizeof(path), SYSFS "/%s/dev", node);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	n = fscanf(file, "%u:%u", &major, &minor);
	fclose(file);
	if (n != 2)
		return -ENOENT; /* gone in this moment */
	*number = makedev(major, minor);
	return 0;
}

int mmapdemo_check_node(const char *name)
{
	char path[sizeof(MMAPDEMO_NODE "-") + MMAPDEMO_NAME_MAX];
	struct stat file;
	dev_t number = 0;
	int there, err;

	if (name && !is_name(name))
		return -EINVAL;
	snprintf(path, sizeof(path), MMAPDEMO_NODE "%s%s", name ? "-" : "", name ? name : "");
	err = number_of(path + strlen("/dev/"), &number);
	if (err && err != -ENOENT)
		return err;
	there = lstat(path, &file) == 0;
	if (err)
		return there ? -ESTALE : err;
	if (!there)
		return -ENXIO;
	/* A link to a node is as good as that. */
	if (stat(path, &file) < 0 || !S_ISCHR(file.st_mode) || file.st_rdev != number)
		return -EEXIST;
	return 0;
}

/* A number in a file of /sys; 0 when the node is gone in this moment. */
static uint64_t attribute(const char *node, const char *name)
{
	unsigned long long value = 0;
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), SYSFS "/%s/%s", node, name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%llu", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

static int is_node(const struct dirent *file)
{
	return file->d_name[0] != '.';
}

static void read_entry(struct mmapdemo_entry *entry, const char *node)
{
	const char *dash = strchr(node, '-');

	*entry = (struct mmapdemo_entry){
		.size = attribute(node, "size"),
		.publications = attribute(node, "publications"),
		.opens = (uint32_t)attribute(node, "opens"),
		.maps = (uint32_t)attribute(node, "maps"),
		.owner = (uint32_t)attribute(node, "owner"),
		.channel = (uint32_t)attribute(node, "channel"),
	};
	snprintf(entry->name, sizeof(entry->name), "%s", dash ? dash + 1 : "");
}

int mmapdemo_list(struct mmapdemo_entry **entries, size_t *count)
{
	struct dirent **files;
	struct mmapdemo_entry *all;
	size_t found = 0;
	int n = scandir(SYSFS, &files, is_node, alphasort);

	if (n < 0)
		return -errno;
	all = calloc((size_t)n + 1, sizeof(*all));
	for (int i = 0; i < n; i++) {
		if (all) {
			read_entry(&all[found], files[i]->d_name);
			/* No buffer is empty: this one has just gone. */
			found += all[found].size != 0;
		}
		free(files[i]);
	}
	free(files);
	if (!all)
		return -ENOMEM;
	*entries = all;
	*count = found;
	return 0;
}
