// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo info: what the buffer is, and who uses it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const char *const kinds[] = {
	[MMAPDEMO_KIND_NODE] = "node",
	[MMAPDEMO_KIND_DEVICE] = "device",
	[MMAPDEMO_KIND_FILE] = "file",
};

static int print_info_json(const struct options *options, const struct mmapdemo_buffer_info *info)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "device", json_object_new_string(options->device));
	json_object_object_add(object, "kind", json_object_new_string(kinds[info->kind]));
	json_object_object_add(object, "writable", json_object_new_boolean(info->writable));
	json_object_object_add(object, "size", json_object_new_uint64(info->size));
	json_object_object_add(object, "page_size", json_object_new_uint64(info->page_size));
	if (info->kind == MMAPDEMO_KIND_NODE) {
		json_object_object_add(object, "abi_version",
				       json_object_new_uint64(info->abi_version));
		json_object_object_add(object, "features", json_object_new_uint64(info->features));
		json_object_object_add(object, "opens", json_object_new_uint64(info->opens));
		json_object_object_add(object, "maps", json_object_new_uint64(info->maps));
		json_object_object_add(object, "publications",
				       json_object_new_uint64(info->publications));
		json_object_object_add(object, "clients", json_object_new_uint64(info->clients));
	}
	return print_json(options, object);
}

static void print_info(const struct options *options, const struct mmapdemo_buffer_info *info)
{
	char size[32];

	format_size(info->size, size, sizeof(size));
	printf("device       %s (%s)\n", options->device, kinds[info->kind]);
	if (info->size)
		printf("size         %" PRIu64 " bytes (%s, %" PRIu64 " pages of %" PRIu32 ")\n",
		       info->size, size, info->size / info->page_size, info->page_size);
	else
		printf("size         not told by the device\n");
	printf("access       %s\n", info->writable ? "read and write" : "read only");
	if (info->kind == MMAPDEMO_KIND_NODE) {
		printf("ABI version  %" PRIu32 "\n", info->abi_version);
		printf("open files   %" PRIu32 " (this one included)\n", info->opens);
		printf("maps         %" PRIu32 "\n", info->maps);
		printf("published    %" PRIu64 " times\n", info->publications);
		printf("clients      %" PRIu32 " (processes that lock and wait)\n", info->clients);
	}
}

int verb_info(const struct options *options, int argc, char **argv)
{
	struct mmapdemo_buffer_info info;
	struct mmapdemo_buffer *buffer;
	int code, err;

	(void)argc;
	(void)argv;
	code = buffer_open(options, &buffer, 0);
	if (code)
		return code;
	err = mmapdemo_get_info(buffer, &info);
	if (err)
		code = failed(options, "%s: %s", options->device, strerror(-err));
	else if (options->json)
		code = print_info_json(options, &info);
	else
		print_info(options, &info);
	mmapdemo_close(buffer);
	return code;
}
