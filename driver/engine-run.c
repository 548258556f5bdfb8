// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine's work, in the thread of the user who runs it: that thread's limits,
 * priority and signals hold. It takes messages and hands them to the engine, or asks
 * the engine for records when they are due.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>

#include "engine.h"
#include "process.h"

/* The most messages before the peers are told. */
#define BUDGET 512

/* The most messages before signals are looked at, and others may run. */
#define TURN 64

/* A message of this many bytes is a turn of its own. */
#define LONG_MESSAGE 4096

/*
 * The shortest and the longest sleep of a producer, nanoseconds: it wakes 10,000
 * times a second at most, and once at least, to see whether its consumer is there.
 */
#define PERIOD 100000
#define LONGEST NSEC_PER_SEC

/*
 * Why the run has to return though the engine has not ended, or 0. What the kernel does
 * to a thread on its way to user space, such as timers and limits of CPU time, and
 * throttling by control groups since 6.18, never comes to one that does not go there: so it
 * goes, and the flag makes the call begin again if no signal comes of it.
 */
static int interrupted(const struct engine *engine)
{
	if (READ_ONCE(engine->cancelled))
		return -ECANCELED;
	if (task_work_pending(current))
		set_thread_flag(TIF_NOTIFY_SIGNAL);
	return signal_pending(current) ? -ERESTARTSYS : 0;
}

/* After message @n of a turn, which has @length bytes: as interrupted(). */
static int end_turn(const struct engine *engine, int n, size_t length)
{
	if (n % TURN != TURN - 1 && length < LONG_MESSAGE)
		return 0;
	cond_resched();
	return interrupted(engine);
}

/* 0 when there is room; sleeps until there is. */
static int wait_for_room(struct engine *engine, size_t length)
{
	int err;

	while ((err = mmapdemo_port_room(&engine->output, length)) == -EAGAIN) {
		mmapdemo_port_tell(&engine->input);
		err = mmapdemo_port_tell(&engine->output) ?: interrupted(engine);
		if (!err)
			err = mmapdemo_port_wait(&engine->output, NULL, MMAPDEMO_WAIT_FOREVER);
		if (err)
			return err;
	}
	return err;
}

/* Who runs the engine counts, others look. */
static void add(__u64 *count, u64 more)
{
	WRITE_ONCE(*count, *count + more);
}

/* From here to take(): what is done for each message, with as few calls as can be. */

static __always_inline void send(struct engine *engine, size_t length)
{
	mmapdemo_port_put(&engine->output, engine->message, length);
	mmapdemo_port_publish(&engine->output, length);
	add(&engine->count.sent, 1);
	add(&engine->count.sent_bytes, length);
}

static __always_inline void release(struct engine *engine, size_t length)
{
	mmapdemo_port_release(&engine->input, length);
	add(&engine->count.received, 1);
	add(&engine->count.received_bytes, length);
}

/* There is no room for the answer to the next message, of @length bytes: sleep until there is. */
static noinline int hold(struct engine *engine, size_t length, size_t answer)
{
	int err = wait_for_room(engine, answer);

	/* A later run goes on here. */
	engine->held = err;
	engine->length = length;
	engine->answer = answer;
	return err;
}

static __always_inline int send_answer(struct engine *engine, size_t length, size_t answer)
{
	int err = 0;

	if (mmapdemo_port_room(&engine->output, answer))
		err = hold(engine, length, answer);
	if (err)
		return err;
	send(engine, answer);
	/* Only now: who is interrupted before leaves the message where it is. */
	release(engine, length);
	return 0;
}

/* Send the answer that an earlier run could not send. */
static noinline int send_held(struct engine *engine)
{
	int err = send_answer(engine, engine->length, engine->answer);

	if (!err)
		engine->held = false;
	return err;
}

/* Be done with the next message, or leave it where it is: then why. */
static int take(struct engine *engine, size_t length)
{
	ssize_t done;

	if (length > MMAPDEMO_ENGINE_MESSAGE_MAX) {
		mmapdemo_port_release(&engine->input, length);
		add(&engine->count.refused, 1);
		return 0;
	}
	mmapdemo_port_get(&engine->input, engine->message, length);
	done = engine->ops->message(engine->state, engine->message, length);
	if (done < 0 && done != -ENOMSG)
		return done;
	if (done > MMAPDEMO_ENGINE_MESSAGE_MAX && engine->out)
		return -EMSGSIZE;
	if (done >= 0 && engine->out)
		return send_answer(engine, length, done);
	release(engine, length);
	return 0;
}

/* 0, 1 if there is no more, or why it is over. */
static int consume_some(struct engine *engine)
{
	ssize_t length;
	int n, err;

	for (n = 0; n < BUDGET; n++) {
		length = mmapdemo_port_peek(&engine->input);
		if (length < 0)
			return length == -EAGAIN ? 1 : length;
		err = take(engine, length) ?: end_turn(engine, n, length);
		if (err)
			return err;
	}
	return 0;
}

/*
 * A producer that has gone left a ring of messages at most, which end before *@end; a ring
 * without a 0 would never end. Return: 0 while the producer is there.
 */
static int tell_producer(struct mmapdemo_port *input, u64 *end)
{
	if (mmapdemo_port_tell(input) != -EPIPE)
		*end = 0;
	else if (!*end)
		*end = input->position + input->channel->size;
	else if ((s64)(input->position - *end) >= 0)
		return -EPROTO;
	return 0;
}

static int tell_all(struct engine *engine)
{
	int broken = tell_producer(&engine->input, &engine->end);
	int left = engine->out ? mmapdemo_port_tell(&engine->output) : 0;

	return broken ?: left;
}

static int wait_for_message(struct engine *engine)
{
	const struct mmapdemo_port *beside = engine->out ? &engine->output : NULL;

	return interrupted(engine) ?:
		       mmapdemo_port_wait(&engine->input, beside, MMAPDEMO_WAIT_FOREVER);
}

static int consume(struct engine *engine)
{
	int told, err;

	do {
		err = engine->held ? send_held(engine) : 0;
		if (!err)
			err = consume_some(engine);
		told = tell_all(engine);
		if (err >= 0 && told)
			err = told;
		else if (err > 0)
			err = wait_for_message(engine);
		/* Who never sleeps would keep those who wait for all tasks of RCU. */
		cond_resched_tasks_rcu_qs();
	} while (!err && !(err = interrupted(engine)));
	return err;
}

/* 0 or why it is over; *@next is when to come again. */
static int produce_some(struct engine *engine, u64 now, u64 *next)
{
	ssize_t length;
	int n, err;

	for (n = 0; n < BUDGET; n++) {
		length = engine->ops->produce(engine->state, now, engine->message, next);
		if (length == -EAGAIN)
			return 0;
		if (length < 0)
			return length;
		if (length > MMAPDEMO_ENGINE_MESSAGE_MAX)
			return -EMSGSIZE;
		err = mmapdemo_port_room(&engine->output, length);
		if (err && err != -EAGAIN)
			return err;
		if (err)
			add(&engine->count.dropped, 1);
		else
			send(engine, length);
		err = end_turn(engine, n, length);
		if (err)
			return err;
	}
	*next = now;
	return 0;
}

/* Anyone who cancels the run wakes it: see mmapdemo_engine_run(). */
static void sleep_until(const struct engine *engine, u64 time)
{
	ktime_t expires = time;

	set_current_state(TASK_INTERRUPTIBLE);
	if (!interrupted(engine))
		schedule_hrtimeout(&expires, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
}

static int produce(struct engine *engine)
{
	u64 next = 0;
	int err, told;

	do {
		u64 now = ktime_get_ns();

		err = produce_some(engine, now, &next);
		told = mmapdemo_port_tell(&engine->output);
		if (!err && !told && next > now)
			sleep_until(engine, clamp(next, now + PERIOD, now + LONGEST));
		cond_resched_tasks_rcu_qs(); /* as in consume() */
		err = err ?: told ?: interrupted(engine);
	} while (!err);
	return err;
}

/* The peers learn that the engine is gone, and who polls that it has ended. */
static void end(struct engine *engine, int err)
{
	mmapdemo_port_leave(&engine->input);
	mmapdemo_port_leave(&engine->output);
	engine->error = err == -ENODATA ? 0 : -err;
	smp_store_release(&engine->ended, true); /* with what it counted */
	__wake_up(&engine->waiters, TASK_INTERRUPTIBLE, 0, poll_to_key(EPOLLHUP));
}

/* 0 if the engine has ended. A module may return any error, also one that is not true. */
static int work(struct engine *engine)
{
	DECLARE_WAITQUEUE(wait, current);
	int err;

	/* For the whole run: each of its sleeps ends when the run is cancelled. */
	add_wait_queue(&engine->waiters, &wait);
	err = engine->in ? consume(engine) : produce(engine);
	remove_wait_queue(&engine->waiters, &wait);
	if ((err == -ERESTARTSYS || err == -ECANCELED) && interrupted(engine))
		return err;
	end(engine, err);
	return 0;
}

static bool is_open_in(struct engine *engine, const struct file *file, struct files_struct *table)
{
	const struct mmapdemo_close close = { file, table, &engine->hint };

	return mmapdemo_table_has(&close);
}

/* Whether the caller may run it now: then nobody else may. */
static int begin(struct engine *engine)
{
	int err = 0;

	spin_lock(&engine->lock);
	if (engine->table)
		err = -EBUSY;
	else
		WRITE_ONCE(engine->table, current->files);
	if (!err)
		WRITE_ONCE(engine->cancelled, false);
	spin_unlock(&engine->lock);
	return err;
}

/**
 * mmapdemo_engine_run - let an engine work in the caller's thread
 * @engine: which
 * @file: its open file, of which the caller has a descriptor
 *
 * Return: 0 if it has ended, now or before; -ERESTARTSYS; -ECANCELED when the caller's
 * table has no descriptor of it any more; -EBUSY if another thread runs it.
 */
int mmapdemo_engine_run(struct engine *engine, const struct file *file)
{
	int err = begin(engine);

	if (err)
		return READ_ONCE(engine->ended) ? 0 : err;
	/*
	 * A close before begin() has cancelled nothing: then no descriptor is left here. One
	 * that comes after this search finds the table in mmapdemo_engine_closed().
	 */
	if (READ_ONCE(engine->ended))
		err = 0;
	else if (!is_open_in(engine, file, current->files))
		err = -ECANCELED;
	else
		err = work(engine);
	spin_lock(&engine->lock);
	WRITE_ONCE(engine->table, NULL);
	spin_unlock(&engine->lock);
	return err;
}

/* A descriptor of @file was taken from @table: the last one there cancels a run of its threads. */
void mmapdemo_engine_closed(struct engine *engine, const struct file *file,
			    struct files_struct *table)
{
	if (!table || READ_ONCE(engine->table) != table || is_open_in(engine, file, table))
		return;
	spin_lock(&engine->lock);
	if (engine->table == table)
		WRITE_ONCE(engine->cancelled, true);
	spin_unlock(&engine->lock);
	wake_up_interruptible(&engine->waiters);
}
