// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lifetime: what happens to maps that are cut, moved, doubled, inherited, or
 * left without a descriptor. A driver that counts wrong, or frees too early,
 * ends the process here.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/check.h"

#define PAGE (trial->subject->page)

/* The first pages of the window twice: one to act on, one to compare with. */
static bool map_twice(struct trial *trial, size_t pages, char **data, char **witness)
{
	*data = NULL;
	*witness = NULL;
	if (!has_pages(trial, pages))
		return false;
	*data = map_pages(trial, 0, pages, PROT_READ, MAP_SHARED);
	if (*data)
		*witness = map_pages(trial, 0, pages, PROT_READ, MAP_SHARED);
	return *witness;
}

static void hole_in_the_middle(struct trial *trial)
{
	char *data, *witness;

	if (!map_twice(trial, 3, &data, &witness))
		return;
	if (munmap(data + PAGE, PAGE) < 0) {
		conclude(trial, RESULT_FAIL, "munmap() of the middle page: %s", strerror(errno));
		return;
	}
	if (!same_bytes(trial, data, witness, "before the hole") ||
	    !same_bytes(trial, data + 2 * PAGE, witness + 2 * PAGE, "after the hole"))
		return;
	if (munmap(data, 3 * PAGE) < 0)
		conclude(trial, RESULT_FAIL, "munmap() of the rest: %s", strerror(errno));
	else
		conclude(trial, RESULT_OK, "both neighbours are as they were");
}

static void split(struct trial *trial)
{
	char *data, *witness;

	if (!map_twice(trial, 3, &data, &witness))
		return;
	if (mprotect(data + PAGE, PAGE, PROT_NONE) < 0 ||
	    mprotect(data + PAGE, PAGE, PROT_READ) < 0) {
		conclude(trial, RESULT_FAIL, "mprotect() of the middle page: %s", strerror(errno));
		return;
	}
	if (same_bytes(trial, data, witness, "before the split") &&
	    same_bytes(trial, data + PAGE, witness + PAGE, "in the split") &&
	    same_bytes(trial, data + 2 * PAGE, witness + 2 * PAGE, "after the split"))
		conclude(trial, RESULT_OK, "all three pages are as they were");
}

static void moved(struct trial *trial)
{
	char *data, *witness, *place;

	if (!map_twice(trial, 1, &data, &witness))
		return;
	place = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (place == MAP_FAILED ||
	    mremap(data, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED)
		conclude(trial, RESULT_NOTE, "mremap() to another address is refused: %s",
			 strerror(errno));
	else if (same_bytes(trial, place, witness, "after the move"))
		conclude(trial, RESULT_OK, "the same bytes at the new address");
}

/* Of old size 0 mremap() makes a second map, if it is a shared one. */
static void doubled(struct trial *trial)
{
	char *data, *witness, *second;

	if (!map_twice(trial, 1, &data, &witness))
		return;
	second = mremap(data, 0, PAGE, MREMAP_MAYMOVE);
	if (second == MAP_FAILED) {
		conclude(trial, RESULT_OK, "refused: %s", strerror(errno));
		return;
	}
	if (!same_bytes(trial, second, witness, "in the duplicate"))
		return;
	munmap(data, PAGE);
	if (same_bytes(trial, second, witness, "after the original is gone"))
		conclude(trial, RESULT_OK, "a second map of the same bytes");
}

/* Returns the signal that ended a child which touched @data, 0 if none. */
static int signal_of_child(const void *data)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		load_word(data);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void inherited(struct trial *trial)
{
	char *data, *witness;
	int killed;

	if (!map_twice(trial, 1, &data, &witness))
		return;
	killed = signal_of_child(data);
	if (!same_bytes(trial, data, witness, "after a child that had the map is gone"))
		return;
	if (killed == SIGSEGV)
		conclude(trial, RESULT_NOTE, "a child does not inherit the map (VM_DONTCOPY)");
	else if (killed)
		conclude(trial, RESULT_FAIL, "a child that reads is killed by signal %d (%s)",
			 killed, strsignal(killed));
	else
		conclude(trial, RESULT_OK, "the child can read, and the parent still can");
}

static void without_descriptor(struct trial *trial)
{
	char *data, *witness;

	if (!map_twice(trial, 1, &data, &witness))
		return;
	load_word(data);
	close(trial->fd);
	if (same_bytes(trial, data, witness, "after close()"))
		conclude(trial, RESULT_OK, "readable after close()");
}

static void dropped(struct trial *trial, int prot, int flags)
{
	void *witness = map_pages(trial, 0, 1, PROT_READ, MAP_SHARED);
	void *data = witness ? map_pages(trial, 0, 1, prot, flags) : NULL;

	if (!data)
		return;
	load_word(data);
	if (madvise(data, PAGE, MADV_DONTNEED) < 0)
		conclude(trial, RESULT_OK, "refused: %s", strerror(errno));
	else if (same_bytes(trial, data, witness, "after MADV_DONTNEED"))
		conclude(trial, RESULT_OK, "the pages come back");
}

static void dropped_shared(struct trial *trial)
{
	dropped(trial, PROT_READ, MAP_SHARED);
}

static void dropped_private(struct trial *trial)
{
	dropped(trial, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

#define PARTS "the driver takes a part for the whole in .open, .close or .fault"

const struct check lifetime_checks[] = {
	{ "munmap() of the middle leaves both neighbours", hole_in_the_middle, 0, PARTS,
	  "CWE-416" },
	{ "mprotect() of the middle leaves all pages", split, 0, PARTS, "CWE-416" },
	{ "mremap() to another address moves the map", moved, 0,
	  "the driver remembers an address instead of looking at the VMA", NULL },
	{ "mremap() of size 0 is refused or harmless", doubled, 0,
	  "a duplicate that .open did not count, or that shows other memory", "CWE-416" },
	{ "fork(): the parent's map survives its child", inherited, 0,
	  "the driver lets go at the first .close; it must count in .open", "CWE-416" },
	{ "a map outlives its descriptor", without_descriptor, 0,
	  "close() takes the memory away: it must stay until the VMA is gone", "CWE-416" },
	{ "shared map: pages return after MADV_DONTNEED", dropped_shared, 0,
	  "pages put in once need VM_PFNMAP, or a .fault that brings them back", NULL },
	{ "private map: pages return after MADV_DONTNEED", dropped_private, 0,
	  "pages put in once need VM_PFNMAP, or a .fault that brings them back", NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
