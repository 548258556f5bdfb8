/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of options. Each function returns an exit code, and prints why it is not EXIT_OK, with
 * the option's name @name.
 */
#ifndef MMAPDEMO_VALUES_H
#define MMAPDEMO_VALUES_H

#include <stdint.h>

#include "cli.h"

int take_size(const struct options *options, const char *name, uint64_t *bytes);
int take_mode(const struct options *options, unsigned int *mode);
int take_number(const struct options *options, const char *name, const char *what, double *number);
int take_interval(struct options *options, const char *name);
int take_count(const struct options *options, const char *name, uint64_t *count);
int take_exit_code(const struct options *options, const char *name, int *exit_code);

#endif /* MMAPDEMO_VALUES_H */
