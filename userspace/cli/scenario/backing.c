// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where a scenario plays: on the node, or on a file, shared memory or anonymous
 * memory made for it and removed after it. What was on a node comes back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stage.h"

const char *backing_name(enum backing on)
{
	switch (on) {
	case ON_DEVICE:
		return "device";
	case ON_FILE:
		return "file";
	case ON_SHM:
		return "shm";
	default:
		return "anon";
	}
}

static int open_file(struct stage *stage, size_t size)
{
	const char *dir = getenv("TMPDIR");
	int err, fd;

	snprintf(stage->name, sizeof(stage->name), "%s/mmapdemo-XXXXXX", dir ? dir : "/tmp");
	fd = mkstemp(stage->name);
	if (fd < 0)
		return -errno;
	close(fd);
	err = mmapdemo_open_file(&stage->buffer, stage->name, size);
	if (err)
		unlink(stage->name);
	return err;
}

static int open_backing(struct stage *stage)
{
	size_t size = STAGE_PAGES * stage->page;

	switch (stage->on) {
	case ON_DEVICE:
		snprintf(stage->name, sizeof(stage->name), "%s", stage->options->device);
		return buffer_open(stage->options, &stage->buffer, 0) ? -EIO : 0;
	case ON_FILE:
		return open_file(stage, size);
	case ON_SHM:
		snprintf(stage->name, sizeof(stage->name), "/mmapdemo-%d", (int)getpid());
		return mmapdemo_open_shm(&stage->buffer, stage->name, size);
	default:
		snprintf(stage->name, sizeof(stage->name), "anonymous memory");
		return mmapdemo_open_anon(&stage->buffer, size);
	}
}

/* Copy what the scenario may change: out of the buffer, or back into it. */
static int keep_bytes(struct stage *stage, bool back)
{
	struct mmapdemo_view view;
	int err = mmapdemo_view_open(&view, stage->buffer, 0, stage->size, 0);

	if (err)
		return err;
	if (back)
		memcpy(view.data, stage->saved, stage->size);
	else
		memcpy(stage->saved, view.data, stage->size);
	mmapdemo_view_close(&view);
	return 0;
}

/* Returns an exit code; says why when it is not EXIT_OK. */
int stage_open(struct stage *stage)
{
	struct mmapdemo_buffer_info info;
	int err;

	stage->page = (size_t)sysconf(_SC_PAGESIZE);
	err = open_backing(stage);
	if (err && stage->on == ON_DEVICE)
		return EXIT_FAILED; /* it has been said */
	if (err)
		return failed(stage->options, "%s: %s", stage->name, strerror(-err));
	err = mmapdemo_get_info(stage->buffer, &info);
	if (!err && info.channel)
		err = -ENOTTY;
	if (!err && info.size < 2 * stage->page)
		err = -ENODATA;
	if (!err) {
		stage->size = STAGE_PAGES * stage->page;
		if (info.size < stage->size)
			stage->size = (size_t)info.size / stage->page * stage->page;
		stage->saved = malloc(stage->size);
		err = stage->saved ? keep_bytes(stage, false) : -ENOMEM;
	}
	if (err) {
		stage->size = 0;
		stage_close(stage);
		if (err == -ENOTTY)
			return named_failed(stage->options, stage->name, err);
		return failed(stage->options, "%s: %s", stage->name,
			      err == -ENODATA ? "a scenario needs a device of at least two pages" :
						strerror(-err));
	}
	return EXIT_OK;
}

void stage_close(struct stage *stage)
{
	if (stage->on == ON_DEVICE && stage->size)
		keep_bytes(stage, true);
	if (stage->on == ON_FILE)
		unlink(stage->name);
	if (stage->on == ON_SHM)
		shm_unlink(stage->name);
	mmapdemo_close(stage->buffer);
	free(stage->saved);
}

/*
 * Open the stage's buffer once more, as an unrelated process would, by name.
 * Anonymous memory has none: -EOPNOTSUPP.
 */
int stage_reopen(const struct stage *stage, struct mmapdemo_buffer **buffer, unsigned int flags)
{
	char path[PATH_MAX + sizeof("/dev/shm")];

	if (stage->on == ON_ANON)
		return -EOPNOTSUPP;
	snprintf(path, sizeof(path), "%s%s", stage->on == ON_SHM ? "/dev/shm" : "", stage->name);
	return mmapdemo_open(buffer, path, flags);
}
