/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As <mmapdemo_tsan.h>, for channels; <mmapdemo_channel.h> includes it. The two sides
 * have maps of their own, so no address is common to them but @places: who receives has
 * what the sender had when it sent, and who gets room what the receiver had.
 */
#ifndef MMAPDEMO_CHANNEL_TSAN_H
#define MMAPDEMO_CHANNEL_TSAN_H

#include "mmapdemo_channel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MMAPDEMO_TSAN_MESSAGES 1
#define MMAPDEMO_TSAN_ROOM 2

/* A handle that was opened by what is built otherwise has no places. */
static inline void mmapdemo_tsan_release(char *places, int which)
{
	if (places)
		__tsan_release(places + which);
}

/* There was no look at what the consumer has freed if that is as it was. */
static inline int mmapdemo_tsan_room(const struct mmapdemo_producer *producer, uint64_t limit,
				     int err)
{
	if (producer->tsan && (producer->limit != limit || err == -EPIPE))
		__tsan_acquire(producer->tsan + MMAPDEMO_TSAN_ROOM);
	return err;
}

static inline ssize_t mmapdemo_tsan_message(const struct mmapdemo_consumer *consumer, ssize_t err)
{
	if (consumer->tsan && (err >= 0 || err == -EPIPE))
		__tsan_acquire(consumer->tsan + MMAPDEMO_TSAN_MESSAGES);
	return err;
}

static inline int mmapdemo_tsan_producer_open(struct mmapdemo_producer *producer,
					      const struct mmapdemo_buffer *buffer)
{
	int err = mmapdemo_producer_open(producer, buffer);

	if (!err)
		producer->tsan = mmapdemo_tsan_place(buffer);
	return err;
}
#define mmapdemo_producer_open mmapdemo_tsan_producer_open

static inline int mmapdemo_tsan_producer_timedsend(struct mmapdemo_producer *producer,
						   const void *data, size_t length,
						   const struct timespec *deadline)
{
	uint64_t limit = producer->limit;

	mmapdemo_tsan_release(producer->tsan, MMAPDEMO_TSAN_MESSAGES);
	return mmapdemo_tsan_room(producer, limit,
				  mmapdemo_producer_timedsend(producer, data, length, deadline));
}
#define mmapdemo_producer_timedsend mmapdemo_tsan_producer_timedsend

static inline int mmapdemo_tsan_producer_send(struct mmapdemo_producer *producer, const void *data,
					      size_t length)
{
	return mmapdemo_tsan_producer_timedsend(producer, data, length, NULL);
}
#define mmapdemo_producer_send mmapdemo_tsan_producer_send

static inline int mmapdemo_tsan_producer_trysend(struct mmapdemo_producer *producer,
						 const void *data, size_t length)
{
	uint64_t limit = producer->limit;

	mmapdemo_tsan_release(producer->tsan, MMAPDEMO_TSAN_MESSAGES);
	return mmapdemo_tsan_room(producer, limit,
				  mmapdemo_producer_trysend(producer, data, length));
}
#define mmapdemo_producer_trysend mmapdemo_tsan_producer_trysend

static inline int mmapdemo_tsan_producer_reserve(struct mmapdemo_producer *producer, void **data,
						 size_t length, const struct timespec *deadline)
{
	uint64_t limit = producer->limit;

	return mmapdemo_tsan_room(producer, limit,
				  mmapdemo_producer_reserve(producer, data, length, deadline));
}
#define mmapdemo_producer_reserve mmapdemo_tsan_producer_reserve

static inline int mmapdemo_tsan_producer_commit(struct mmapdemo_producer *producer, size_t length)
{
	mmapdemo_tsan_release(producer->tsan, MMAPDEMO_TSAN_MESSAGES);
	return mmapdemo_producer_commit(producer, length);
}
#define mmapdemo_producer_commit mmapdemo_tsan_producer_commit

static inline int mmapdemo_tsan_batch_begin(struct mmapdemo_batch *batch,
					    struct mmapdemo_producer *producer, void **data,
					    size_t length, const struct timespec *deadline)
{
	uint64_t limit = producer->limit;

	return mmapdemo_tsan_room(producer, limit,
				  mmapdemo_batch_begin(batch, producer, data, length, deadline));
}
#define mmapdemo_batch_begin mmapdemo_tsan_batch_begin

static inline int mmapdemo_tsan_batch_publish(struct mmapdemo_batch *batch)
{
	mmapdemo_tsan_release(batch->producer->tsan, MMAPDEMO_TSAN_MESSAGES);
	return mmapdemo_batch_publish(batch);
}
#define mmapdemo_batch_publish mmapdemo_tsan_batch_publish

static inline void mmapdemo_tsan_producer_close(struct mmapdemo_producer *producer)
{
	mmapdemo_tsan_release(producer->tsan, MMAPDEMO_TSAN_MESSAGES);
	mmapdemo_producer_close(producer);
}
#define mmapdemo_producer_close mmapdemo_tsan_producer_close

static inline int mmapdemo_tsan_consumer_open(struct mmapdemo_consumer *consumer,
					      const struct mmapdemo_buffer *buffer)
{
	int err = mmapdemo_consumer_open(consumer, buffer);

	if (!err)
		consumer->tsan = mmapdemo_tsan_place(buffer);
	return err;
}
#define mmapdemo_consumer_open mmapdemo_tsan_consumer_open

/* Room comes of each call that may look for a message, and of the end of a batch. */
static inline ssize_t mmapdemo_tsan_consumer_timedrecv(struct mmapdemo_consumer *consumer,
						       void *data, size_t size,
						       const struct timespec *deadline)
{
	mmapdemo_tsan_release(consumer->tsan, MMAPDEMO_TSAN_ROOM);
	return mmapdemo_tsan_message(consumer,
				     mmapdemo_consumer_timedrecv(consumer, data, size, deadline));
}
#define mmapdemo_consumer_timedrecv mmapdemo_tsan_consumer_timedrecv

static inline ssize_t mmapdemo_tsan_consumer_recv(struct mmapdemo_consumer *consumer, void *data,
						  size_t size)
{
	return mmapdemo_tsan_consumer_timedrecv(consumer, data, size, NULL);
}
#define mmapdemo_consumer_recv mmapdemo_tsan_consumer_recv

static inline ssize_t mmapdemo_tsan_consumer_tryrecv(struct mmapdemo_consumer *consumer, void *data,
						     size_t size)
{
	mmapdemo_tsan_release(consumer->tsan, MMAPDEMO_TSAN_ROOM);
	return mmapdemo_tsan_message(consumer, mmapdemo_consumer_tryrecv(consumer, data, size));
}
#define mmapdemo_consumer_tryrecv mmapdemo_tsan_consumer_tryrecv

static inline int mmapdemo_tsan_consumer_peek(struct mmapdemo_consumer *consumer, const void **data,
					      size_t *length, const struct timespec *deadline)
{
	mmapdemo_tsan_release(consumer->tsan, MMAPDEMO_TSAN_ROOM);
	return (int)mmapdemo_tsan_message(consumer,
					  mmapdemo_consumer_peek(consumer, data, length, deadline));
}
#define mmapdemo_consumer_peek mmapdemo_tsan_consumer_peek

static inline void mmapdemo_tsan_consumer_release(struct mmapdemo_consumer *consumer)
{
	mmapdemo_tsan_release(consumer->tsan, MMAPDEMO_TSAN_ROOM);
	mmapdemo_consumer_release(consumer);
}
#define mmapdemo_consumer_release mmapdemo_tsan_consumer_release

static inline int mmapdemo_tsan_cursor_begin(struct mmapdemo_cursor *cursor,
					     struct mmapdemo_consumer *consumer,
					     const struct timespec *deadline)
{
	mmapdemo_tsan_release(consumer->tsan, MMAPDEMO_TSAN_ROOM);
	return (int)mmapdemo_tsan_message(consumer,
					  mmapdemo_cursor_begin(cursor, consumer, deadline));
}
#define mmapdemo_cursor_begin mmapdemo_tsan_cursor_begin

static inline const void *mmapdemo_tsan_cursor_next(struct mmapdemo_cursor *cursor, size_t *length)
{
	const void *data = mmapdemo_cursor_next(cursor, length);

	if (data)
		mmapdemo_tsan_message(cursor->consumer, 0);
	return data;
}
#define mmapdemo_cursor_next mmapdemo_tsan_cursor_next

static inline void mmapdemo_tsan_cursor_end(struct mmapdemo_cursor *cursor)
{
	mmapdemo_tsan_release(cursor->consumer->tsan, MMAPDEMO_TSAN_ROOM);
	mmapdemo_cursor_end(cursor);
}
#define mmapdemo_cursor_end mmapdemo_tsan_cursor_end

static inline void mmapdemo_tsan_consumer_close(struct mmapdemo_consumer *consumer)
{
	mmapdemo_tsan_release(consumer->tsan, MMAPDEMO_TSAN_ROOM);
	mmapdemo_consumer_close(consumer);
}
#define mmapdemo_consumer_close mmapdemo_tsan_consumer_close

#ifdef __cplusplus
}
#endif

#endif /* MMAPDEMO_CHANNEL_TSAN_H */
