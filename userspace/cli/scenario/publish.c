// SPDX-License-Identifier: BSD-2-Clause
/* Scenario publish: msync(2) tells others that there is something new. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "stage.h"

static void told(struct stage *stage, struct mmapdemo_buffer *buffer, uint64_t expected)
{
	uint64_t unseen = 0;
	int err = mmapdemo_events(buffer, &unseen);

	sight(stage, "B", !err && unseen == expected, "sees %llu new publications",
	      (unsigned long long)unseen);
}

static void reader(struct stage *stage, struct partner *partner, void *arg)
{
	struct mmapdemo_buffer *buffer = stage->buffer;
	struct mmapdemo_view view;
	int err = stage_reopen(stage, &buffer, MMAPDEMO_READ_ONLY);

	(void)arg;
	if (!sight(stage, "B", !err || err == -EOPNOTSUPP, "another process: has it open"))
		return;
	if (mmapdemo_view_open(&view, buffer, 0, stage->page, MMAPDEMO_READ_ONLY))
		return;
	partner_yield(partner);
	if (stage->on != ON_DEVICE) {
		sight_text(stage, "B", view.data, "news");
		return tell(stage, "B", "got no notice: on this memory it needs another way");
	}
	told(stage, buffer, 0);
	partner_yield(partner);
	err = mmapdemo_wait_events(buffer, 10000);
	sight(stage, "B", !err, "poll() reports something new");
	sight_text(stage, "B", view.data, "news");
	told(stage, buffer, 1);
	told(stage, buffer, 0);
}

static void play(struct stage *stage)
{
	struct mmapdemo_view view;
	struct partner b;

	if (!partner_start(stage, &b, reader, NULL))
		return;
	if (!stage_view(stage, &view, 0, stage->page, 0))
		return partner_end(stage, &b);
	partner_turn(stage, &b);
	strcpy(view.data, "news");
	tell(stage, "A", "stores \"news\"");
	sight(stage, "A", msync(view.data, stage->page, MS_ASYNC) == 0,
	      "msync(MS_ASYNC) is accepted");
	sight(stage, "A", msync(view.data, stage->page, MS_INVALIDATE) == 0,
	      "msync(MS_INVALIDATE) is accepted");
	if (stage->on == ON_DEVICE)
		partner_turn(stage, &b);
	sight(stage, "A", msync(view.data, stage->page, MS_SYNC) == 0,
	      "msync(MS_SYNC) is accepted");
	partner_turn(stage, &b);
	partner_end(stage, &b);
	mmapdemo_view_close(&view);
}

const struct scenario scenario_publish = {
	.name = "publish",
	.summary = N_("msync(MS_SYNC) notifies each process that polls"),
	.lesson = N_(
		"All maps are one memory, so there is nothing to flush: B could read the\n"
		"bytes before. On the device MS_SYNC notifies B, and the driver counts, so no\n"
		"publication is lost. On a file MS_SYNC writes to the disk and notifies nobody."),
	.backings = ON_ALL,
	.play = play,
};
