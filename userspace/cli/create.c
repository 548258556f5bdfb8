// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo create, rm, resize: buffers of the driver come, go and change.
 */
#include <errno.h>

#include "cli.h"

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
	return print_json(options, object);
}

int verb_create(const struct options *options, int argc, char **argv)
{
	struct mmapdemo_buffer *buffer;
	uint64_t bytes;
	int code, err;

	(void)argc;
	code = take_bytes(options, argv[1], &bytes);
	if (code)
		return code;
	err = mmapdemo_create(&buffer, argv[0], bytes, options->mode);
	if (err == -ENOENT)
		return failed(options, "the module is not loaded ('mmapdemo doctor' tells more)");
	if (err == -EACCES)
		return failed(options,
			      "%s: to make names one must be allowed to write to " MMAPDEMO_NODE,
			      argv[0]);
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
	err = mmapdemo_resize(buffer, bytes);
	code = err ? named_failed(options, argv[0], err) : print_made(options, argv[0], buffer);
	mmapdemo_close(buffer);
	return code;
}
