// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ctrl-C as a regular end: what is under way is finished, one line says what was done, and
 * then the tool dies of the signal, so that a shell's loop ends, too. A signal that comes
 * between a look at it and a call that sleeps would be missed; so it comes again,
 * each second, until somebody has looked. A reader of stdout who goes, and a file that
 * may not grow, are errors of writing, for there is something to be left in order then, too.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t stop; /* the first of them that came, or 0 */
static char last_words[PATH_MAX + 128];

static void on_signal(int signal)
{
	if (signal != SIGALRM && !stop)
		stop = signal;
	alarm(1);
}

/*
 * From now on SIGINT, SIGTERM and SIGHUP interrupt what sleeps, and stopped() tells of them;
 * not so the last one beneath nohup(1).
 */
void stop_by_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct sigaction before;

	for (size_t i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &before);
		if (signals[i] != SIGHUP || before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	sigaction(SIGALRM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

bool stopped(void)
{
	return stop;
}

/* SA_RESETHAND has restored the default. */
static void say_and_die(int signal)
{
	ssize_t ignored = write(STDERR_FILENO, last_words, strlen(last_words));

	(void)ignored;
	raise(signal);
}

/*
 * Where a sleep cannot be interrupted, and there is nothing to clean up: the three signals
 * print that @name was interrupted, and @what, and kill. Those that are ignored stay so.
 */
void die_by_signals(const struct options *options, const char *name, const char *what)
{
	const struct sigaction action = {
		.sa_handler = say_and_die,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	struct sigaction before;

	snprintf(last_words, sizeof(last_words), "mmapdemo %s: %s: interrupted; %s\n",
		 options->verb, name, what);
	for (size_t i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &before);
		if (before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

/*
 * The end of main(): if stopped(), or if what this tool ran was killed by @signal (else 0),
 * die of it. Says at least that it was interrupted, if no verb has.
 */
void die_if_stopped(const struct options *options, int signal)
{
	sigset_t set;

	if (stop && !has_failed())
		failed(options, "interrupted");
	if (stop)
		signal = stop;
	if (!signal)
		return;
	alarm(0);
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigaction(signal, &(const struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(signal);
}
