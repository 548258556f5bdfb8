/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of two processes, each on a CPU of its own. Times are of one unit. */
#ifndef RUN_H
#define RUN_H

#include "native.h"

/* Of a trip there and back: that many are shorter. */
struct trips {
	double p50, p99, p999;
};

/* Finds the CPUs and room for results; 0 if there is only one CPU. */
int run_setup(void);

double run_many(const struct peer *peer);
double run_copies(const struct peer *peer, size_t size);
struct trips run_trips(const struct peer *peer);

#endif /* RUN_H */
