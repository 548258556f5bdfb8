// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rights: what a descriptor for reading must not give, and what nobody should
 * learn from /proc.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "check/check.h"

#define PAGE (trial->subject->page)

static void conclude_refused(struct trial *trial, int error)
{
	conclude(trial, RESULT_OK, "refused: %s", strerror(error));
}

static void writable_map(struct trial *trial)
{
	if (!map_pages(trial, 0, 1, PROT_READ, MAP_SHARED))
		return;
	if (raw_mmap(trial, trial->subject->offset, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED) ==
	    MAP_FAILED)
		conclude_refused(trial, errno);
	else
		conclude(trial, RESULT_FAIL, "a shared writable map is made");
}

static void protect_to(struct trial *trial, int prot, const char *name)
{
	void *data = map_pages(trial, 0, 1, PROT_READ, MAP_SHARED);

	if (!data)
		return;
	if (mprotect(data, PAGE, prot) < 0)
		conclude_refused(trial, errno);
	else
		conclude(trial, RESULT_FAIL, "mprotect() to %s works", name);
}

static void protect_to_write(struct trial *trial)
{
	protect_to(trial, PROT_READ | PROT_WRITE, "PROT_WRITE");
}

/* Then the kernel refuses PROT_EXEC before it asks the driver. */
static bool is_mounted_noexec(struct trial *trial)
{
	struct statvfs fs;

	if (fstatvfs(trial->fd, &fs) < 0 || !(fs.f_flag & ST_NOEXEC))
		return false;
	conclude(trial, RESULT_NOTE, "refused by the mount option noexec; the driver is not asked");
	return true;
}

static void executable_map(struct trial *trial)
{
	static const int sharings[] = { MAP_SHARED, MAP_PRIVATE };
	int error = 0;

	if (!map_pages(trial, 0, 1, PROT_READ, MAP_SHARED) || is_mounted_noexec(trial))
		return;
	for (int i = 0; i < 2; i++) {
		if (raw_mmap(trial, trial->subject->offset, PAGE, PROT_READ | PROT_EXEC,
			     sharings[i]) != MAP_FAILED) {
			conclude(trial, RESULT_FAIL, "%s executable map is made",
				 i ? "a private" : "a shared");
			return;
		}
		error = errno;
	}
	conclude_refused(trial, error);
}

static void protect_to_execute(struct trial *trial)
{
	if (!is_mounted_noexec(trial))
		protect_to(trial, PROT_READ | PROT_EXEC, "PROT_EXEC");
}

/*
 * The very word that is there is written, so that nothing changes even if the
 * driver lets it through.
 */
static void mem_write(struct trial *trial)
{
	void *data = map_pages(trial, 0, 1, PROT_READ, MAP_SHARED);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	uint32_t word = 0;

	if (!data)
		return;
	if (pwrite(mem, &word, sizeof(word), (off_t)(uintptr_t)&word) != sizeof(word)) {
		conclude(trial, RESULT_SKIP, "/proc/self/mem is of no use here: %s",
			 strerror(errno));
		return;
	}
	word = load_word(data);
	if (pwrite(mem, &word, sizeof(word), (off_t)(uintptr_t)data) < 0)
		conclude_refused(trial, errno);
	else
		conclude(trial, RESULT_FAIL, "a map of a read-only descriptor is written");
}

/* One page of the window with nothing mapped after it. */
static void *map_before_hole(struct trial *trial)
{
	char *hole = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *data = map_pages(trial, 0, 1, PROT_READ, MAP_SHARED);

	if (hole == MAP_FAILED || !data)
		return NULL;
	if (mremap(data, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, hole) == MAP_FAILED) {
		conclude(trial, RESULT_SKIP, "mremap() to another address: %s", strerror(errno));
		return NULL;
	}
	munmap(hole + PAGE, 2 * PAGE);
	return hole;
}

static void mem_read_past_end(struct trial *trial)
{
	static char bytes[4096];
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char *data = map_before_hole(trial);
	const int inside = 16;
	ssize_t got;

	if (!data)
		return;
	got = pread(mem, bytes, sizeof(bytes), (off_t)(uintptr_t)(data + PAGE - inside));
	if (got < 0)
		conclude(trial, RESULT_SKIP, "debuggers cannot read the map: %s", strerror(errno));
	else
		conclude(trial, got <= inside ? RESULT_OK : RESULT_FAIL,
			 "%d bytes before the end, a read of %zu returns %zd", inside,
			 sizeof(bytes), got);
}

/* The offset that /proc/self/maps shows for an address of ours. */
static bool find_row(const void *address, uint64_t *offset)
{
	FILE *file = fopen("/proc/self/maps", "re");
	uint64_t start, stop;
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start, &stop, offset) ==
		    3)
			found = start <= (uintptr_t)address && (uintptr_t)address < stop;
	}
	if (found)
		*offset += (uintptr_t)address - start;
	if (file)
		fclose(file);
	return found;
}

/* The last page of the window: its offset is not 0, unless it is the only one. */
static void row_shows_offset(struct trial *trial, int prot, int flags)
{
	size_t last = trial->subject->length / PAGE - 1;
	void *data = map_pages(trial, last, 1, prot, flags);
	uint64_t asked = trial->subject->offset + last * PAGE;
	uint64_t shown;

	if (!data)
		return;
	if (!find_row(data, &shown))
		conclude(trial, RESULT_SKIP, "/proc/self/maps does not show the map");
	else if (shown == asked)
		conclude(trial, RESULT_OK, "%#" PRIx64, asked);
	else
		conclude(trial, RESULT_FAIL, "%#" PRIx64 " was asked for, %#" PRIx64 " is shown",
			 asked, shown);
}

static void row_of_shared(struct trial *trial)
{
	row_shows_offset(trial, PROT_READ, MAP_SHARED);
}

static void row_of_private(struct trial *trial)
{
	row_shows_offset(trial, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

#define EXECUTABLE "who can store into the buffer can bring code to run there; clear VM_MAYEXEC"
#define ADDRESS "/proc/PID/maps tells a physical address, or at least not the truth"

const struct check rights_checks[] = {
	{ "read-only descriptor: a writable map is refused", writable_map, 0,
	  "a process that may only read can write", "CWE-732" },
	{ "read-only descriptor: mprotect() to write is refused", protect_to_write, 0,
	  "a process that may only read can write: VM_MAYWRITE is set", "CWE-732" },
	{ "read-only map: /proc/self/mem cannot write it", mem_write, 0,
	  "a process that may only read can write: .access must look for VM_WRITE, as the kernel "
	  "does not",
	  "CWE-863" },
	{ "/proc/self/mem stops at the end of a map", mem_read_past_end, 0,
	  ".access must stop at vm_end, as the kernel does not ask for less", "CWE-125" },
	{ "PROT_EXEC is refused", executable_map, 0, EXECUTABLE, "CWE-732" },
	{ "mprotect() to PROT_EXEC is refused", protect_to_execute, 0, EXECUTABLE, "CWE-732" },
	{ "shared map: /proc/PID/maps shows the offset", row_of_shared, 0, ADDRESS, "CWE-200" },
	{ "private map: /proc/PID/maps shows the offset", row_of_private, 0,
	  ADDRESS ": remap_pfn_range() puts it there for writable private maps", "CWE-200" },
	{ NULL, NULL, 0, NULL, NULL },
};
