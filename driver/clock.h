/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CLOCK_MONOTONIC as the caller sees it, whose time namespace may shift it, and the
 * kernel's own. Times that the ABI takes or gives are the caller's; all others in the
 * driver are the kernel's.
 */
#ifndef MMAPDEMO_CLOCK_H
#define MMAPDEMO_CLOCK_H

#include <linux/ktime.h>
#include <linux/overflow.h>
#include <linux/time64.h>
#include <linux/time_namespace.h>

#include <linux/mmapdemo.h>

/* How far the caller's clock is ahead of the kernel's, in nanoseconds. */
static inline s64 mmapdemo_clock_offset(void)
{
	struct timespec64 offset = { 0 };

	timens_add_monotonic(&offset);
	return timespec64_to_ns(&offset);
}

/*
 * A deadline of the caller, up to S64_MAX or MMAPDEMO_WAIT_FOREVER, by the kernel's clock.
 * What was before that clock began is 0, and what it will never reach is its end.
 */
static inline u64 mmapdemo_clock_to_kernel(u64 deadline)
{
	s64 time;

	if (deadline == MMAPDEMO_WAIT_FOREVER)
		return deadline;
	if (check_sub_overflow((s64)deadline, mmapdemo_clock_offset(), &time))
		return KTIME_MAX;
	return max_t(s64, time, 0);
}

#endif /* MMAPDEMO_CLOCK_H */
