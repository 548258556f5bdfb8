// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo wait, wake: sleep while a word has a value, and wake who sleeps.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "options.h"

static int word_open(const struct options *options, const char *name, unsigned int flags,
		     struct place *place, struct mmapdemo_word *word)
{
	int code = place_open(options, name, sizeof(uint32_t), sizeof(uint32_t), flags, place);
	int err;

	if (code)
		return code;
	err = mmapdemo_word_at(word, place->buffer, &place->view, options->offset);
	if (!err)
		return EXIT_OK;
	place_close(place);
	return place_failed(options, name, err);
}

/* A number, alone or as the member @member beside the offset. */
static int print_number(const struct options *options, const char *member, uint64_t number)
{
	struct json_object *object;

	if (!options->json) {
		printf("%" PRIu64 "\n", number);
		return EXIT_OK;
	}
	object = json_object_new_object();
	json_object_object_add(object, "offset", json_object_new_uint64(options->offset));
	json_object_object_add(object, member, json_object_new_uint64(number));
	return print_json(options, object);
}

/* Who is woken for no reason sleeps again. */
static int wait_while(const struct options *options, const char *name,
		      const struct mmapdemo_word *word, uint32_t expected)
{
	struct timespec room;
	const struct timespec *deadline = deadline_of(options, &room);
	uint32_t value;
	int err;

	stop_by_signals();
	while ((value = __atomic_load_n(word->value, __ATOMIC_ACQUIRE)) == expected) {
		if (stopped())
			return failed(options,
				      "%s: interrupted; the word at %" PRIu64 " is still %" PRIu32,
				      name, options->offset, expected);
		err = mmapdemo_word_wait(word, expected, deadline);
		if (err == -ETIMEDOUT)
			return failed(options, "%s: the word at %" PRIu64 " is still %" PRIu32,
				      name, options->offset, expected);
		if (err && err != -EAGAIN && err != -EINTR)
			return place_failed(options, name, err);
	}
	return print_number(options, "value", value);
}

/* For writing, if the caller may: a reader is not counted by those who wake. */
static unsigned int access_to(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", path_prefix(name), name);
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) ? MMAPDEMO_READ_ONLY : 0;
}

static int run_wait(const struct options *options, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[0] : MMAPDEMO_NODE;
	const char *text = argv[argc - 1];
	struct mmapdemo_word word;
	struct place place;
	uint32_t expected;
	int code = take_word(options, "VALUE", text, &expected);

	if (code)
		return code;
	code = word_open(options, name, access_to(name), &place, &word);
	if (code)
		return code;
	code = wait_while(options, name, &word, expected);
	place_close(&place);
	return code;
}

static int run_wake(const struct options *options, int argc, char **argv)
{
	const char *name = argc ? argv[0] : MMAPDEMO_NODE;
	bool all = !options->count || options->count > INT_MAX;
	struct mmapdemo_word word;
	struct place place;
	int code, woken;

	code = word_open(options, name, 0, &place, &word);
	if (code)
		return code;
	if (options->has_word)
		__atomic_store_n(word.value, options->word, __ATOMIC_SEQ_CST);
	woken = mmapdemo_word_wake(&word, all ? INT_MAX : (int)options->count);
	if (woken < 0)
		code = place_failed(options, name, woken);
	else
		code = print_number(options, "woken", (uint64_t)woken);
	place_close(&place);
	return code;
}

const struct verb verb_wait = {
	.name = "wait",
	.group = GROUP_EVENTS,
	.arguments = "[NAME] VALUE",
	.summary = "sleep while a word is VALUE, then print what it is",
	.details = "The word is the 4 bytes at --offset. Without NAME it is of " MMAPDEMO_NODE ".",
	.examples = "mmapdemo wait news 0\n"
		    "mmapdemo wait news 7 --offset 64 --timeout 10",
	.run = run_wait,
	.takes = TAKES_OFFSET | TAKES_TIMEOUT | TAKES_JSON,
	.least = 1,
	.most = 2,
};

const struct verb verb_wake = {
	.name = "wake",
	.group = GROUP_EVENTS,
	.arguments = "[NAME]",
	.summary = "wake the waiters of a word, after a change of it",
	.details =
		"The word is the 4 bytes at --offset. Prints how many were woken: all, or --count\n"
		"of them. Without --set it must have been changed before.",
	.examples = "mmapdemo wake news --offset 64 --set 7\n"
		    "mmapdemo wake news",
	.run = run_wake,
	.takes = TAKES_OFFSET | TAKES_COUNT | TAKES_SET | TAKES_JSON,
	.most = 1,
};
