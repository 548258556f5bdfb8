/* SPDX-License-Identifier: BSD-2-Clause */
/* The consumer of channel.pml. */

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

/* Rule 7 */
#ifdef WITHOUT_AT_TAKEN
#define AT_JOIN FREED
#else
#define AT_JOIN TAKEN
#endif

/* Rule 5: without acquire semantics of the header, the message may be loaded first. */
#ifdef WITHOUT_ACQUIRE
byte ahead;
#define LOAD_AHEAD(position) ahead = LOAD(CONSUMER, RING(position + 1))
#define FIRST_UNIT(position) ahead
#else
#define LOAD_AHEAD(position) skip
#define FIRST_UNIT(position) LOAD(CONSUMER, RING(position + 1))
#endif

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
