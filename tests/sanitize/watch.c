// SPDX-License-Identifier: BSD-2-Clause
/* A descriptor of WATCH, for fault-injection.c: made, and read from. */
#include "operations.h"

static int watching;

long run_watch(void)
{
	watching = ioctl(fd, MMAPDEMO_IOC_WATCH, O_NONBLOCK);
	return watching;
}

void finish_watch(long result)
{
	if (result >= 0)
		assert_int_equal(close(watching), 0);
}

void publish(void)
{
	assert_true(run_watch() >= 0);
	assert_int_equal(ioctl(fd, MMAPDEMO_IOC_PUBLISH, 0), 0);
}

static long read_watch(uint64_t *count)
{
	return read(watching, count, sizeof(*count));
}

long run_read_watch(void)
{
	uint64_t count;

	return read_watch(&count);
}

/* What the failed read did not tell, the next one does, and once. */
void finish_read_watch(long result)
{
	uint64_t count;

	if (result < 0) {
		assert_int_equal(read_watch(&count), sizeof(count));
		assert_int_equal(count, 1);
	}
	assert_fails(read_watch(&count), EAGAIN);
	finish_watch(0);
}
