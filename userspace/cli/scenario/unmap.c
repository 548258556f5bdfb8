// SPDX-License-Identifier: BSD-2-Clause
/* Scenario unmap: munmap() takes the window away, not the memory. */
#include <signal.h>
#include <string.h>

#include "stage.h"

static void play(struct stage *stage)
{
	struct mmapdemo_view view;
	void *address;
	int seen;

	if (!stage_view(stage, &view, 0, stage->page, 0))
		return;
	address = view.data;
	strcpy(address, "still here");
	tell(stage, "mmap", "maps a page at %p, stores \"still here\"", address);
	mmapdemo_view_close(&view);
	tell(stage, "munmap", "takes the map away");
	seen = signal_of_load(address);
	sight(stage, "child", seen == SIGSEGV, "loads from the old address: %s",
	      seen ? strsignal(seen) : _("works, and it should not"));
	if (!stage_view(stage, &view, 0, stage->page, 0))
		return;
	tell(stage, "mmap", "maps the page again, at %p", view.data);
	sight_text(stage, "mmap", view.data, "still here");
	mmapdemo_view_close(&view);
}

const struct scenario scenario_unmap = {
	.name = "unmap",
	.summary = N_("munmap(), and use after it"),
	.lesson =
		N_("A map is only a view. The bytes belong to the buffer and stay there. To use a\n"
		   "pointer after munmap() is a bug; the processor catches it, unless another\n"
		   "map has got the same address in the meantime."),
	.backings = ON_ALL,
	.play = play,
};
