/* SPDX-License-Identifier: BSD-2-Clause */
/* What "mmapdemo engine" consists of. */
#ifndef MMAPDEMO_CLI_ENGINES_H
#define MMAPDEMO_CLI_ENGINES_H

#include <json-c/json.h>

#include "mmapdemo_engine.h"

struct options;

/* How an engine ended. */
enum report_end {
	REPORT_NONE,	/* it had not yet; of a process that is gone: by a kill */
	REPORT_ENDED,	/* by itself */
	REPORT_STOPPED, /* by a signal */
};

/* What an engine in the background has done. */
struct report {
	struct mmapdemo_engine_entry engine;
	enum report_end end;
	char file[16]; /* where it is kept, in the directory of reports */
};

/* report.c: reports are kept in files until somebody has seen them. */
int report_create(const struct options *options, int *fd);
void report_discard(int fd);
void report_write(int fd, const struct report *report);
int report_list(struct report **reports, size_t *count);
void report_remove(const struct report *report);

/* engines.c: engines that there are, and reports of others. */
int engines_list(const struct options *options);
int engines_stop(const struct options *options, const char *what);
const char *state_of(const struct mmapdemo_engine_info *info);
const char *report_state(const struct report *report);
const char *name_of(const char *channel);
struct json_object *json_engine(const struct mmapdemo_engine_entry *entry, const char *state);

/* engine.c */
int kinds_failed(const struct options *options, int err);

#endif /* MMAPDEMO_CLI_ENGINES_H */
