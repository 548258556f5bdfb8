// SPDX-License-Identifier: BSD-2-Clause
/* Scenario rights: what PROT_READ, PROT_WRITE, PROT_EXEC and mprotect() allow. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "stage.h"

static void sight_signal(struct stage *stage, const char *what, int seen, int expected)
{
	sight(stage, "child", seen == expected, "%s: %s", _(what),
	      seen ? strsignal(seen) : _("works, and it should not"));
}

static void sight_error(struct stage *stage, const char *what, int seen, int expected)
{
	sight(stage, "kernel", seen == expected, "%s: %s", _(what),
	      seen ? strerror(seen) : _("works, and it should not"));
}

static int protect(const struct mmapdemo_view *view, int prot)
{
	return mprotect(view->data, view->size, prot) < 0 ? errno : 0;
}

static void read_only_map(struct stage *stage)
{
	struct mmapdemo_view view;

	if (!stage_view(stage, &view, 0, stage->page, MMAPDEMO_READ_ONLY))
		return;
	tell(stage, "mmap", "maps a page with PROT_READ");
	sight(stage, "child", signal_of_load(view.data) == 0, "loads a byte: works");
	sight_signal(stage, N_("stores a byte"), signal_of_store(view.data), SIGSEGV);
	if (protect(&view, PROT_NONE) == 0)
		tell(stage, "mprotect", "takes all rights away: PROT_NONE");
	sight_signal(stage, N_("loads a byte"), signal_of_load(view.data), SIGSEGV);
	sight(stage, "mprotect", protect(&view, PROT_READ | PROT_WRITE) == 0,
	      "PROT_READ | PROT_WRITE, as the descriptor allows: works");
	sight(stage, "child", signal_of_store(view.data) == 0, "stores a byte: works");
	mmapdemo_view_close(&view);
}

static void read_only_descriptor(struct stage *stage)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	int err = stage_reopen(stage, &buffer, MMAPDEMO_READ_ONLY);

	if (err == -EOPNOTSUPP)
		return tell(stage, "open", "cannot be tried: anonymous memory has no descriptor");
	if (!sight(stage, "open", !err, "opens it again, O_RDONLY"))
		return;
	err = mmapdemo_view_open(&view, buffer, 0, stage->page, 0);
	sight_error(stage, N_("a shared map to store to"), -err, EACCES);
	err = mmapdemo_view_open(&view, buffer, 0, stage->page, MMAPDEMO_READ_ONLY);
	if (sight(stage, "mmap", !err, "a map to load from: works")) {
		sight_error(stage, N_("mprotect to PROT_WRITE"),
			    protect(&view, PROT_READ | PROT_WRITE), EACCES);
		mmapdemo_view_close(&view);
	}
	mmapdemo_close(buffer);
}

/* Only the driver refuses this; elsewhere it depends on the file system. */
static void execute(struct stage *stage)
{
	struct mmapdemo_view view;
	void *data;

	if (!stage_view(stage, &view, 0, stage->page, 0))
		return;
	if (stage->on == ON_DEVICE) {
		data = mmap(NULL, stage->page, PROT_READ | PROT_EXEC, MAP_SHARED,
			    mmapdemo_fd(stage->buffer), 0);
		sight_error(stage, N_("a map with PROT_EXEC"), data == MAP_FAILED ? errno : 0,
			    EPERM);
		sight_error(stage, N_("mprotect to PROT_EXEC"),
			    protect(&view, PROT_READ | PROT_EXEC), EACCES);
	} else {
		tell(stage, "mprotect", "to PROT_EXEC: %s; a device should refuse it",
		     protect(&view, PROT_READ | PROT_EXEC) ? _("refused by this file system") :
							     _("allowed here"));
	}
	mmapdemo_view_close(&view);
}

static void play(struct stage *stage)
{
	read_only_map(stage);
	read_only_descriptor(stage);
	execute(stage);
}

const struct scenario scenario_rights = {
	.name = "rights",
	.summary = N_("PROT_READ, PROT_WRITE, PROT_EXEC, PROT_NONE and mprotect()"),
	.lesson = N_("A map never has more rights than its descriptor, now or later. A process\n"
		     "that has only a read-only descriptor cannot write: the kernel refuses it."),
	.backings = ON_ALL,
	.play = play,
};
