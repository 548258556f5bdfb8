// SPDX-License-Identifier: BSD-2-Clause
/* Scenario share: several maps of the same page are one memory. */
#include <errno.h>
#include <string.h>

#include "stage.h"

static void other_process(struct stage *stage, struct partner *partner, void *arg)
{
	struct mmapdemo_buffer *buffer = stage->buffer;
	struct mmapdemo_view view;
	int err = stage_reopen(stage, &buffer, 0);

	(void)arg;
	if (err == -EOPNOTSUPP)
		tell(stage, "B", "has inherited the memory: it has no name to open");
	else if (!sight(stage, "B", !err, "another process: opens it by its name"))
		return;
	err = mmapdemo_view_open(&view, buffer, 0, stage->page, 0);
	if (!sight(stage, "B", !err, "maps it"))
		return;
	partner_yield(partner);

	sight_text(stage, "B", view.data, "hello from A");
	strcpy((char *)view.data + 64, "hello from B");
	tell(stage, "B", "stores \"hello from B\" at offset 64");
}

static void play(struct stage *stage)
{
	struct mmapdemo_view view, second;
	struct partner b;

	if (!partner_start(stage, &b, other_process, NULL))
		return;
	if (!stage_view(stage, &view, 0, stage->page, 0) ||
	    !stage_view(stage, &second, 0, stage->page, MMAPDEMO_READ_ONLY))
		return partner_end(stage, &b);
	tell(stage, "A", "maps it twice, at %p and, read-only, at %p", view.data, second.data);
	partner_turn(stage, &b);
	strcpy(view.data, "hello from A");
	tell(stage, "A", "stores \"hello from A\" at offset 0, in its first map");
	sight_text(stage, "A", second.data, "hello from A");
	partner_turn(stage, &b);
	sight_text(stage, "A", (char *)second.data + 64, "hello from B");
	partner_end(stage, &b);
	mmapdemo_view_close(&second);
	mmapdemo_view_close(&view);
}

const struct scenario scenario_share = {
	.name = "share",
	.summary = N_("several maps, in several processes, are one memory"),
	.lesson =
		N_("A store is visible in all maps at once. Nothing was copied, and after mmap()\n"
		   "no system call was needed. A and B agreed by other means who goes first."),
	.backings = ON_ALL,
	.play = play,
};
