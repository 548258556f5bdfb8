// SPDX-License-Identifier: BSD-2-Clause
/*
 * Scenario bounds: past the end of the object. Raw mmap() here, because the
 * library refuses such windows itself, on every backing.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "stage.h"

static void *map(const struct stage *stage, size_t length, uint64_t offset)
{
	return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, mmapdemo_fd(stage->buffer),
		    (off_t)offset);
}

/* The device looks at the window when it is asked for. */
static void refused(struct stage *stage, const char *what, size_t length, uint64_t offset)
{
	void *data = map(stage, length, offset);

	sight(stage, "mmap", data == MAP_FAILED && errno == EINVAL, "%s: %s", _(what),
	      data == MAP_FAILED ? strerror(errno) : _("works, and it should not"));
	if (data != MAP_FAILED)
		munmap(data, length);
}

static void device(struct stage *stage, uint64_t size)
{
	void *data = map(stage, stage->page, size - stage->page);

	if (sight(stage, "mmap", data != MAP_FAILED, "the last page: works"))
		munmap(data, stage->page);
	refused(stage, N_("one page past the end"), stage->page, size);
	refused(stage, N_("the last page and one more"), 2 * stage->page, size - stage->page);
	refused(stage, N_("the whole buffer and one page more"), size + stage->page, 0);
	refused(stage, N_("at an offset that is not a multiple of a page"), stage->page, 1);
}

/* A file's map may be longer than the file: the price comes at the touch. */
static void past_the_end(struct stage *stage, void *data, size_t size)
{
	int seen;

	if (!sight(stage, "mmap", data != MAP_FAILED, "the whole object and one page more: works"))
		return;
	sight(stage, "child", signal_of_load((char *)data + size - 1) == 0,
	      "loads the last byte: works");
	seen = signal_of_load((char *)data + size);
	sight(stage, "child", seen == SIGBUS, "loads the first byte past the end: %s",
	      seen ? strsignal(seen) : _("works, and it should not"));
	munmap(data, size + stage->page);
}

static void play(struct stage *stage)
{
	struct mmapdemo_buffer_info info;
	struct mmapdemo_view view;

	if (mmapdemo_get_info(stage->buffer, &info) != 0)
		return (void)sight(stage, "open", false, "cannot tell the size");
	tell(stage, "open", "the object has %zu bytes, %zu pages", (size_t)info.size,
	     (size_t)info.size / stage->page);
	if (stage->on == ON_DEVICE)
		return device(stage, info.size);
	if (stage->on == ON_ANON) {
		if (stage_view(stage, &view, 0, 0, 0))
			past_the_end(stage,
				     mremap(view.data, view.size, view.size + stage->page,
					    MREMAP_MAYMOVE),
				     view.size);
		return;
	}
	past_the_end(stage, map(stage, (size_t)info.size + stage->page, 0), (size_t)info.size);
}

const struct scenario scenario_bounds = {
	.name = "bounds",
	.summary = N_("maps past the end of the object"),
	.lesson =
		N_("A file may shrink while it is mapped, so the kernel checks at each access and\n"
		   "sends SIGBUS. A device buffer does not shrink: its driver refuses the map at\n"
		   "once. That check is the one that drivers forget."),
	.backings = ON_ALL,
	.play = play,
};
