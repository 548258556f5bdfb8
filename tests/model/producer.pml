/* SPDX-License-Identifier: BSD-2-Clause */
/* The producer of channel.pml. */

/* Rule 3 */
#ifdef WITHOUT_ROOM_FOR_ZERO
#define ROOM_FOR_ZERO 0
#else
#define ROOM_FOR_ZERO 1
#endif

/* Told that there is no consumer, the producer ends; or it stays and does nothing. */
#ifdef WATCHER
#define STAY ended[PRODUCER] = true; false
#else
#define STAY skip
#endif

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
#ifdef WITHOUT_TAKEN_AT_JOIN
		position = memory[HEAD];
#else
		position = memory[TAKEN];
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

inline write_zero(at, now) {
#if !defined(WITHOUT_ZERO) && !defined(WITHOUT_ZERO_FIRST)
	if
	:: now -> write(at, 0)
	:: else
	fi
#else
	skip
#endif
}

/* Rules 1, 2 and 4: messages, the header of the second, with 0 before or behind them, and
 * the header of the first. */
inline send(position, size, second) {
#ifdef WITHOUT_HEADER_LAST
	publish(position, size);
#endif
	if
	:: zero = true
	:: zero = false
	fi;
	write_zero(position + size + second, zero);
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
	write_zero(position + size + second, !zero);
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
		second = 0;
		zero = false
	}
#ifdef WITHOUT_ZERO_FIRST
	;
	write(position, 0)
#endif
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
	bool zero;

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
			position = 0; size = 0; second = 0; error = 0; zero = false
		};
		if
		:: killed[PRODUCER] -> killed[PRODUCER] = false; goto again
		:: killed[PRODUCER] = false; ended[PRODUCER] = true
		fi
	}
}
