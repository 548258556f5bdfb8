// SPDX-License-Identifier: BSD-2-Clause
/*
 * Engines: make one, run it, ask what it has done, and find those that there are. An
 * engine has no name; what /proc tells of descriptors leads to it.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "buffer.h"
#include "mmapdemo_engine.h"

#define KINDS "/sys/module/mmapdemo/parameters/engines"
#define LINK "anon_inode:[mmapdemo-engine]"

static_assert(sizeof(struct mmapdemo_engine) == 64, "the layout of the ABI");
static_assert(sizeof(struct mmapdemo_engine_info) == 96, "the layout of the ABI");

static int fd_of(const struct mmapdemo_buffer *buffer)
{
	return buffer ? buffer->fd : -1;
}

int mmapdemo_engine_create(int *engine, const char *kind, const struct mmapdemo_buffer *in,
			   const struct mmapdemo_buffer *out,
			   const struct mmapdemo_engine_args *args)
{
	struct mmapdemo_engine call = { .in = fd_of(in), .out = fd_of(out) };
	int node, fd;

	if ((in && in->kind != MMAPDEMO_KIND_NODE) || (out && out->kind != MMAPDEMO_KIND_NODE))
		return -EOPNOTSUPP;
	if (!in && !out)
		return -EINVAL;
	if (strlen(kind) >= sizeof(call.name))
		return -ENOENT;
	memcpy(call.name, kind, strlen(kind));
	if (args) {
		call.rate = args->rate;
		call.length = args->length;
		call.count = args->count;
	}
	node = mmapdemo_open_maker();
	if (node < 0)
		return node;
	fd = ioctl(node, MMAPDEMO_IOC_ENGINE, &call);
	if (fd < 0)
		fd = -errno;
	close(node);
	if (fd < 0)
		return fd;
	*engine = fd;
	return 0;
}

int mmapdemo_engine_run(int engine)
{
	return ioctl(engine, MMAPDEMO_IOC_ENGINE_RUN, 0) < 0 ? -errno : 0;
}

int mmapdemo_engine_get_info(int engine, struct mmapdemo_engine_info *info)
{
	struct mmapdemo_engine_info new;

	if (ioctl(engine, MMAPDEMO_IOC_ENGINE_INFO, &new) < 0)
		return -errno;
	*info = new;
	return 0;
}

int mmapdemo_engine_wait(int engine, int timeout)
{
	struct pollfd pollfd = { .fd = engine };
	int n = poll(&pollfd, 1, timeout);

	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

/* An array that grows, @size bytes for each. Returns its next, or NULL. */
static void *add(void **array, size_t *count, size_t size)
{
	void *larger = realloc(*array, (*count + 1) * size);

	if (!larger)
		return NULL;
	*array = larger;
	return memset((char *)larger + size * (*count)++, 0, size);
}

int mmapdemo_engine_kinds(struct mmapdemo_engine_kind **kinds, size_t *count)
{
	struct mmapdemo_engine_kind *kind;
	void *all = NULL;
	size_t found = 0;
	char name[24];
	int err = 0;
	FILE *file = fopen(KINDS, "re");

	if (!file)
		return -errno;
	while (!err && fscanf(file, "%23s", name) == 1) {
		kind = add(&all, &found, sizeof(*kind));
		if (kind)
			strcpy(kind->name, name);
		else
			err = -ENOMEM;
	}
	fclose(file);
	if (err) {
		free(all);
		return err;
	}
	*kinds = all;
	*count = found;
	return 0;
}

/* One line of /proc/PID/fdinfo/FD; those of other files are not ours. */
static void take_line(struct mmapdemo_engine_entry *entry, const char *line)
{
	struct mmapdemo_engine_info *info = &entry->info;

	const struct {
		const char *format;
		__u64 *value;
	} numbers[] = {
		{ "received:\t%llu", &info->received },
		{ "received_bytes:\t%llu", &info->received_bytes },
		{ "sent:\t%llu", &info->sent },
		{ "sent_bytes:\t%llu", &info->sent_bytes },
		{ "dropped:\t%llu", &info->dropped },
		{ "refused:\t%llu", &info->refused },
		{ "value:\t%llu", &info->value },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (sscanf(line, numbers[i].format, numbers[i].value) == 1)
			return;
	}
	if (sscanf(line, "engine:\t%23s", info->name) == 1 ||
	    sscanf(line, "in:\t%39s", entry->in) == 1 ||
	    sscanf(line, "out:\t%39s", entry->out) == 1 ||
	    sscanf(line, "running:\t%u", &info->running) == 1 ||
	    sscanf(line, "ended:\t%u", &info->ended) == 1)
		return;
	sscanf(line, "error:\t%u", &info->error);
}

/* Leaves the name empty when the engine is gone in this moment. */
static void read_fdinfo(const char *pid, const char *fd, struct mmapdemo_engine_entry *entry)
{
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/fdinfo/%.16s", pid, fd);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		take_line(entry, line);
	fclose(file);
}

static int add_engines_of(const char *pid, void **all, size_t *found)
{
	struct mmapdemo_engine_entry *entry, new;
	struct dirent *file;
	char path[64];
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return 0; /* another's, or just gone */
	while (!err && (file = readdir(dir))) {
		char link[sizeof(LINK)] = "";

		if (readlinkat(dirfd(dir), file->d_name, link, sizeof(link)) != sizeof(LINK) - 1 ||
		    memcmp(link, LINK, sizeof(LINK) - 1) != 0)
			continue;
		new = (struct mmapdemo_engine_entry){ .pid = atoi(pid), .fd = atoi(file->d_name) };
		read_fdinfo(pid, file->d_name, &new);
		if (!*new.info.name)
			continue;
		entry = add(all, found, sizeof(*entry));
		if (entry)
			*entry = new;
		else
			err = -ENOMEM;
	}
	closedir(dir);
	return err;
}

static int is_process(const struct dirent *file)
{
	return file->d_name[0] >= '1' && file->d_name[0] <= '9';
}

int mmapdemo_engine_list(struct mmapdemo_engine_entry **entries, size_t *count)
{
	struct dirent **files;
	void *all = NULL;
	size_t found = 0;
	int err = 0;
	int n = scandir("/proc", &files, is_process, versionsort);

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (!err)
			err = add_engines_of(files[i]->d_name, &all, &found);
		free(files[i]);
	}
	free(files);
	if (err) {
		free(all);
		return err;
	}
	*entries = all;
	*count = found;
	return 0;
}
