// SPDX-License-Identifier: BSD-2-Clause
/* A channel in shared memory, which is the same ring as that of the driver. */
#include "mmapdemo_channel.h"

#include "native.h"

struct channel {
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_producer producer;
	struct mmapdemo_consumer consumer;
};

static void *create(size_t size, int lines)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	(void)size;
	if (!channel || mmapdemo_open_shm(&channel->buffer, NULL, RING) ||
	    mmapdemo_channel_format(channel->buffer, RING, lines ? MMAPDEMO_CREATE_LINES : 0))
		errx(1, "no channel");
	return channel;
}

static void produces(void *state)
{
	struct channel *channel = state;

	if (mmapdemo_producer_open(&channel->producer, channel->buffer))
		errx(1, "no producer");
}

static void consumes(void *state)
{
	struct channel *channel = state;

	if (mmapdemo_consumer_open(&channel->consumer, channel->buffer))
		errx(1, "no consumer");
}

static void send(void *state, const void *message, size_t size)
{
	struct channel *channel = state;

	if (mmapdemo_producer_send(&channel->producer, message, size))
		errx(1, "send");
}

static void receive(void *state, void *message, size_t size)
{
	struct channel *channel = state;

	if (mmapdemo_consumer_recv(&channel->consumer, message, size) != (ssize_t)size)
		errx(1, "recv");
}

static void send_many(void *state, uint64_t count)
{
	struct channel *channel = state;
	uint64_t words[SHORT / 8];

	for (uint64_t i = 0; i < count; i++) {
		write_message(words, SHORT, i);
		if (mmapdemo_producer_send(&channel->producer, words, SHORT))
			errx(1, "send");
	}
}

static void receive_many(void *state, uint64_t count)
{
	struct channel *channel = state;
	uint64_t words[SHORT / 8];

	for (uint64_t i = 0; i < count; i++) {
		if (mmapdemo_consumer_recv(&channel->consumer, words, SHORT) != SHORT)
			errx(1, "recv");
		compare_message(words, SHORT, i);
	}
}

static void send_batches(void *state, uint64_t count)
{
	struct channel *channel = state;
	struct mmapdemo_batch batch;
	void *place;

	for (uint64_t i = 0; i < count;) {
		uint64_t end = i + BATCH < count ? i + BATCH : count;

		if (mmapdemo_batch_begin(&batch, &channel->producer, &place, SHORT, NULL))
			errx(1, "batch");
		do
			write_message(place, SHORT, i);
		while (++i < end && (place = mmapdemo_batch_add(&batch, SHORT)));
		if (mmapdemo_batch_publish(&batch))
			errx(1, "publish");
	}
}

static void receive_batches(void *state, uint64_t count)
{
	struct channel *channel = state;
	struct mmapdemo_cursor cursor;
	const uint64_t *words;
	size_t length;

	for (uint64_t i = 0; i < count;) {
		if (mmapdemo_cursor_begin(&cursor, &channel->consumer, NULL))
			errx(1, "cursor");
		while ((words = mmapdemo_cursor_next(&cursor, &length)))
			compare_message(words, SHORT, i++);
		mmapdemo_cursor_end(&cursor);
	}
}

const struct peer ours = {
	.name = "channel, send() and recv()",
	.many = 2500000,
	.create = create,
	.produces = produces,
	.consumes = consumes,
	.send = send,
	.receive = receive,
	.send_many = send_many,
	.receive_many = receive_many,
};

const struct peer ours_batches = {
	.name = "channel, batches of 32 in place",
	.many = 5000000,
	.create = create,
	.produces = produces,
	.consumes = consumes,
	.send_many = send_batches,
	.receive_many = receive_batches,
};
