// SPDX-License-Identifier: BSD-2-Clause
/*
 * A progress bar: on a terminal, after a second, and gone when it is done.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define BAR 30 /* characters */

void progress_start(struct progress *progress, const char *what, uint64_t total)
{
	memset(progress, 0, sizeof(*progress));
	progress->what = what;
	progress->total = total;
	clock_gettime(CLOCK_MONOTONIC, &progress->start);
}

void progress_at(struct progress *progress, uint64_t done)
{
	static const char bar[BAR + 1] = "##############################";
	struct timespec now;
	double seconds;
	int filled;

	clock_gettime(CLOCK_MONOTONIC, &now);
	seconds = (double)(now.tv_sec - progress->start.tv_sec) +
		  (double)(now.tv_nsec - progress->start.tv_nsec) / 1e9;
	if (seconds < 1 || seconds < progress->last + 0.1 || !isatty(STDERR_FILENO))
		return;
	progress->last = seconds;
	progress->shown = true;
	if (!progress->total) {
		fprintf(stderr, "\r%s %" PRIu64 " bytes %8.1f MiB/s", progress->what, done,
			(double)done / seconds / (1 << 20));
		return;
	}
	filled = (int)(BAR * done / progress->total);
	fprintf(stderr, "\r%s [%-*.*s] %3" PRIu64 " %% %8.1f MiB/s", progress->what, BAR, filled,
		bar, 100 * done / progress->total, (double)done / seconds / (1 << 20));
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
