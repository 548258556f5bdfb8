// SPDX-License-Identifier: BSD-2-Clause
/* The storm of hostile peers: read(2), write(2) and engines at the other ends. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "peer.h"

/* By a descriptor of its own, sometimes for long, and waiting till a signal comes. */
static int any_stream(struct actor *a)
{
	if (a->end.fd >= 0 && below(a, 20) == 0) {
		close(a->end.fd);
		a->end.fd = -1;
		usleep(below(a, 5000));
	}
	if (a->end.fd < 0)
		a->end.fd = open_again(a, O_RDWR);
	fcntl(a->end.fd, F_SETFL, below(a, 4) ? O_NONBLOCK : 0);
	return a->end.fd;
}

void act_reader(struct actor *a)
{
	static char bytes[RING];
	size_t size = below(a, 2) ? sizeof(bytes) : 1 + below(a, 1000);

	MAY_FAIL(a, "read", read(any_stream(a), bytes, size), EAGAIN, EBUSY, EMSGSIZE, EPROTO,
		 EINTR);
}

void act_writer(struct actor *a)
{
	static const char bytes[RING];
	size_t size = below(a, 8) ? 1 + below(a, 1000) : 1 + below(a, sizeof(bytes));

	MAY_FAIL(a, "write", write(any_stream(a), bytes, size), EAGAIN, EBUSY, EMSGSIZE, EPROTO,
		 EINTR, EPIPE);
}

static int start_engine(struct actor *a)
{
	struct mmapdemo_engine args = { .in = a->channels[below(a, 2)],
					.out = a->channels[below(a, 2)] };
	bool too_much;
	int fd;

	switch (below(a, 3)) {
	case 0:
		strcpy(args.name, "echo");
		break;
	case 1:
		strcpy(args.name, "sink");
		args.out = -1;
		break;
	default:
		strcpy(args.name, "source");
		args.in = -1;
		args.rate = 1 + below(a, 100000);
		args.length = 16 + (below(a, 4) ? below(a, 100) : below(a, RING));
		args.count = below(a, 3);
	}
	fd = ioctl(node, MMAPDEMO_IOC_ENGINE, &args);
	too_much = args.length > MMAPDEMO_ENGINE_MESSAGE_MAX || args.rate * args.length > 1 << 30;
	MAY_FAIL(a, "ENGINE", fd, EBUSY, too_much ? EINVAL : EBUSY);
	return fd;
}

void act_engines(struct actor *a)
{
	int *engine = &a->engines[below(a, 4)];
	struct mmapdemo_engine_info info;

	if (*engine < 0) {
		*engine = start_engine(a);
	} else if (below(a, 4)) {
		MAY_FAIL(a, "ENGINE_RUN", ioctl(*engine, MMAPDEMO_IOC_ENGINE_RUN, 0), EINTR);
		if (ioctl(*engine, MMAPDEMO_IOC_ENGINE_INFO, &info) < 0)
			wrong(a, "ENGINE_INFO");
		else if (info.ended && info.error && info.error != EPIPE && info.error != EPROTO &&
			 info.error != EMSGSIZE)
			wrong(a, "an engine ended with %u", info.error);
	} else {
		if (ioctl(*engine, MMAPDEMO_IOC_ENGINE_INFO, &info) == 0)
			__atomic_fetch_add(&shared->received, info.received, __ATOMIC_RELAXED);
		close(*engine);
		*engine = -1;
	}
}
