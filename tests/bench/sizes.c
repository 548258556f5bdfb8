// SPDX-License-Identifier: BSD-2-Clause
/*
 * Messages of all sizes, copied in and out by one process: by a channel of the driver
 * and by what else sends messages. All that arrives is compared beforehand.
 */
#include <stdbool.h>

#include "bench.h"
#include "copies.h"

/* No loop is so long that a tick comes in each. */
#define INSTRUCTIONS 2000000

static const size_t sizes[] = { 8, 64, 256, 1024, 4096, 16384, 65536 };
static struct copy by_channel, by_pipe, by_sockets, by_queue, by_node;

static void setup(void)
{
	open_channel(&by_channel);
	open_pipe(by_pipe.ends);
	open_sockets(by_sockets.ends);
	open_node(by_node.ends);
	by_queue.queue = open_queue("/bench");
}

/* Of 64 KiB, as much as of copying; of less, what a call or two take. */
static double most(size_t size, double memcpys)
{
	return size == LONGEST ? 1.01 * memcpys : 100 + memcpys;
}

static void print(size_t size)
{
	/* There the ring is told, or asked, of each eighth message or so: 110. */
	bool reached = size != 16384;
	unsigned int rounds = (unsigned int)(INSTRUCTIONS / (4000 + size));
	double memcpys;
	char name[80];

	by_channel.size = by_pipe.size = by_sockets.size = by_queue.size = by_node.size = size;
	memcpys = sending(two_memcpys, &by_channel, rounds);
	snprintf(name, sizeof(name), "message of %zu bytes, copied in and out", size);
	print_figure(&(struct figure){
		.name = name,
		.work = "send() and recv(), in turn; all bytes written, received and compared",
		.value = sending(through_channel, &by_channel, rounds),
		.goal = reached ? most(size, memcpys) : NO_GOAL,
		.aim = reached ? 0 : most(size, memcpys),
		.others = { { "two memcpys", memcpys },
			    { "pipe", sending(through, &by_pipe, rounds) },
			    { "POSIX message queue", sending(through_queue, &by_queue, rounds) },
			    { "Unix seqpacket", sending(through, &by_sockets, rounds) },
			    { "write() and read() of the channel's node",
			      sending(through, &by_node, rounds) } },
	});
}

int main(void)
{
	setup();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		print(sizes[i]);
	return 0;
}
