// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: a peer inside the kernel. Here are the kinds that there are, and
 * the life of each engine, which is that of its open file.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#include "buffer.h"
#include "engine.h"
#include "quota.h"

static const struct mmapdemo_share one_engine = { .engines = 1 };

static DEFINE_MUTEX(kinds_lock); /* of kinds */
static LIST_HEAD(kinds);

static struct mmapdemo_engine_ops *find_kind(const char *name)
{
	struct mmapdemo_engine_ops *ops;

	list_for_each_entry(ops, &kinds, entry) {
		if (!strcmp(ops->name, name))
			return ops;
	}
	return NULL;
}

/**
 * mmapdemo_register_engine - let users make engines of a kind
 * @ops: the kind; stays the caller's, until mmapdemo_unregister_engine()
 *
 * Return: 0; -EINVAL for a kind that is not as its description says; -EBUSY for
 * a name that is taken: an init that returns -EEXIST means a module loaded twice.
 */
int mmapdemo_register_engine(struct mmapdemo_engine_ops *ops)
{
	size_t length = strlen(ops->name);
	int err = -EBUSY;

	if (!length || length >= sizeof_field(struct mmapdemo_engine, name) ||
	    ops->in != !!ops->message || (!ops->in && !(ops->out && ops->produce)))
		return -EINVAL;
	mutex_lock(&kinds_lock);
	if (!find_kind(ops->name)) {
		list_add_tail(&ops->entry, &kinds);
		err = 0;
	}
	mutex_unlock(&kinds_lock);
	return err;
}
EXPORT_SYMBOL_GPL(mmapdemo_register_engine);

/* For the exit of a module, which comes when no engine of it is left. */
void mmapdemo_unregister_engine(struct mmapdemo_engine_ops *ops)
{
	mutex_lock(&kinds_lock);
	list_del(&ops->entry);
	mutex_unlock(&kinds_lock);
}
EXPORT_SYMBOL_GPL(mmapdemo_unregister_engine);

static struct mmapdemo_engine_ops *get_kind(const char *name)
{
	struct mmapdemo_engine_ops *ops;

	mutex_lock(&kinds_lock);
	ops = find_kind(name);
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	mutex_unlock(&kinds_lock);
	return ops;
}

/* The names of all kinds, for a module parameter: @text has a page. */
int mmapdemo_engines_list(char *text)
{
	struct mmapdemo_engine_ops *ops;
	int length = 0;

	mutex_lock(&kinds_lock);
	list_for_each_entry(ops, &kinds, entry)
		length += sysfs_emit_at(text, length, "%s\n", ops->name);
	mutex_unlock(&kinds_lock);
	return length;
}

static void get_info(struct engine *engine, struct mmapdemo_engine_info *info)
{
	const struct mmapdemo_engine_info *count = &engine->count;

	/* Pairs with the release in end() of engine-run.c: then all has been counted. */
	bool ended = smp_load_acquire(&engine->ended);

	*info = (struct mmapdemo_engine_info){
		.received = READ_ONCE(count->received),
		.received_bytes = READ_ONCE(count->received_bytes),
		.sent = READ_ONCE(count->sent),
		.sent_bytes = READ_ONCE(count->sent_bytes),
		.dropped = READ_ONCE(count->dropped),
		.refused = READ_ONCE(count->refused),
		.running = !ended && READ_ONCE(engine->table),
		.ended = ended,
		.error = ended ? engine->error : 0,
	};
	strscpy(info->name, engine->ops->name, sizeof(info->name));
	if (engine->ops->value)
		info->value = engine->ops->value(engine->state);
}

static long ioctl_info(struct engine *engine, struct mmapdemo_engine_info __user *arg)
{
	struct mmapdemo_engine_info info;

	BUILD_BUG_ON(sizeof(info) != 96);
	get_info(engine, &info);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long engine_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MMAPDEMO_IOC_ENGINE_INFO:
		return ioctl_info(file->private_data, (void __user *)arg);
	case MMAPDEMO_IOC_ENGINE_RUN:
		return arg ? -EINVAL : mmapdemo_engine_run(file->private_data, file);
	default:
		return -ENOTTY;
	}
}

static int engine_flush(struct file *file, fl_owner_t table)
{
	mmapdemo_engine_closed(file->private_data, file, table);
	return 0;
}

static void engine_show(struct seq_file *seq, struct file *file)
{
	const struct engine *engine = file->private_data;
	struct mmapdemo_engine_info info;

	get_info(file->private_data, &info);
	seq_printf(seq, "engine:\t%s\n", info.name);
	if (engine->in)
		seq_printf(seq, "in:\t%s\n", engine->in_name);
	if (engine->out)
		seq_printf(seq, "out:\t%s\n", engine->out_name);
	seq_printf(seq, "received:\t%llu\nreceived_bytes:\t%llu\n", info.received,
		   info.received_bytes);
	seq_printf(seq, "sent:\t%llu\nsent_bytes:\t%llu\ndropped:\t%llu\nrefused:\t%llu\n",
		   info.sent, info.sent_bytes, info.dropped, info.refused);
	seq_printf(seq, "value:\t%llu\nrunning:\t%u\nended:\t%u\nerror:\t%u\n", info.value,
		   info.running, info.ended, info.error);
}

static __poll_t engine_poll(struct file *file, poll_table *wait)
{
	struct engine *engine = file->private_data;

	poll_wait(file, &engine->waiters, wait);
	return READ_ONCE(engine->ended) ? EPOLLHUP : 0;
}

/* From the last that was made. Nobody runs it. */
static void free_engine(struct engine *engine)
{
	mmapdemo_port_leave(&engine->input);
	mmapdemo_port_leave(&engine->output);
	if (engine->ops->destroy)
		engine->ops->destroy(engine->state);
	kvfree(engine->message);
	if (engine->in)
		mmapdemo_buffer_put(engine->in);
	if (engine->out)
		mmapdemo_buffer_put(engine->out);
	mmapdemo_quota_close(engine->quota, &one_engine);
	kfree(engine);
}

static int engine_release(struct inode *inode, struct file *file)
{
	struct engine *engine = file->private_data;
	struct module *owner = engine->ops->owner;

	free_engine(engine);
	module_put(owner);
	return 0;
}

static const struct file_operations engine_fops = {
	.owner = THIS_MODULE,
	.flush = engine_flush,
	.release = engine_release,
	.poll = engine_poll,
	.unlocked_ioctl = engine_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.show_fdinfo = engine_show,
};

static int create_state(struct engine *engine, const struct mmapdemo_engine *args)
{
	if (engine->ops->create)
		return engine->ops->create(&engine->state, args);
	return args->rate || args->length || args->count ? -EINVAL : 0;
}

static struct engine *new_engine(const struct mmapdemo_engine_ops *ops,
				 const struct mmapdemo_engine *args)
{
	struct engine *engine = kzalloc(sizeof(*engine), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (!engine)
		return ERR_PTR(-ENOMEM);
	engine->ops = ops;
	engine->input.cancelled = &engine->cancelled;
	engine->output.cancelled = &engine->cancelled;
	init_waitqueue_head(&engine->waiters);
	spin_lock_init(&engine->lock);
	/* Zeroes: what a module leaves unwritten of an answer goes to users. */
	engine->message = kvzalloc(MMAPDEMO_ENGINE_MESSAGE_MAX, GFP_KERNEL_ACCOUNT);
	if (!engine->message)
		goto free_engine;
	engine->quota = mmapdemo_quota_open(&one_engine);
	err = PTR_ERR_OR_ZERO(engine->quota);
	if (err)
		goto free_engine;
	err = create_state(engine, args);
	if (!err)
		return engine;
	mmapdemo_quota_close(engine->quota, &one_engine);

free_engine:
	kvfree(engine->message);
	kfree(engine);
	return ERR_PTR(err);
}

static int join(struct engine *engine, const struct mmapdemo_engine_side *in,
		const struct mmapdemo_engine_side *out)
{
	int err = 0;

	if (in->buffer) {
		mmapdemo_buffer_get(in->buffer);
		engine->in = in->buffer;
		strscpy(engine->in_name, in->name, sizeof(engine->in_name));
		err = mmapdemo_port_join(&engine->input, engine->in->channel, MMAPDEMO_CONSUMER,
					 engine);
	}
	if (!err && out->buffer) {
		mmapdemo_buffer_get(out->buffer);
		engine->out = out->buffer;
		strscpy(engine->out_name, out->name, sizeof(engine->out_name));
		err = mmapdemo_port_join(&engine->output, engine->out->channel, MMAPDEMO_PRODUCER,
					 engine);
	}
	return err;
}

static struct file *create(const struct mmapdemo_engine_ops *ops,
			   const struct mmapdemo_engine *args,
			   const struct mmapdemo_engine_side *in,
			   const struct mmapdemo_engine_side *out)
{
	struct engine *engine;
	struct file *file;
	int err;

	if (ops->in != !!in->buffer || ops->out != !!out->buffer)
		return ERR_PTR(-EINVAL);
	engine = new_engine(ops, args);
	if (IS_ERR(engine))
		return ERR_CAST(engine);
	err = join(engine, in, out);
	/* Once there is a file, its release undoes all. */
	file = err ? ERR_PTR(err) :
		     anon_inode_getfile("[mmapdemo-engine]", &engine_fops, engine, O_RDWR);
	if (IS_ERR(file)) {
		mmapdemo_port_forget(&engine->input);
		mmapdemo_port_forget(&engine->output);
		free_engine(engine);
	}
	return file;
}

/**
 * mmapdemo_engine_create - make an engine, which waits to be run
 * @args: by an untrusted caller; its name ends, the rest is the engine's to check
 * @in: channel to be consumed, if there is one
 * @out: channel to be produced for, if there is one
 *
 * Return: its open file, or ERR_PTR() as the ioctl says.
 */
struct file *mmapdemo_engine_create(const struct mmapdemo_engine *args,
				    const struct mmapdemo_engine_side *in,
				    const struct mmapdemo_engine_side *out)
{
	struct mmapdemo_engine_ops *ops = get_kind(args->name);
	struct file *file;

	if (!ops)
		return ERR_PTR(-ENOENT);
	file = create(ops, args, in, out);
	if (IS_ERR(file))
		module_put(ops->owner);
	return file;
}

int mmapdemo_engines_init(void)
{
	return mmapdemo_register_engine(&mmapdemo_source_ops)	    ?:
		       mmapdemo_register_engine(&mmapdemo_sink_ops) ?:
		       mmapdemo_register_engine(&mmapdemo_echo_ops);
}
