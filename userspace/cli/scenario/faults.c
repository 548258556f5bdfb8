// SPDX-License-Identifier: BSD-2-Clause
/* Scenario faults: demand paging against eager mapping, counted. */
#include <string.h>
#include <sys/resource.h>

#include "stage.h"

/* Page faults of this process while it stores a byte to each page. */
static long count_faults(const struct stage *stage, const struct mmapdemo_view *view)
{
	volatile char *data = view->data;
	struct rusage before, after;

	/* Once for nothing: the first call may fault by itself. */
	getrusage(RUSAGE_SELF, &after);
	getrusage(RUSAGE_SELF, &before);
	for (size_t offset = 0; offset < view->size; offset += stage->page)
		data[offset] = 'x';
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt;
}

static long map_and_count(struct stage *stage, const struct mmapdemo_buffer *buffer,
			  unsigned int flags)
{
	struct mmapdemo_view view;
	long faults = -1;

	if (mmapdemo_view_open(&view, buffer, 0, stage->size, flags) == 0) {
		faults = count_faults(stage, &view);
		mmapdemo_view_close(&view);
	}
	return faults;
}

static void compare_with(struct stage *stage, enum backing on, const char *what)
{
	struct stage other = { .options = stage->options, .on = on };
	long faults;

	if (stage->on == on || stage_open(&other) != EXIT_OK)
		return;
	faults = map_and_count(stage, other.buffer, 0);
	sight(stage, "compare", faults > 0, "%s: %ld page faults", _(what), faults);
	stage_close(&other);
}

static void play(struct stage *stage)
{
	long pages = (long)(stage->size / stage->page);
	long faults = map_and_count(stage, stage->buffer, 0);

	tell(stage, "count", "page faults of the first store to each of %ld pages", pages);
	if (stage->on == ON_DEVICE) {
		sight(stage, "shared", faults == 0, "a shared map of the device: %ld page faults",
		      faults);
		faults = map_and_count(stage, stage->buffer, MMAPDEMO_PRIVATE);
		sight(stage, "private", faults == pages,
		      "a private map of it, a copy for each page: %ld page faults", faults);
		compare_with(stage, ON_FILE, N_("a shared map of a file"));
		compare_with(stage, ON_ANON, N_("anonymous memory"));
	} else {
		sight(stage, "shared", faults > 0, "a shared map of it: %ld page faults", faults);
		tell(stage, "compare", "a shared map of the device takes none: try --on device");
	}
}

const struct scenario scenario_faults = {
	.name = "faults",
	.summary = N_("demand paging against eager mapping"),
	.lesson =
		N_("Most memory is mapped on demand: the first access to each page traps into the\n"
		   "kernel. A device map made by remap_pfn_range() is complete when mmap()\n"
		   "returns and never faults; a store always takes the same time."),
	.backings = ON_ALL,
	.play = play,
};
