// SPDX-License-Identifier: BSD-2-Clause
/*
 * A channel: messages of any length from one process to another, in order, through
 * memory that both have mapped. No system call, unless somebody has to wait. When the
 * sender closes its end, or dies, the receiver is told. Given a file as argument, it
 * becomes a channel, and no driver is needed.
 *
 *	cc channel.c -o channel -lmmapdemo && ./channel
 *
 * prints
 *
 *	7 bytes: message
 *	13 bytes: of any length
 *	27 bytes: one after another, in order
 *	the sender has gone
 */
#include <mmapdemo_channel.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "must.h"

#define RING (64 * 1024) /* bytes, a power of two */

static void receive(const struct mmapdemo_buffer *channel)
{
	struct mmapdemo_consumer consumer;
	char text[100];
	ssize_t length;

	must("receiver", mmapdemo_consumer_open(&consumer, channel));
	while ((length = mmapdemo_consumer_recv(&consumer, text, sizeof(text))) >= 0)
		printf("%zd bytes: %.*s\n", length, (int)length, text);
	if (length == -EPIPE)
		printf("the sender has gone\n");
	else
		must("receive", length);
	mmapdemo_consumer_close(&consumer);
}

static void send_all(const struct mmapdemo_buffer *channel)
{
	static const char *const texts[] = { "message", "of any length",
					     "one after another, in order" };
	struct mmapdemo_producer producer;

	must("sender", mmapdemo_producer_open(&producer, channel));
	for (int i = 0; i < 3; i++)
		must("send", mmapdemo_producer_send(&producer, texts[i], strlen(texts[i])));
	mmapdemo_producer_close(&producer);
}

int main(int argc, char **argv)
{
	struct mmapdemo_buffer *channel;

	if (argc > 1) {
		must("open", mmapdemo_open(&channel, argv[1], 0));
		must("format", mmapdemo_channel_format(channel, RING, 0));
	} else {
		/* Without a name: it lives as long as somebody has it. */
		must("create", mmapdemo_channel_create(&channel, NULL, RING, 0, 0));
	}
	if (must_call("fork", fork()) == 0) {
		receive(channel);
		return 0;
	}
	send_all(channel);
	wait(NULL);
	mmapdemo_close(channel);
	return 0;
}
