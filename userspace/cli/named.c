// SPDX-License-Identifier: BSD-2-Clause
/*
 * Buffers of the driver by their names, and why they cannot be had.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

int named_open(const struct options *options, const char *name, struct mmapdemo_buffer **buffer,
	       unsigned int flags)
{
	struct mmapdemo_buffer_info info;
	int state = 0;
	int err;

	if (strchr(name, '/')) {
		err = mmapdemo_open(buffer, name, flags);
		return err ? named_failed(options, name, err) : EXIT_OK;
	}
	err = mmapdemo_open_name(buffer, name, flags);
	if (err)
		return named_failed(options, name, err);
	/* A plain file in the place of the node can be opened as well. */
	err = mmapdemo_get_info(*buffer, &info);
	if (!err && info.kind != MMAPDEMO_KIND_NODE)
		state = mmapdemo_check_node(name);
	if (!err && !state)
		return EXIT_OK;
	mmapdemo_close(*buffer);
	return err ? named_failed(options, name, err) : node_failed(options, name, state);
}

/* What makes a path of @name. */
const char *path_prefix(const char *name)
{
	return strchr(name, '/') ? "" : MMAPDEMO_NODE "-";
}

/*
 * The path that NAME, an argument or the value of --device, means; NULL if it is too long for one.
 * Valid until the next call.
 */
const char *device_path(const char *name)
{
	static char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s%s", path_prefix(name), name);

	return length < (int)sizeof(path) ? path : NULL;
}

/* Whether there is no node, or no buffer, of the name @text: then it says so. */
static bool is_missing(const struct options *options, const char *text)
{
	const char *name = text;
	int state;

	if (strchr(text, '/') && !is_node_path(text, &name))
		return false;
	state = mmapdemo_check_node(name);
	if (!state || state == -EINVAL)
		return false;
	node_failed(options, name, state);
	return true;
}

/* One line about what the library said of @name. Returns EXIT_FAILED, or EXIT_USAGE. */
int named_failed(const struct options *options, const char *name, int err)
{
	if ((err == -ENOENT || err == -ENXIO) && is_missing(options, name))
		return EXIT_FAILED;
	switch (err) {
	case -EINVAL:
		return misused(options,
			       "'%s': not a name of 1 to 32 letters, digits, '_', '-' and '.'",
			       name);
	case -ENOENT:
		return failed(options, "%s: no such file", name);
	case -EEXIST:
		return failed(options, "%s: there is such a buffer already", name);
	case -EDQUOT:
		return failed(options,
			      "%s: you have as much as you may (user_max_buffers, user_max_bytes "
			      "in /sys/module/mmapdemo/parameters)",
			      name);
	case -ENOSPC:
		return failed(options,
			      "%s: all users together have as much as they may (max_bytes in "
			      "/sys/module/mmapdemo/parameters)",
			      name);
	case -EBUSY:
		return failed(options, "%s: somebody maps it ('mmapdemo ls' counts)", name);
	case -ENOTTY:
		return failed(options, "%s: is a channel, which has messages only", name);
	case -ENODEV:
		return failed(options, "%s: cannot be mapped: not a device and not a regular file",
			      name);
	case -EOPNOTSUPP:
		return failed(options, "%s: not a buffer of the mmapdemo driver", name);
	default:
		return failed(options, "%s: %s", name, strerror(-err));
	}
}

int take_bytes(const struct options *options, const char *text, uint64_t *bytes)
{
	int err = parse_size(text, bytes);

	if (err == -ERANGE)
		return misused(options, "SIZE '%s': too large", text);
	if (err || !*bytes)
		return misused(options, "SIZE '%s': not a size such as 4096, 64K or 1G", text);
	return EXIT_OK;
}
