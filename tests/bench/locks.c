// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mutexes and semaphores when nobody else wants them, beside those of glibc in
 * shared memory. The first argument says how the library was linked.
 */
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>

#include "mmapdemo.h"

#include "bench.h"

#define ROUNDS 10000

static struct mmapdemo_mutex mutex;
static struct mmapdemo_semaphore semaphore;

/* In shared memory. */
struct glibc {
	pthread_mutex_t shared, robust;
	sem_t semaphore;
};

static struct glibc *glibc;

static void lock(void *argument)
{
	mmapdemo_mutex_lock(argument);
	mmapdemo_mutex_unlock(argument);
}

static void lock_glibc(void *argument)
{
	pthread_mutex_lock(argument);
	pthread_mutex_unlock(argument);
}

static void post(void *argument)
{
	mmapdemo_semaphore_post(argument);
	mmapdemo_semaphore_wait(argument);
}

static void post_glibc(void *argument)
{
	sem_post(argument);
	sem_wait(argument);
}

static void setup(void)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	pthread_mutexattr_t attributes;

	if (mmapdemo_create(&buffer, NULL, PAGE, 0) || mmapdemo_view_open(&view, buffer, 0, 0, 0) ||
	    mmapdemo_mutex_at(&mutex, buffer, &view, 0) ||
	    mmapdemo_semaphore_at(&semaphore, buffer, &view, MMAPDEMO_MUTEX_SIZE))
		errx(1, "no buffer");
	glibc = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (glibc == MAP_FAILED)
		err(1, "mmap");
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&glibc->shared, &attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&glibc->robust, &attributes);
	sem_init(&glibc->semaphore, 1, 0);
}

static void locks(const char *linked)
{
	char name[80];

	snprintf(name, sizeof(name), "mutex, lock + unlock, %s", linked);
	print_figure(&(struct figure){
		.name = name,
		.work = "robust, in the driver's memory, nobody else wants it",
		.value = instructions(lock, &mutex, ROUNDS),
		.goal = 25,
		.others = { { "pthread mutex, shared",
			      instructions(lock_glibc, &glibc->shared, ROUNDS) },
			    { "pthread mutex, shared, robust",
			      instructions(lock_glibc, &glibc->robust, ROUNDS) } },
	});
	snprintf(name, sizeof(name), "semaphore, post + wait, %s", linked);
	print_figure(&(struct figure){
		.name = name,
		.work = "in the driver's memory, nobody else wants it",
		.value = instructions(post, &semaphore, ROUNDS),
		.goal = 28,
		.others = { { "sem_t, shared",
			      instructions(post_glibc, &glibc->semaphore, ROUNDS) } },
	});
}

/* The first time it asks the driver for its number. */
static void no_calls(const char *linked)
{
	char name[80];

	snprintf(name, sizeof(name), "system calls of both, %s", linked);
	print_figure(&(struct figure){
		.name = name,
		.work = "processes, of two, killed for the first system call while they did as "
			"above",
		.unit = "processes",
		.value = is_killed(lock, lock, &mutex, ROUNDS) +
			 is_killed(post, post, &semaphore, ROUNDS),
		.goal = 0,
	});
}

int main(int argc, char **argv)
{
	const char *linked = argc > 1 ? argv[1] : "";

	setup();
	locks(linked);
	no_calls(linked);
	return 0;
}
