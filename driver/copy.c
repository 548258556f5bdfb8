// SPDX-License-Identifier: GPL-2.0-only
/*
 * The copy: bytes from and to user space, in pieces. Between two pieces it lets others run,
 * and stops if the caller was killed.
 */
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uio.h>

#include "copy.h"

/* How many bytes are copied before others may run. */
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
 * @from: the first byte
 * @length: how many bytes; @to has space for all of them
 * @to: where they are copied to
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
