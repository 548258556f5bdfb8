/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What scenarios are made of. A scenario is a short play about one technique:
 * it acts on a buffer through the library, tells each step, and says of each
 * sight whether it is what it should be.
 */
#ifndef MMAPDEMO_STAGE_H
#define MMAPDEMO_STAGE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli.h"
#include "language.h"

enum backing {
	ON_DEVICE = 1 << 0,
	ON_FILE = 1 << 1,
	ON_SHM = 1 << 2,
	ON_ANON = 1 << 3,
	ON_ALL = ON_DEVICE | ON_FILE | ON_SHM | ON_ANON,
};

struct stage;

struct scenario {
	const char *name;
	const char *summary;
	const char *lesson; /* what the steps have shown; printed last */
	unsigned int backings;
	bool can_kill; /* takes --kill */
	void (*play)(struct stage *stage);
};

extern const struct scenario scenario_share, scenario_fork, scenario_cow, scenario_rights,
	scenario_unmap, scenario_bounds, scenario_faults, scenario_maps, scenario_publish,
	scenario_named, scenario_counter, scenario_messages, scenario_engine;

/* Pages of the buffer that a scenario may use, if it has as many. */
#define STAGE_PAGES 64

struct stage {
	const struct scenario *scenario;
	const struct options *options;
	enum backing on;
	char name[PATH_MAX];		/* of the buffer: a path, a shared memory name */
	struct mmapdemo_buffer *buffer; /* open for reading and writing */
	size_t page;			/* bytes */
	size_t size;			/* bytes that the scenario may use, whole pages */
	void *saved;			/* those bytes as they were */
	struct script *script;		/* the steps so far, shared with child processes */
};

const char *backing_name(enum backing on);

/* stage.c: what happens and what is seen. A failed sight fails the scenario. */
__attribute__((format(printf, 3, 4))) void tell(struct stage *stage, const char *who,
						const char *format, ...);
__attribute__((format(printf, 4, 5))) bool sight(struct stage *stage, const char *who, bool right,
						 const char *format, ...);
bool sight_text(struct stage *stage, const char *who, const void *data, const char *expected);
bool stage_view(struct stage *stage, struct mmapdemo_view *view, size_t offset, size_t length,
		unsigned int flags);
int stage_play(struct stage *stage);

/* backing.c: the buffer that a scenario plays on. */
int stage_open(struct stage *stage);
void stage_close(struct stage *stage);
int stage_reopen(const struct stage *stage, struct mmapdemo_buffer **buffer, unsigned int flags);

/* partner.c: other processes. */
struct partner {
	pid_t pid;
	int fd; /* one byte passes the turn */
};

bool partner_start(struct stage *stage, struct partner *partner,
		   void (*play)(struct stage *stage, struct partner *partner, void *arg),
		   void *arg);
void partner_turn(struct stage *stage, struct partner *partner);
void partner_go(struct stage *stage, struct partner *partner);
void partner_yield(struct partner *partner);
void partner_await(struct partner *partner);
void partner_kill(struct partner *partner);
void partner_end(struct stage *stage, struct partner *partner);

int signal_of_load(const volatile void *address);
int signal_of_store(volatile void *address);

#endif /* MMAPDEMO_STAGE_H */
