/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same test on a file, shared memory, anonymous memory and, where the driver
 * is loaded, on its node.
 */
#ifndef BACKING_H
#define BACKING_H

#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mmapdemo.h"

#define PAGES 16

struct backing {
	const char *name;
	enum mmapdemo_kind kind;
	struct mmapdemo_buffer *buffer;
	size_t page, size;
	char path[64]; /* "" if it has none */
};

static struct backing backings[] = {
	{ .name = "file", .kind = MMAPDEMO_KIND_FILE },
	{ .name = "shm", .kind = MMAPDEMO_KIND_SHM },
	{ .name = "anon", .kind = MMAPDEMO_KIND_ANON },
	{ .name = "node", .kind = MMAPDEMO_KIND_NODE },
};

static inline void open_it(struct backing *backing)
{
	struct mmapdemo_buffer_info info;
	int err;

	backing->page = (size_t)sysconf(_SC_PAGESIZE);
	backing->size = PAGES * backing->page;
	backing->path[0] = '\0';
	switch (backing->kind) {
	case MMAPDEMO_KIND_NODE:
		strcpy(backing->path, MMAPDEMO_NODE);
		err = mmapdemo_open(&backing->buffer, NULL, 0);
		break;
	case MMAPDEMO_KIND_FILE:
		sprintf(backing->path, "/tmp/mmapdemo-unit-%d", (int)getpid());
		err = mmapdemo_open_file(&backing->buffer, backing->path, backing->size);
		break;
	case MMAPDEMO_KIND_SHM:
		err = mmapdemo_open_shm(&backing->buffer, NULL, backing->size);
		break;
	default:
		err = mmapdemo_open_anon(&backing->buffer, backing->size);
	}
	assert_int_equal(err, 0);
	assert_int_equal(mmapdemo_get_info(backing->buffer, &info), 0);
	backing->size = info.size;
}

static inline void close_it(struct backing *backing)
{
	mmapdemo_close(backing->buffer);
	if (backing->kind == MMAPDEMO_KIND_FILE)
		unlink(backing->path);
}

#define ON(test, index)                                                                            \
	{                                                                                          \
#test, test, NULL, NULL, &backings[index]                                          \
	}
#define ON_ALL(test) ON(test, 0), ON(test, 1), ON(test, 2), ON(test, 3)

/* All of them, less those on a node that is not there. */
static inline int run_on_backings(const char *group, struct CMUnitTest *tests, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct backing *backing = tests[i].initial_state;
		char *name = NULL;

		if (backing && backing->kind == MMAPDEMO_KIND_NODE &&
		    access(MMAPDEMO_NODE, F_OK) < 0)
			continue;
		tests[kept] = tests[i];
		if (backing && asprintf(&name, "%s on %s", tests[i].name, backing->name) > 0)
			tests[kept].name = name;
		kept++;
	}
	return _cmocka_run_group_tests(group, tests, kept, NULL, NULL);
}

#endif /* BACKING_H */
