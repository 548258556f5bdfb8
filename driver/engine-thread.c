// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine's thread: it takes messages and hands them to the engine, or asks it
 * for records when they are due. It holds channels and roles, never the engine's
 * open file, whose end stops it.
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "engine.h"

/* The most messages before the peers are told, and whether to stop is looked at. */
#define BUDGET 512

/* The most messages before others may run. */
#define TURN 64

/*
 * The shortest and the longest sleep of a producer, nanoseconds: it wakes 10,000
 * times a second at most, and once at least, to see whether its consumer is there.
 */
#define PERIOD 100000
#define LONGEST NSEC_PER_SEC

/* 0 when there is room; sleeps until there is. */
static int wait_for_room(struct engine *engine, size_t length)
{
	int err;

	while ((err = mmapdemo_port_room(&engine->output, length)) == -EAGAIN) {
		mmapdemo_port_tell(&engine->input);
		err = mmapdemo_port_tell(&engine->output);
		if (!err)
			err = mmapdemo_port_wait(&engine->output, NULL, MMAPDEMO_WAIT_FOREVER);
		if (err)
			return err;
	}
	return err;
}

/* One thread counts, others look. */
static void add(__u64 *count, u64 more)
{
	WRITE_ONCE(*count, *count + more);
}

static void send(struct engine *engine, size_t length)
{
	mmapdemo_port_put(&engine->output, engine->message, length);
	mmapdemo_port_publish(&engine->output, length);
	add(&engine->count.sent, 1);
	add(&engine->count.sent_bytes, length);
}

/* Hand a copy of the next message to the engine, and send its answer. */
static int handle(struct engine *engine, size_t length)
{
	ssize_t answer;
	int err;

	mmapdemo_port_get(&engine->input, engine->message, length);
	answer = engine->ops->message(engine->state, engine->message, length);
	if (answer == -ENOMSG)
		return 0;
	if (answer < 0 || !engine->out)
		return min_t(ssize_t, answer, 0);
	if (answer > MMAPDEMO_ENGINE_MESSAGE_MAX)
		return -EMSGSIZE;
	err = wait_for_room(engine, answer);
	if (!err)
		send(engine, answer);
	return err;
}

/* Be done with the next message, or leave it where it is: then why. */
static int take(struct engine *engine, size_t length)
{
	int err;

	if (length > MMAPDEMO_ENGINE_MESSAGE_MAX) {
		mmapdemo_port_release(&engine->input, length);
		add(&engine->count.refused, 1);
		return 0;
	}
	err = handle(engine, length);
	if (err)
		return err;
	/* Only now: who is stopped before leaves the message to its successor. */
	mmapdemo_port_release(&engine->input, length);
	add(&engine->count.received, 1);
	add(&engine->count.received_bytes, length);
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
		if (n % TURN == TURN - 1)
			cond_resched();
		err = take(engine, length);
		if (err)
			return err;
	}
	return 0;
}

/*
 * A producer that has gone left a ring of messages at most, which end before *@end; a ring
 * without a 0 would be taken for ever. 0 as long as it is there.
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

static int tell_all(struct engine *engine, u64 *end)
{
	int broken = tell_producer(&engine->input, end);
	int left = engine->out ? mmapdemo_port_tell(&engine->output) : 0;

	return broken ?: left;
}

static int consume(struct engine *engine)
{
	struct mmapdemo_port *beside = engine->out ? &engine->output : NULL;
	u64 end = 0;
	int told, err;

	do {
		err = consume_some(engine);
		told = tell_all(engine, &end);
		if (err >= 0 && told)
			err = told;
		else if (err > 0)
			err = mmapdemo_port_wait(&engine->input, beside, MMAPDEMO_WAIT_FOREVER);
		/* Who never sleeps would keep those who wait for all tasks of RCU. */
		cond_resched_tasks_rcu_qs();
	} while (!err && !kthread_should_stop());
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
		if (n % TURN == TURN - 1)
			cond_resched();
		err = mmapdemo_port_room(&engine->output, length);
		if (err && err != -EAGAIN)
			return err;
		if (err)
			add(&engine->count.dropped, 1);
		else
			send(engine, length);
	}
	*next = now;
	return 0;
}

static void sleep_until(u64 time)
{
	ktime_t expires = time;

	set_current_state(TASK_INTERRUPTIBLE);
	if (!kthread_should_stop())
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
			sleep_until(clamp(next, now + PERIOD, now + LONGEST));
		cond_resched_tasks_rcu_qs(); /* as in consume() */
	} while (!err && !told && !kthread_should_stop());
	return err ?: told;
}

/* Works until it cannot, or is stopped; then the peers learn that it is gone. */
int mmapdemo_engine_thread(void *data)
{
	struct engine *engine = data;
	int err = engine->in ? consume(engine) : produce(engine);

	mmapdemo_port_leave(&engine->input);
	mmapdemo_port_leave(&engine->output);
	engine->error = err == -ENODATA ? 0 : -err;
	smp_store_release(&engine->ended, true); /* with what it counted */
	__wake_up(&engine->waiters, TASK_INTERRUPTIBLE, 0, poll_to_key(EPOLLHUP));
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}
