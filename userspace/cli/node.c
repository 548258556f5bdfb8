// SPDX-License-Identifier: BSD-2-Clause
/*
 * Names and their nodes. A name is the driver's, a node is a file in some /dev: one may be
 * there without the other. Each such state has one text, whichever verb meets it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define PREFIX "mmapdemo-"

/* Whether @path is where a node should be; then *name is its name, NULL for the driver's own. */
bool is_node_path(const char *path, const char **name)
{
	size_t length = strlen(MMAPDEMO_NODE "-");

	*name = NULL;
	if (strcmp(path, MMAPDEMO_NODE) == 0)
		return true;
	if (strncmp(path, MMAPDEMO_NODE "-", length) != 0)
		return false;
	*name = path + length;
	return true;
}

/* What mmapdemo_check_node() says, but for 0, in words. */
const char *node_state(int state)
{
	switch (state) {
	case -ENODEV:
		return "the module is not loaded";
	case -ENXIO:
		return "its node is not in this /dev";
	case -EEXIST:
		return "another file is in the place of its node";
	case -ESTALE:
		return "no such buffer, though there is a file of its name in /dev";
	case -ENOENT:
		return "no such buffer";
	default:
		return strerror(-state);
	}
}

/* One line: a buffer whose name is near, or a file of this name, may be what was meant. */
static int no_such_buffer(const struct options *options, const char *name)
{
	const char *file = access(name, F_OK) == 0 ? name : NULL;
	struct mmapdemo_entry *entries = NULL;
	struct suggestion suggestion;
	size_t count = 0;
	int code;

	suggest_for(&suggestion, name);
	if (mmapdemo_list(&entries, &count))
		count = 0;
	for (size_t i = 0; i < count; i++)
		suggest(&suggestion, entries[i].name);
	code = failed(options, "%s: no such buffer%s%s ('mmapdemo ls' lists all)", name,
		      file ? "; the file of this name is ./" : suggestion_text(&suggestion),
		      file ? file : "");
	free(entries);
	return code;
}

/* One line about a node that is not as it should be; NULL is the driver's own. */
int node_failed(const struct options *options, const char *name, int state)
{
	if (state == -ENODEV)
		return failed(options,
			      "%s; load it: sudo modprobe mmapdemo ('mmapdemo doctor' tells more)",
			      node_state(state));
	if (!name)
		return failed(options,
			      MMAPDEMO_NODE ": %s, though the module is loaded "
					    "('mmapdemo doctor' tells more)",
			      node_state(state));
	switch (state) {
	case -ENXIO:
		return failed(options, "%s: %s ('mmapdemo rm %s' takes the name away)", name,
			      node_state(state), name);
	case -EEXIST:
	case -ESTALE:
		return failed(options, "%s: %s (see 'ls -l " MMAPDEMO_NODE "-%s', and remove it)",
			      name, node_state(state), name);
	case -ENOENT:
		return no_such_buffer(options, name);
	default:
		return failed(options, "%s: %s", name, node_state(state));
	}
}

static int is_stray(const struct dirent *file)
{
	return strncmp(file->d_name, PREFIX, strlen(PREFIX)) == 0 &&
	       mmapdemo_check_node(file->d_name + strlen(PREFIX)) == -ESTALE;
}

/*
 * The files in /dev that look like nodes and have no buffer, *count of them: their names
 * begin with "mmapdemo-", and free_strays() frees them. None if /dev cannot be read.
 */
struct dirent **find_strays(size_t *count)
{
	struct dirent **files = NULL;
	int n = scandir("/dev", &files, is_stray, alphasort);

	*count = n < 0 ? 0 : (size_t)n;
	return n < 0 ? NULL : files;
}

void free_strays(struct dirent **files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(files[i]);
	free(files);
}
