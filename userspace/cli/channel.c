// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sides of channels by their names, why they cannot be had, and the wait for a message.
 */
#include <errno.h>
#include <string.h>

#include "cli.h"

static int side_failed(const struct options *options, const char *name, const char *who, int err)
{
	switch (err) {
	case -EINVAL:
		return failed(options, "%s: not a channel ('mmapdemo create --channel' makes one)",
			      name);
	case -EBUSY:
		return failed(options, "%s: it has a %s already", name, who);
	default:
		return failed(options, "%s: %s", name, channel_error(err));
	}
}

/* Why a message could not be sent or received, in words. */
const char *channel_error(int err)
{
	switch (err) {
	case -EPROTO:
		return "the contents of the channel break its rules; make a new one";
	case -EINTR:
		return "interrupted";
	default:
		return strerror(-err);
	}
}

/* Both return an exit code, and say why when it is not EXIT_OK. */
int sender_open(const struct options *options, const char *name, struct mmapdemo_producer *sender)
{
	struct mmapdemo_buffer *buffer;
	int code = named_open(options, name, &buffer, 0);
	int err;

	if (code)
		return code;
	err = mmapdemo_producer_open(sender, buffer);
	mmapdemo_close(buffer);
	return err ? side_failed(options, name, "sender", err) : EXIT_OK;
}

int receiver_open(const struct options *options, const char *name,
		  struct mmapdemo_consumer *receiver)
{
	struct mmapdemo_buffer *buffer;
	int code = named_open(options, name, &buffer, 0);
	int err;

	if (code)
		return code;
	err = mmapdemo_consumer_open(receiver, buffer);
	mmapdemo_close(buffer);
	return err ? side_failed(options, name, "receiver", err) : EXIT_OK;
}

/* Nobody tells of a sender that comes after a hang-up; so this looks again from time to time. */
static int await_sender(const struct timespec *deadline)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (deadline && (now.tv_sec > deadline->tv_sec ||
			 (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec)))
		return -ETIMEDOUT;
	nanosleep(&pause, NULL);
	return -EINTR;
}

/*
 * Wait for the next message, by --timeout and --follow. Returns 0, or why there is none:
 * -EINTR if stopped(), -ETIMEDOUT, -EPIPE, -EPROTO.
 */
int await_message(const struct options *options, struct mmapdemo_consumer *receiver,
		  const void **data, size_t *length)
{
	struct timespec room;
	const struct timespec *deadline = deadline_of(options, &room);
	int err;

	do {
		err = mmapdemo_consumer_peek(receiver, data, length, deadline);
		if (err == -EPIPE && options->follow)
			err = await_sender(deadline);
	} while (err == -EINTR && !stopped());
	return err;
}

/*
 * What MMAPDEMO_CHANNEL_... say, as members of @object; nothing for what is no
 * channel. Only the driver knows who is there.
 */
void json_channel(struct json_object *object, uint32_t channel, bool in_driver)
{
	if (!channel)
		return;
	json_object_object_add(object, "channel", json_object_new_boolean(true));
	json_object_object_add(object, "lines",
			       json_object_new_boolean(channel & MMAPDEMO_CHANNEL_LINES));
	if (!in_driver)
		return;
	json_object_object_add(object, "sender",
			       json_object_new_boolean(channel & MMAPDEMO_CHANNEL_PRODUCER));
	json_object_object_add(object, "receiver",
			       json_object_new_boolean(channel & MMAPDEMO_CHANNEL_CONSUMER));
}
