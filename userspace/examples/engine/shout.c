// SPDX-License-Identifier: GPL-2.0-only
/*
 * An engine in a separate module: it sends each message back in
 * capital letters. All that the driver wants to know is in mmapdemo_engine.h; rings,
 * sleeping, and hostile users are its own affair. Users start it by its name, as the
 * driver's own: "mmapdemo engine start shout". Kbuild says how to build it.
 */
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "mmapdemo_engine.h"

/*
 * The state of an engine is what it likes, one for each that runs; here the number of
 * letters. Rate, length and count are for it to use, too; this one has no use for them.
 */
static int create(void **state, const struct mmapdemo_engine *args)
{
	if (args->rate || args->length || args->count)
		return -EINVAL;
	*state = kzalloc(sizeof(u64), GFP_KERNEL_ACCOUNT);
	return *state ? 0 : -ENOMEM;
}

static void destroy(void *state)
{
	kfree(state);
}

/* @message is a copy: what is checked here stays as it was. It becomes the answer. */
static ssize_t message(void *state, void *message, size_t length)
{
	u64 *letters = state;
	char *text = message;
	size_t i;

	for (i = 0; i < length; i++) {
		WRITE_ONCE(*letters, *letters + !!islower(text[i]));
		text[i] = toupper(text[i]);
	}
	return length;
}

/* Asked for at any time, by others. */
static u64 value(const void *state)
{
	return READ_ONCE(*(const u64 *)state);
}

static struct mmapdemo_engine_ops ops = {
	.name = "shout",
	.owner = THIS_MODULE,
	.in = true,
	.out = true,
	.create = create,
	.destroy = destroy,
	.message = message,
	.value = value,
};

static int __init shout_init(void)
{
	return mmapdemo_register_engine(&ops);
}
module_init(shout_init);

/* No engine of this module runs any more: each of them holds it. */
static void __exit shout_exit(void)
{
	mmapdemo_unregister_engine(&ops);
}
module_exit(shout_exit);

MODULE_DESCRIPTION("an engine for mmapdemo: messages in capital letters");
MODULE_LICENSE("GPL");
