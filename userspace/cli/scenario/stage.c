// SPDX-License-Identifier: BSD-2-Clause
/*
 * The script: steps are printed as they happen, by whichever process does
 * them, and kept for --json and for the verdict.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stage.h"

#define STEPS 48
#define WHO_COLUMNS 9
#define TEXT_COLUMNS 62

/*
 * In anonymous shared memory. Only the process whose turn it is writes, or who has
 * the lock that a scenario is about, so there is no lock here.
 */
struct script {
	size_t steps;
	bool failed;
	struct {
		char who[32];
		char text[320];
		bool judged, right;
	} step[STEPS];
};

static void print_step(size_t number, const char *who, const char *text, bool judged, bool right)
{
	const char *colour = paint(STDOUT_FILENO, right ? "\033[32m" : "\033[1;31m");
	const char *plain = paint(STDOUT_FILENO, "\033[0m");

	printf("%3zu  ", number);
	print_padded(who, WHO_COLUMNS);
	print_padded(text, judged ? TEXT_COLUMNS : 0);
	if (judged)
		printf(" %s%s%s", colour, right ? _("ok") : _("WRONG"), plain);
	printf("\n");
	fflush(stdout);
}

static void add_step(struct stage *stage, const char *who, bool judged, bool right,
		     const char *format, va_list args)
{
	struct script *script = stage->script;
	size_t i = script->steps;

	if (!right)
		script->failed = true;
	if (i == STEPS)
		return;
	who = _(who);
	snprintf(script->step[i].who, sizeof(script->step[i].who), "%s", who);
	vsnprintf(script->step[i].text, sizeof(script->step[i].text), _(format), args);
	script->step[i].judged = judged;
	script->step[i].right = right;
	script->steps++;
	if (!stage->options->json)
		print_step(i + 1, who, script->step[i].text, judged, right);
}

/* A step: @who does something. */
void tell(struct stage *stage, const char *who, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_step(stage, who, false, true, format, args);
	va_end(args);
}

/* A step: @who sees something, which is @right or not. Returns @right. */
bool sight(struct stage *stage, const char *who, bool right, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_step(stage, who, true, right, format, args);
	va_end(args);
	return right;
}

/* A sight: the bytes at @data are @expected. */
bool sight_text(struct stage *stage, const char *who, const void *data, const char *expected)
{
	char seen[64] = "";
	size_t n = strlen(expected);

	if (n >= sizeof(seen))
		n = sizeof(seen) - 1;
	memcpy(seen, data, n);
	if (strcmp(seen, expected) == 0)
		return sight(stage, who, true, "reads \"%s\"", seen);
	return sight(stage, who, false, "reads \"%s\" and should read \"%s\"", seen, expected);
}

/* Open a view of the stage's buffer; a view that is refused is a wrong sight. */
bool stage_view(struct stage *stage, struct mmapdemo_view *view, size_t offset, size_t length,
		unsigned int flags)
{
	int err = mmapdemo_view_open(view, stage->buffer, offset, length, flags);

	if (err)
		return sight(stage, "mmap", false, "refused: %s", strerror(-err));
	return true;
}

static int finish_json(const struct stage *stage)
{
	const struct script *script = stage->script;
	struct json_object *object = json_object_new_object();
	struct json_object *steps = json_object_new_array();

	for (size_t i = 0; i < script->steps; i++) {
		struct json_object *step = json_object_new_object();

		json_object_object_add(step, "who", json_object_new_string(script->step[i].who));
		json_object_object_add(step, "text", json_object_new_string(script->step[i].text));
		if (script->step[i].judged)
			json_object_object_add(step, "ok",
					       json_object_new_boolean(script->step[i].right));
		json_object_array_add(steps, step);
	}
	json_object_object_add(object, "scenario", json_object_new_string(stage->scenario->name));
	json_object_object_add(object, "on", json_object_new_string(backing_name(stage->on)));
	json_object_object_add(object, "steps", steps);
	json_object_object_add(object, "ok", json_object_new_boolean(!script->failed));
	return print_json(stage->options, object);
}

/* Play the scenario on the open stage. Returns an exit code. */
int stage_play(struct stage *stage)
{
	const char *bold = paint(STDOUT_FILENO, "\033[1m");
	const char *plain = paint(STDOUT_FILENO, "\033[0m");
	int code;

	stage->script = mmap(NULL, sizeof(*stage->script), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stage->script == MAP_FAILED)
		return failed(stage->options, "%s", strerror(errno));
	if (!stage->options->json) {
		printf("%s%s: %s%s\n", bold, stage->scenario->name, _(stage->scenario->summary),
		       plain);
		printf(_("on %s\n\n"), stage->on == ON_ANON ? _("anonymous memory") : stage->name);
		fflush(stdout);
	}
	stage->scenario->play(stage);
	code = stage->script->failed ? EXIT_FAILED : EXIT_OK;
	if (stage->options->json) {
		if (finish_json(stage) != EXIT_OK)
			code = EXIT_FAILED;
	} else {
		if (!code)
			printf("\n%s\n", _(stage->scenario->lesson));
		printf(_("\nscenario %s: %s\n"), stage->scenario->name,
		       code ? _("FAILED") : _("ok"));
	}
	munmap(stage->script, sizeof(*stage->script));
	return code;
}
