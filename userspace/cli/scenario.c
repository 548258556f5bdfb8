// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo scenario: the table of scenarios, and which buffer one plays on.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "scenario/stage.h"

static const struct scenario *const scenarios[] = {
	&scenario_share,   &scenario_fork,     &scenario_cow,	 &scenario_rights,  &scenario_unmap,
	&scenario_bounds,  &scenario_faults,   &scenario_maps,	 &scenario_publish, &scenario_named,
	&scenario_counter, &scenario_messages, &scenario_engine,
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static const enum backing backings[] = { ON_DEVICE, ON_FILE, ON_SHM, ON_ANON };

#define BACKINGS (sizeof(backings) / sizeof(backings[0]))

static int list_json(const struct options *options)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < SCENARIOS; i++) {
		struct json_object *object = json_object_new_object();
		struct json_object *on = json_object_new_array();

		json_object_object_add(object, "scenario",
				       json_object_new_string(scenarios[i]->name));
		json_object_object_add(object, "summary",
				       json_object_new_string(scenarios[i]->summary));
		for (size_t j = 0; j < BACKINGS; j++) {
			if (scenarios[i]->backings & backings[j])
				json_object_array_add(
					on, json_object_new_string(backing_name(backings[j])));
		}
		json_object_object_add(object, "on", on);
		json_object_array_add(list, object);
	}
	return print_json(options, list);
}

static int list(const struct options *options)
{
	if (options->json)
		return list_json(options);
	for (size_t i = 0; i < SCENARIOS; i++) {
		printf("%-8s ", scenarios[i]->name);
		print_padded(_(scenarios[i]->summary), 62);
		for (size_t j = 0; j < BACKINGS; j++) {
			if (scenarios[i]->backings & backings[j])
				printf(" %s", backing_name(backings[j]));
		}
		printf("\n");
	}
	return EXIT_OK;
}

static const struct scenario *find_scenario(const char *name)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		if (strcmp(scenarios[i]->name, name) == 0)
			return scenarios[i];
	}
	return NULL;
}

static int no_such_scenario(const struct options *options, const char *name)
{
	struct suggestion suggestion;

	suggest_for(&suggestion, name);
	for (size_t i = 0; i < SCENARIOS; i++)
		suggest(&suggestion, scenarios[i]->name);
	return misused(options, "'%s': no such scenario%s", name,
		       suggestion.best ? suggestion_text(&suggestion) :
					 "; 'mmapdemo scenario list' has them");
}

static int find_backing(const struct options *options, enum backing *on)
{
	*on = ON_DEVICE;
	if (!options->on)
		return EXIT_OK;
	for (size_t i = 0; i < BACKINGS; i++) {
		*on = backings[i];
		if (strcmp(backing_name(*on), options->on) == 0)
			return EXIT_OK;
	}
	return misused(options, "--on '%s': not device, file, shm or anon", options->on);
}

/*
 * In a process of its own, so that what it changes is put back however it ends. By itself, if it
 * can, after a signal, too: that comes again, and only then kills it.
 */
static int play_apart(struct stage *stage)
{
	bool told = false;
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return failed(stage->options, "%s", strerror(errno));
	if (pid == 0) {
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		signal(SIGALRM, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(close_stdout(stage->options, stage_play(stage)));
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (told)
			kill(pid, SIGKILL);
		told = true;
	}
	if (stopped())
		return failed(stage->options, "%s: interrupted", stage->scenario->name);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return failed(stage->options, "%s: %s", stage->scenario->name, strsignal(WTERMSIG(status)));
}

static int run_scenario(const struct options *options, int argc, char **argv)
{
	struct stage stage = { .options = options };
	int code;

	(void)argc;
	/* JSON is for programs, which know one language. */
	if (!options->json)
		use_language();
	if (strcmp(argv[0], "list") == 0)
		return list(options);
	stage.scenario = find_scenario(argv[0]);
	if (!stage.scenario)
		return no_such_scenario(options, argv[0]);
	code = find_backing(options, &stage.on);
	if (code)
		return code;
	if (!(stage.scenario->backings & stage.on))
		return misused(options, "--on %s: '%s' cannot be played there", options->on,
			       argv[0]);
	if (stage.on != ON_DEVICE && options->has_device)
		return misused(options, "--device: --on %s makes a buffer of its own", options->on);
	if (options->kill && !stage.scenario->can_kill)
		return misused(options, "--kill: nobody is killed in '%s'", argv[0]);
	stop_by_signals();
	code = stage_open(&stage);
	if (code)
		return code;
	code = play_apart(&stage);
	stage_close(&stage);
	return code;
}

const struct verb verb_scenario = {
	.name = "scenario",
	.group = GROUP_LEARNING,
	.arguments = "NAME|list",
	.summary = "play one technique of shared memory, step by step",
	.details = "Bytes that a scenario changes on a node are put back afterwards.\n"
		   "Exit code 1 if a step shows something else than it should.",
	.examples = "mmapdemo scenario list\n"
		    "LANG=ko_KR.UTF-8 mmapdemo scenario fork",
	.run = run_scenario,
	.takes = TAKES_DEVICE | TAKES_JSON | TAKES_ON | TAKES_KILL,
	.least = 1,
	.most = 1,
};
