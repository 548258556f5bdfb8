// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo doctor: why it does not work, and what to do.
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "options.h"

#define MODULE "/sys/module/mmapdemo"

struct finding {
	const char *check;
	bool ok;
	char what[160];
	const char *remedy; /* NULL if there is nothing to do */
};

__attribute__((format(printf, 4, 5))) static bool find(struct finding *finding, bool ok,
						       const char *remedy, const char *format, ...)
{
	va_list args;

	finding->ok = ok;
	finding->remedy = ok ? NULL : remedy;
	va_start(args, format);
	vsnprintf(finding->what, sizeof(finding->what), format, args);
	va_end(args);
	return ok;
}

/* first_line - of a file; empty, if there is none. */
static void first_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");

	line[0] = '\0';
	if (file) {
		if (!fgets(line, (int)size, file))
			line[0] = '\0';
		fclose(file);
	}
	line[strcspn(line, "\n")] = '\0';
}

/* Secure Boot locks the kernel down; it can also be told so when it starts. */
static bool must_be_signed(void)
{
	char enforced[8];
	char lockdown[64];

	first_line("/sys/module/module/parameters/sig_enforce", enforced, sizeof(enforced));
	first_line("/sys/kernel/security/lockdown", lockdown, sizeof(lockdown));
	return enforced[0] == 'Y' || strstr(lockdown, "[integrity]") ||
	       strstr(lockdown, "[confidentiality]");
}

static bool check_module(const struct options *options, struct finding *finding)
{
	static const char load[] =
		"load it: sudo modprobe mmapdemo (or insmod build/module/mmapdemo.ko)";
	static const char sign[] = "sudo modprobe mmapdemo; if its key is rejected (Secure Boot?): "
				   "sudo mokutil --import /var/lib/dkms/mok.pub, and reboot";
	bool loaded = access(MODULE, F_OK) == 0;

	(void)options;
	finding->check = "module loaded";
	return find(finding, loaded, must_be_signed() ? sign : load,
		    loaded ? "%s is there" : "no %s", MODULE);
}

static bool check_version(const struct options *options, struct finding *finding)
{
	char version[32];

	(void)options;
	finding->check = "versions match";
	first_line(MODULE "/version", version, sizeof(version));
	return find(finding, strcmp(version, mmapdemo_version()) == 0,
		    "load the module and install the tool from one release",
		    "module %s, tool and library %s", version[0] ? version : "unknown",
		    mmapdemo_version());
}

static bool check_node(const struct options *options, struct finding *finding)
{
	const char *name;
	struct stat st;

	finding->check = "node exists";
	if (is_node_path(options->device, &name) && name && mmapdemo_check_node(name) == -ENOENT)
		return find(finding, false, "'mmapdemo ls' lists all buffers", "%s: %s", name,
			    node_state(-ENOENT));
	if (stat(options->device, &st) < 0)
		return find(finding, false,
			    "is devtmpfs mounted on /dev? it makes the node when the module loads",
			    "%s: %s", options->device, strerror(errno));
	return find(finding, S_ISCHR(st.st_mode), "remove the file that is in the node's place",
		    "%s: mode %04o, uid %u, gid %u", options->device, st.st_mode & 07777, st.st_uid,
		    st.st_gid);
}

/* The udev rule gives the node to a group; without one it is root's alone. */
static const char *how_to_open(const struct options *options)
{
	struct stat st;

	if (stat(options->device, &st) == 0 && st.st_gid != 0)
		return "be root, or: sudo usermod -aG mmapdemo $USER, and log in again";
	return "be root, or: sudo chown $USER /dev/mmapdemo";
}

static bool check_open(const struct options *options, struct finding *finding)
{
	struct mmapdemo_buffer *buffer;
	int err = mmapdemo_open(&buffer, options->device, 0);

	finding->check = "may open it";
	if (err)
		return find(finding, false,
			    err == -EACCES ? how_to_open(options) :
					     "see the kernel's log: sudo dmesg | tail",
			    "%s: %s", options->device, strerror(-err));
	mmapdemo_close(buffer);
	return find(finding, true, NULL, "for reading and writing");
}

static bool check_map(const struct options *options, struct finding *finding)
{
	struct mmapdemo_buffer_info info;
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	int err = mmapdemo_open(&buffer, options->device, 0);

	finding->check = "may map it";
	if (!err) {
		err = mmapdemo_get_info(buffer, &info);
		if (!err)
			err = mmapdemo_view_open(&view, buffer, 0, 0, 0);
		mmapdemo_close(buffer);
	}
	if (err)
		return find(finding, false, "see the kernel's log: sudo dmesg | tail", "%s",
			    strerror(-err));
	mmapdemo_view_close(&view);
	return find(finding, info.kind == MMAPDEMO_KIND_NODE, "give --device a node of mmapdemo",
		    "%zu KiB", (size_t)info.size / 1024);
}

/* How many names have no node of theirs here, and the first of them. */
static size_t count_lost(char *first, size_t room)
{
	struct mmapdemo_entry *entries;
	size_t count, lost = 0;

	if (mmapdemo_list(&entries, &count))
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (!*entries[i].name || !mmapdemo_check_node(entries[i].name))
			continue;
		if (!lost++)
			snprintf(first, room, "%s", entries[i].name);
	}
	free(entries);
	return lost;
}

/* No failure: a container need not have all nodes. But who misses one should find it here. */
static bool check_names(const struct options *options, struct finding *finding)
{
	char first[sizeof(((struct mmapdemo_entry *)0)->name)] = "";
	size_t strays, lost = count_lost(first, sizeof(first));
	struct dirent **files = find_strays(&strays);

	(void)options;
	finding->check = "names and nodes";
	find(finding, true, NULL, "each name has its node, each node its name");
	if (lost) {
		find(finding, true, NULL, "%s: %s; %zu such name(s), which 'mmapdemo ls' lists",
		     first, node_state(mmapdemo_check_node(first)), lost);
		finding->remedy = "none in a container; else: mmapdemo rm NAME takes one away";
	} else if (strays) {
		find(finding, true, NULL, "/dev/%.40s: %s", files[0]->d_name, node_state(-ESTALE));
		finding->remedy = "remove that file, or no node can come there";
	}
	free_strays(files, strays);
	return true;
}

static void print_finding(const struct finding *finding)
{
	const char *colour = paint(STDOUT_FILENO, finding->ok ? "\033[32m" : "\033[1;31m");
	const char *mark = !finding->ok ? "FAIL" : finding->remedy ? "note" : "ok";
	const char *plain = paint(STDOUT_FILENO, "\033[0m");

	printf("%s%-4s%s  %-14s  %s\n", colour, mark, plain, finding->check, finding->what);
	if (finding->remedy)
		printf("      %-14s  -> %s\n", "", finding->remedy);
}

static int run_doctor(const struct options *options, int argc, char **argv)
{
	static bool (*const checks[])(const struct options *, struct finding *) = {
		check_module, check_version, check_node, check_open, check_map, check_names,
	};
	struct json_object *findings = json_object_new_array();
	struct json_object *object;
	bool ok = true;

	(void)argc;
	(void)argv;
	/* Each check leans on the one before: the first trouble is the one to mend. */
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && ok; i++) {
		struct finding finding;

		ok = checks[i](options, &finding);
		if (!options->json) {
			print_finding(&finding);
			continue;
		}
		object = json_object_new_object();
		json_object_object_add(object, "check", json_object_new_string(finding.check));
		json_object_object_add(object, "ok", json_object_new_boolean(ok));
		json_object_object_add(object, "what", json_object_new_string(finding.what));
		if (finding.remedy)
			json_object_object_add(object, "remedy",
					       json_object_new_string(finding.remedy));
		json_object_array_add(findings, object);
	}
	if (options->json && print_json(options, json_object_get(findings)) != EXIT_OK)
		ok = false;
	json_object_put(findings);
	return ok ? EXIT_OK : EXIT_FAILED;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.group = GROUP_LEARNING,
	.arguments = "[NAME]",
	.summary = "is the module loaded, may I use it; if not, what now",
	.examples = "mmapdemo doctor\n"
		    "mmapdemo doctor news",
	.run = run_doctor,
	.takes = TAKES_DEVICE | TAKES_JSON | TAKES_NAME,
};
