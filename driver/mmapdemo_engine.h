/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For other modules: how to add engines. An engine is a peer of users inside
 * the kernel: it takes the messages of one channel, or makes those of another,
 * or both. The driver does all the rest: roles, sleeping, rings, and users who lie
 * about them.
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
 * and mmapdemo_register_engine(&shout_ops) in the module's init, last of all: users
 * come at once, and an init that fails later would take the code from under them.
 * All of it stands in userspace/examples/engine.
 */
#ifndef MMAPDEMO_ENGINE_H
#define MMAPDEMO_ENGINE_H

#include <linux/list.h>
#include <linux/module.h>
#include <linux/types.h>

#include <linux/mmapdemo.h>

/**
 * struct mmapdemo_engine_ops - what an engine does
 * @name: as users ask for it, 1 to 23 characters
 * @owner: THIS_MODULE; cannot be unloaded while an engine of it is there
 * @in: it takes messages; then there is @message
 * @out: it makes messages, by @message or by @produce
 * @create: optional; makes the state of one engine, to be stored in *@state, of the
 *	parameters that the user gave. Return: 0 or a negative errno
 * @destroy: optional; frees the state
 * @message: called with a copy of each message, of at most
 *	MMAPDEMO_ENGINE_MESSAGE_MAX bytes. With @out it leaves an answer there, of
 *	as many at most. Return: the length of the answer; -ENOMSG for none; any
 *	other error ends the engine
 * @produce: without @in. @now is CLOCK_MONOTONIC in nanoseconds; @record has
 *	room for MMAPDEMO_ENGINE_MESSAGE_MAX bytes. Return: the length of a record that is
 *	due; -EAGAIN for none before *@next; any other error, or -ENODATA for
 *	the regular end, ends the engine. A record that finds no room is dropped
 *	and counted
 * @value: optional; a number of the engine's own for struct mmapdemo_engine_info.
 *	May run at the same time as the others
 * @entry: the registry's
 *
 * @message and @produce run in the thread of the user who called ENGINE_RUN, one call
 * at a time; the next call may come from another thread or process. So current, its
 * credentials, its memory and its limits are that user's. They may sleep, interruptibly
 * if it can take long: after -ERESTARTSYS with a signal pending, the engine has not
 * ended, and the same message, or the next record, is asked for again by the next run.
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
