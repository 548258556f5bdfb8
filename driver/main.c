// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: its parameters, and what it makes at load and destroys at unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "engine.h"
#include "file.h"
#include "node.h"
#include "quota.h"

#define SIZE_MIN (2 * PAGE_SIZE)

/* "64K" to bytes. After -EINVAL (not a number) or -ERANGE (too large) @bytes is unchanged. */
static int parse_size(const char *text, u64 *bytes)
{
	size_t digits = strspn(text, "0123456789");
	const char *suffix = text + digits;
	unsigned int shift = 0;
	char number[24];
	u64 value;
	int err;

	if (digits == 0 || (suffix[0] && suffix[1]))
		return -EINVAL;
	switch (suffix[0]) {
	case 'G':
	case 'g':
		shift += 10;
		fallthrough;
	case 'M':
	case 'm':
		shift += 10;
		fallthrough;
	case 'K':
	case 'k':
		shift += 10;
		fallthrough;
	case '\0':
		break;
	default:
		return -EINVAL;
	}
	if (digits >= sizeof(number))
		return -ERANGE;
	strscpy(number, text, digits + 1);
	err = kstrtou64(number, 10, &value);
	if (err)
		return err;
	if (check_shl_overflow(value, shift, &value))
		return -ERANGE;
	WRITE_ONCE(*bytes, value);
	return 0;
}

/* A limit in bytes; the default depends on the memory of the machine. */
struct limit {
	u64 *bytes;
	bool given;
};

static struct limit max_bytes = { .bytes = &mmapdemo_limits.bytes };
static struct limit user_max_bytes = { .bytes = &mmapdemo_limits.user_bytes };

static int set_bytes(const char *text, const struct kernel_param *param)
{
	struct limit *limit = param->arg;
	char number[32];
	int err;

	/* A write to sysfs may end in a newline. */
	if (strscpy(number, text, sizeof(number)) < 0)
		return -ERANGE;
	err = parse_size(strim(number), limit->bytes);
	if (!err)
		limit->given = true;
	return err;
}

static int get_bytes(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%llu\n", *((struct limit *)param->arg)->bytes);
}

static const struct kernel_param_ops bytes_ops = {
	.set = set_bytes,
	.get = get_bytes,
};

static char *size = "1M";
module_param(size, charp, 0444);
MODULE_PARM_DESC(size, "bytes of /dev/mmapdemo: 64K, 16M..., at least two pages (default 1M)");

module_param_cb(max_bytes, &bytes_ops, &max_bytes, 0644);
MODULE_PARM_DESC(max_bytes, "bytes of all buffers made later (default: a quarter of the memory)");
module_param_cb(user_max_bytes, &bytes_ops, &user_max_bytes, 0644);
MODULE_PARM_DESC(user_max_bytes, "bytes of one user's buffers (default: a quarter of max_bytes)");
module_param_named(user_max_buffers, mmapdemo_limits.user_buffers, uint, 0644);
MODULE_PARM_DESC(user_max_buffers, "how many buffers one user may have (default 256)");
module_param_named(max_engines, mmapdemo_limits.engines, uint, 0644);
MODULE_PARM_DESC(max_engines, "how many engines all users may have (default 1024)");
module_param_named(user_max_engines, mmapdemo_limits.user_engines, uint, 0644);
MODULE_PARM_DESC(user_max_engines, "how many engines one user may have (default 16)");
module_param_named(user_max_names, mmapdemo_limits.user_names, uint, 0644);
MODULE_PARM_DESC(user_max_names, "how many names one user may make in a second (default 100)");

static int get_engines(char *text, const struct kernel_param *param)
{
	return mmapdemo_engines_list(text);
}

/* Root may give the parameter at load, and the core calls .set without a check for NULL. */
static int set_engines(const char *text, const struct kernel_param *param)
{
	return -EPERM;
}

static const struct kernel_param_ops engines_ops = {
	.set = set_engines,
	.get = get_engines,
};

module_param_cb(engines, &engines_ops, NULL, 0444);
MODULE_PARM_DESC(engines, "kinds of engines that the kernel has (read only)");

static void set_default_limits(void)
{
	if (!max_bytes.given)
		mmapdemo_limits.bytes = (u64)totalram_pages() << PAGE_SHIFT >> 2;
	if (!user_max_bytes.given)
		mmapdemo_limits.user_bytes = mmapdemo_limits.bytes >> 2;
}

static struct mmapdemo_buffer *create_buffer(void)
{
	u64 available = (u64)mmapdemo_memory_available() << PAGE_SHIFT;
	struct mmapdemo_buffer *buffer;
	u64 bytes = 0;
	int err;

	err = parse_size(size, &bytes);
	if (err == -EINVAL || (!err && bytes == 0)) {
		pr_err("size=%s refused: not a size; give bytes, or a number with K, M or G\n",
		       size);
		return ERR_PTR(-EINVAL);
	}
	if (err || bytes > available) {
		pr_err("size=%s refused: only %llu MiB of memory are available\n", size,
		       available / SZ_1M);
		return ERR_PTR(-ENOMEM);
	}
	buffer = mmapdemo_buffer_create(max_t(u64, round_up(bytes, PAGE_SIZE), SIZE_MIN),
					GLOBAL_ROOT_UID, false, 0);
	if (IS_ERR(buffer))
		pr_err("size=%s refused: out of memory\n", size);
	return buffer;
}

/* The node of the default buffer: users may open it at once, so nothing may fail after this. */
static int add_default_node(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_node *node = mmapdemo_node_add(buffer, "", 0600);

	if (IS_ERR(node))
		return PTR_ERR(node);
	mmapdemo_node_put(node);
	return 0;
}

static int __init mmapdemo_init(void)
{
	struct mmapdemo_buffer *buffer;
	int err;

	set_default_limits();
	buffer = create_buffer();
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	err = mmapdemo_engines_init() ?: mmapdemo_nodes_init(&mmapdemo_fops);
	if (err)
		goto put_buffer;
	err = add_default_node(buffer);
	if (err)
		mmapdemo_nodes_exit();
put_buffer:
	if (err)
		pr_err("cannot make /dev/mmapdemo: error %d\n", err);
	/* From here on the node, if there is one, holds the buffer. */
	mmapdemo_buffer_put(buffer);
	return err;
}

static void __exit mmapdemo_exit(void)
{
	mmapdemo_nodes_exit();
	mmapdemo_quota_exit();
}

module_init(mmapdemo_init);
module_exit(mmapdemo_exit);

MODULE_AUTHOR("the mmapdemo authors");
MODULE_DESCRIPTION("a device buffer shared with user space by mmap");
MODULE_LICENSE("GPL");
MODULE_VERSION(MMAPDEMO_VERSION);
