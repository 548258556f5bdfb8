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
 * No process runs for ever: a cycle would be an error ("ends" in "runs"). So whoever
 * waits for ever, waits when nothing moves any more, and judge() looks at that.
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

#include "producer.pml"
#include "consumer.pml"

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
