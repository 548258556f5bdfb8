// SPDX-License-Identifier: BSD-2-Clause
/* Scenario cow: a private map copies a page when it is stored to. */
#include <string.h>
#include <unistd.h>

#include "stage.h"

static void play(struct stage *stage)
{
	struct mmapdemo_view shared, private;
	char bytes[8] = "";

	if (!stage_view(stage, &shared, 0, 2 * stage->page, 0))
		return;
	strcpy(shared.data, "original");
	strcpy((char *)shared.data + stage->page, "page two");
	tell(stage, "shared", "stores \"original\" in page 1 and \"page two\" in page 2");
	if (!stage_view(stage, &private, 0, 2 * stage->page, MMAPDEMO_PRIVATE))
		return;
	sight_text(stage, "private", private.data, "original");
	memcpy(private.data, "my own 1", 8);
	tell(stage, "private", "stores \"my own 1\" in page 1: the page is copied first");
	sight_text(stage, "private", private.data, "my own 1");
	sight_text(stage, "shared", shared.data, "original");
	if (pread(mmapdemo_fd(stage->buffer), bytes, sizeof(bytes), 0) != sizeof(bytes))
		bytes[0] = '\0';
	sight_text(stage, "read()", bytes, "original");
	memcpy((char *)shared.data + stage->page, "NEW PAGE", 8);
	tell(stage, "shared", "stores \"NEW PAGE\" in page 2, which was not copied");
	sight_text(stage, "private", (char *)private.data + stage->page, "NEW PAGE");
	mmapdemo_view_close(&private);
	if (!stage_view(stage, &private, 0, 2 * stage->page, MMAPDEMO_PRIVATE))
		return;
	tell(stage, "private", "unmaps it and maps it again: the copy is gone");
	sight_text(stage, "private", private.data, "original");
	mmapdemo_view_close(&private);
	mmapdemo_view_close(&shared);
}

const struct scenario scenario_cow = {
	.name = "cow",
	.summary = N_("MAP_PRIVATE, copy on write"),
	.lesson =
		N_("A private map shows the buffer until the process stores to a page. The kernel\n"
		   "then copies that page for the process; the buffer does not change."),
	.backings = ON_DEVICE | ON_FILE | ON_SHM,
	.play = play,
};
