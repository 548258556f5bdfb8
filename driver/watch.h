/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_WATCH_H
#define MMAPDEMO_WATCH_H

struct mmapdemo_buffer;

int mmapdemo_watch_open(struct mmapdemo_buffer *buffer, unsigned long flags);

#endif /* MMAPDEMO_WATCH_H */
