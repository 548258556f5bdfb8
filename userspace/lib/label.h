/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The label of a channel in a file. Two pages come first, the producer's and the consumer's, then
 * the ring. The driver's structures leave most of a page free: there is the label.
 */
#ifndef MMAPDEMO_LIB_LABEL_H
#define MMAPDEMO_LIB_LABEL_H

#include <stdbool.h>

#define MMAPDEMO_LIBRARY /* not a program: see <mmapdemo_tsan.h> */
#include "mmapdemo_channel.h"

#define LABEL_AT 1024 /* in a page; the consumer's has only the presence */

/* Anyone who may write to the file may write here, too: look, then believe. */
struct mmapdemo_label {
	uint64_t magic;
	uint64_t size; /* bytes in the ring */
	uint32_t align;
	uint32_t presence;
};

bool mmapdemo_is_ring(uint64_t size);
uint64_t mmapdemo_alignment(uint32_t flags);
uint32_t mmapdemo_label_read(int fd, uint64_t *size);
void mmapdemo_label_write(struct mmapdemo_label *label, uint64_t size, uint64_t align);
void mmapdemo_label_erase(struct mmapdemo_label *label);

#endif /* MMAPDEMO_LIB_LABEL_H */
