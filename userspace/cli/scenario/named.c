// SPDX-License-Identifier: BSD-2-Clause
/* Scenario named: an object under a name, made by one process, found by another. */
#include <string.h>

#include "stage.h"

#define NAME "SharedObject"
#define MESSAGE "Shared memory message"

static int open_by_name(const struct stage *stage, struct mmapdemo_buffer **buffer)
{
	if (stage->on == ON_DEVICE)
		return mmapdemo_open_name(buffer, NAME, MMAPDEMO_READ_ONLY);
	return stage_reopen(stage, buffer, MMAPDEMO_READ_ONLY);
}

static void consumer(struct stage *stage, struct partner *partner, void *arg)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	int err;

	(void)partner;
	(void)arg;
	err = open_by_name(stage, &buffer);
	if (!sight(stage, "consumer", !err, "opens it by its name"))
		return;
	err = mmapdemo_view_open(&view, buffer, stage->page, stage->page, MMAPDEMO_READ_ONLY);
	if (sight(stage, "consumer", !err, "maps a view of its second page alone")) {
		sight_text(stage, "consumer", view.data, MESSAGE);
		mmapdemo_view_close(&view);
		tell(stage, "consumer", "unmaps it");
	}
	mmapdemo_close(buffer);
}

static void produce(struct stage *stage, struct mmapdemo_buffer *buffer, struct partner *partner)
{
	struct mmapdemo_view view;
	int err = mmapdemo_view_open(&view, buffer, 0, 2 * stage->page, 0);

	if (!sight(stage, "producer", !err, "maps a view of its first two pages"))
		return;
	strcpy((char *)view.data + stage->page, MESSAGE);
	tell(stage, "producer", "stores \"%s\" in the second", MESSAGE);
	partner_turn(stage, partner);
	mmapdemo_view_close(&view);
	tell(stage, "producer", "unmaps it");
}

static void play(struct stage *stage)
{
	struct mmapdemo_buffer *buffer = stage->buffer;
	struct partner other;
	int err = 0;

	if (!partner_start(stage, &other, consumer, NULL))
		return;
	if (stage->on == ON_DEVICE)
		err = mmapdemo_create(&buffer, NAME, 4 * stage->page, 0);
	if (sight(stage, "producer", !err, "creates \"%s\"%s%s", NAME, err ? ": " : "",
		  err ? strerror(-err) : "")) {
		produce(stage, buffer, &other);
		if (stage->on == ON_DEVICE) {
			sight(stage, "producer", !mmapdemo_remove(buffer), "removes the name");
			mmapdemo_close(buffer);
		}
	}
	partner_end(stage, &other);
}

const struct scenario scenario_named = {
	.name = "named",
	.summary = N_("an object with a name: one process makes it, another finds it"),
	.lesson = N_("On the device the name is a node in /dev, with an owner and a mode like any\n"
		     "file: ls, chmod, dd and xxd work with it. When the name is removed, the\n"
		     "memory stays until its last user has closed it."),
	.backings = ON_DEVICE | ON_FILE | ON_SHM,
	.play = play,
};
