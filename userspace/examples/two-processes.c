// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two processes, one memory: each sees what the other has stored, and two semaphores
 * in the same memory tell whose turn it is. Who waits sleeps in the driver; on a
 * file, given as argument, by futex(2).
 *
 *	cc two-processes.c -o two-processes -lmmapdemo && ./two-processes
 *
 * prints
 *
 *	parent: says "ping"
 *	child:  heard "ping", says "pong"
 *	parent: heard "pong"
 */
#include <mmapdemo.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "must.h"

/* Where things are in the buffer: all that two programs have to agree on. */
#define CHILDS_TURN 0
#define PARENTS_TURN 64
#define TEXT 128

static struct mmapdemo_semaphore childs_turn, parents_turn;

static void child(char *text)
{
	must("wait", mmapdemo_semaphore_wait(&childs_turn));
	printf("child:  heard \"%s\", says \"pong\"\n", text);
	fflush(stdout);
	strcpy(text, "pong");
	must("post", mmapdemo_semaphore_post(&parents_turn));
}

static void parent(char *text)
{
	printf("parent: says \"ping\"\n");
	fflush(stdout);
	strcpy(text, "ping");
	must("post", mmapdemo_semaphore_post(&childs_turn));
	must("wait", mmapdemo_semaphore_wait(&parents_turn));
	printf("parent: heard \"%s\"\n", text);
}

int main(int argc, char **argv)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	char *text;

	must("open", mmapdemo_open(&buffer, argc > 1 ? argv[1] : NULL, 0));
	must("view", mmapdemo_view_open(&view, buffer, 0, 4096, 0));
	/* Semaphores begin at 0, and a buffer keeps what its last user left. */
	memset(view.data, 0, view.size);
	must("semaphore", mmapdemo_semaphore_at(&childs_turn, buffer, &view, CHILDS_TURN));
	must("semaphore", mmapdemo_semaphore_at(&parents_turn, buffer, &view, PARENTS_TURN));
	text = (char *)view.data + TEXT;

	if (must_call("fork", fork()) == 0) {
		child(text);
		return 0;
	}
	parent(text);
	wait(NULL);
	mmapdemo_view_close(&view);
	mmapdemo_close(buffer);
	return 0;
}
