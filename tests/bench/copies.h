/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one would send a message by, if there were no channels: descriptors and
 * message queues, each with room for some.
 */
#ifndef COPIES_H
#define COPIES_H

#include <fcntl.h>
#include <mqueue.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "mmapdemo_channel.h"

#include "bench.h"

#define LONGEST 65536
#define RING (1 << 20)
#define CHECKS 100

/* One message, sent and received by the process itself. */
struct copy {
	char sent[LONGEST] __attribute__((aligned(64)));
	char got[LONGEST + 64] __attribute__((aligned(64)));
	size_t size;
	int ends[2]; /* from where it is read, to where it is written */
	mqd_t queue;
	struct mmapdemo_producer producer;
	struct mmapdemo_consumer consumer;
};

/* By any descriptor. */
static inline void through(void *argument)
{
	struct copy *copy = argument;
	ssize_t size = (ssize_t)copy->size;

	if (write(copy->ends[1], copy->sent, copy->size) != size ||
	    read(copy->ends[0], copy->got, LONGEST) != size)
		err(1, "write() and read()");
}

static inline void through_queue(void *argument)
{
	struct copy *copy = argument;

	if (mq_send(copy->queue, copy->sent, copy->size, 0) < 0 ||
	    mq_receive(copy->queue, copy->got, LONGEST, NULL) != (ssize_t)copy->size)
		err(1, "message queue");
}

static inline void open_pipe(int ends[2])
{
	if (pipe(ends) < 0 || fcntl(ends[1], F_SETPIPE_SZ, RING) < 0)
		err(1, "pipe");
}

static inline void open_sockets(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
		err(1, "socketpair");
}

/* A channel's node, opened by each end. */
static inline void open_node(int ends[2])
{
	struct mmapdemo_create args = { .size = RING, .flags = MMAPDEMO_CREATE_CHANNEL };
	int node = open("/dev/mmapdemo", O_RDWR);

	if (node < 0)
		err(1, "/dev/mmapdemo");
	ends[0] = ioctl(node, MMAPDEMO_IOC_CREATE, &args);
	ends[1] = ioctl(ends[0], MMAPDEMO_IOC_OPEN, O_RDWR);
	close(node);
	if (ends[0] < 0 || ends[1] < 0)
		err(1, "a channel's node");
}

static inline mqd_t open_queue(const char *name)
{
	struct mq_attr most = { .mq_maxmsg = 10, .mq_msgsize = LONGEST };
	mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &most);

	if (queue < 0 || mq_unlink(name) < 0)
		err(1, "message queue");
	return queue;
}

/* A channel of the driver; each process has its own roles. */
static inline void open_channel(void *argument)
{
	struct copy *copy = argument;
	struct mmapdemo_buffer *buffer = NULL;

	if (mmapdemo_channel_create(&buffer, NULL, RING, 0, 0) ||
	    mmapdemo_producer_open(&copy->producer, buffer) ||
	    mmapdemo_consumer_open(&copy->consumer, buffer))
		errx(1, "no channel");
}

static inline void through_channel(void *argument)
{
	struct copy *copy = argument;

	if (mmapdemo_producer_send(&copy->producer, copy->sent, copy->size) ||
	    mmapdemo_consumer_recv(&copy->consumer, copy->got, LONGEST) != (ssize_t)copy->size)
		errx(1, "send and recv");
}

/* What all of it must do at the least. */
static inline void two_memcpys(void *argument)
{
	struct copy *copy = argument;
	static char between[LONGEST] __attribute__((aligned(64)));

	memcpy(between, copy->sent, copy->size);
	__asm__ volatile("" ::: "memory");
	memcpy(copy->got, between, copy->size);
}

/* What @what sends arrives. */
static inline void check(operation *what, struct copy *copy)
{
	for (int i = 0; i < CHECKS; i++) {
		for (size_t at = 0; at < copy->size; at++)
			copy->sent[at] = (char)(at * 31 + at / 256 + (size_t)i);
		memset(copy->got, 0x55, sizeof(copy->got));
		what(copy);
		if (memcmp(copy->got, copy->sent, copy->size) || copy->got[copy->size] != 0x55)
			errx(1, "%zu bytes did not arrive", copy->size);
	}
}

static inline __attribute__((always_inline)) double sending(operation *what, struct copy *copy,
							    unsigned int rounds)
{
	check(what, copy);
	return instructions(what, copy, rounds);
}

#endif /* COPIES_H */
