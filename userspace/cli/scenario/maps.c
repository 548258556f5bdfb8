// SPDX-License-Identifier: BSD-2-Clause
/* Scenario maps: what /proc/PID/maps tells, to everybody who may look. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stage.h"

struct row {
	unsigned long start, end;
	char rights[8];
	uint64_t offset;
	char name[PATH_MAX];
};

static bool find_row(const void *address, struct row *row)
{
	FILE *file = fopen("/proc/self/maps", "re");
	bool found = false;
	char line[PATH_MAX + 128];

	while (file && !found && fgets(line, sizeof(line), file)) {
		row->name[0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %" SCNx64 " %*s %*s %4095[^\n]", &row->start,
			   &row->end, row->rights, &row->offset, row->name) >= 4)
			found = row->start == (unsigned long)address;
	}
	if (file)
		fclose(file);
	return found;
}

static void show(struct stage *stage, const char *who, unsigned int flags)
{
	size_t offset = stage->page;
	struct mmapdemo_view view;
	const char *name = stage->on == ON_ANON ? "/dev/zero" : stage->name;
	struct row row;

	if (!stage_view(stage, &view, offset, stage->page, flags))
		return;
	tell(stage, who, "maps one page at offset %#zx, address %p", offset, view.data);
	if (sight(stage, who, find_row(view.data, &row), "finds the row in /proc/self/maps")) {
		tell(stage, who, "%lx-%lx %s %08" PRIx64 " %s", row.start, row.end, row.rights,
		     row.offset, row.name);
		sight(stage, who, strstr(row.name, name), "the name is %s", name);
		sight(stage, who, row.offset == offset,
		      "the offset is the one asked for: %#" PRIx64, row.offset);
	}
	mmapdemo_view_close(&view);
}

static void play(struct stage *stage)
{
	show(stage, "shared", 0);
	if (stage->on != ON_ANON)
		show(stage, "private", MMAPDEMO_PRIVATE);
}

const struct scenario scenario_maps = {
	.name = "maps",
	.summary = N_("the row in /proc/PID/maps"),
	.lesson =
		N_("The row names the object and the offset in it, and never a physical address.\n"
		   "A driver that maps private windows with remap_pfn_range() shows one here, to\n"
		   "every user. This driver does not."),
	.backings = ON_ALL,
	.play = play,
};
