// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo create, rm, resize: buffers of the driver come, go and change.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

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

static int check_channel(const struct options *options, const char *name, uint64_t bytes)
{
	if (options->lines && !options->channel)
		return misused(options, "--lines: only with --channel");
	if (!options->channel && strchr(name, '/'))
		return misused(options, "'%s': a path only with --channel", name);
	if (options->channel &&
	    (bytes < MMAPDEMO_RING_MIN || bytes > MMAPDEMO_RING_MAX || (bytes & (bytes - 1))))
		return misused(options, "SIZE: of a channel it is a power of two, 64K to 1G");
	if (options->channel && options->mode && strchr(name, '/'))
		return misused(options, "--mode: a file's is by the umask");
	return EXIT_OK;
}

static int too_large(const struct options *options, const char *size)
{
	return misused(options, "SIZE '%s': too large; a buffer has 1T at most", size);
}

int verb_create(const struct options *options, int argc, char **argv)
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
	if (err == -ENOENT)
		return failed(options, "the module is not loaded ('mmapdemo doctor' tells more)");
	if (err == -EACCES)
		return failed(options,
			      "%s: to make names one must be allowed to write to " MMAPDEMO_NODE,
			      argv[0]);
	if (err == -EINVAL && bytes > SIZE_MOST)
		return too_large(options, argv[1]);
	if (err)
		return named_failed(options, argv[0], err);
	code = print_made(options, argv[0], buffer);
	mmapdemo_close(buffer);
	return code;
}

int verb_rm(const struct options *options, int argc, char **argv)
{
	struct mmapdemo_buffer *buffer;
	int code, err;

	(void)argc;
	code = named_open(options, argv[0], &buffer, MMAPDEMO_READ_ONLY);
	if (code)
		return code;
	err = mmapdemo_remove(buffer);
	if (err)
		code = named_failed(options, argv[0], err);
	mmapdemo_close(buffer);
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

int verb_resize(const struct options *options, int argc, char **argv)
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
