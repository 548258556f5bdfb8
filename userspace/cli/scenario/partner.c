// SPDX-License-Identifier: BSD-2-Clause
/*
 * Other processes of a scenario: a partner that plays in turns, and children
 * that try an access which may kill them.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage.h"

static bool pass_turn(int fd)
{
	char token = 0;

	return send(fd, &token, 1, MSG_NOSIGNAL) == 1;
}

static bool await_turn(int fd)
{
	char token;
	ssize_t got;

	do {
		got = recv(fd, &token, 1, 0);
	} while (got < 0 && errno == EINTR);
	return got == 1;
}

/*
 * Fork a partner. It waits for its first turn, then plays; partner_yield() in
 * it ends a turn, returning from @play ends the last.
 */
bool partner_start(struct stage *stage, struct partner *partner,
		   void (*play)(struct stage *stage, struct partner *partner, void *arg), void *arg)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return sight(stage, "socket", false, "%s", strerror(errno));
	partner->pid = fork();
	if (partner->pid < 0)
		return sight(stage, "fork", false, "%s", strerror(errno));
	if (partner->pid == 0) {
		close(fds[0]);
		partner->fd = fds[1];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (await_turn(partner->fd))
			play(stage, partner, arg);
		_exit(0);
	}
	close(fds[1]);
	partner->fd = fds[0];
	return true;
}

/* Let the partner play until it yields or ends. */
void partner_turn(struct stage *stage, struct partner *partner)
{
	if (!pass_turn(partner->fd))
		sight(stage, "partner", false, "is gone");
	else
		await_turn(partner->fd); /* its end is seen by partner_end() */
}

/* Let the partner play to its end, while this process goes on. */
void partner_go(struct stage *stage, struct partner *partner)
{
	if (!pass_turn(partner->fd))
		sight(stage, "partner", false, "is gone");
}

/* Until a partner that was let go yields, or ends. */
void partner_await(struct partner *partner)
{
	await_turn(partner->fd);
}

/* By SIGKILL, which it does not see coming. */
void partner_kill(struct partner *partner)
{
	int status;

	kill(partner->pid, SIGKILL);
	waitpid(partner->pid, &status, 0);
	close(partner->fd);
}

/* In the partner: give the turn back and wait for the next. */
void partner_yield(struct partner *partner)
{
	if (!pass_turn(partner->fd) || !await_turn(partner->fd))
		_exit(0);
}

/* The partner has played its last turn, or is stopped here. */
void partner_end(struct stage *stage, struct partner *partner)
{
	int status = 0;

	close(partner->fd);
	waitpid(partner->pid, &status, 0);
	if (status)
		sight(stage, "partner", false, "ended with status %#x", (unsigned int)status);
}

/* What kills a child that does one access: a signal number, or 0. */
static int signal_of(volatile char *address, bool store)
{
	const struct rlimit no_core = { 0, 0 };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGBUS, SIG_DFL);
		if (store)
			*address = 'x';
		else
			(void)*address;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int signal_of_load(const volatile void *address)
{
	return signal_of((volatile char *)(uintptr_t)address, false);
}

int signal_of_store(volatile void *address)
{
	return signal_of(address, true);
}
