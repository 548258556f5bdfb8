// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: its parameter, and what it makes at load and destroys at unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/math.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "node.h"

#define SIZE_MIN (2 * PAGE_SIZE)

static char *size = "1M";
module_param(size, charp, 0444);
MODULE_PARM_DESC(size, "bytes of /dev/mmapdemo: 64K, 16M..., at least two pages (default 1M)");

/* take main.c: parse_size create_buffer */

static int __init mmapdemo_module_init(void)
{
	struct mmapdemo_buffer *buffer = create_buffer();
	int err;

	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	err = mmapdemo_node_add(buffer);
	if (err)
		pr_err("cannot make /dev/mmapdemo: error %d\n", err);
	/* From here on the node, if there is one, holds the buffer. */
	mmapdemo_buffer_put(buffer);
	return err;
}

static void __exit mmapdemo_module_exit(void)
{
	mmapdemo_node_remove();
}

module_init(mmapdemo_module_init);
module_exit(mmapdemo_module_exit);

MODULE_AUTHOR("the mmapdemo authors");
MODULE_DESCRIPTION("a device buffer shared with user space by mmap");
MODULE_LICENSE("GPL");
MODULE_VERSION(MMAPDEMO_VERSION);
