/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the driver does for the two roles: JOIN, CHANNEL_WAIT, CHANNEL_WAKE, the end of
 * a role. poll(2) is CHANNEL_WAIT by another name. What is done under a lock is one step.
 */
#define DONE 0
#define EPIPE 1
#define EAGAIN 2

bool present[2]; /* somebody has the role */
bool came[2];	 /* or had it once */
bool met[2];	 /* who has it would miss its peer */
bool queued[2];	 /* it waits, or is about to; who wakes it takes it from the queue */
bool asleep[2];

/* What is true, for the properties. */
byte left;	     /* position behind what was there when a producer ended, */
byte left_at_hangup; /* and when the consumer was told of that */
bool gone;	     /* since before the producer's message there is no consumer */

#ifdef WITHOUT_MET
#define HANGUP(role) (!present[PEER(role)])
#else
#define HANGUP(role) (met[role] && !present[PEER(role)])
#endif
#define ROOM(role) (SIZE - (LOAD(role, HEAD) - LOAD(role, FREED)))
#define RECORD(role) (LOAD(role, RING(LOAD(role, TAKEN))) != 0)
#define WORK(role) \
	((role) == CONSUMER -> RECORD(role) : ROOM(role) >= LOAD(role, WANTED))

/* With COUNT_CALLS: calls of CHANNEL_WAKE that are still to be expected, of the peer
 * of each role. One for a flag that can be seen, and one for a flag that is late. */
byte calls[2];

inline flag_rises(role) {
#ifdef COUNT_CALLS
	calls[role] = (calls[role] < 2 -> calls[role] + 1 : 2)
#else
	skip
#endif
}

inline flag_was_seen(role) {
#ifdef COUNT_CALLS
	never(called_for_nothing, calls[role] == 0);
	calls[role] = calls[role] - 1
#else
	skip
#endif
}

inline join(role) {
	d_step {
		present[role] = true;
		came[role] = true;
		met[role] = present[PEER(role)] || ((role) == CONSUMER && RECORD(role));
		if
		:: present[PEER(role)] -> met[PEER(role)] = true
		:: else
		fi;
		gone = false
	}
}

/* The process has ended, and its maps with it. */
inline end_role(role) {
	d_step {
		settle(role);
		present[role] = false;
		met[role] = false;
		queued[role] = false;
		asleep[role] = false;
#ifndef WITHOUT_FLAG_AT_END
		memory[SLEEPING(role)] = 1;
		flag_rises(role);
#endif
#ifndef WITHOUT_WAKE_AT_END
		queued[PEER(role)] = false;
#endif
#ifdef WITHOUT_WAKE_OF_WATCHERS
		watcher_woken = ((role) == PRODUCER -> true : watcher_woken)
#else
		watcher_woken = true
#endif
	}
}

/* First the flag, then a barrier, then the hang-up, then what there is, which counts
 * for more. */
inline look(role, error) {
#ifndef WITHOUT_FLAG
	d_step {
		store(role, SLEEPING(role), 1);
		flag_rises(role)
	};
#endif
#ifndef WITHOUT_BARRIER_OF_DRIVER
	fence(role);
#endif
#ifdef WITHOUT_LOOK_AFTER_HANGUP
	error = (WORK(role) -> DONE : EAGAIN);
	d_step {
		error = (error == EAGAIN && HANGUP(role) -> EPIPE : error);
		left_at_hangup = (error == EPIPE -> left : 0)
	}
#else
	d_step {
		error = (HANGUP(role) -> EPIPE : EAGAIN);
		left_at_hangup = (error == EPIPE -> left : 0)
	};
#ifdef WITHOUT_LOOK
	error = (error == EPIPE && WORK(role) -> DONE : error)
#else
	error = (WORK(role) -> DONE : error)
#endif
#endif
}

inline sleep(role) {
	asleep[role] = true;
	d_step {
		!queued[role] -> asleep[role] = false
	}
}

/* Who is woken looks again: it returns, and is called again if that was for nothing. */
inline channel_wait(role, error) {
#ifndef WITHOUT_QUEUE_FIRST
	queued[role] = true;
#endif
	look(role, error);
#ifdef WITHOUT_QUEUE_FIRST
	queued[role] = true;
#endif
	if
	:: error == EAGAIN -> sleep(role); error = DONE
	:: else -> queued[role] = false
	fi
}

inline wake_peer(role) {
	d_step {
		queued[PEER(role)] = false;
		watcher_woken = true
	}
}

inline clear_flag_of_peer(role) {
	d_step {
		flag_was_seen(PEER(role));
#ifndef WITHOUT_ONE_SHOT
		settle(role);
		memory[SLEEPING(PEER(role))] = 0;
#endif
		skip
	}
}

/* The flag is not cleared at a hang-up, even if that comes just now: one lock. */
inline channel_wake(role, error) {
#ifdef WITHOUT_CLEAR_FIRST
	wake_peer(role);
#endif
	atomic {
		if
		:: HANGUP(role) -> error = EPIPE
		:: else -> clear_flag_of_peer(role)
		fi
	};
#if defined(WITHOUT_WAKE_AT_HANGUP)
	if
	:: error == DONE -> wake_peer(role)
	:: else
	fi
#elif !defined(WITHOUT_CLEAR_FIRST)
	wake_peer(role)
#endif
}
