/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_IOCTL_CREATE_H
#define MMAPDEMO_IOCTL_CREATE_H

#include <linux/types.h>

#include <linux/mmapdemo.h>

struct file;

bool mmapdemo_ioctl_may_make(const struct file *file);
long mmapdemo_ioctl_install(int fd, struct file *file);

/* The calls of <linux/mmapdemo.h>. */
long mmapdemo_ioctl_create(const struct file *file, const struct mmapdemo_create __user *arg);
long mmapdemo_ioctl_open(const struct file *file, unsigned long access);
long mmapdemo_ioctl_remove(const struct file *file, unsigned long arg);
long mmapdemo_ioctl_remove_name(const struct file *file, const struct mmapdemo_remove __user *arg);
long mmapdemo_ioctl_resize(const struct file *file, const __u64 __user *arg);

#endif /* MMAPDEMO_IOCTL_CREATE_H */
