// SPDX-License-Identifier: BSD-2-Clause
/*
 * "make bench-native": channels beside what else sends messages, on two CPUs of this
 * machine. All in turn, some times; what is told are ratios within such a round, the
 * median of the rounds. The argument is the file for the same as JSON.
 */
#include <stdio.h>

#include "run.h"

#define ROUNDS 5
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct peer *const many[] = {
	&ours_batches, &ours,	    &boost_all, &boost_arrays, &boost_single, &ck,
	&mutex_peer,   &semaphores, &pipe_peer, &sockets,      &queue,	      &interprocess,
};
static const struct peer *const trips[] = {
	&floor_peer, &ours,	 &boost_single, &ck,	&mutex_peer,
	&semaphores, &pipe_peer, &sockets,	&queue, &interprocess,
};
static const struct peer *const copies[] = {
	&floor_peer, &ours, &mutex_peer, &semaphores, &pipe_peer, &sockets, &queue, &interprocess,
};
static const size_t sizes[] = { 1024, 4096, 65536 };

static double many_times[ROUNDS][COUNT(many)];
static struct trips trip_times[ROUNDS][COUNT(trips)];
static double copy_times[COUNT(sizes)][ROUNDS][COUNT(copies)];
static FILE *json;

static void measure(int round)
{
	for (size_t i = 0; i < COUNT(many); i++)
		many_times[round][i] = run_many(many[i]);
	for (size_t i = 0; i < COUNT(trips); i++)
		trip_times[round][i] = run_trips(trips[i]);
	for (size_t size = 0; size < COUNT(sizes); size++) {
		for (size_t i = 0; i < COUNT(copies); i++) {
			if (!copies[i]->most || sizes[size] <= copies[i]->most)
				copy_times[size][round][i] = run_copies(copies[i], sizes[size]);
		}
	}
}

/* What else runs here takes the CPU from one side or the other. */
static void tell_load(void)
{
	double load;

	if (getloadavg(&load, 1) == 1 && load > 0.5)
		printf("THE MACHINE IS BUSY (load %.1f): these ratios say little\n", load);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

static void print(const char *name, double value)
{
	static int rows;

	printf("    %-52s %8.2f\n", name, value);
	fprintf(json, "%s{\"name\": \"%s\", \"unit\": \"ratio\", \"value\": %.4f}",
		rows++ ? ",\n" : "", name, value);
}

/* How many times as many messages as by the other, in the same time. */
static double faster(size_t peer, size_t other)
{
	double ratios[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		ratios[i] = many_times[i][other] / many_times[i][peer];
	return median(ratios);
}

/* How many times as long a trip is as the shortest that there can be. */
static double longer(size_t peer, size_t offset)
{
	double ratios[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		ratios[i] =
			*(double *)((char *)&trip_times[i][peer] + offset) / trip_times[i][0].p50;
	return median(ratios);
}

static double copied(size_t size, size_t peer)
{
	double ratios[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		ratios[i] = copy_times[size][i][0] / copy_times[size][i][peer];
	return median(ratios);
}

static void goal(const char *name, double value, const char *what, double wanted, int met)
{
	printf("  %-54s %8.2f  %s %.2f  %s\n", name, value, what, wanted, met ? "ok" : "MISSED");
}

static void at_least(const char *name, double value, double wanted)
{
	goal(name, value, "at least", wanted, value >= wanted);
}

static void at_most(const char *name, double value, double wanted)
{
	goal(name, value, "at most", wanted, value <= wanted);
}

static void print_many(void)
{
	double best = 0;

	puts("messages of 32 bytes, all written and compared, 1 MiB of room: how many in the "
	     "time of one by batches");
	for (size_t i = 0; i < COUNT(many); i++) {
		print(many[i]->name, faster(i, 0));
		if (many[i] != &ours && many[i] != &ours_batches && faster(i, 0) > best)
			best = faster(i, 0);
	}
	at_least("batches, beside the best of the others; to reach: 0.8", 1 / best, 0.6);
	at_least("batches, beside boost::lockfree with arrays", faster(0, 3), 1.2);
	at_least("one by one, a fence each, beside boost push(), pop()", faster(1, 4), 1.5);
	at_least("one by one, a fence each, beside ck", faster(1, 5), 3);
}

static void print_trips(void)
{
	static const struct {
		const char *name;
		size_t offset;
	} parts[] = { { "p50", offsetof(struct trips, p50) },
		      { "p99", offsetof(struct trips, p99) },
		      { "p99.9", offsetof(struct trips, p999) } };
	char name[120];

	puts("round trip of 56 bytes, all written and compared, padded to lines: in times of two "
	     "cache lines");
	for (size_t i = 0; i < COUNT(trips); i++) {
		for (size_t j = 0; j < COUNT(parts); j++) {
			snprintf(name, sizeof(name), "%s, %s", trips[i]->name, parts[j].name);
			print(name, longer(i, parts[j].offset));
		}
	}
	at_most("channel, p50, beside two lines; to reach: 1.2", longer(1, 0), 1.4);
	at_most("channel, p50, beside boost::lockfree", longer(1, 0) / longer(2, 0), 0.7);
}

static void print_copies(size_t size, double wanted)
{
	char name[120];

	printf("%zu bytes copied in and out, the ends compared: how many in the time of two "
	       "memcpys\n",
	       sizes[size]);
	for (size_t i = 0; i < COUNT(copies); i++) {
		if (!copy_times[size][0][i])
			continue;
		snprintf(name, sizeof(name), "%s, %zu bytes", copies[i]->name, sizes[size]);
		print(name, copied(size, i));
	}
	at_least("channel, beside two memcpys", copied(size, 1), wanted);
}

int main(int argc, char **argv)
{
	json = argc > 1 ? fopen(argv[1], "w") : NULL;
	if (!json)
		err(1, "which file for JSON?");
	if (!run_setup()) {
		puts("two CPUs are needed: nothing was measured");
		return 0;
	}
	tell_load();
	for (int i = 0; i < ROUNDS; i++) {
		fprintf(stderr, "  round %d of %d\n", i + 1, ROUNDS);
		measure(i);
	}
	fputs("{\"figures\": [\n", json);
	print_many();
	print_trips();
	print_copies(0, 0.9);
	print_copies(1, 0.95);
	print_copies(2, 0.95);
	fputs("\n]}\n", json);
	return 0;
}
