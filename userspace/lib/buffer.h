/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MMAPDEMO_LIB_BUFFER_H
#define MMAPDEMO_LIB_BUFFER_H

#define MMAPDEMO_LIBRARY /* not a program: see <mmapdemo_tsan.h> */
#include "mmapdemo.h"

/* Constant from open to close, but for @process. */
struct mmapdemo_buffer {
	enum mmapdemo_kind kind;
	int fd;		    /* -1 for anonymous memory */
	int writable;	    /* by the descriptor's access mode */
	void *anon;	    /* anonymous memory: the first map of it, */
	uint64_t anon_size; /* and its bytes; views are further maps */
	uint32_t *process;  /* NULL until there is a word */
};

struct mmapdemo_create;

uint32_t mmapdemo_page_size(void);
int mmapdemo_remember_process(struct mmapdemo_buffer *buffer);
int mmapdemo_open_maker(void);
int mmapdemo_create_as(struct mmapdemo_buffer **buffer, const char *name,
		       struct mmapdemo_create args);

#endif /* MMAPDEMO_LIB_BUFFER_H */
