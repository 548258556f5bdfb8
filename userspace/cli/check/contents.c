// SPDX-License-Identifier: BSD-2-Clause
/*
 * Contents: what maps show, and where stores arrive. Stores are only made with
 * --write: to one word, which is put back at once.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/check.h"

#define PAGE (trial->subject->page)
#define RW (PROT_READ | PROT_WRITE)

/* Of a large window not every page is read. */
#define MOST_PAGES 4096

static void is_device(struct trial *trial)
{
	struct stat st;

	if (fstat(trial->fd, &st) < 0)
		conclude(trial, RESULT_FAIL, "%s", strerror(errno));
	else if (S_ISCHR(st.st_mode))
		conclude(trial, RESULT_OK, "mode %04o, uid %u, gid %u", st.st_mode & 07777,
			 st.st_uid, st.st_gid);
	else
		conclude(trial, RESULT_NOTE,
			 "a %s: by design it can be mapped past its end, and executed",
			 S_ISBLK(st.st_mode) ? "block device" : "regular file");
}

static void can_be_mapped(struct trial *trial)
{
	void *data = raw_mmap(trial, trial->subject->offset, PAGE, PROT_READ, MAP_SHARED);

	if (data == MAP_FAILED) {
		conclude(trial, RESULT_FAIL, "mmap(): %s%s", strerror(errno),
			 errno == ENODEV ? "; the driver has no mmap" : "");
		return;
	}
	load_word(data);
	conclude(trial, RESULT_OK, "one page, shared");
}

static void whole_window(struct trial *trial)
{
	size_t length = trial->subject->length;
	size_t step = PAGE * (1 + length / PAGE / MOST_PAGES);
	char *data;

	if (!map_pages(trial, 0, 1, PROT_READ, MAP_SHARED))
		return;
	data = raw_mmap(trial, trial->subject->offset, length, PROT_READ, MAP_SHARED);
	if (data == MAP_FAILED) {
		conclude(trial, RESULT_FAIL, "mmap() of %zu bytes: %s", length, strerror(errno));
		return;
	}
	for (size_t at = 0; at < length; at += step)
		load_word(data + at);
	load_word(data + length - PAGE);
	conclude(trial, RESULT_OK, "%zu bytes", length);
}

static void maps_agree(struct trial *trial)
{
	void *a = map_pages(trial, 0, 1, PROT_READ, MAP_SHARED);
	void *b = a ? map_pages(trial, 0, 1, PROT_READ, MAP_SHARED) : NULL;
	void *copy = b ? raw_mmap(trial, trial->subject->offset, PAGE, PROT_READ, MAP_PRIVATE) : b;

	if (!b || !same_bytes(trial, a, b, "in two shared maps"))
		return;
	if (copy == MAP_FAILED)
		conclude(trial, RESULT_OK, "two shared maps; private ones are refused");
	else if (same_bytes(trial, a, copy, "in a private map"))
		conclude(trial, RESULT_OK, "two shared maps and a private one");
}

/* A register need not keep what is stored in it. */
static void conclude_store(struct trial *trial, uint32_t stored, uint32_t kept, uint32_t seen)
{
	if (kept != stored)
		conclude(trial, RESULT_SKIP, "%08x was stored, but reads as %08x: a register?",
			 stored, kept);
	else
		conclude(trial, seen == stored ? RESULT_OK : RESULT_FAIL,
			 "%08x was stored, %08x is seen", stored, seen);
}

static void store_seen_by_map(struct trial *trial)
{
	void *data = map_pages(trial, 0, 1, RW, MAP_SHARED);
	void *other = data ? map_pages(trial, 0, 1, PROT_READ, MAP_SHARED) : NULL;
	uint32_t old, kept, seen;

	if (!other)
		return;
	old = load_word(data);
	store_word(data, ~old);
	seen = load_word(other);
	kept = load_word(data);
	store_word(data, old);
	conclude_store(trial, ~old, kept, seen);
}

static void store_seen_by_read(struct trial *trial)
{
	void *data = map_pages(trial, 0, 1, RW, MAP_SHARED);
	off_t offset = (off_t)trial->subject->offset;
	uint32_t old, kept, seen = 0;

	if (!data)
		return;
	old = load_word(data);
	if (pread(trial->fd, &seen, sizeof(seen), offset) != sizeof(seen) || seen != old) {
		conclude(trial, RESULT_SKIP, "pread() does not give the bytes of the map");
		return;
	}
	store_word(data, ~old);
	if (pread(trial->fd, &seen, sizeof(seen), offset) != sizeof(seen))
		seen = old;
	kept = load_word(data);
	store_word(data, old);
	conclude_store(trial, ~old, kept, seen);
}

/* On a read-only descriptor, which allows such stores: they must stay in the process. */
static void private_store(struct trial *trial)
{
	void *device = map_pages(trial, 0, 1, PROT_READ, MAP_SHARED);
	void *copy = device ? map_pages(trial, 0, 1, RW, MAP_PRIVATE) : NULL;
	uint32_t old, seen, kept;

	if (!copy)
		return;
	old = load_word(device);
	store_word(copy, ~old);
	seen = load_word(device);
	kept = load_word(copy);
	store_word(copy, old);
	if (kept != ~old)
		conclude(trial, RESULT_FAIL, "%08x was stored, %08x is there", ~old, kept);
	else if (seen == ~old)
		conclude(trial, RESULT_FAIL, "it reaches the device, by a read-only descriptor");
	else
		conclude(trial, RESULT_OK, "it stays in the process");
}

const struct check contents_checks[] = {
	{ "it is a character device", is_device, 0, "it cannot be examined", NULL },
	{ "it can be mapped", can_be_mapped, 0,
	  "nothing else can be checked: is the window right, is it the kernel's policy "
	  "(/dev/mem: CONFIG_STRICT_DEVMEM, lockdown)?",
	  NULL },
	{ "the whole window can be mapped and read", whole_window, 0,
	  "the buffer is smaller than it tells, or a page of it is missing", NULL },
	{ "all maps show the same bytes", maps_agree, 0,
	  "maps do not show the same part of the same memory, or a page is missing", NULL },
	{ "a store is seen by other maps", store_seen_by_map, STORES | STORES_SHARED,
	  "each map has memory of its own", NULL },
	{ "a store is seen by read()", store_seen_by_read, STORES | STORES_SHARED,
	  "read() and the map are not the same memory", NULL },
	{ "a private store stays private", private_store, STORES,
	  "a process that may only read can write: private maps need copy on write", "CWE-732" },
	{ NULL, NULL, 0, NULL, NULL },
};
