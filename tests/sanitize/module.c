// SPDX-License-Identifier: BSD-2-Clause
/* The module itself: loaded with all that is in it, or not at all. */
#include "operations.h"

#define MODULE "/root/mmapdemo.ko"

const char *size;
static int file;

long run_rmmod(void)
{
	return syscall(SYS_delete_module, "mmapdemo", O_NONBLOCK);
}

void unload(void)
{
	assert_int_equal(run_rmmod(), 0);
	assert_fails(access("/sys/module/mmapdemo", F_OK), ENOENT);
	assert_fails(access(NODE, F_OK), ENOENT);
}

/* Here ends what load_for_all() began. */
void open_module(void)
{
	if (fd >= 0) {
		assert_int_equal(close(fd), 0);
		fd = -1;
		unload();
	}
	file = open(MODULE, O_RDONLY | O_CLOEXEC);
	assert_true(file >= 0);
}

long run_insmod(void)
{
	return syscall(SYS_finit_module, file, size, 0);
}

/* Loaded whole, or nothing is there. */
void finish_load(long result)
{
	assert_int_equal(close(file), 0);
	if (result == 0)
		unload();
	assert_fails(access("/sys/module/mmapdemo", F_OK), ENOENT);
	assert_fails(access(NODE, F_OK), ENOENT);
}

void load_it(void)
{
	open_module();
	assert_int_equal(run_insmod(), 0);
	assert_int_equal(close(file), 0);
}

void finish_unload(long result)
{
	if (result < 0)
		unload();
}

/* The module as the other tests have it, and nobody else who has it open. */
int load_for_all(void **state)
{
	(void)state;
	file = open(MODULE, O_RDONLY | O_CLOEXEC);
	if (syscall(SYS_finit_module, file, "", 0) < 0 || close(file) < 0)
		return -1;
	fd = open_node(O_RDWR);
	return 0;
}
