/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all benchmarks share. They run in a guest in which each instruction takes
 * one nanosecond of CLOCK_MONOTONIC, user's and kernel's alike (see bench.sh), so
 * a time is a count of instructions, and the same in each run.
 */
#ifndef BENCH_H
#define BENCH_H

#include <err.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES 9
#define NO_GOAL (-1.0)
#define PAGE 4096UL

struct other {
	const char *name;
	double value;
};

/* One line of the table, and what else would do the same work. */
struct figure {
	const char *name;
	const char *work; /* what exactly is done */
	const char *unit; /* NULL: instructions */
	double value;
	double goal; /* the most that @value may be, or NO_GOAL */
	double aim;  /* the most that it should be, which fails nothing; 0: none */
	struct other others[8];
};

/* For report.awk: one line, fields separated by tabs. */
static inline void print_figure(const struct figure *figure)
{
	printf("figure\t%s\t%s\t%s\t%.2f\t", figure->name, figure->work,
	       figure->unit ? figure->unit : "instructions", figure->value);
	if (figure->goal >= 0)
		printf("%.2f", figure->goal);
	putchar('\t');
	if (figure->aim > 0)
		printf("%.2f", figure->aim);
	for (const struct other *other = figure->others; other->name; other++)
		printf("\t%s\t%.2f", other->name, other->value);
	putchar('\n');
}

static inline uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static inline int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A process more; as fork(2), but that it fails for us, and that nobody hangs. */
static inline pid_t start_process(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0)
		alarm(60);
	return pid;
}

typedef void operation(void *argument);

static inline void nothing(void *argument)
{
	(void)argument;
}

/* Inlined, with the operation in it: no call that the work does not have itself. */
static inline __attribute__((always_inline)) double loop(operation *what, void *argument,
							 unsigned int rounds)
{
	uint64_t start = now();

	for (unsigned int left = rounds; left; left--) {
		what(argument);
		__asm__ volatile("" ::: "memory");
	}
	return (double)(now() - start);
}

/*
 * Instructions of one round, without those of the loop: the median of some loops.
 * A tick comes each 4,000,000 instructions; what shorter loops measure is without it.
 */
static inline __attribute__((always_inline)) double instructions(operation *what, void *argument,
								 unsigned int rounds)
{
	double samples[SAMPLES];

	loop(what, argument, 1);
	for (int i = 0; i < SAMPLES; i++)
		samples[i] = (loop(what, argument, rounds) - loop(nothing, NULL, rounds)) / rounds;
	qsort(samples, SAMPLES, sizeof(*samples), compare);
	return samples[SAMPLES / 2];
}

/*
 * Whether a process is killed for a system call in @what, done that often, when
 * @prepare has been done first.
 */
static inline int is_killed(operation *prepare, operation *what, void *argument,
			    unsigned int rounds)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		prepare(argument);
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0)
			_exit(1);
		while (rounds--)
			what(argument);
		syscall(SYS_exit, 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child ||
	    (WIFEXITED(status) && WEXITSTATUS(status)))
		err(1, "child");
	return WIFSIGNALED(status);
}

#endif /* BENCH_H */
