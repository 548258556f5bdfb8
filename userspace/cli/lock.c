// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo lock: a command while a mutex of the library is held.
 */
#include <errno.h>
#include <limits.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"

enum command_code {
	COMMAND_NOT_RUN = 126, /* found, but it cannot be run */
	COMMAND_NOT_FOUND = 127,
	COMMAND_KILLED = 128, /* and the signal's number */
};

static int lost(const struct options *options, const char *name)
{
	return failed(
		options,
		"%s: its mutex is not recoverable, for somebody gave up what it guards. See "
		"to that, and that nobody has it open; then 'mmapdemo fill -d %s%s -o %" PRIu64
		" -n %d' makes it new",
		name, path_prefix(name), name, options->offset, MMAPDEMO_MUTEX_SIZE);
}

static int no_mutex(const struct options *options, const char *name)
{
	const char *prefix = path_prefix(name);

	return failed(options,
		      "%s: the %d bytes at %" PRIu64 " are no mutex; take others by --offset, or "
		      "'mmapdemo fill -d %s%s -o %" PRIu64 " -n %d' makes them one",
		      name, MMAPDEMO_MUTEX_SIZE, options->offset, prefix, name, options->offset,
		      MMAPDEMO_MUTEX_SIZE);
}

static int take(const struct options *options, const char *name, struct mmapdemo_mutex *mutex,
		bool *locked)
{
	struct timespec room;
	int err;

	die_by_signals(options, name, "COMMAND was not run");
	err = mmapdemo_mutex_timedlock(mutex, deadline_of(options, &room));
	if (err == -EOWNERDEAD) {
		noted(options, "%s: the last holder died holding it", name);
		err = mmapdemo_mutex_consistent(mutex);
	}
	if (err == -ETIMEDOUT) {
		failed(options, "%s: somebody holds it", name);
		return options->conflict;
	}
	if (err == -ENOTRECOVERABLE)
		return lost(options, name);
	if (err == -EINVAL)
		return no_mutex(options, name);
	*locked = !err;
	return err ? place_failed(options, name, err) : EXIT_OK;
}

static volatile pid_t command_pid; /* 0 before its number may be another's */
static volatile sig_atomic_t passed_on;

static void pass_on(int signal)
{
	if (command_pid)
		kill(command_pid, signal);
	passed_on = signal;
}

/*
 * As system(3): keys interrupt the command, and its end is not missed. What else would end
 * this tool goes to the command, whose end is then this one's, with the mutex unlocked.
 */
static const struct {
	int signal;
	void (*handler)(int signal);
} meanwhile[] = {
	{ SIGINT, SIG_IGN },  { SIGQUIT, SIG_IGN }, { SIGCHLD, SIG_DFL },
	{ SIGTERM, pass_on }, { SIGHUP, pass_on },
};

#define MEANWHILE (sizeof(meanwhile) / sizeof(meanwhile[0]))

/*
 * In the child. When its parent is dead, nobody holds the mutex, and it must not go
 * on; the parent may have died before it could be bound to that.
 */
static void become(const struct options *options, char **command, pid_t parent,
		   const struct sigaction *before, const sigset_t *mask)
{
	int err;

	for (size_t i = 0; i < MEANWHILE; i++)
		signal(meanwhile[i].signal, before[i].sa_handler == SIG_IGN ? SIG_IGN : SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(COMMAND_NOT_RUN);
	execvp(command[0], command);
	err = errno;
	failed(options, "%s: %s", command[0], strerror(err));
	_exit(err == ENOENT ? COMMAND_NOT_FOUND : COMMAND_NOT_RUN);
}

/* No signal is handled before it is known whom to pass it on to. */
static pid_t start_command(const struct options *options, char **command)
{
	struct sigaction before[MEANWHILE];
	pid_t self = getpid();
	sigset_t all, mask;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	for (size_t i = 0; i < MEANWHILE; i++) {
		struct sigaction action = { .sa_handler = meanwhile[i].handler };

		sigaction(meanwhile[i].signal, NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN || meanwhile[i].signal == SIGCHLD)
			sigaction(meanwhile[i].signal, &action, NULL);
	}
	pid = fork();
	if (pid == 0)
		become(options, command, self, before, &mask);
	/* kill(-1) would be for everybody. */
	command_pid = pid > 0 ? pid : 0;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return pid;
}

/* Returns its exit code. *@signal: what this tool is to die of; else 0. */
static int run_command(const struct options *options, char **command, int *signal)
{
	pid_t pid = start_command(options, command);
	siginfo_t info;
	int status = 0;

	*signal = 0;
	if (pid < 0)
		return failed(options, "%s: %s", command[0], strerror(errno));
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	command_pid = 0;
	waitpid(pid, &status, 0);
	if (passed_on)
		*signal = passed_on;
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
		*signal = SIGINT;
	return WIFSIGNALED(status) ? COMMAND_KILLED + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_lock(const struct options *options, int argc, char **argv)
{
	struct mmapdemo_mutex mutex;
	struct place place;
	int code, err, signal = 0;
	bool locked = false;

	(void)argc;
	code = place_open(options, argv[0], MMAPDEMO_MUTEX_SIZE, MMAPDEMO_MUTEX_ALIGN, 0, &place);
	if (code)
		return code;
	err = mmapdemo_mutex_at(&mutex, place.buffer, &place.view, options->offset);
	if (err == -EINVAL)
		code = no_mutex(options, argv[0]);
	else
		code = err ? place_failed(options, argv[0], err) :
			     take(options, argv[0], &mutex, &locked);
	if (locked) {
		code = run_command(options, argv + 1, &signal);
		if (mmapdemo_mutex_unlock(&mutex))
			code = failed(options, "%s: somebody has overwritten the mutex meanwhile",
				      argv[0]);
		else if (passed_on)
			failed(options, "%s: interrupted; the mutex is free", argv[0]);
	}
	place_close(&place);
	die_if_stopped(options, signal);
	return code;
}

const struct verb verb_lock = {
	.name = "lock",
	.group = GROUP_EVENTS,
	.arguments = "NAME -- COMMAND",
	.summary = "run COMMAND while a mutex is held",
	.details =
		"The mutex is 64 bytes at --offset of NAME, a buffer of the driver or, with a\n"
		"'/' in it, a path. They must be zero at first, and then be left alone. If a\n"
		"holder dies, the next one is told and goes on. SIGTERM is passed on to COMMAND.\n"
		"SIGKILL of this program kills COMMAND, though not what that has started.\n"
		"The exit code is COMMAND's, 128 and the signal if one killed it, 126 if it\n"
		"cannot be run, 127 if there is no such command.",
	.examples = "mmapdemo lock news -- make install\n"
		    "mmapdemo lock ./file -n -E 75 -- echo free",
	.run = run_lock,
	.takes = TAKES_OFFSET | TAKES_TIMEOUT | TAKES_FLOCK | TAKES_COMMAND,
	.least = 2,
	.most = INT_MAX,
};
