/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer that stores anything, at any time: each load of a word that it may write
 * gives any value. What must hold is ours: no access outside of the two maps in a row,
 * no room that is not there, nothing used that was not judged, and an end.
 *
 * Without a -D: a consumer in the kernel, such as read(2), and a hostile producer
 * -DCONSUMER	a producer, and a hostile consumer
 * -DWALK	a producer joins; a hostile one has left what is in the ring
 *
 * Positions are modulo the ring where they would otherwise grow without end. That the
 * kernel keeps its own position, and never reads back what it wrote, is not a rule of
 * who may write, and not modelled.
 */
bool out_of_bounds, used_unjudged, room_that_is_not, walks_past_a_lap;

#define never(what, bad) \
	if \
	:: bad -> what = true; assert(!what) \
	:: else \
	fi

#define SIZE 6
#define HALF (SIZE / 2)
#define ANYTHING (2 * SIZE) /* as good as 2^32 */
#define RING(position) ((position) % SIZE)

#if defined(CONSUMER)

#define LAST 15

/* "freed" may stand still, go back or leap; what room is there then? */
active proctype producer()
{
	byte position, accepted, freed;
	short room;

	do
	:: position < LAST ->
		select(freed : 0 .. LAST + SIZE);
#ifndef WITHOUT_CHECK_BACK
		if
		:: freed < accepted -> break /* EPROTO */
		:: else
		fi;
#endif
#ifndef WITHOUT_CHECK_AHEAD
		if
		:: freed > position -> break /* EPROTO */
		:: else
		fi;
#endif
		accepted = freed;
		room = SIZE - (position - accepted);
		never(room_that_is_not, room < 0 || room > SIZE);
		if
		:: room > HALF -> position = position + HALF
		:: else
		fi
	:: else -> break
	od
}

#elif defined(WALK)

/* Where does it go on? Not the peer's word, and not without an end. */
active proctype producer()
{
	byte start, position, header;

	select(start : 0 .. SIZE);
	position = start;
	do
	:: select(header : 0 .. ANYTHING);
		if
		:: header == 0 -> break
		:: header > 0 ->
#ifndef WITHOUT_CHECK_OF_LENGTH
			if
			:: header > HALF -> break /* EPROTO */
			:: else
			fi;
#endif
			never(out_of_bounds, RING(position) + header > 2 * SIZE);
#ifndef WITHOUT_ONE_LAP
			if
			:: position + header - start > SIZE -> break /* EPROTO */
			:: else
			fi;
#endif
			position = position + header;
			never(walks_past_a_lap, position - start > SIZE)
		fi
	od
}

#else

#define BUDGET 2 /* records, before others may run */

#ifdef WITHOUT_ONE_LOAD
#define LOAD_AGAIN(word) select(word : 0 .. ANYTHING)
#else
#define LOAD_AGAIN(word) skip
#endif

#ifdef WITHOUT_COPY
#define USE_THE_RING(word) select(word : 0 .. 1)
#else
#define USE_THE_RING(word) skip
#endif

#ifdef WITHOUT_BUDGET
#define SPEND(budget) skip
#else
#define SPEND(budget) budget--
#endif

active proctype consumer()
{
	byte position, header, budget;
	bool word, judged;

turn:
progress: /* cond_resched() */
	budget = BUDGET;
	do
	:: budget > 0 ->
		select(header : 0 .. ANYTHING);
		if
		:: header == 0 -> goto turn /* it sleeps */
		:: else
		fi;
#ifndef WITHOUT_CHECK_OF_LENGTH
		if
		:: header > HALF -> goto end_of_the_matter /* EPROTO */
		:: else
		fi;
#endif
		LOAD_AGAIN(header);
		never(out_of_bounds, RING(position) + header > 2 * SIZE);
		/* The message: one word that must be 0. */
		select(word : 0 .. 1);
		judged = (word == 0);
		USE_THE_RING(word);
		never(used_unjudged, judged && word != 0);
		position = RING(position + header);
		SPEND(budget)
	:: else -> goto turn
	od;
end_of_the_matter:
	skip
}

#endif
