// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo ls: all buffers of the driver that have a name.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

static const char *path_of(const struct mmapdemo_entry *entry, char *path, size_t room)
{
	snprintf(path, room, MMAPDEMO_NODE "%s%s", *entry->name ? "-" : "", entry->name);
	return path;
}

static int state_of(const struct mmapdemo_entry *entry)
{
	return mmapdemo_check_node(*entry->name ? entry->name : NULL);
}

static struct json_object *json_entry(const struct mmapdemo_entry *entry)
{
	struct json_object *object = json_object_new_object();
	char path[64];

	json_object_object_add(object, "name", json_object_new_string(entry->name));
	json_object_object_add(object, "path",
			       json_object_new_string(path_of(entry, path, sizeof(path))));
	json_object_object_add(object, "node", json_object_new_boolean(state_of(entry) == 0));
	json_object_object_add(object, "size", json_object_new_uint64(entry->size));
	json_object_object_add(object, "opens", json_object_new_uint64(entry->opens));
	json_object_object_add(object, "maps", json_object_new_uint64(entry->maps));
	json_object_object_add(object, "publications", json_object_new_uint64(entry->publications));
	json_object_object_add(object, "owner", json_object_new_uint64(entry->owner));
	json_channel(object, entry->channel, true);
	return object;
}

/* Files in /dev that have no buffer. */
struct strays {
	struct dirent **files;
	size_t count;
};

static int print_all_json(const struct options *options, const struct mmapdemo_entry *entries,
			  size_t count, const struct strays *strays)
{
	struct json_object *array = json_object_new_array();
	struct json_object *object = json_object_new_object();
	char path[sizeof("/dev/") + NAME_MAX];

	for (size_t i = 0; i < count; i++)
		json_object_array_add(array, json_entry(&entries[i]));
	json_object_object_add(object, "buffers", array);
	array = json_object_new_array();
	for (size_t i = 0; i < strays->count; i++) {
		snprintf(path, sizeof(path), "/dev/%s", strays->files[i]->d_name);
		json_object_array_add(array, json_object_new_string(path));
	}
	json_object_object_add(object, "strays", array);
	return print_json(options, object);
}

static const char *channel_of(const struct mmapdemo_entry *entry)
{
	bool sends = entry->channel & MMAPDEMO_CHANNEL_PRODUCER;
	bool receives = entry->channel & MMAPDEMO_CHANNEL_CONSUMER;

	if (!entry->channel)
		return "";
	if (sends)
		return receives ? "  sender, receiver" : "  sender";
	return receives ? "  receiver" : "  idle";
}

/* What is wrong with its node, if something is. */
static void print_state(const struct mmapdemo_entry *entry)
{
	int state = state_of(entry);

	if (state)
		printf("  (%s)", node_state(state));
	printf("\n");
}

static void print_all(const struct mmapdemo_entry *entries, size_t count,
		      const struct strays *strays)
{
	char path[64];

	printf("%-20s %11s %5s %5s %9s %6s  %s\n", "NODE", "BYTES", "OPENS", "MAPS", "PUBLISHED",
	       "OWNER", "CHANNEL");
	for (size_t i = 0; i < count; i++) {
		const struct mmapdemo_entry *entry = &entries[i];

		printf("%-20s %11" PRIu64 " %5" PRIu32 " %5" PRIu32 " %9" PRIu64 " %6" PRIu32 "%s",
		       path_of(entry, path, sizeof(path)), entry->size, entry->opens, entry->maps,
		       entry->publications, entry->owner, channel_of(entry));
		print_state(entry);
	}
	for (size_t i = 0; i < strays->count; i++)
		printf("/dev/%-15s %11s %5s %5s %9s %6s  (%s)\n", strays->files[i]->d_name, "-",
		       "-", "-", "-", "-", node_state(-ESTALE));
}

static int run_ls(const struct options *options, int argc, char **argv)
{
	struct mmapdemo_entry *entries;
	struct strays strays;
	int code = EXIT_OK;
	size_t count;
	int err = mmapdemo_list(&entries, &count);

	(void)argc;
	(void)argv;
	if (err == -ENOENT)
		return node_failed(options, NULL, -ENODEV);
	if (err)
		return named_failed(options, "/sys/class/mmapdemo", err);
	strays.files = find_strays(&strays.count);
	if (options->json)
		code = print_all_json(options, entries, count, &strays);
	else
		print_all(entries, count, &strays);
	free_strays(strays.files, strays.count);
	free(entries);
	return code;
}

const struct verb verb_ls = {
	.name = "ls",
	.group = GROUP_BUFFERS,
	.arguments = "",
	.summary = "the driver's buffers: size, users, news, owner",
	.examples = "mmapdemo ls\n"
		    "mmapdemo ls --json",
	.run = run_ls,
	.takes = TAKES_JSON,
};
