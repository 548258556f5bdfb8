/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that both sides see, and processors that are in no hurry to show it.
 *
 * Of each side one store may be late: its side sees it at once, the other one when
 * the processor gets to it. Meanwhile other stores overtake it, to other words. A
 * release waits for what is before it, and may then be late itself. A fence waits
 * for all. Who is killed shows all that it has stored. So x86 and arm64 are both
 * covered, as far as one late store goes. Loads are never early, but for those that
 * a switch makes so.
 */
#define PRODUCER 0
#define CONSUMER 1
#define PEER(role) (1 - (role))

/* The ring, and what of the two pages anybody decides by. The unit is 8 bytes. */
#define SIZE 6
#define RING(position) ((position) % SIZE)
#define HEAD SIZE
#define WANTED (SIZE + 1)
#define TAKEN (SIZE + 2)
#define FREED (SIZE + 3)
#define SLEEPING(role) (SIZE + 4 + (role))

byte memory[SIZE + 6];

typedef store_that_is_late {
	bool held;
	byte word;
	byte value;
}
store_that_is_late late[2];

#define LOAD(role, which) \
	(late[role].held && late[role].word == (which) -> late[role].value : memory[which])

/* All that this side has stored is there for the other one. */
inline settle(role) {
	if
	:: late[role].held ->
		memory[late[role].word] = late[role].value;
		late[role].held = false;
		late[role].word = 0;
		late[role].value = 0
	:: else
	fi
}

inline fence(role) {
	d_step {
		settle(role)
	}
}

inline hold(role, which, what) {
	late[role].held = true;
	late[role].word = which;
	late[role].value = what
}

inline store(role, which, what) {
	d_step {
		if
		:: late[role].held && late[role].word == (which) -> settle(role)
		:: else
		fi;
		if
		:: late[role].held -> memory[which] = what
		:: else -> hold(role, which, what)
		fi
	}
}

inline store_release(role, which, what) {
	d_step {
		settle(role);
		hold(role, which, what)
	}
}

active proctype processors()
{
end:
	do
	:: d_step {
		late[PRODUCER].held -> settle(PRODUCER)
	}
	:: d_step {
		late[CONSUMER].held -> settle(CONSUMER)
	}
	od
}
