/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may write into the ring: descriptors, maps, fork(2) and the producer's role.
 *
 * One process takes the role, maps, forks, and lets go of its descriptor and its map
 * in either order, as it does when it is killed. Its child lives on for as long as it
 * likes. A third process wants the role too. The consumer has its own maps. Writers are
 * those who have a writable map of the data; with -DQUIET the child never uses its one.
 */
bool two_writers, death_hidden;

#define never(what, bad) \
	if \
	:: bad -> what = true; assert(!what) \
	:: else \
	fi

#define FIRST 0
#define CHILD 1
#define THIRD 2
#define PEER 3 /* the consumer */
#define NOBODY 4

byte owner = NOBODY; /* of the role */
bool descriptor[4];
bool writable[4];
bool over;	     /* the first process is no more */

#ifdef QUIET
#define WRITERS (writable[FIRST] + writable[THIRD] + writable[PEER])
#else
#define WRITERS (writable[FIRST] + writable[CHILD] + writable[THIRD] + writable[PEER])
#endif

#ifdef WITHOUT_LAST_MAP
#define NO_MAP(who) true
#else
#define NO_MAP(who) (!writable[who])
#endif

/* A map that fork(2) has copied is one of the owner's maps to the driver. */
inline give_role_back() {
	if
	:: owner == FIRST && !descriptor[FIRST] && NO_MAP(FIRST) && NO_MAP(CHILD) ->
		owner = NOBODY
	:: else
	fi
}

inline close_descriptor(who) {
	atomic {
		descriptor[who] = false;
		give_role_back()
	}
}

inline unmap(who) {
	atomic {
		writable[who] = false;
		give_role_back()
	}
}

/* A writable map is for who has the role, at the time of mmap(2). */
inline map(who) {
	atomic {
		if
#ifndef WITHOUT_ROLE_TO_MAP
		:: owner == who -> writable[who] = true
#else
		:: true -> writable[who] = true
#endif
		:: else
		fi;
		never(two_writers, WRITERS > 1)
	}
}

inline join(who) {
	atomic {
		owner == NOBODY -> owner = who;
		descriptor[who] = true
	}
}

active proctype first()
{
	join(FIRST);
	map(FIRST);
	atomic {
		if
#ifdef WITHOUT_DONTCOPY
		:: writable[CHILD] = writable[FIRST]
#endif
		:: skip
		fi;
		run child()
	};
	if
	:: close_descriptor(FIRST); unmap(FIRST)
	:: unmap(FIRST); close_descriptor(FIRST)
	fi;
	over = true
}

/* It has no business with the channel: it stays, or it ends. */
proctype child()
{
	atomic {
		never(two_writers, WRITERS > 1)
	};
	if
	:: unmap(CHILD)
	:: skip
	fi
}

active proctype third()
{
	if
	:: map(THIRD); join(THIRD)
	:: join(THIRD); map(THIRD)
	fi
}

active proctype peer()
{
#ifdef WITHOUT_READ_ONLY_DATA
	writable[PEER] = true
#else
	skip
#endif
	;
	atomic {
		never(two_writers, WRITERS > 1)
	}
}

/* The consumer waits for the producer, which is no more: was it told? */
active proctype judge()
{
	timeout;
	never(death_hidden, over && owner == FIRST)
}
