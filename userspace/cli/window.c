// SPDX-License-Identifier: BSD-2-Clause
/*
 * From --device, --offset and --length to mapped bytes. A view starts at a
 * page; people name bytes: the difference is made up here.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli.h"

static int open_failed(const struct options *options, int err)
{
	bool ours = strcmp(options->device, MMAPDEMO_NODE) == 0;
	const char *name;

	if ((err == -ENOENT || err == -ENXIO) && is_node_path(options->device, &name))
		return named_failed(options, options->device, err);
	if (ours && err == -EACCES)
		return failed(options,
			      "%s: permission denied; be root, or do what 'mmapdemo doctor' says",
			      options->device);
	if (err == -ENODEV)
		return failed(options, "%s: cannot be mapped: not a device and not a regular file",
			      options->device);
	if (err == -EPROTO)
		return failed(options,
			      "%s: the module has another ABI version than this tool; load the "
			      "module of version %s",
			      options->device, mmapdemo_version());
	return failed(options, "%s: %s", options->device, strerror(-err));
}

/* Open --device. Returns an exit code; says why when it is not EXIT_OK. */
int buffer_open(const struct options *options, struct mmapdemo_buffer **buffer, unsigned int flags)
{
	int err = mmapdemo_open(buffer, options->device, flags);

	return err ? open_failed(options, err) : EXIT_OK;
}

static int map_failed(const struct options *options, int err)
{
	if (err == -ENODEV)
		return failed(options, "%s: this device cannot be mapped", options->device);
	if (err == -EPERM)
		return failed(options,
			      "%s: the kernel's policy refuses this map (for /dev/mem: "
			      "CONFIG_STRICT_DEVMEM or lockdown)",
			      options->device);
	return failed(options, "%s: cannot map this window: %s", options->device, strerror(-err));
}

/* Which bytes are meant. *size is 0 when nothing is. */
static int choose(const struct options *options, const struct mmapdemo_buffer_info *info,
		  uint64_t *size)
{
	bool known = info->size || info->kind != MMAPDEMO_KIND_DEVICE;

	if (info->channel)
		return named_failed(options, options->device, -ENOTTY);
	if (!known && !options->has_length)
		return misused(options, "--length: needed, as %s does not tell its size",
			       options->device);
	if (known && options->offset > info->size)
		return misused(options,
			       "--offset %" PRIu64 ": past the end of %s (%" PRIu64 " bytes)",
			       options->offset, options->device, info->size);
	if (known && options->has_length && options->length > info->size - options->offset)
		return misused(options,
			       "--length %" PRIu64 ": past the end of %s (%" PRIu64
			       " bytes after the offset)",
			       options->length, options->device, info->size - options->offset);
	if (options->offset > INT64_MAX)
		return misused(options, "--offset %" PRIu64 ": too large for this machine",
			       options->offset);
	*size = options->has_length ? options->length : info->size - options->offset;
	if (*size > SIZE_MAX / 2)
		return misused(options, "--length %" PRIu64 ": too large for this machine", *size);
	return EXIT_OK;
}

/*
 * Open --device and map what --offset and --length name; everything after the
 * offset without a length. Returns an exit code; says why when it is not
 * EXIT_OK, and leaves nothing open then.
 */
int window_open(const struct options *options, struct window *window, unsigned int flags)
{
	struct mmapdemo_buffer_info info;
	uint64_t size = 0;
	uint64_t skip;
	int code, err;

	memset(window, 0, sizeof(*window));
	code = buffer_open(options, &window->buffer, flags & MMAPDEMO_READ_ONLY);
	if (code)
		return code;
	err = mmapdemo_get_info(window->buffer, &info);
	if (err)
		code = failed(options, "%s: %s", options->device, strerror(-err));
	else
		code = choose(options, &info, &size);
	if (!code && size) {
		skip = options->offset % info.page_size;
		err = mmapdemo_view_open(&window->view, window->buffer, options->offset - skip,
					 size + skip, flags);
		if (err) {
			code = map_failed(options, err);
		} else {
			window->data = (uint8_t *)window->view.data + skip;
			window->size = size;
		}
	}
	if (code)
		window_close(window);
	return code;
}

void window_close(struct window *window)
{
	mmapdemo_view_close(&window->view);
	mmapdemo_close(window->buffer);
	window->buffer = NULL;
}
