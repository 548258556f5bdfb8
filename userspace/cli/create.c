// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo create, rm, resize: buffers of the driver come, go and change.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

#define SIZE_MOST (UINT64_C(1) << 40) /* bytes that the driver gives to a buffer */

static int print_made(const struct options *options, const char *name,
		      struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_buffer_info info;
	struct json_object *object;
	int err = mmapdemo_get_info(buffer, &info);

	if (err)
		return named_failed(options, name, err);
	if (!options->json)
		return EXIT_OK;
	object = json_object_new_object();
	json_object_object_add(object, "name", json_object_new_string(name));
	json_object_object_add(object, "size", json_object_new_uint64(info.size));
	json_channel(object, info.channel, info.kind == MMAPDEMO_KIND_NODE);
	return print_json(options, object);
}

/* A file that is there holds something: it is left alone. */
static int create_file(struct mmapdemo_buffer **buffer, const char *path, uint64_t bytes,
		       unsigned int flags)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int err;

	if (fd < 0)
		return -errno;
	err = mmapdemo_open_fd(buffer, fd);
	if (err) {
		close(fd);
		return err;
	}
	err = mmapdemo_channel_format(*buffer, bytes, flags);
	if (err) {
		mmapdemo_close(*buffer);
		unlink(path);
	}
	return err;
}

static int create_channel(const struct options *options, const char *name, uint64_t bytes,
			  struct mmapdemo_buffer **buffer)
{
	unsigned int flags = options->lines ? MMAPDEMO_CREATE_LINES : 0;

	if (!strchr(name, '/'))
		return mmapdemo_channel_create(buffer, name, bytes, options->mode, flags);
	return create_file(buffer, name, bytes, flags);
}

/* The next size that would do is named. */
static int bad_ring(const struct options *options, uint64_t bytes)
{
	uint64_t fits = MMAPDEMO_RING_MIN;
	char text[32];

	while (fits < bytes && fits < MMAPDEMO_RING_MAX)
		fits *= 2;
	format_size(fits, text, sizeof(text));
	return misused(options,
		       "SIZE: of a channel it is a power of two, 64K to 1G, such as %" PRIu64
		       " (%s)",
		       fits, text);
}

static int check_channel(const struct options *options, const char *name, uint64_t bytes)
{
	if (options->lines && !options->channel)
		return misused(options, "--lines: only with --channel");
	if (!options->channel && strchr(name, '/'))
		return misused(options, "'%s': a path only with --channel", name);
	if (options->channel &&
	    (bytes < MMAPDEMO_RING_MIN || bytes > MMAPDEMO_RING_MAX || (bytes & (bytes - 1))))
		return bad_ring(options, bytes);
	if (options->channel && options->mode && strchr(name, '/'))
		return misused(options, "--mode: a file's is by the umask");
	return EXIT_OK;
}

/* Whether *@bytes is what the module's parameter @name says. */
static bool read_parameter(const char *name, uint64_t *bytes)
{
	char path[64];
	bool found;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/mmapdemo/parameters/%s", name);
	file = fopen(path, "re");
	if (!file)
		return false;
	found = fscanf(file, "%" SCNu64, bytes) == 1;
	fclose(file);
	return found;
}

/* A limit of bytes, which says more if it is too small for this buffer alone. */
static int limited(const struct options *options, const char *name, uint64_t bytes, int err)
{
	const char *limit = err == -EDQUOT ? "user_max_bytes" : "max_bytes";
	char asked[32], allowed[32];
	uint64_t most;

	if (!read_parameter(limit, &most) || bytes <= most)
		return named_failed(options, name, err);
	format_size(bytes, asked, sizeof(asked));
	format_size(most, allowed, sizeof(allowed));
	return failed(options,
		      "%s: %s asked for, and %s may have %s (%s in "
		      "/sys/module/mmapdemo/parameters)",
		      name, asked, err == -EDQUOT ? "you" : "all users together", allowed, limit);
}

/* An error of mmapdemo_create(). */
static int create_failed(const struct options *options, const char *name, uint64_t bytes, int err)
{
	switch (err) {
	case -ENOSPC:
	case -EDQUOT:
		return limited(options, name, bytes, err);
	case -ENOENT:
		return named_failed(options, MMAPDEMO_NODE, err);
	case -EACCES:
		return failed(options,
			      "%s: to make names one must be allowed to write to " MMAPDEMO_NODE,
			      name);
	case -EPERM:
		return failed(options,
			      "%s: names cannot be made in a user namespace, nor where a container "
			      "may not open " MMAPDEMO_NODE,
			      name);
	default:
		return named_failed(options, name, err);
	}
}

/* Not if the mode gives it to others only. A file system that has no devices is EACCES, too. */
static bool may_open(const struct options *options, const char *name)
{
	struct mmapdemo_buffer *buffer;
	int err = mmapdemo_open_name(&buffer, name, MMAPDEMO_READ_ONLY);

	if (!err)
		mmapdemo_close(buffer);
	return !err || (err == -EACCES && options->mode && !(options->mode & 0400));
}

/* Whether the node that came is the buffer's: otherwise nobody would find it. */
static int check_node(const struct options *options, const char *name,
		      struct mmapdemo_buffer *buffer)
{
	int state = mmapdemo_check_node(name);

	if (state == -ENODEV) /* without /sys, since the module is there */
		state = 0;
	if (!state && may_open(options, name))
		return EXIT_OK;
	mmapdemo_remove(buffer);
	switch (state) {
	case -ENXIO:
		return failed(options,
			      "%s: %s, which is not the kernel's; make it where /dev is devtmpfs "
			      "(outside of the container?). Nothing was made",
			      name, node_state(state));
	case -EEXIST:
		return failed(options,
			      "%s: %s: remove " MMAPDEMO_NODE "-%s first. Nothing was made", name,
			      node_state(state), name);
	case 0:
		return failed(options,
			      "%s: its node cannot be opened here: may " MMAPDEMO_NODE
			      "-%s have devices (mount option nodev)? Nothing was made",
			      name, name);
	default:
		return node_failed(options, name, state);
	}
}

static int too_large(const struct options *options, const char *size)
{
	return misused(options, "SIZE '%s': too large; a buffer has 1T at most", size);
}

static int run_create(const struct options *options, int argc, char **argv)
{
	struct mmapdemo_buffer *buffer;
	uint64_t bytes;
	int code, err;

	(void)argc;
	code = take_bytes(options, argv[1], &bytes);
	if (!code)
		code = check_channel(options, argv[0], bytes);
	if (code)
		return code;
	if (options->channel)
		err = create_channel(options, argv[0], bytes, &buffer);
	else
		err = mmapdemo_create(&buffer, argv[0], bytes, options->mode);
	if (strchr(argv[0], '/') && options->channel && err)
		return failed(options, "%s: %s", argv[0], strerror(-err));
	if (err == -EINVAL && bytes > SIZE_MOST)
		return too_large(options, argv[1]);
	if (err)
		return create_failed(options, argv[0], bytes, err);
	code = strchr(argv[0], '/') ? EXIT_OK : check_node(options, argv[0], buffer);
	if (!code)
		code = print_made(options, argv[0], buffer);
	mmapdemo_close(buffer);
	return code;
}

static int remove_by_node(const struct options *options, const char *name)
{
	struct mmapdemo_buffer *buffer;
	int code = named_open(options, name, &buffer, MMAPDEMO_READ_ONLY);
	int err;

	if (code)
		return code;
	err = mmapdemo_remove(buffer);
	if (err)
		code = named_failed(options, name, err);
	mmapdemo_close(buffer);
	return code;
}

/* By the name, which works without its node; by its node for a user who has no right to make names.
 */
static int remove_one(const struct options *options, const char *name)
{
	int err;

	if (strchr(name, '/'))
		return remove_by_node(options, name);
	err = mmapdemo_remove_name(name);
	if (err != -EACCES && err != -ENODEV)
		return err ? named_failed(options, name, err) : EXIT_OK;
	if (mmapdemo_check_node(name) == -ENXIO)
		return failed(
			options,
			"%s: %s, and without it one must be allowed to write to " MMAPDEMO_NODE,
			name, node_state(-ENXIO));
	return remove_by_node(options, name);
}

/* Each of them, also after one has failed. */
static int run_rm(const struct options *options, int argc, char **argv)
{
	int code = EXIT_OK;

	for (int i = 0; i < argc; i++) {
		int result = remove_one(options, argv[i]);

		code = result > code ? result : code;
	}
	return code;
}

/* Of a channel in a file nobody knows but its sides, which would lose what is cut off. */
static int resize(struct mmapdemo_buffer *buffer, uint64_t bytes)
{
	struct mmapdemo_buffer_info info;
	int err = mmapdemo_get_info(buffer, &info);

	if (!err && info.channel)
		return -ENOTTY;
	return err ? err : mmapdemo_resize(buffer, bytes);
}

static int run_resize(const struct options *options, int argc, char **argv)
{
	struct mmapdemo_buffer *buffer;
	uint64_t bytes;
	int code, err;

	(void)argc;
	code = take_bytes(options, argv[1], &bytes);
	if (!code)
		code = named_open(options, argv[0], &buffer, 0);
	if (code)
		return code;
	err = resize(buffer, bytes);
	if (err == -EINVAL) /* of SIZE, for NAME is there */
		code = too_large(options, argv[1]);
	else
		code = err ? named_failed(options, argv[0], err) :
			     print_made(options, argv[0], buffer);
	mmapdemo_close(buffer);
	return code;
}

const struct verb verb_create = {
	.name = "create",
	.group = GROUP_BUFFERS,
	.arguments = "NAME SIZE",
	.summary = "make a buffer, /dev/mmapdemo-NAME, of SIZE bytes",
	.details =
		"It is yours, and stays until 'mmapdemo rm'. SIZE is rounded up to whole pages.\n"
		"NAME has letters, digits, '_', '-' and '.', 32 at most. With --channel it may\n"
		"have a '/': then it is a file to be made.",
	.examples = "mmapdemo create news 64K --mode 0660\n"
		    "mmapdemo create --channel chat 64K",
	.run = run_create,
	.takes = TAKES_JSON | TAKES_MODE | TAKES_CHANNEL,
	.least = 2,
	.most = 2,
};

const struct verb verb_rm = {
	.name = "rm",
	.group = GROUP_BUFFERS,
	.arguments = "NAME...",
	.summary = "remove names; the memory goes with its last user",
	.examples = "mmapdemo rm news\n"
		    "mmapdemo rm chat /dev/mmapdemo-news",
	.run = run_rm,
	.least = 1,
	.most = INT_MAX,
};

const struct verb verb_resize = {
	.name = "resize",
	.group = GROUP_BUFFERS,
	.arguments = "NAME SIZE",
	.summary = "grow or shrink a buffer that nobody maps",
	.examples = "mmapdemo resize news 1M\n"
		    "mmapdemo resize ./file 64K",
	.run = run_resize,
	.takes = TAKES_JSON,
	.least = 2,
	.most = 2,
};
