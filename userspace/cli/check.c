// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo check: does a device keep the rules of mmap? Works on any node; the
 * rules are in check/, a file for each topic.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "check/check.h"

/* Milliseconds for each check. */
#define LIMIT 5000

static const struct check *const topics[] = {
	contents_checks,
	bounds_checks,
	rights_checks,
	lifetime_checks,
};

#define TOPICS (sizeof(topics) / sizeof(topics[0]))

static const struct {
	const char *name, *colour;
} results[RESULTS] = {
	[RESULT_OK] = { "ok", "\033[32m" },
	[RESULT_FAIL] = { "FAIL", "\033[1;31m" },
	[RESULT_NOTE] = { "note", "\033[33m" },
	[RESULT_SKIP] = { "skip", "" },
};

/* What a first process found out about the node. */
struct look {
	const struct options *options;
	struct mmapdemo_buffer_info info;
	int code;
};

/* In a child: open() may hang, too. */
static void look_at_node(void *arg)
{
	struct look *look = arg;
	struct mmapdemo_buffer *buffer;
	int err;

	look->code = buffer_open(look->options, &buffer, MMAPDEMO_READ_ONLY);
	if (look->code)
		return;
	err = mmapdemo_get_info(buffer, &look->info);
	if (err)
		look->code = failed(look->options, "%s: %s", look->options->device, strerror(-err));
}

/* Returns an exit code, and says why if it is not EXIT_OK. */
static int look_limited(const struct options *options, struct mmapdemo_buffer_info *info)
{
	struct look *look = mmap(NULL, sizeof(*look), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int code, status;

	if (look == MAP_FAILED)
		return failed(options, "out of memory");
	look->options = options;
	if (!run_in_child(look_at_node, look, LIMIT, &status))
		code = failed(options, "%s: cannot be opened within %d s", options->device,
			      LIMIT / 1000);
	else if (!WIFEXITED(status))
		code = failed(options, "%s: opening it killed the process", options->device);
	else
		code = look->code;
	*info = look->info;
	munmap(look, sizeof(*look));
	return code;
}

/* The window that --offset and --length name, in whole pages. */
static int choose_window(const struct options *options, struct subject *subject)
{
	uint64_t page = subject->page;
	uint64_t length = options->length;

	if (options->offset % page || options->offset > INT64_MAX)
		return misused(options, "--offset %" PRIu64 ": not a multiple of the page size %zu",
			       options->offset, subject->page);
	if (!subject->sized && !options->has_length)
		return misused(options, "--length: needed, as %s does not tell its size",
			       options->device);
	if (subject->sized && options->offset >= subject->size)
		return misused(options, "--offset %" PRIu64 ": nothing of %s is after it",
			       options->offset, options->device);
	if (!options->has_length)
		length = subject->size - options->offset;
	if (subject->sized && length > subject->size - options->offset)
		return misused(options, "--length %" PRIu64 ": past the end of %s", length,
			       options->device);
	if (length == 0 || length > SIZE_MAX / 4)
		return misused(options, "--length %" PRIu64 ": too %s to be checked", length,
			       length ? "large" : "small");
	subject->offset = options->offset;
	subject->length = (size_t)((length + page - 1) / page * page);
	return EXIT_OK;
}

/* A check that hung says nothing about its rule. */
static const char *meaning(const struct check *check, const struct verdict *verdict)
{
	return verdict->hung ? "the driver never returns to its caller" : check->meaning;
}

static const char *known(const struct check *check, const struct verdict *verdict)
{
	return verdict->hung ? "CWE-833 or CWE-835" : check->known;
}

static void print_verdict(const struct check *check, const struct verdict *verdict)
{
	printf("%s%-4s%s  %-54s  %s\n", paint(STDOUT_FILENO, results[verdict->result].colour),
	       results[verdict->result].name, paint(STDOUT_FILENO, "\033[0m"), check->name,
	       verdict->what);
	if (verdict->result == RESULT_FAIL && known(check, verdict))
		printf("      -> %s (%s)\n", meaning(check, verdict), known(check, verdict));
	else if (verdict->result == RESULT_FAIL)
		printf("      -> %s\n", meaning(check, verdict));
	fflush(stdout);
}

static struct json_object *json_verdict(const struct check *check, const struct verdict *verdict)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "check", json_object_new_string(check->name));
	json_object_object_add(object, "result",
			       json_object_new_string(results[verdict->result].name));
	json_object_object_add(object, "what", json_object_new_string(verdict->what));
	if (verdict->result == RESULT_FAIL) {
		json_object_object_add(object, "meaning",
				       json_object_new_string(meaning(check, verdict)));
		if (known(check, verdict))
			json_object_object_add(object, "known",
					       json_object_new_string(known(check, verdict)));
	}
	return object;
}

static struct json_object *json_report(const struct subject *subject, struct json_object *checks,
				       const int *counts)
{
	struct json_object *object = json_window(subject->offset, subject->length);
	struct json_object *sums = json_object_new_object();

	json_object_object_add(object, "node", json_object_new_string(subject->options->device));
	json_object_object_add(object, "size",
			       subject->sized ? json_object_new_uint64(subject->size) : NULL);
	json_object_object_add(object, "write", json_object_new_boolean(subject->options->write));
	json_object_object_add(object, "checks", checks);
	json_object_object_add(object, "counts", sums);
	for (int i = 0; i < RESULTS; i++)
		json_object_object_add(sums, results[i].name, json_object_new_int(counts[i]));
	return object;
}

static void print_subject(const struct subject *subject)
{
	printf("%s: ", subject->options->device);
	if (subject->sized)
		printf("%" PRIu64 " bytes", subject->size);
	else
		printf("does not tell its size");
	printf("; checking %zu at offset %" PRIu64 "\n", subject->length, subject->offset);
}

static int run_all(const struct subject *subject)
{
	struct json_object *list = json_object_new_array();
	const struct options *options = subject->options;
	int counts[RESULTS] = { 0 };
	struct verdict verdict;
	int code = EXIT_OK;

	if (!options->json)
		print_subject(subject);
	for (size_t i = 0; i < TOPICS; i++) {
		for (const struct check *check = topics[i]; check->name; check++) {
			run_check(subject, check, &verdict);
			counts[verdict.result]++;
			if (options->json)
				json_object_array_add(list, json_verdict(check, &verdict));
			else
				print_verdict(check, &verdict);
		}
	}
	if (options->json)
		code = print_json(options, json_report(subject, list, counts));
	else
		printf("%d ok, %d failed, %d to note, %d skipped\n", counts[RESULT_OK],
		       counts[RESULT_FAIL], counts[RESULT_NOTE], counts[RESULT_SKIP]);
	if (!options->json)
		json_object_put(list);
	return counts[RESULT_FAIL] ? EXIT_FAILED : code;
}

static int check_node(const struct options *options, int argc, char **argv)
{
	struct subject subject = { .options = options, .limit = LIMIT };
	struct mmapdemo_buffer_info info = { 0 };
	int code;

	(void)argc;
	(void)argv;
	code = look_limited(options, &info);
	if (code)
		return code;
	subject.size = info.size;
	subject.sized = info.size || info.kind != MMAPDEMO_KIND_DEVICE;
	subject.page = info.page_size;
	code = choose_window(options, &subject);
	return code ? code : run_all(&subject);
}

const struct verb verb_check = {
	.name = "check",
	.group = GROUP_LEARNING,
	.arguments = "[NAME]",
	.summary = "does this device keep the rules of mmap?",
	.details =
		"Any device that can be mapped will do; one that tells no size needs --length.\n"
		"Nothing is stored without --write, but each page of the window is read. A\n"
		"driver that breaks the rules may take the kernel along: better check a new one\n"
		"in a virtual machine. Exit code 1 if a check fails.",
	.run = check_node,
	.examples = "mmapdemo check\nmmapdemo check /dev/fb0",
	.takes = TAKES_USUAL | TAKES_WRITE | TAKES_NAME,
};
