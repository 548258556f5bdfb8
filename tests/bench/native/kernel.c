// SPDX-License-Identifier: BSD-2-Clause
/* What the kernel has for messages. */
#include <fcntl.h>
#include <mqueue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "native.h"

struct ends {
	int out, in;
};

static void *create_pipe(size_t size, int lines)
{
	struct ends *ends = calloc(1, sizeof(*ends));
	int fds[2];

	(void)size;
	(void)lines;
	if (!ends || pipe(fds) < 0)
		err(1, "pipe");
	fcntl(fds[1], F_SETPIPE_SZ, RING);
	ends->in = fds[0];
	ends->out = fds[1];
	return ends;
}

static void *create_sockets(size_t size, int lines)
{
	struct ends *ends = calloc(1, sizeof(*ends));
	int fds[2];

	(void)size;
	(void)lines;
	if (!ends || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) < 0)
		err(1, "socketpair");
	ends->in = fds[0];
	ends->out = fds[1];
	return ends;
}

static void *create_queue(size_t size, int lines)
{
	struct mq_attr most = { .mq_maxmsg = 10, .mq_msgsize = (long)size };
	struct ends *ends = calloc(1, sizeof(*ends));

	(void)lines;
	if (!ends)
		err(1, "message queue");
	ends->in = ends->out = mq_open("/mmapdemo-bench", O_RDWR | O_CREAT | O_EXCL, 0600, &most);
	if (ends->in < 0 || mq_unlink("/mmapdemo-bench") < 0)
		err(1, "message queue");
	return ends;
}

static void send_bytes(void *state, const void *message, size_t size)
{
	if (write(((struct ends *)state)->out, message, size) != (ssize_t)size)
		err(1, "write");
}

/* A pipe may give a part. */
static void receive_bytes(void *state, void *message, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = read(((struct ends *)state)->in, (char *)message + done, size - done);

		if (got <= 0)
			err(1, "read");
		done += (size_t)got;
	}
}

static void send_queue(void *state, const void *message, size_t size)
{
	if (mq_send(((struct ends *)state)->out, message, size, 0) < 0)
		err(1, "mq_send");
}

static void receive_queue(void *state, void *message, size_t size)
{
	if (mq_receive(((struct ends *)state)->in, message, size, NULL) != (ssize_t)size)
		err(1, "mq_receive");
}

const struct peer pipe_peer = {
	.name = "pipe",
	.many = 50000,
	.create = create_pipe,
	.send = send_bytes,
	.receive = receive_bytes,
};

const struct peer sockets = {
	.name = "Unix seqpacket",
	.many = 50000,
	.create = create_sockets,
	.send = send_bytes,
	.receive = receive_bytes,
};

const struct peer queue = {
	.name = "POSIX message queue",
	.many = 25000,
	.most = 8192,
	.create = create_queue,
	.send = send_queue,
	.receive = receive_queue,
};
