// SPDX-License-Identifier: GPL-2.0-only
/* An engine that is and does what the module's parameters say, right or wrong. */
#include <linux/module.h>
#include <linux/string.h>

#include "mmapdemo_engine.h"

static char *name = "trial";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "of the kind");
static bool in;
module_param(in, bool, 0444);
MODULE_PARM_DESC(in, "it has an input");
static bool out;
module_param(out, bool, 0444);
MODULE_PARM_DESC(out, "it has an output");
static bool takes;
module_param(takes, bool, 0444);
MODULE_PARM_DESC(takes, "it has the function for messages");
static bool makes;
module_param(makes, bool, 0444);
MODULE_PARM_DESC(makes, "it has the function for records");
static long answer;
module_param(answer, long, 0644);
MODULE_PARM_DESC(answer, "what both return");

static ssize_t message(void *state, void *message, size_t length)
{
	memset(message, 'x', MMAPDEMO_ENGINE_MESSAGE_MAX);
	return answer;
}

/* A record each millisecond, or in a year. */
static ssize_t produce(void *state, u64 now, void *record, u64 *next)
{
	*next = now + (answer == -EAGAIN ? 1ULL << 55 : 1000000);
	memset(record, 'x', MMAPDEMO_ENGINE_MESSAGE_MAX);
	return answer;
}

static struct mmapdemo_engine_ops ops = {
	.owner = THIS_MODULE,
};

static int __init trial_init(void)
{
	ops.name = name;
	ops.in = in;
	ops.out = out;
	ops.message = takes ? message : NULL;
	ops.produce = makes ? produce : NULL;
	return mmapdemo_register_engine(&ops);
}

static void __exit trial_exit(void)
{
	mmapdemo_unregister_engine(&ops);
}

module_init(trial_init);
module_exit(trial_exit);

MODULE_AUTHOR("the mmapdemo authors");
MODULE_DESCRIPTION("an engine for tests of mmapdemo");
MODULE_LICENSE("GPL");
