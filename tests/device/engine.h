/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of engines share. */
#ifndef ENGINE_H
#define ENGINE_H

#include "channel.h"

#include <pthread.h>
#include <signal.h>

static inline long run(int engine)
{
	return ioctl(engine, MMAPDEMO_IOC_ENGINE_RUN, 0);
}

/* Who runs the engine with a descriptor: a thread of the test, without signals. */
struct runner {
	pthread_t thread;
	int engine;
	pid_t tid; /* 0 before it has begun */
	long result;
	int error;
	bool started;
};

#define RUNNERS 1024

static struct runner runners[RUNNERS];

static inline void *run_in_thread(void *arg)
{
	struct runner *runner = arg;

	__atomic_store_n(&runner->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	runner->result = run(runner->engine);
	runner->error = errno;
	return NULL;
}

/* By the test's own descriptor of the node, as it must be; @fd says which channel it is about. */
static inline int make_any(int fd, struct mmapdemo_engine args)
{
	(void)fd;
	return ioctl(fixture.fd, MMAPDEMO_IOC_ENGINE, &args);
}

static inline struct mmapdemo_engine engine_args(const char *name, int in, int out)
{
	struct mmapdemo_engine args = { .in = in, .out = out };

	snprintf(args.name, sizeof(args.name), "%s", name);
	return args;
}

static inline struct mmapdemo_engine source_args(int out, uint64_t rate, uint64_t length,
						 uint64_t count)
{
	struct mmapdemo_engine args = engine_args("source", -1, out);

	args.rate = rate;
	args.length = length;
	args.count = count;
	return args;
}

static inline struct mmapdemo_engine_info engine_info(int engine)
{
	struct mmapdemo_engine_info info;

	memset(&info, POISON, sizeof(info));
	assert_int_equal(ioctl(engine, MMAPDEMO_IOC_ENGINE_INFO, &info), 0);
	return info;
}

/* Returns when a thread runs it, or when it has ended. */
static inline void start_running(int engine)
{
	struct runner *runner = &runners[engine];
	struct mmapdemo_engine_info info;
	sigset_t all, old;

	assert_in_range(engine, 0, RUNNERS - 1);
	assert_false(runner->started);
	*runner = (struct runner){ .engine = engine, .started = true };
	sigfillset(&all);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, &old), 0);
	assert_int_equal(pthread_create(&runner->thread, NULL, run_in_thread, runner), 0);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	do {
		info = engine_info(engine);
	} while (!info.running && !info.ended && !usleep(100));
}

/* The thread that runs it. */
static inline pid_t runner_of(int engine)
{
	return __atomic_load_n(&runners[engine].tid, __ATOMIC_ACQUIRE);
}

/* Returns when the run has; its result. */
static inline long join_runner(int engine)
{
	struct runner *runner = &runners[engine];

	assert_true(runner->started);
	assert_int_equal(pthread_join(runner->thread, NULL), 0);
	runner->started = false;
	errno = runner->error;
	return runner->result;
}

/* The last descriptor of one that runs, or was only made. */
static inline void stop_engine(int engine)
{
	assert_int_equal(close(engine), 0);
	if (runners[engine].started)
		join_runner(engine);
}

static inline int make_engine(int fd, const char *name, int in, int out)
{
	int engine = make_any(fd, engine_args(name, in, out));

	assert_true(engine >= 0);
	return engine;
}

static inline int start_engine(int fd, const char *name, int in, int out)
{
	int engine = make_engine(fd, name, in, out);

	start_running(engine);
	return engine;
}

static inline int make_source(int fd, int out, uint64_t rate, uint64_t length, uint64_t count)
{
	int engine = make_any(fd, source_args(out, rate, length, count));

	assert_true(engine >= 0);
	return engine;
}

static inline int start_source(int fd, int out, uint64_t rate, uint64_t length, uint64_t count)
{
	int engine = make_source(fd, out, rate, length, count);

	start_running(engine);
	return engine;
}

/* Sleeps in poll(2) until the engine has ended, and tells why: an errno. */
static inline int end_of(int engine)
{
	struct pollfd pollfd = { .fd = engine, .events = POLLIN | POLLOUT };
	struct mmapdemo_engine_info info;

	assert_int_equal(poll(&pollfd, 1, -1), 1);
	assert_int_equal(pollfd.revents, POLLHUP);
	info = engine_info(engine);
	assert_int_equal(info.ended, 1);
	return (int)info.error;
}

static inline void assert_running(int engine)
{
	struct pollfd pollfd = { .fd = engine, .events = POLLIN | POLLOUT };

	assert_int_equal(poll(&pollfd, 1, 0), 0);
	assert_int_equal(engine_info(engine).running, 1);
	assert_int_equal(engine_info(engine).ended, 0);
	assert_int_equal(engine_info(engine).error, 0);
}

static inline void until_received(int engine, uint64_t messages)
{
	while (engine_info(engine).received < messages)
		usleep(1000);
}

static inline void until_sent(int engine, uint64_t messages)
{
	while (engine_info(engine).sent < messages)
		usleep(1000);
}

/* The consumer that is on its way to sleep has said so. */
static inline void until_consumer_sleeps(const struct mmapdemo_consumer_page *page)
{
	while (!load_word(&page->sleeping))
		usleep(1000);
}

static inline struct mmapdemo_consumer_page *map_consumer_page(int fd)
{
	return (void *)map(fd, MAP_SHARED, PROT_READ, CONSUMER_PAGE, 1);
}

static inline struct mmapdemo_producer_page *map_producer_page(int fd)
{
	return (void *)map(fd, MAP_SHARED, PROT_READ, PRODUCER_PAGE, 1);
}

/* A channel with a larger ring than most tests need. */
static inline int create_large(int fd, uint64_t size)
{
	int channel = create_ring(fd, "", size, MMAPDEMO_CREATE_CHANNEL);

	assert_true(channel >= 0);
	return channel;
}

/* Sends a signal when the process that runs the engine sleeps in it. */
static inline void signal_sleeper(void *arg)
{
	pid_t pid = *(pid_t *)arg;

	until_asleep(pid);
	kill(pid, SIGUSR1);
}

/* In the caller's thread, until a signal comes while it sleeps. */
static inline void run_interrupted(int engine)
{
	pid_t self = getpid(), pid;

	handled = shared_memory();
	handle_signal();
	pid = start_child(signal_sleeper, &self);
	assert_fails(run(engine), EINTR);
	assert_int_equal(end_child(pid), 0);
	assert_int_equal(load_word(handled), 1);
	unmap(handled, 1);
}

/* Records without a 0 after the last: there is always one more. */
static inline void fill_without_end(struct side *producer)
{
	for (size_t i = 0; i < RING; i += sizeof(struct mmapdemo_record))
		store_word(&record_at(producer, i)->header, 1);
}

#endif /* ENGINE_H */
