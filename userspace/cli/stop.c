// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ctrl-C as a regular end: what is under way is finished. A signal that comes
 * between a look at it and a call that sleeps would be missed; so it comes again,
 * each second, until somebody has looked. A reader of stdout who goes, and a file that
 * may not grow, are errors of writing, for there is something to be left in order then, too.
 */
#include <signal.h>
#include <unistd.h>

#include "cli.h"

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
	alarm(1);
}

/*
 * From now on SIGINT, SIGTERM and SIGHUP interrupt what sleeps, and stopped() tells of them;
 * not so the last one beneath nohup(1).
 */
void stop_by_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct sigaction hangup;

	sigaction(SIGHUP, NULL, &hangup);
	if (hangup.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

bool stopped(void)
{
	return stop;
}
