// SPDX-License-Identifier: GPL-2.0-only
/*
 * The copy: bytes from and to user space, in pieces. Between them others may run, and
 * a caller that was killed ends.
 */
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uio.h>

#include "copy.h"

/* The most bytes that are copied between two looks at the scheduler. */
#define PIECE SZ_1M

/* Whether to go on after a piece. */
static bool may_go_on(size_t copied, size_t want)
{
	if (copied < want || fatal_signal_pending(current))
		return false;
	cond_resched();
	return true;
}

/**
 * mmapdemo_copy_out - copy bytes to user space
 * @from: which
 * @length: how many; @to has room for as many
 * @to: where to
 *
 * Return: bytes copied; fewer than @length if @to has a bad address or the caller was killed.
 */
size_t mmapdemo_copy_out(const void *from, size_t length, struct iov_iter *to)
{
	size_t done = 0;

	while (done < length) {
		size_t want = min_t(size_t, length - done, PIECE);
		size_t copied = copy_to_iter(from + done, want, to);

		done += copied;
		if (!may_go_on(copied, want))
			break;
	}
	return done;
}

/* As mmapdemo_copy_out(), the other way round. */
size_t mmapdemo_copy_in(void *to, size_t length, struct iov_iter *from)
{
	size_t done = 0;

	while (done < length) {
		size_t want = min_t(size_t, length - done, PIECE);
		size_t copied = copy_from_iter(to + done, want, from);

		done += copied;
		if (!may_go_on(copied, want))
			break;
	}
	return done;
}
