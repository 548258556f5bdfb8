/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Today's kernel API for older kernels. Kbuild compiles a probe for each name and defines
 * HAVE_ if the kernel has it. A version number would not do, since distributions back-port.
 */
#ifndef MMAPDEMO_COMPAT_H
#define MMAPDEMO_COMPAT_H

#ifndef CONFIG_64BIT
#error "mmapdemo needs a 64-bit kernel: channels have positions of 64 bits, loaded at once"
#endif

#include <linux/crc32.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mm.h>

#ifndef HAVE_VM_FLAGS_SET /* before 6.3 */
static inline void vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#ifndef HAVE_COPY_SPLICE_READ /* before 6.5 */
#define copy_splice_read generic_file_splice_read
#endif

#ifndef HAVE_CLASS_CREATE_NAME /* before 6.4 */
#undef class_create
#define class_create(name)                                                                         \
	({                                                                                         \
		static struct lock_class_key key;                                                  \
		__class_create(THIS_MODULE, name, &key);                                           \
	})
#endif

#ifndef HAVE_CRC32C /* before 6.14: crc32c() was in a module, not in the kernel itself */
#define crc32c __crc32c_le
#endif

#ifdef HAVE_DEVNODE_CONST /* since 6.2 */
#define devnode_const const
#else
#define devnode_const
#endif

#endif /* MMAPDEMO_COMPAT_H */
