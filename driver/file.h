/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_FILE_H
#define MMAPDEMO_FILE_H

#include <linux/fs.h>

/* Of every node, and of open files without one. */
extern const struct file_operations mmapdemo_fops;

#endif /* MMAPDEMO_FILE_H */
