// SPDX-License-Identifier: BSD-2-Clause
/*
 * A process and a time limit for each check. Whatever the driver does to the
 * process, the tool goes on; even one that cannot be killed is left over.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check/check.h"

/* How long a killed process may take to end, in milliseconds. */
#define KILL_LIMIT 1000

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool ends_within(pid_t pid, int limit, int *status)
{
	int64_t deadline = milliseconds() + limit;

	do {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		usleep(1000);
	} while (milliseconds() < deadline);
	return waitpid(pid, status, WNOHANG) == pid;
}

/* A process that cannot be killed must not keep a pipe of ours open. */
static void let_go(int fd)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, fd);
}

/*
 * Run @body in a child for @limit milliseconds at most. Returns true and how
 * it ended in *@status; or false if it had to be killed: *@status is -1 if it
 * could not be, because it hangs in the kernel, and -2 if there was no child.
 */
bool run_in_child(void (*body)(void *arg), void *arg, int limit, int *status)
{
	const struct rlimit no_core = { 0, 0 };
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		/* Its own children have this too, so that nothing stays. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGBUS, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		let_go(STDOUT_FILENO);
		body(arg);
		_exit(0);
	}
	*status = -2;
	if (pid < 0)
		return false;
	if (ends_within(pid, limit, status))
		return true;
	kill(pid, SIGKILL);
	if (!ends_within(pid, KILL_LIMIT, status))
		*status = -1;
	return false;
}

struct job {
	const struct check *check;
	struct trial trial;
};

/* In the child. */
static void run_job(void *arg)
{
	struct job *job = arg;
	struct trial *trial = &job->trial;
	bool write = job->check->bits & STORES_SHARED;
	struct mmapdemo_buffer *buffer;
	int err;

	let_go(STDERR_FILENO);
	err = mmapdemo_open(&buffer, trial->subject->options->device,
			    write ? 0 : MMAPDEMO_READ_ONLY);
	if (err) {
		conclude(trial, RESULT_SKIP, "cannot be opened for %s: %s",
			 write ? "reading and writing" : "reading", strerror(-err));
		return;
	}
	trial->fd = mmapdemo_fd(buffer);
	job->check->run(trial);
}

static void run_job_limited(struct job *job)
{
	int status;
	bool ended = run_in_child(run_job, job, job->trial.subject->limit, &status);

	job->trial.verdict->hung = !ended && status != -2;
	if (ended && WIFSIGNALED(status))
		conclude(&job->trial, RESULT_FAIL, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else if (!ended && status == -2)
		conclude(&job->trial, RESULT_SKIP, "no process for it: %s", strerror(errno));
	else if (!ended)
		conclude(&job->trial, RESULT_FAIL, "timed out after %g s%s",
			 job->trial.subject->limit / 1000.0,
			 status == -1 ? ", and cannot be killed: it hangs in the kernel" : "");
}

/* Fills *@verdict, whatever happens in the check. */
void run_check(const struct subject *subject, const struct check *check, struct verdict *verdict)
{
	struct job job = { check, { subject, -1, verdict } };

	verdict->hung = false;
	if (check->bits & STORES && !subject->options->write) {
		conclude(&job.trial, RESULT_SKIP, "only with --write");
		return;
	}
	/* New memory each time: a process that is still there may still write to its own. */
	job.trial.verdict = mmap(NULL, sizeof(*verdict), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job.trial.verdict == MAP_FAILED) {
		job.trial.verdict = verdict;
		conclude(&job.trial, RESULT_SKIP, "out of memory");
		return;
	}
	conclude(&job.trial, RESULT_FAIL, "ended without a verdict");
	run_job_limited(&job);
	*verdict = *job.trial.verdict;
	munmap(job.trial.verdict, sizeof(*verdict));
}
