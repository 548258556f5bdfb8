/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * THE RING of driver/uapi/linux/mmapdemo.h: a producer, a consumer, and the driver.
 *
 * The ring has SIZE units of 8 bytes. A record is a header and a message of one or two
 * units; its header holds the units of the message plus 1, which is the record's size.
 * All positions are counted in units. MESSAGES are sent in all.
 *
 * Not modelled: positions that wrap at 2^64, deadlines and signals (who returns early
 * looks again), more than one late store of each side, loads that are early.
 *
 * -DKILLS=n	up to n kills, at any step, of either side; then a successor, or none
 * -DBATCH	one record, or two published at once
 * -DEDGE	the consumer is told of an edge, as by SIGIO or EPOLLET: it takes until
 *		there is nothing, which sets the flag again, and waits for the next edge
 * -DLAG=n	the consumer stores "freed" only when it is more than n behind
 * -DWATCHER	somebody without a role polls for input
 *
 * "runs" lists what is left out by -DWITHOUT_..., and what then happens.
 */
bool lost_message, seen_twice, taken_unpublished, wrong_payload, overrun;
bool sleeps_beside_work, sleeps_at_hangup, both_sleep, stuck, watcher_forgotten;
bool not_told_of_hangup, hangup_of_nobody, wrong_start, called_for_nothing, freed_goes_back;

#define never(what, bad) \
	if \
	:: bad -> what = true; assert(!what) \
	:: else \
	fi

bool watcher_woken, watcher_asleep;

#include "memory.pml"
#include "driver.pml"

#ifndef MESSAGES
#define MESSAGES 4
#endif
#ifndef KILLS
#define KILLS 0
#endif

/* Rule 3 */
#ifdef WITHOUT_ROOM_FOR_ZERO
#define ROOM_FOR_ZERO 0
#else
#define ROOM_FOR_ZERO 1
#endif

/* Rule 5: may "freed" be stored later? Without -DLAG it may always, and may be at once. */
#ifdef LAG
#define MAY_FREE_LATER(position, freed) (position - freed <= LAG)
#else
#define LAG 0
#define MAY_FREE_LATER(position, freed) skip
#endif

#ifdef EDGE
#define TOLD_OF_EDGES true
#else
#define TOLD_OF_EDGES false
#endif

/* Told that there is no consumer, the producer ends; or it stays and does nothing. */
#ifdef WATCHER
#define STAY ended[PRODUCER] = true; false
#else
#define STAY skip
#endif

/* Rule 7 */
#ifdef WITHOUT_AT_TAKEN
#define AT_JOIN FREED
#else
#define AT_JOIN TAKEN
#endif

/* Rule 12: without acquire semantics of the header, the message may be loaded first. */
#ifdef WITHOUT_ACQUIRE
byte ahead;
#define LOAD_AHEAD(position) ahead = LOAD(CONSUMER, RING(position + 1))
#define FIRST_UNIT(position) ahead
#else
#define LOAD_AHEAD(position) skip
#define FIRST_UNIT(position) LOAD(CONSUMER, RING(position + 1))
#endif

/*
 * What is true, for the properties; no process decides by it. A message is a number
 * that no other one has, in each of its units.
 */
byte published;		/* position behind what is published */
byte messages;		/* how many these are */
byte begun;		/* the last number */
byte number_at[SIZE];	/* of the message that is published here, or 0 */
byte used;		/* position behind the last message that was used, */
byte done;		/* and of which "taken" tells */
bool ended[2];
bool killed[2];

/* A unit of the ring may be written once the consumer is done with what was there. */
inline write(at, what) {
	d_step {
		never(overrun, (at) >= done + SIZE);
		store(PRODUCER, RING(at), what)
	}
}

inline write_message(at, units) {
	atomic {
		begun++;
		write(at + 1, begun)
	};
	atomic {
		if
		:: units == 3 -> write(at + 2, begun)
		:: else
		fi
	}
}

inline publish(at, units) {
	d_step {
		never(overrun, (at) >= done + SIZE);
#ifdef WITHOUT_RELEASE
		store(PRODUCER, RING(at), units)
#else
		store_release(PRODUCER, RING(at), units)
#endif
	}
}

inline count(at, units, number) {
	number_at[RING(at)] = number;
	published = at + units;
	messages++
}

inline choose(units) {
	if
	:: units = 2
	:: units = 3
	fi
}

/* Rule 7: where does the producer go on? */
inline find_position(position) {
	d_step {
		position = memory[HEAD];
#ifndef WITHOUT_TAKEN_AT_JOIN
		position = (memory[TAKEN] > position -> memory[TAKEN] : position);
#endif
#ifndef WITHOUT_WALK
		do
		:: memory[RING(position)] != 0 && position < published + SIZE ->
			position = position + memory[RING(position)]
		:: else -> break
		od;
#endif
		never(wrong_start, position != published)
	}
}

/* "freed" is looked at, or the driver asked, until the room is there. */
inline wait_for_room(position, need, error) {
	do
	:: need <= SIZE - (position - LOAD(PRODUCER, FREED)) -> break
	:: else ->
		store(PRODUCER, HEAD, position);
		store(PRODUCER, WANTED, need);
		channel_wait(PRODUCER, error);
		if
		:: error == EPIPE -> break
		:: else
		fi
	od
}

inline write_second(behind, units_of) {
	if
	:: units_of > 0 -> write_message(behind, units_of); write(behind, units_of)
	:: else
	fi
}

/* Rules 1, 2 and 4: messages, the header of the second, 0, the header of the first. */
inline send(position, size, second) {
#ifdef WITHOUT_HEADER_LAST
	publish(position, size);
#endif
	write_message(position, size);
#ifdef WITHOUT_FIRST_LAST
	if
	:: second > 0 ->
		write(position + size, 0);
		publish(position, size)
	:: else
	fi;
#endif
	write_second(position + size, second);
#if !defined(WITHOUT_ZERO) && !defined(WITHOUT_ZERO_FIRST)
	write(position + size + second, 0);
#endif
	atomic {
#ifndef WITHOUT_HEADER_LAST
		publish(position, size);
#endif
		if
		:: second == 0 -> count(position, size, begun)
		:: else ->
			count(position, size, (begun - 1));
			count(position + size, second, begun)
		fi;
		position = position + size + second;
		size = 0;
		second = 0
	}
#ifdef WITHOUT_ZERO_FIRST
	;
	write(position, 0)
#endif
}

/* Rule 6, for who has published or freed. */
inline wake_if_asleep(role, error) {
#ifndef WITHOUT_FENCE
	fence(role);
#endif
	if
	:: LOAD(role, SLEEPING(PEER(role))) != 0 -> channel_wake(role, error)
	:: else
	fi
}

inline choose_records(size, second) {
	atomic {
		choose(size);
		second = 0;
#ifdef BATCH
		if
		:: messages < MESSAGES - 1 -> second = 2
		:: messages < MESSAGES - 1 && size == 2 -> second = 3
		:: skip
		fi
#endif
	}
}

active proctype producer()
{
	byte position, size, second, error;

again:
	{
		join(PRODUCER);
		find_position(position);
		do
		:: messages < MESSAGES ->
			choose_records(size, second);
			wait_for_room(position, size + second + ROOM_FOR_ZERO, error);
			atomic {
				if
				:: error == EPIPE -> break
				:: else -> gone = HANGUP(PRODUCER)
				fi
			};
			send(position, size, second);
			atomic {
				if
				:: store(PRODUCER, HEAD, position)
				:: skip /* it is a hint */
				fi
			};
			wake_if_asleep(PRODUCER, error);
			atomic {
				if
				:: error == EPIPE -> STAY; break
				:: else -> never(not_told_of_hangup, gone)
				fi;
				gone = false
			}
		:: else -> break
		od
	}
	unless {
		killed[PRODUCER]
	};
	atomic {
		end_role(PRODUCER);
		d_step {
			left = published;
			position = 0; size = 0; second = 0; error = 0
		};
		if
		:: killed[PRODUCER] -> killed[PRODUCER] = false; goto again
		:: killed[PRODUCER] = false; ended[PRODUCER] = true
		fi
	}
}

/* The message is read and used, a unit after the other. */
inline use(at, units) {
	d_step {
		never(wrong_payload, FIRST_UNIT(at) != number_at[RING(at)])
	};
	d_step {
		never(wrong_payload,
		      units == 3 && LOAD(CONSUMER, RING(at + 2)) != number_at[RING(at)]);
		used = at + units
	}
}

inline be_done_with(at, units) {
#ifndef WITHOUT_TAKEN
	store(CONSUMER, TAKEN, at + units)
#else
	skip
#endif
}

/* Room for the producer: "freed", and rule 6. The driver's word that there is no
 * producer is of no interest here: what it left is still taken. */
inline give_back(up_to, freed) {
	never(freed_goes_back, up_to < LOAD(CONSUMER, FREED));
#ifdef WITHOUT_TAKEN
	store(CONSUMER, TAKEN, up_to);
#endif
	store_release(CONSUMER, FREED, up_to);
	freed = up_to;
	wake_if_asleep(CONSUMER, error);
	error = DONE
}

inline take(position, size, freed) {
	d_step {
		never(seen_twice, position < done);
		never(lost_message, position > used);
		never(taken_unpublished, number_at[RING(position)] == 0)
	};
#ifdef WITHOUT_RELEASE_OF_FREED
	give_back(position + size, freed);
#endif
#ifdef WITHOUT_TAKEN_LAST
	be_done_with(position, size);
#endif
	use(position, size);
	atomic {
#ifndef WITHOUT_TAKEN_LAST
		be_done_with(position, size);
#endif
		number_at[RING(position)] = 0;
		position = position + size;
		size = 0;
		done = position
	};
	if
	:: position - freed > LAG -> give_back(position, freed)
	:: MAY_FREE_LATER(position, freed)
	fi
}

/* There is nothing: wait, unless that is known. */
inline wait_for_message(position, freed, error) {
#ifndef WITHOUT_FREED_BEFORE_SLEEP
	if
	:: freed != position -> give_back(position, freed)
	:: else
	fi;
#endif
#ifdef EDGE
	look(CONSUMER, error);
	if
	:: error == EAGAIN -> sleep(CONSUMER); queued[CONSUMER] = true
	:: else
	fi
#else
	channel_wait(CONSUMER, error)
#endif
}

active proctype consumer()
{
	byte position, freed, size, error;

again:
	{
		join(CONSUMER);
		d_step {
			position = memory[AT_JOIN];
			freed = memory[FREED];
			queued[CONSUMER] = TOLD_OF_EDGES
		};
		do
		:: true ->
			LOAD_AHEAD(position);
			size = LOAD(CONSUMER, RING(position));
			if
			:: size != 0 -> take(position, size, freed)
			:: else -> wait_for_message(position, freed, error)
			fi;
			if
			:: error == EPIPE -> break
			:: else
			fi
		od;
		atomic {
			never(lost_message, position < left_at_hangup);
			never(hangup_of_nobody, !came[PRODUCER])
		}
	}
	unless {
		killed[CONSUMER]
	};
	atomic {
		end_role(CONSUMER);
		d_step {
			position = 0; freed = 0; size = 0; error = 0
		};
		if
		:: killed[CONSUMER] -> killed[CONSUMER] = false; goto again
		:: killed[CONSUMER] = false; ended[CONSUMER] = true
		fi
	}
}

active proctype killer()
{
	byte kills;

	select(kills : 0 .. KILLS);
	do
	:: kills == 0 -> break
	:: atomic {
		kills > 0 && present[PRODUCER] -> killed[PRODUCER] = true; kills--
	}
	:: atomic {
		kills > 0 && present[CONSUMER] -> killed[CONSUMER] = true; kills--
	}
	od
}

#ifdef WATCHER
#define INPUT (!present[CONSUMER] && memory[RING(memory[TAKEN])] != 0)

/* poll(2) by an open file without a role: it speaks of a role that is free. */
active proctype watcher()
{
	do
	:: watcher_woken = false;
		if
		:: !present[CONSUMER] -> memory[SLEEPING(CONSUMER)] = 1
		:: else
		fi;
		if
		:: INPUT -> break
		:: else -> watcher_asleep = true;
			d_step {
				watcher_woken -> watcher_asleep = false
			}
		fi
	od
}
#endif

/* Nothing moves any more: is everybody where he should be? */
active proctype judge()
{
	timeout;
	d_step {
		never(stuck, !(asleep[PRODUCER] || ended[PRODUCER]));
		never(stuck, !(asleep[CONSUMER] || ended[CONSUMER]));
		never(sleeps_beside_work, asleep[PRODUCER] && WORK(PRODUCER));
		never(sleeps_beside_work, asleep[CONSUMER] && WORK(CONSUMER));
		never(sleeps_at_hangup, asleep[PRODUCER] && HANGUP(PRODUCER));
		never(sleeps_at_hangup, asleep[CONSUMER] && HANGUP(CONSUMER));
		never(both_sleep, asleep[PRODUCER] && asleep[CONSUMER]);
#ifdef WATCHER
		never(watcher_forgotten, watcher_asleep && INPUT)
#endif
	}
}
