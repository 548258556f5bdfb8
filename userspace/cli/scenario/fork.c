// SPDX-License-Identifier: BSD-2-Clause
/* Scenario fork: parent and child through one shared map. */
#include <string.h>

#include "stage.h"

static void child(struct stage *stage, struct partner *partner, void *arg)
{
	char *text = arg;

	text[0] = 'x';
	tell(stage, "child", "stores 'x' at offset 0");
	sight_text(stage, "child", text, "xANBIT BOOK");
	partner_yield(partner);
	sight_text(stage, "child", text, "xyNBIT BOOK");
}

static void play(struct stage *stage)
{
	struct mmapdemo_view view;
	struct partner partner;
	char *text;

	if (!stage_view(stage, &view, 0, stage->page, 0))
		return;
	text = view.data;
	strcpy(text, "HANBIT BOOK");
	tell(stage, "parent", "maps a page, stores \"HANBIT BOOK\", forks");
	if (!partner_start(stage, &partner, child, text))
		return;
	partner_turn(stage, &partner);
	sight_text(stage, "parent", text, "xANBIT BOOK");
	text[1] = 'y';
	tell(stage, "parent", "stores 'y' at offset 1");
	sight_text(stage, "parent", text, "xyNBIT BOOK");
	partner_turn(stage, &partner);
	partner_end(stage, &partner);
	mmapdemo_view_close(&view);
}

const struct scenario scenario_fork = {
	.name = "fork",
	.summary = N_("parent and child through one map"),
	.lesson = N_("fork() copies the map, not the memory: a shared map stays shared, in both\n"
		     "directions, for as long as either process lives."),
	.backings = ON_ALL,
	.play = play,
};
