// SPDX-License-Identifier: BSD-2-Clause
/* The storm: what a worker does to its maps, and what it must see in them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "storm.h"

static void check_place(struct worker *w, const struct map *map, uint32_t i)
{
	const struct place *place = &map->place[i];
	const volatile uint64_t *page = (const volatile uint64_t *)(map->addr + i * PAGE);
	uint32_t before = sequence_of(&shared->model, place->page);
	uint64_t words[WORDS];
	bool right = true;

	if (!place->mapped || !(place->prot & PROT_READ))
		return;
	for (uint32_t j = 0; j < WORDS; j++)
		words[j] = page[j];
	if (place->copied) {
		for (uint32_t j = 0; j < WORDS; j++)
			right &= words[j] == place->copy;
	} else {
		right = is_right(&shared->model, place->page, before, words, WORDS);
	}
	if (!right)
		wrong(w, "page %u at %p, %s: reads %#llx", place->page, (const void *)page,
		      map->private ? "private" : "shared", (unsigned long long)words[0]);
}

struct map *any_map(struct worker *w)
{
	struct map *map = &w->map[below(w, MAPS)];

	return map->addr ? map : NULL;
}

static void unmap(struct worker *w, struct map *map)
{
	if (munmap(map->addr, map->pages * PAGE) < 0)
		wrong(w, "munmap");
	map->addr = NULL;
}

void op_map(struct worker *w)
{
	struct map *map = &w->map[below(w, MAPS)];
	uint32_t pages = 1 + below(w, MAP_PAGES);
	uint32_t page = below(w, PAGES - pages + 1);
	bool private = below(w, 3) == 0;
	bool writable = below(w, 4) != 0;
	int prot = PROT_READ | (writable && below(w, 2) ? PROT_WRITE : 0);
	/* To populate a private map means to copy its pages, unseen by our model. */
	int populate = below(w, 4) || private ? 0 : MAP_POPULATE;
	int flags = (private ? MAP_PRIVATE : MAP_SHARED) | populate;
	char *addr;

	if (map->addr)
		unmap(w, map);
	addr = mmap(NULL, pages * PAGE, prot, flags, writable ? w->fd : w->reader, page * PAGE);
	if (addr == MAP_FAILED)
		wrong(w, "mmap of %u pages at %u", pages, page);
	*map = (struct map){ .addr = addr, .pages = pages, .private = private };
	map->writable = writable || private;
	for (uint32_t i = 0; i < pages; i++)
		map->place[i] = (struct place){ .mapped = true, .prot = prot, .page = page + i };
}

void op_check(struct worker *w)
{
	struct map *map = any_map(w);

	if (map)
		check_place(w, map, below(w, map->pages));
}

/* Store a new generation to a page of our own, through a map. */
void op_store(struct worker *w)
{
	struct map *map = any_map(w);
	uint32_t i = map ? below(w, map->pages) : 0;
	struct place *place = map ? &map->place[i] : NULL;
	volatile uint64_t *words;

	if (!map || !place->mapped || !(place->prot & PROT_WRITE))
		return;
	words = (volatile uint64_t *)(map->addr + i * PAGE);
	if (map->private) {
		place->copy = (uint64_t)w->number << 56 | w->operations;
		place->copied = true;
		for (uint32_t j = 0; j < WORDS; j++)
			words[j] = place->copy;
	} else if (owner_of(place->page) == w->number) {
		begin_store(&shared->model, place->page);
		for (uint32_t j = 0; j < WORDS; j++)
			words[j] = word_of(&shared->model, place->page);
		end_store(&shared->model, place->page);
	}
}

void op_unmap_part(struct worker *w)
{
	struct map *map = any_map(w);
	uint32_t first, n;

	if (!map)
		return;
	first = below(w, map->pages);
	n = 1 + below(w, map->pages - first);
	/* Something of our own over the part: a hole could be given to another map. */
	if (mmap(map->addr + first * PAGE, n * PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		wrong(w, "mmap over a part");
	map->split = true;
	for (uint32_t i = first; i < first + n; i++)
		map->place[i] = (struct place){ 0 };
}

void op_protect(struct worker *w)
{
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	struct map *map = any_map(w);
	int prot = prots[below(w, 3)];
	uint32_t i;

	if (!map)
		return;
	i = below(w, map->pages);
	if (!map->place[i].mapped)
		return;
	if (mprotect(map->addr + i * PAGE, PAGE, prot) < 0) {
		if (errno != EACCES || map->writable || !(prot & PROT_WRITE))
			wrong(w, "mprotect to %d", prot);
		return;
	}
	if (prot & PROT_WRITE && !map->writable)
		wrong(w, "mprotect gave a read-only descriptor's map PROT_WRITE");
	map->place[i].prot = prot;
	map->split = true;
	if (mprotect(map->addr + i * PAGE, PAGE, PROT_READ | PROT_EXEC) == 0 || errno != EACCES)
		wrong(w, "mprotect to PROT_EXEC");
}

/* Move a map that is still one VMA, and cut its end off. */
void op_remap(struct worker *w)
{
	struct map *map = any_map(w);
	uint32_t pages;
	char *addr;

	if (!map || map->split)
		return;
	if (mremap(map->addr, map->pages * PAGE, (map->pages + 1) * PAGE, MREMAP_MAYMOVE) !=
	    MAP_FAILED)
		wrong(w, "mremap grew a map");
	pages = 1 + below(w, map->pages);
	addr = mmap(NULL, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (addr == MAP_FAILED || mremap(map->addr, map->pages * PAGE, pages * PAGE,
					 MREMAP_MAYMOVE | MREMAP_FIXED, addr) != addr)
		wrong(w, "mremap to %u pages", pages);
	map->addr = addr;
	map->pages = pages;
	for (uint32_t i = 0; i < pages; i++)
		check_place(w, map, i);
}

void op_advise(struct worker *w)
{
	static const int advice[] = { MADV_NORMAL,     MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
				      MADV_DONTNEED,   MADV_FREE,   MADV_DOFORK,     MADV_MERGEABLE,
				      MADV_NOHUGEPAGE, MADV_DODUMP, MADV_COLD,	     MADV_PAGEOUT };
	struct map *map = any_map(w);
	int what = advice[below(w, sizeof(advice) / sizeof(advice[0]))];
	uint32_t i;

	if (!map)
		return;
	i = below(w, map->pages);
	/* Any answer will do, if the bytes stay what they must be. */
	if (!map->place[i].mapped || madvise(map->addr + i * PAGE, PAGE, what) < 0)
		return;
	map->split = true;
	if (what == MADV_DONTNEED)
		map->place[i].copied = false;
	else if (what == MADV_FREE && map->place[i].copied)
		wrong(w, "MADV_FREE of a file's private map");
	check_place(w, map, i);
}

/* The child sees what we see; what it stores privately, it stores alone. */
void op_fork(struct worker *w)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		for (uint32_t m = 0; m < MAPS; m++) {
			for (uint32_t i = 0; w->map[m].addr && i < w->map[m].pages; i++) {
				struct place *place = &w->map[m].place[i];

				check_place(w, &w->map[m], i);
				if (w->map[m].private && place->prot & PROT_WRITE)
					memset(w->map[m].addr + i * PAGE, 0x77, PAGE);
			}
		}
		_exit(0);
	}
	end_child(w, pid);
	for (uint32_t m = 0; m < MAPS; m++) {
		for (uint32_t i = 0; w->map[m].addr && i < w->map[m].pages; i++)
			check_place(w, &w->map[m], i);
	}
}

void op_mem(struct worker *w)
{
	struct map *map = any_map(w);
	uint32_t i = map ? below(w, map->pages) : 0;
	uint64_t words[2];
	uint32_t before;
	int mem;

	if (!map || !map->place[i].mapped)
		return;
	mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (mem < 0)
		wrong(w, "open of /proc/self/mem");
	if (!map->private && !(map->place[i].prot & PROT_WRITE) &&
	    pwrite(mem, "hostile", 7, (off_t)(uintptr_t)(map->addr + i * PAGE)) >= 0)
		wrong(w, "/proc/self/mem wrote a shared page without PROT_WRITE");
	before = sequence_of(&shared->model, map->place[i].page);
	if (pread(mem, words, sizeof(words), (off_t)(uintptr_t)(map->addr + i * PAGE)) ==
		    sizeof(words) &&
	    !map->place[i].copied &&
	    !is_right(&shared->model, map->place[i].page, before, words, 2))
		wrong(w, "/proc/self/mem reads %#llx", (unsigned long long)words[0]);
	close(mem);
}
