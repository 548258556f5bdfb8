// SPDX-License-Identifier: BSD-2-Clause
/*
 * What /proc says of a map: the node's name, the offset asked for and not a
 * physical address, and the flags that keep it out of core dumps.
 */
#include "device.h"

#include <inttypes.h>

struct row {
	char rights[5];
	uint64_t offset;
	char path[64];
	char flags[256];
	long rss;
};

/* The row of /proc/self/smaps that begins at @p, and what follows it. */
static struct row read_row(const void *p)
{
	struct row row = { .rss = -1 };
	bool found = false;
	char line[512];
	uint64_t start, offset;
	char rights[5], path[64];
	FILE *file = fopen("/proc/self/smaps", "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		path[0] = '\0';
		if (sscanf(line, "%" SCNx64 "-%*x %4s %" SCNx64 " %*s %*u %63s", &start, rights,
			   &offset, path) >= 3) {
			found = start == (uintptr_t)p;
			if (found) {
				row.offset = offset;
				strcpy(row.rights, rights);
				strcpy(row.path, path);
			}
		} else if (found) {
			sscanf(line, "Rss: %ld", &row.rss);
			if (!strncmp(line, "VmFlags:", 8))
				strcpy(row.flags, line + 8);
		}
	}
	fclose(file);
	assert_string_equal(row.path, NODE);
	return row;
}

static void assert_flags(const struct row *row, const char *present, const char *absent)
{
	char flag[] = " xx ";

	for (; *present; present += 2) {
		memcpy(flag + 1, present, 2);
		assert_non_null(strstr(row->flags, flag));
	}
	for (; *absent; absent += 2) {
		memcpy(flag + 1, absent, 2);
		assert_null(strstr(row->flags, flag));
	}
}

static void the_offset_is_the_one_asked_for(void **state)
{
	static const int rights[] = { PROT_NONE, PROT_READ, RW };
	int reader = open_node(O_RDONLY);
	size_t i;

	for (i = 0; i < 3 * 2 * 2; i++) {
		int fd = i % 2 ? reader : node(state);
		int flags = i / 2 % 2 ? MAP_PRIVATE : MAP_SHARED;
		int prot = rights[i / 4];
		unsigned char *p;

		if (fd == reader && flags == MAP_SHARED && prot == RW)
			continue;
		p = map(fd, flags, prot, 3, 2);
		assert_int_equal(read_row(p).offset, 3 * PAGE);
		assert_string_equal(read_row(p).rights + 3, flags == MAP_PRIVATE ? "p" : "s");
		if (prot == RW)
			p[PAGE] = 1;
		assert_int_equal(read_row(p).offset, 3 * PAGE);
		unmap(p, 1);
		assert_int_equal(read_row(p + PAGE).offset, 4 * PAGE);
		unmap(p + PAGE, 1);
	}
	assert_int_equal(close(reader), 0);
}

static void a_shared_map_has_the_flags_of_device_memory(void **state)
{
	int reader = open_node(O_RDONLY);
	unsigned char *p = map(node(state), MAP_SHARED, RW, 0, 4);
	struct row row;

	row = read_row(p);
	assert_flags(&row, "rdwrshmrmwmsiopfdedd", "exmemm");
	assert_int_equal(row.rss, 0);
	unmap(p, 4);
	p = map(reader, MAP_SHARED, PROT_READ, 0, 4);
	row = read_row(p);
	assert_flags(&row, "rdmrmsiopfdedd", "wrexmwmemm");
	unmap(p, 4);
	assert_int_equal(close(reader), 0);
}

static void a_private_map_has_the_flags_of_ordinary_memory(void **state)
{
	unsigned char *p = map(node(state), MAP_PRIVATE, RW, 0, 4);
	struct row row;

	p[0] = 1;
	row = read_row(p);
	assert_flags(&row, "rdwrmrmwdedd", "exshmemsiopfmm");
	assert_int_equal(row.rss, PAGE / 1024);
	unmap(p, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_offset_is_the_one_asked_for),
		TEST(a_shared_map_has_the_flags_of_device_memory),
		TEST(a_private_map_has_the_flags_of_ordinary_memory),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
