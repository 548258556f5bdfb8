/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For other modules: how to add kinds of engines. An engine is kernel code that is one
 * end of a channel: it takes the messages of one channel, or makes those of another, or
 * both. The driver does the rest: it takes the roles, sleeps, keeps the rules of the ring,
 * and defends itself against hostile processes.
 *
 *	static ssize_t shout(void *state, void *message, size_t length)
 *	{
 *		...
 *		return length;
 *	}
 *
 *	static struct mmapdemo_engine_ops shout_ops = {
 *		.name = "shout", .owner = THIS_MODULE,
 *		.in = true, .out = true, .message = shout,
 *	};
 *
 * Call mmapdemo_register_engine(&shout_ops) last in the module's init: users may make an
 * engine at once, and if init failed later, the kernel would free the code that it runs.
 * userspace/examples/engine has the complete module.
 */
#ifndef MMAPDEMO_ENGINE_H
#define MMAPDEMO_ENGINE_H

#include <linux/list.h>
#include <linux/module.h>
#include <linux/types.h>

#include <linux/mmapdemo.h>

/**
 * struct mmapdemo_engine_ops - a kind of engine
 * @name: of the kind, as users ask for it, 1 to 23 characters
 * @owner: THIS_MODULE, which cannot be unloaded while an engine of this kind exists
 * @in: whether it consumes messages; then @message is required
 * @out: whether it produces messages, by @message or by @produce
 * @create: optional; makes the state of one engine from the parameters that the user
 *	gave, and stores it in *@state. Return: 0 or a negative errno
 * @destroy: optional; frees the state
 * @message: called with a copy of each message, of at most
 *	MMAPDEMO_ENGINE_MESSAGE_MAX bytes. With @out it stores an answer there, of at
 *	most as many. Return: the length of the answer; -ENOMSG for none; any
 *	other error ends the engine
 * @produce: without @in. @now is CLOCK_MONOTONIC in nanoseconds; @record has
 *	space for MMAPDEMO_ENGINE_MESSAGE_MAX bytes. Return: the length of a record that
 *	is due; -EAGAIN for none before *@next; -ENODATA when the engine is done; any
 *	other error ends the engine. The driver drops and counts a record for which the
 *	ring has no space
 * @value: optional; a number for struct mmapdemo_engine_info. May run at the same time
 *	as the others
 * @entry: of the list of kinds; only the driver uses it
 *
 * @message and @produce run in the thread that called ENGINE_RUN, one call at a time; the
 * next call may come from another thread or process. So current, its credentials, its
 * memory and its limits are those of that thread. They may sleep, interruptibly if it can
 * take long: after -ERESTARTSYS with a signal pending, the engine has not ended, and the
 * next run asks for the same message, or the next record, again.
 */
struct mmapdemo_engine_ops {
	const char *name;
	struct module *owner;
	bool in;
	bool out;
	int (*create)(void **state, const struct mmapdemo_engine *args);
	void (*destroy)(void *state);
	ssize_t (*message)(void *state, void *message, size_t length);
	ssize_t (*produce)(void *state, u64 now, void *record, u64 *next);
	u64 (*value)(const void *state);
	struct list_head entry;
};

int mmapdemo_register_engine(struct mmapdemo_engine_ops *ops);
void mmapdemo_unregister_engine(struct mmapdemo_engine_ops *ops);

#endif /* MMAPDEMO_ENGINE_H */
