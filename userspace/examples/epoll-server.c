// SPDX-License-Identifier: BSD-2-Clause
/*
 * A server: many clients, each with a channel of its own, and one epoll(7) that tells
 * which of them has sent something, or has gone. It needs the driver.
 *
 *	cc epoll-server.c -o epoll-server -lmmapdemo && ./epoll-server
 *
 * prints
 *
 *	5 clients have sent 500 numbers, and gone; the sum is 24750
 */
#include <mmapdemo_channel.h>

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "must.h"

#define CLIENTS 5
static int numbers, sum;

static void be_client(const struct mmapdemo_buffer *channel)
{
	struct mmapdemo_producer producer;

	must("client", mmapdemo_producer_open(&producer, channel));
	for (int i = 0; i < 100; i++)
		must("send", mmapdemo_producer_send(&producer, &i, sizeof(i)));
	_exit(0); /* which the server learns after the last message */
}

static void start_client(int epoll, struct mmapdemo_consumer *consumer)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = consumer };
	struct mmapdemo_buffer *channel;
	int fd;

	must("create", mmapdemo_channel_create(&channel, NULL, 64 * 1024, 0, 0));
	must("server", mmapdemo_consumer_open(consumer, channel));
	fd = mmapdemo_consumer_fd(consumer);
	must_call("epoll", epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	if (must_call("fork", fork()) == 0)
		be_client(channel);
	mmapdemo_close(channel);
}

/* Takes all there is. Is that all that there will be? */
static int serve(int epoll, struct mmapdemo_consumer *consumer)
{
	ssize_t length;
	int number;

	while ((length = mmapdemo_consumer_tryrecv(consumer, &number, sizeof(number))) >= 0) {
		numbers++;
		sum += number;
	}
	if (length == -EAGAIN)
		return 0;
	if (length != -EPIPE)
		must("receive", length);
	must_call("epoll", epoll_ctl(epoll, EPOLL_CTL_DEL, mmapdemo_consumer_fd(consumer), NULL));
	mmapdemo_consumer_close(consumer);
	return 1;
}

int main(void)
{
	int epoll = (int)must_call("epoll", epoll_create1(EPOLL_CLOEXEC));
	struct mmapdemo_consumer consumers[CLIENTS];
	struct epoll_event event;

	for (int i = 0; i < CLIENTS; i++)
		start_client(epoll, &consumers[i]);
	for (int gone = 0; gone < CLIENTS; gone += serve(epoll, event.data.ptr))
		must_call("epoll", epoll_wait(epoll, &event, 1, -1));
	printf("%d clients have sent %d numbers, and gone; the sum is %d\n", CLIENTS, numbers, sum);
	return 0;
}
