/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMAPDEMO_MAPPING_H
#define MMAPDEMO_MAPPING_H

struct mmapdemo_buffer;
struct vm_area_struct;

int mmapdemo_mapping_create(struct mmapdemo_buffer *buffer, struct vm_area_struct *vma);

#endif /* MMAPDEMO_MAPPING_H */
