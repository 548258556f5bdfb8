// SPDX-License-Identifier: BSD-2-Clause
/* Scenario counter: processes add to one number under a lock; one may die holding it. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

#include "stage.h"

#define PARENT_TIMES 15
#define CHILD_TIMES 10
#define TOTAL (2 * PARENT_TIMES + CHILD_TIMES)

#define HALF_WAY 7	     /* of the parent's steps: then somebody is killed */
#define HALF_AN_UPDATE 1000U /* what it leaves in the counter */
#define UPDATE_TIME 500	     /* microseconds */

/* In the buffer. */
#define MUTEX_AT 0
#define TURN_AT 64
#define COUNTER_AT 128
#define LOOK_AT 192 /* a word for futex(2) */

/*
 * What the lock guards, but for @ended. While an update is under way, @value may be
 * anything, and @whole is what it was.
 */
struct counter {
	uint32_t value;
	uint32_t whole;
	uint32_t changing;
	uint32_t steps;
	uint32_t ended; /* somebody has made all its steps */
};

struct scene {
	struct mmapdemo_mutex mutex;
	struct mmapdemo_word turn; /* counts who was in an update, or came, or left */
	volatile struct counter *counter;
	uint32_t *look_at;
};

/* Returns which turn it is now. */
static uint32_t call_others(struct scene *scene)
{
	uint32_t turn = __atomic_add_fetch(scene->turn.value, 1, __ATOMIC_SEQ_CST);

	mmapdemo_word_wake(&scene->turn, INT_MAX);
	return turn;
}

static void await_others(struct scene *scene, uint32_t turn)
{
	while (__atomic_load_n(scene->turn.value, __ATOMIC_SEQ_CST) == turn &&
	       !scene->counter->ended)
		mmapdemo_word_wait(&scene->turn, turn, NULL);
}

/* After -EOWNERDEAD: it is locked, and nobody knows how far the dead one came. */
static void repair(struct stage *stage, struct scene *scene, const char *who)
{
	volatile struct counter *counter = scene->counter;
	uint32_t found = counter->value;

	if (counter->changing)
		counter->value = counter->whole;
	counter->changing = 0;
	sight(stage, who, mmapdemo_mutex_consistent(&scene->mutex) == 0,
	      "learns that the last owner died, finds %u, puts back %u", found, counter->value);
}

static bool lock(struct stage *stage, struct scene *scene, const char *who)
{
	int err = mmapdemo_mutex_lock(&scene->mutex);

	if (err == -EOWNERDEAD) {
		repair(stage, scene, who);
		err = 0;
	}
	return !err || sight(stage, who, false, "cannot lock: %s", strerror(-err));
}

static void unlock(struct stage *stage, struct scene *scene, const char *who)
{
	int err = mmapdemo_mutex_unlock(&scene->mutex);

	if (err)
		sight(stage, who, false, "cannot unlock: %s", strerror(-err));
}

/* In the middle of it the other one is called, to find the lock held. Returns the turn. */
static uint32_t add(struct stage *stage, struct scene *scene, const char *who, uint32_t number)
{
	volatile struct counter *counter = scene->counter;
	uint32_t old = counter->value;
	uint32_t turn;

	counter->whole = old;
	counter->changing = 1;
	turn = call_others(scene);
	usleep(UPDATE_TIME);
	counter->value = old + number;
	counter->changing = 0;
	counter->steps++;
	tell(stage, who, "adds %u: %u", number, counter->value);
	return turn;
}

/* A mutex is not fair: who has unlocked it may well be the next to lock it, unless it waits. */
static void step(struct stage *stage, struct scene *scene, const char *who, uint32_t number)
{
	uint32_t turn;

	if (!lock(stage, scene, who))
		return;
	turn = add(stage, scene, who, number);
	unlock(stage, scene, who);
	await_others(scene, turn);
}

static void end_steps(struct scene *scene)
{
	scene->counter->ended = 1;
	call_others(scene);
}

static void child(struct stage *stage, struct partner *partner, void *arg)
{
	struct scene *scene = arg;

	(void)partner;
	call_others(scene);
	for (int i = 0; i < CHILD_TIMES; i++)
		step(stage, scene, "child", 1);
	end_steps(scene);
}

/* It gives the turn back, not the lock, and does not live to get the turn again. */
static void victim(struct stage *stage, struct partner *partner, void *arg)
{
	struct scene *scene = arg;
	volatile struct counter *counter = scene->counter;

	if (!lock(stage, scene, "third"))
		return;
	counter->whole = counter->value;
	counter->changing = 1;
	counter->value = HALF_AN_UPDATE;
	call_others(scene);
	tell(stage, "third", "has the lock, and has stored half of an update: %u", counter->value);
	partner_yield(partner);
}

/* What is told is told before the kill: from then on the lock is somebody else's. */
static void kill_holder(struct stage *stage, struct partner *third)
{
	partner_turn(stage, third);
	tell(stage, "parent", "kills it with SIGKILL");
	partner_kill(third);
}

/* The child is let in while the lock is held, so that it has to wait for it. */
static void first_step(struct stage *stage, struct scene *scene, struct partner *other)
{
	uint32_t turn;

	if (!lock(stage, scene, "parent"))
		return;
	partner_go(stage, other);
	await_others(scene, 0);
	turn = add(stage, scene, "parent", 2);
	unlock(stage, scene, "parent");
	await_others(scene, turn);
}

static void count(struct stage *stage, struct scene *scene)
{
	const bool with_kill = stage->options->kill;
	struct partner other, third;

	if (!partner_start(stage, &other, child, scene))
		return;
	if (with_kill && !partner_start(stage, &third, victim, scene))
		return partner_end(stage, &other);
	first_step(stage, scene, &other);
	for (int i = 1; i < PARENT_TIMES; i++) {
		if (with_kill && i == HALF_WAY)
			kill_holder(stage, &third);
		step(stage, scene, "parent", 2);
	}
	end_steps(scene);
	partner_end(stage, &other);
	sight(stage, "parent", scene->counter->value == TOTAL && !scene->counter->changing,
	      "reads %u after %u steps", scene->counter->value, scene->counter->steps);
}

/* pthreads wait by futex(2): does it work on this memory? */
static void try_futex(struct stage *stage, struct scene *scene)
{
	const struct timespec soon = { .tv_nsec = 1000000 };
	int err = 0;

	if (syscall(SYS_futex, scene->look_at, FUTEX_WAIT, 0, &soon, NULL, 0) < 0)
		err = errno;
	if (stage->on == ON_DEVICE) {
		sight(stage, "futex", err == EFAULT, "FUTEX_WAIT on the map: %s", strerror(err));
		tell(stage, "futex", "so pthread mutexes and semaphores cannot wait here, either");
		tell(stage, "parent", "takes a mutex of the library: it waits in the driver");
	} else {
		sight(stage, "futex", err == ETIMEDOUT, "FUTEX_WAIT on the map sleeps%s%s",
		      err == ETIMEDOUT ? "" : ": ", err == ETIMEDOUT ? "" : strerror(err));
		tell(stage, "parent", "takes a mutex of the library: it waits by futex, too");
	}
}

static void play(struct stage *stage)
{
	struct mmapdemo_view view;
	struct scene scene;
	char *data;
	int err;

	if (!stage_view(stage, &view, 0, stage->page, 0))
		return;
	memset(view.data, 0, stage->page);
	data = view.data;
	scene.counter = (volatile struct counter *)(data + COUNTER_AT);
	scene.look_at = (uint32_t *)(data + LOOK_AT);
	try_futex(stage, &scene);
	err = mmapdemo_mutex_at(&scene.mutex, stage->buffer, &view, MUTEX_AT);
	if (!err)
		err = mmapdemo_word_at(&scene.turn, stage->buffer, &view, TURN_AT);
	if (err)
		sight(stage, "parent", false, "has no mutex: %s", strerror(-err));
	else
		count(stage, &scene);
	mmapdemo_view_close(&view);
}

const struct scenario scenario_counter = {
	.name = "counter",
	.summary = N_("two processes add to one counter under a lock"),
	.lesson = N_(
		"futex(2) finds a shared word by its struct page, and a map that\n"
		"remap_pfn_range() made has none: \"Bad address\". So pthread locks cannot wait\n"
		"in such memory. The driver knows its own pages and has calls to sleep and to\n"
		"wake; the library builds a mutex on them. It is robust: when its owner is\n"
		"killed, the next one gets it with -EOWNERDEAD (try --kill)."),
	.backings = ON_ALL,
	.can_kill = true,
	.play = play,
};
