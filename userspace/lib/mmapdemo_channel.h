/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels of libmmapdemo: messages of any length from one producer to one
 * consumer, in order, through a ring that both have mapped. No system call is
 * made unless somebody has to wait or be woken. <linux/mmapdemo.h> says how the
 * ring works.
 *
 * A channel is a node of the driver made for it, or a regular file or shared
 * memory that was formatted; threads use shared memory without a name. On a node
 * the driver guards the two roles, maps for writing only what each may write, and
 * knows at once when a side ends: a hang-up. Elsewhere a lock on the file guards the
 * roles among those who use this library, and is gone when its holder is; anybody who
 * may write to the file can store anywhere in it, and a side that dies is not missed,
 * only one that closes its handle. In both, what a dead side has left is whole, and
 * its successor goes on from there.
 *
 * Handles belong to one thread at a time, and to the process that opened them: a
 * child has its parent's maps no more after fork(2), and opens its own.
 *
 * Who waits looks for some 50 us before it sleeps, as long as that has been of use of
 * late, and never on one CPU.
 *
 * Deadlines are of CLOCK_MONOTONIC; NULL means no limit, and one that is past,
 * such as { 0 }, does not wait. Who sleeps is told -EINTR when a signal was
 * handled, unless its handler restarts calls (SA_RESTART) and, outside of the
 * driver, there is no deadline.
 */
#ifndef MMAPDEMO_CHANNEL_H
#define MMAPDEMO_CHANNEL_H

#include <sys/types.h>

#include <linux/mmapdemo.h>

#include "mmapdemo.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * mmapdemo_create() of a channel whose ring has @size bytes: a power of two,
 * MMAPDEMO_RING_MIN to MMAPDEMO_RING_MAX. @flags is 0, or MMAPDEMO_CREATE_LINES for
 * records that share no cache line, which serves latency. Errors: those.
 */
int mmapdemo_channel_create(struct mmapdemo_buffer **buffer, const char *name, uint64_t size,
			    unsigned int mode, unsigned int flags);

/*
 * Make an empty channel of a regular file or shared memory that nobody uses: two
 * pages and a ring of @size bytes, as above. It grows if it is smaller.
 * Errors: -EINVAL for another @size or flag; -EBADF if it was opened read-only;
 * -EOPNOTSUPP for nodes, other devices and anonymous memory, which has no
 * descriptor to map it by; those of posix_fallocate(3) and mmap(2).
 */
int mmapdemo_channel_format(struct mmapdemo_buffer *buffer, uint64_t size, unsigned int flags);

/* For people: both sides write what they like there. In the life of the channel. */
struct mmapdemo_channel_stat {
	uint64_t size; /* bytes in the ring */
	uint64_t sent, sent_bytes;
	uint64_t received, received_bytes; /* messages, and the bytes in them */
	uint64_t full;			   /* how often there was no room for a message */
	uint64_t empty;			   /* how often there was none */
	uint64_t producer_wakes;	   /* how often the producer had to wake the consumer */
	uint64_t consumer_wakes;	   /* and the reverse */
	uint64_t errors;		   /* how often what was there was no message */
};

/* Fill *@stat. Errors: -EINVAL for a buffer that is no channel; those of mmap(2). */
int mmapdemo_channel_stat(const struct mmapdemo_buffer *buffer, struct mmapdemo_channel_stat *stat);

/* The members are the library's. A position is an address and @bias. */
struct mmapdemo_producer {
	struct mmapdemo_producer_page *page;
	struct mmapdemo_consumer_page *peer;
	char *next;	 /* where the next record goes */
	char *end;	 /* up to where records go without another look */
	uint64_t align;	 /* of records, less 1 */
	uint64_t bias;	 /* changes at the end of the ring */
	char *data;	 /* the ring, twice in a row */
	uint64_t size;	 /* of the ring */
	uint64_t limit;	 /* position up to where there is room */
	uint64_t asked;	 /* position of what is reserved */
	uint64_t length; /* of what is reserved */
	int fd;		 /* -1 outside of the driver */
	int err;	 /* -EPROTO, for good */
	uint32_t absent; /* the peer's presence that is no hang-up */
	uint32_t vain;	 /* waits since spinning was of use */
	char *tsan;	 /* of <mmapdemo_channel_tsan.h>; NULL without it */
	int lock;	 /* in a file, what keeps the role; -1 where the maps do */
};

/*
 * Take the role of the producer. Several handles may come from one buffer, which
 * may be closed before they are. Where a producer was killed, its successor goes
 * on after the last message that was published.
 * Errors: -EINVAL for what is no channel, -EBUSY if the role is taken; -EBADF for a
 * buffer opened read-only; those of mmap(2), MMAPDEMO_IOC_OPEN and, of a file, open(2)
 * and F_OFD_SETLK, which see fcntl(2).
 */
int mmapdemo_producer_open(struct mmapdemo_producer *producer,
			   const struct mmapdemo_buffer *buffer);

/*
 * Give the role back: the consumer still receives what is there, and is then told
 * of the hang-up. Closing a closed handle does nothing.
 */
void mmapdemo_producer_close(struct mmapdemo_producer *producer);

/*
 * Send a copy of @length bytes at @data. send waits for room, timedsend until
 * @deadline.
 * Errors: -EMSGSIZE for more than mmapdemo_producer_most(); -EAGAIN (trysend);
 * -ETIMEDOUT (timedsend); -EINTR; -EPIPE at a hang-up: if there was room, which
 * mmapdemo_producer_position() tells, the message is there for the next consumer;
 * -EINVAL for a @deadline whose nanoseconds are none; -EPROTO if the consumer has
 * broken the rules: the handle is of no more use.
 */
int mmapdemo_producer_send(struct mmapdemo_producer *producer, const void *data, size_t length);
int mmapdemo_producer_trysend(struct mmapdemo_producer *producer, const void *data, size_t length);
int mmapdemo_producer_timedsend(struct mmapdemo_producer *producer, const void *data, size_t length,
				const struct timespec *deadline);

/*
 * In place: wait for room for a message of @length bytes, and set *@data to where
 * it goes, 8 bytes after the record's alignment. Nobody sees it before
 * mmapdemo_producer_commit() of its first @length bytes, all of them or less; or
 * mmapdemo_producer_discard() forgets it. So does another reserve, or a send, that succeeds.
 * Errors: those of timedsend; of commit: -EINVAL for more than was reserved;
 * -EPIPE, when it is there for the next consumer.
 */
int mmapdemo_producer_reserve(struct mmapdemo_producer *producer, void **data, size_t length,
			      const struct timespec *deadline);
int mmapdemo_producer_commit(struct mmapdemo_producer *producer, size_t length);
void mmapdemo_producer_discard(struct mmapdemo_producer *producer);

/* The longest message that can be sent, bytes: half the ring. */
static inline size_t mmapdemo_producer_most(const struct mmapdemo_producer *producer)
{
	return (size_t)(producer->size / 2);
}

/* The position of the message that comes next: no two messages have the same one. */
static inline uint64_t mmapdemo_producer_position(const struct mmapdemo_producer *producer)
{
	return (uintptr_t)producer->next + producer->bias;
}

/*
 * For poll(2) and epoll(7), also edge-triggered: output when there may be room,
 * once trysend has said -EAGAIN. The handle's. -1 outside of the driver.
 */
static inline int mmapdemo_producer_fd(const struct mmapdemo_producer *producer)
{
	return producer->fd;
}

/* The members are the library's. A position is an address and @bias. */
struct mmapdemo_consumer {
	struct mmapdemo_consumer_page *page;
	struct mmapdemo_producer_page *peer;
	const char *next; /* where the next record is, or will be */
	const char *end;  /* where it is time to free, or to begin at the front */
	uint64_t align;	  /* of records, less 1 */
	uint64_t bias;	  /* changes at the end of the ring */
	const char *data; /* the ring, twice in a row */
	uint64_t size;	  /* of the ring */
	uint64_t freed;	  /* position that the producer was told of */
	uint64_t peeked;  /* position of what was peeked at */
	uint64_t length;  /* of what was peeked at */
	uint64_t waited;  /* how many messages were taken before the last wait */
	int fd;		  /* -1 outside of the driver */
	int err;	  /* -EPROTO, for good */
	uint32_t absent;  /* the peer's presence that is no hang-up */
	uint32_t vain;	  /* waits since spinning was of use */
	char *tsan;	  /* of <mmapdemo_channel_tsan.h>; NULL without it */
	int lock;	  /* in a file, what keeps the role; -1 where the maps do */
};

/*
 * Take the role of the consumer; otherwise as mmapdemo_producer_open(). A message
 * that a predecessor was killed with, after it was told of it and before it
 * released it, comes once more, at the same position.
 */
int mmapdemo_consumer_open(struct mmapdemo_consumer *consumer,
			   const struct mmapdemo_buffer *buffer);

/* Give the role back. What was not received stays. Closing a closed handle does nothing. */
void mmapdemo_consumer_close(struct mmapdemo_consumer *consumer);

/*
 * Receive a message into the @size bytes at @data; returns its length. recv waits
 * for one, timedrecv until @deadline.
 * Errors: -EPIPE, the end: there is no message, and a hang-up; -EMSGSIZE for a
 * message longer than @size, which stays; -EAGAIN (tryrecv); -ETIMEDOUT
 * (timedrecv); -EINTR; -EINVAL for a @deadline whose nanoseconds are none; -EPROTO
 * if what is there is no message: the handle is of no more use.
 */
ssize_t mmapdemo_consumer_recv(struct mmapdemo_consumer *consumer, void *data, size_t size);
ssize_t mmapdemo_consumer_tryrecv(struct mmapdemo_consumer *consumer, void *data, size_t size);
ssize_t mmapdemo_consumer_timedrecv(struct mmapdemo_consumer *consumer, void *data, size_t size,
				    const struct timespec *deadline);

/*
 * In place: wait for a message, and set *@data and *@length. It stays the next one
 * until mmapdemo_consumer_release(). A hostile producer can change it at any time:
 * load a value once, and check what was loaded. Errors: those of timedrecv.
 */
int mmapdemo_consumer_peek(struct mmapdemo_consumer *consumer, const void **data, size_t *length,
			   const struct timespec *deadline);
void mmapdemo_consumer_release(struct mmapdemo_consumer *consumer);

/*
 * The position of the next message, which is also the one that was peeked at. Who
 * stores it with the effect of the message can tell one that comes once more.
 */
static inline uint64_t mmapdemo_consumer_position(const struct mmapdemo_consumer *consumer)
{
	return (uintptr_t)consumer->next + consumer->bias;
}

/*
 * For poll(2) and epoll(7), also edge-triggered: input when there may be a message,
 * once tryrecv has said -EAGAIN. The handle's. -1 outside of the driver.
 */
static inline int mmapdemo_consumer_fd(const struct mmapdemo_consumer *consumer)
{
	return consumer->fd;
}

/*
 * BATCHES. Several messages in place, at the price of one look at the peer:
 *
 *	err = mmapdemo_batch_begin(&batch, &producer, &data, length, NULL);
 *	do {
 *		... fill data ...
 *	} while (... more ... && (data = mmapdemo_batch_add(&batch, length)));
 *	err = mmapdemo_batch_publish(&batch);
 *
 *	err = mmapdemo_cursor_begin(&cursor, &consumer, NULL);
 *	while ((data = mmapdemo_cursor_next(&cursor, &length)))
 *		... use data ...
 *	mmapdemo_cursor_end(&cursor);
 *
 * The consumer sees all messages of a batch or, if the producer is killed, none.
 * Do not use the handle for anything else from begin to publish or end. A batch
 * that is not published never was. Let batch and cursor be local variables whose
 * address is given to nobody else: then they are in registers.
 */

/* The members are the library's. */
struct mmapdemo_batch {
	struct mmapdemo_producer *producer;
	char *next, *end;
	uint64_t align;
	uint64_t counted; /* see MMAPDEMO_COUNT */
	uint32_t first;	  /* the header that is stored last */
};

/* The members are the library's. */
struct mmapdemo_cursor {
	struct mmapdemo_consumer *consumer;
	const char *next, *end;
	__u64 *taken;
	uint64_t align, bias, half;
	uint64_t counted;
};

/* The library's: 1 message and its bytes, of which a batch has less than 2^30. */
#define MMAPDEMO_COUNT(length) (((uint64_t)1 << 30) + (uint64_t)(length))

/* The library's: what the inline functions end with. */
int mmapdemo_producer_publish(struct mmapdemo_producer *producer, char *next, uint32_t first,
			      uint64_t counted);
int mmapdemo_consumer_begin(struct mmapdemo_consumer *consumer, const struct timespec *deadline);
void mmapdemo_consumer_end(struct mmapdemo_consumer *consumer, const char *next, uint64_t counted);

/* Reserve for the first message; errors as there. */
static inline int mmapdemo_batch_begin(struct mmapdemo_batch *batch,
				       struct mmapdemo_producer *producer, void **data,
				       size_t length, const struct timespec *deadline)
{
	void *place;
	int err = mmapdemo_producer_reserve(producer, &place, length, deadline);
	char *record = producer->next;

	batch->producer = producer;
	batch->align = producer->align;
	batch->end = producer->end;
	/* No message may be longer. */
	if (batch->end > record + producer->size / 2)
		batch->end = record + producer->size / 2;
	batch->next = record + ((length + sizeof(struct mmapdemo_record) + producer->align) &
				~producer->align);
	batch->counted = MMAPDEMO_COUNT(length);
	batch->first = (uint32_t)length + 1;
	if (!err)
		*data = place;
	return err;
}

/*
 * One more of @length bytes. NULL: this batch is full; publish it and begin the
 * next one.
 */
static inline void *mmapdemo_batch_add(struct mmapdemo_batch *batch, size_t length)
{
	char *record = batch->next;
	char *next;

	if (length >= MMAPDEMO_RING_MAX)
		return NULL;
	next = record + ((length + sizeof(struct mmapdemo_record) + batch->align) & ~batch->align);
	if (next > batch->end)
		return NULL;
	__atomic_store_n((uint32_t *)(void *)record, (uint32_t)length + 1, __ATOMIC_RELAXED);
	batch->next = next;
	batch->counted += MMAPDEMO_COUNT(length);
	return record + sizeof(struct mmapdemo_record);
}

/* Errors: those of mmapdemo_producer_commit(). */
static inline int mmapdemo_batch_publish(struct mmapdemo_batch *batch)
{
	return mmapdemo_producer_publish(batch->producer, batch->next, batch->first,
					 batch->counted);
}

/* Wait for a message. Errors: those of timedrecv. */
static inline int mmapdemo_cursor_begin(struct mmapdemo_cursor *cursor,
					struct mmapdemo_consumer *consumer,
					const struct timespec *deadline)
{
	int err = mmapdemo_consumer_begin(consumer, deadline);

	cursor->consumer = consumer;
	cursor->next = consumer->next;
	cursor->end = consumer->end;
	cursor->taken = &consumer->page->taken;
	cursor->align = consumer->align;
	cursor->bias = consumer->bias;
	cursor->half = consumer->size / 2;
	cursor->counted = 0;
	return err;
}

/*
 * The next message, and its length; releases the one before. NULL: there is none,
 * or it is time to end this cursor and begin another, which tells.
 */
static inline const void *mmapdemo_cursor_next(struct mmapdemo_cursor *cursor, size_t *length)
{
	const char *record = cursor->next;
	uint32_t header;

	__atomic_store_n(cursor->taken, (uintptr_t)record + cursor->bias, __ATOMIC_RELEASE);
	if (record >= cursor->end)
		return NULL;
	header = __atomic_load_n((const uint32_t *)(const void *)record, __ATOMIC_ACQUIRE);
	if (header - 1 > cursor->half)
		return NULL;
	cursor->next = record + ((header - 1 + sizeof(struct mmapdemo_record) + cursor->align) &
				 ~cursor->align);
	cursor->counted += MMAPDEMO_COUNT(header - 1);
	*length = header - 1;
	return record + sizeof(struct mmapdemo_record);
}

/* The position of the message that next gave. */
static inline uint64_t mmapdemo_cursor_position(const struct mmapdemo_cursor *cursor)
{
	return __atomic_load_n(cursor->taken, __ATOMIC_RELAXED);
}

/* Releases the last one, too. */
static inline void mmapdemo_cursor_end(struct mmapdemo_cursor *cursor)
{
	mmapdemo_consumer_end(cursor->consumer, cursor->next, cursor->counted);
}

#ifdef __cplusplus
}
#endif

#if defined(MMAPDEMO_TSAN) && !defined(MMAPDEMO_LIBRARY)
#include "mmapdemo_channel_tsan.h"
#endif

#endif /* MMAPDEMO_CHANNEL_H */
