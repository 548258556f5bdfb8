/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_COPY_H
#define MMAPDEMO_COPY_H

#include <linux/types.h>

struct iov_iter;

size_t mmapdemo_copy_out(const void *from, size_t length, struct iov_iter *to);
size_t mmapdemo_copy_in(void *to, size_t length, struct iov_iter *from);

#endif /* MMAPDEMO_COPY_H */
