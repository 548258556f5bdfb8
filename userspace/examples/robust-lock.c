// SPDX-License-Identifier: BSD-2-Clause
/*
 * A robust lock: a process is killed in the middle of a change, with the lock in its
 * hands. The next one gets the lock, and is told, so that it can make whole what was
 * left half done. A file may be given as argument.
 *
 *	cc robust-lock.c -o robust-lock -lmmapdemo && ./robust-lock
 *
 * prints
 *
 *	child:  takes 30 out of the left pocket, and is killed
 *	parent: the last owner died: 70 + 0
 *	parent: made whole again: 70 + 30
 */
#include <mmapdemo.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "must.h"

/* The lock is the first 64 bytes; after it comes what it guards. */
struct pockets {
	int left, right; /* 100 in both, whenever nobody has the lock */
};

static void die_in_the_middle(struct mmapdemo_mutex *mutex, struct pockets *pockets)
{
	must("lock", mmapdemo_mutex_lock(mutex));
	printf("child:  takes 30 out of the left pocket, and is killed\n");
	fflush(stdout);
	pockets->left -= 30;
	raise(SIGKILL);
}

static void repair(struct mmapdemo_mutex *mutex, struct pockets *pockets)
{
	int state = mmapdemo_mutex_lock(mutex);

	if (state == -EOWNERDEAD) {
		printf("parent: the last owner died: %d + %d\n", pockets->left, pockets->right);
		pockets->right = 100 - pockets->left;
		must("consistent", mmapdemo_mutex_consistent(mutex));
	} else {
		must("lock", state);
	}
	printf("parent: made whole again: %d + %d\n", pockets->left, pockets->right);
	must("unlock", mmapdemo_mutex_unlock(mutex));
}

int main(int argc, char **argv)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_mutex mutex;
	struct mmapdemo_view view;
	struct pockets *pockets;

	must("open", mmapdemo_open(&buffer, argc > 1 ? argv[1] : NULL, 0));
	must("view", mmapdemo_view_open(&view, buffer, 0, 4096, 0));
	memset(view.data, 0, view.size);
	must("mutex", mmapdemo_mutex_at(&mutex, buffer, &view, 0));
	pockets = (void *)((char *)view.data + MMAPDEMO_MUTEX_SIZE);
	pockets->left = 100;

	if (must_call("fork", fork()) == 0)
		die_in_the_middle(&mutex, pockets);
	wait(NULL);
	repair(&mutex, pockets);
	mmapdemo_view_close(&view);
	mmapdemo_close(buffer);
	return 0;
}
