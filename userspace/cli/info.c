// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo info: what the buffer is, and who uses it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

static const char *const kinds[] = {
	[MMAPDEMO_KIND_NODE] = "node",
	[MMAPDEMO_KIND_DEVICE] = "device",
	[MMAPDEMO_KIND_FILE] = "file",
};

static void json_stat(struct json_object *object, const struct mmapdemo_channel_stat *stat)
{
	const struct {
		const char *name;
		uint64_t value;
	} members[] = {
		{ "ring", stat->size },
		{ "sent", stat->sent },
		{ "sent_bytes", stat->sent_bytes },
		{ "received", stat->received },
		{ "received_bytes", stat->received_bytes },
		{ "full", stat->full },
		{ "empty", stat->empty },
		{ "sender_wakes", stat->producer_wakes },
		{ "receiver_wakes", stat->consumer_wakes },
		{ "errors", stat->errors },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_object_add(object, members[i].name,
				       json_object_new_uint64(members[i].value));
}

static int print_info_json(const struct options *options, const struct mmapdemo_buffer_info *info,
			   const struct mmapdemo_channel_stat *stat)
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
	json_channel(object, info->channel, info->kind == MMAPDEMO_KIND_NODE);
	if (info->channel)
		json_stat(object, stat);
	return print_json(options, object);
}

/* A file does not know who is there. */
static void print_channel(const struct mmapdemo_buffer_info *info,
			  const struct mmapdemo_channel_stat *stat)
{
	bool node = info->kind == MMAPDEMO_KIND_NODE;
	bool sends = info->channel & MMAPDEMO_CHANNEL_PRODUCER;
	bool receives = info->channel & MMAPDEMO_CHANNEL_CONSUMER;
	char size[32];

	format_size(stat->size, size, sizeof(size));
	printf("channel      a ring of %s, messages aligned to %d bytes\n", size,
	       info->channel & MMAPDEMO_CHANNEL_LINES ? 64 : 8);
	printf("sent         %" PRIu64 " messages, %" PRIu64 " bytes; it was full %" PRIu64
	       " times%s\n",
	       stat->sent, stat->sent_bytes, stat->full,
	       !node ? "" :
	       sends ? "; somebody sends" :
		       "; nobody sends");
	printf("received     %" PRIu64 " messages, %" PRIu64 " bytes; it was empty %" PRIu64
	       " times%s\n",
	       stat->received, stat->received_bytes, stat->empty,
	       !node	? "" :
	       receives ? "; somebody receives" :
			  "; nobody receives");
	printf("woken        the receiver %" PRIu64 " times, the sender %" PRIu64 " times\n",
	       stat->producer_wakes, stat->consumer_wakes);
	if (stat->errors)
		printf("errors       %" PRIu64 " times what was there was no message\n",
		       stat->errors);
}

static void print_info(const struct options *options, const struct mmapdemo_buffer_info *info,
		       const struct mmapdemo_channel_stat *stat)
{
	char size[32];

	format_size(info->size, size, sizeof(size));
	printf("device       %s (%s)\n", options->device, kinds[info->kind]);
	if (info->size || info->kind != MMAPDEMO_KIND_DEVICE)
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
	if (info->channel)
		print_channel(info, stat);
}

static int run_info(const struct options *options, int argc, char **argv)
{
	struct mmapdemo_channel_stat stat = { 0 };
	struct mmapdemo_buffer_info info;
	struct mmapdemo_buffer *buffer;
	int code, err;

	(void)argc;
	(void)argv;
	/* A user who can only read may ask, too. */
	code = mmapdemo_open(&buffer, options->device, 0) ?
		       buffer_open(options, &buffer, MMAPDEMO_READ_ONLY) :
		       EXIT_OK;
	if (code)
		return code;
	err = mmapdemo_get_info(buffer, &info);
	if (!err && info.channel)
		err = mmapdemo_channel_stat(buffer, &stat);
	if (err)
		code = failed(options, "%s: %s", options->device, strerror(-err));
	else if (options->json)
		code = print_info_json(options, &info, &stat);
	else
		print_info(options, &info, &stat);
	mmapdemo_close(buffer);
	return code;
}

const struct verb verb_info = {
	.name = "info",
	.group = GROUP_BUFFERS,
	.arguments = "[NAME]",
	.summary = "what the buffer is, and who uses it",
	.examples = "mmapdemo info\n"
		    "mmapdemo info news --json",
	.run = run_info,
	.takes = TAKES_DEVICE | TAKES_JSON | TAKES_NAME,
};
