/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_SYSFS_H
#define MMAPDEMO_SYSFS_H

struct attribute_group;

extern const struct attribute_group *mmapdemo_sysfs_groups[];

#endif /* MMAPDEMO_SYSFS_H */
