/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of channels share: a peer that keeps the rules of the ring as
 * they are in <linux/mmapdemo.h>, with no more cleverness than these demand.
 * Who sleeps in these tests has no deadline but the alarm: at the end of its time
 * CHANNEL_WAIT looks again, and would hide that a wake-up was lost.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "words.h"

#include <poll.h>

#define RING MMAPDEMO_RING_MIN
#define RING_PAGES (RING / PAGE)

/* The regions, in pages. */
#define PRODUCER_PAGE (MMAPDEMO_PRODUCER_REGION / PAGE)
#define CONSUMER_PAGE (MMAPDEMO_CONSUMER_REGION / PAGE)
#define DATA_PAGE (MMAPDEMO_DATA_REGION / PAGE)

/* The longest message. */
#define LONGEST (RING / 2)

static inline int create_ring(int fd, const char *name, uint64_t size, uint32_t flags)
{
	struct mmapdemo_create args = { .size = size, .flags = flags };

	snprintf(args.name, sizeof(args.name), "%s", name);
	return ioctl(fd, MMAPDEMO_IOC_CREATE, &args);
}

static inline int create_channel(int fd, const char *name)
{
	int channel = create_ring(fd, name, RING, MMAPDEMO_CREATE_CHANNEL);

	assert_true(channel >= 0);
	return channel;
}

/* One more open file on it. */
static inline int open_again(int fd, int access)
{
	int other = ioctl(fd, MMAPDEMO_IOC_OPEN, access);

	assert_true(other >= 0);
	return other;
}

static inline int join_as(int fd, unsigned long role)
{
	return ioctl(fd, MMAPDEMO_IOC_JOIN, role);
}

static inline int wait_until(int fd, uint64_t deadline)
{
	return ioctl(fd, MMAPDEMO_IOC_CHANNEL_WAIT, &deadline);
}

static inline int wake_peer(int fd)
{
	return ioctl(fd, MMAPDEMO_IOC_CHANNEL_WAKE, 0);
}

static inline bool has_producer(int fd)
{
	return info(fd).channel & MMAPDEMO_CHANNEL_PRODUCER;
}

static inline bool has_consumer(int fd)
{
	return info(fd).channel & MMAPDEMO_CHANNEL_CONSUMER;
}

/* One with all regions mapped, for writing where its role allows it. */
struct side {
	int fd;
	struct mmapdemo_producer_page *producer;
	struct mmapdemo_consumer_page *consumer;
	unsigned char *data;
	uint64_t position;
};

#define SIDE_MAPS 3

static inline struct side map_side(int fd, int role)
{
	int produces = role == MMAPDEMO_PRODUCER ? RW : PROT_READ;
	int consumes = role == MMAPDEMO_CONSUMER ? RW : PROT_READ;

	return (struct side){
		.fd = fd,
		.producer = (void *)map(fd, MAP_SHARED, produces, PRODUCER_PAGE, 1),
		.consumer = (void *)map(fd, MAP_SHARED, consumes, CONSUMER_PAGE, 1),
		.data = map(fd, MAP_SHARED, produces, DATA_PAGE, 2 * RING_PAGES),
	};
}

/* Takes a role by an open file of its own. */
static inline struct side take(int fd, int role)
{
	int own = open_again(fd, O_RDWR);

	assert_int_equal(join_as(own, (unsigned long)role), 0);
	return map_side(own, role);
}

static inline void unmap_side(struct side *side)
{
	unmap(side->producer, 1);
	unmap(side->consumer, 1);
	unmap(side->data, 2 * RING_PAGES);
}

static inline void leave_role(struct side *side)
{
	unmap_side(side);
	close(side->fd);
}

static inline struct mmapdemo_record *record_at(const struct side *side, uint64_t position)
{
	return (struct mmapdemo_record *)(side->data + position % RING);
}

static inline uint64_t record_size(size_t length)
{
	return (sizeof(struct mmapdemo_record) + length + 7) / 8 * 8;
}

/* Never asks for room: see has_room(). Leaves @head and the peer alone. */
static inline void publish_silently(struct side *side, const void *message, size_t length)
{
	struct mmapdemo_record *record = record_at(side, side->position);
	uint64_t next = side->position + record_size(length);

	memcpy(record + 1, message, length);
	record->spare = 0;
	store_word(&record_at(side, next)->header, 0);
	store_word(&record->header, (uint32_t)length + 1);
	side->position = next;
}

static inline bool has_room(const struct side *side, size_t length)
{
	uint64_t freed = __atomic_load_n(&side->consumer->freed, __ATOMIC_ACQUIRE);

	return RING - (side->position - freed) >= record_size(length) + 8;
}

/* Wakes the other side if @sleeping tells to; whether it is still there. */
static inline bool wake_if_asleep(const struct side *side, const uint32_t *sleeping)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!load_word(sleeping) || wake_peer(side->fd) == 0)
		return true;
	assert_int_equal(errno, EPIPE);
	return false;
}

static inline bool publish_text(struct side *side, const char *text)
{
	publish_silently(side, text, strlen(text));
	__atomic_store_n(&side->producer->head, side->position, __ATOMIC_RELAXED);
	return wake_if_asleep(side, &side->consumer->sleeping);
}

/* The next message's length, or -1; it stays. */
static inline long peek(const struct side *side)
{
	return (long)load_word(&record_at(side, side->position)->header) - 1;
}

static inline void free_taken(struct side *side)
{
	__atomic_store_n(&side->consumer->taken, side->position, __ATOMIC_RELEASE);
	__atomic_store_n(&side->consumer->freed, side->position, __ATOMIC_RELEASE);
}

static inline bool take_text(struct side *side, const char *text)
{
	assert_int_equal(peek(side), strlen(text));
	assert_memory_equal(record_at(side, side->position) + 1, text, strlen(text));
	side->position += record_size(strlen(text));
	free_taken(side);
	return wake_if_asleep(side, &side->producer->sleeping);
}

/* One message by write(2) or read(2). */
static inline void send_text(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static inline void expect_text(int fd, const char *text)
{
	char found[256];

	memset(found, POISON, sizeof(found));
	assert_int_equal(read(fd, found, sizeof(found)), strlen(text));
	assert_memory_equal(found, text, strlen(text));
	assert_int_equal((unsigned char)found[strlen(text)], POISON);
}

static inline void set_nonblocking(int fd, bool on)
{
	assert_int_equal(fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0), 0);
}

static inline void assert_empty(int fd)
{
	char byte;

	set_nonblocking(fd, true);
	assert_fails(read(fd, &byte, 1), EAGAIN);
	set_nonblocking(fd, false);
}

/* With messages of 1000 bytes. */
static inline void fill_ring(int writer)
{
	static char message[1000];

	set_nonblocking(writer, true);
	while (write(writer, message, sizeof(message)) == sizeof(message))
		;
	assert_int_equal(errno, EAGAIN);
	set_nonblocking(writer, false);
}

static inline void drain_ring(int reader)
{
	char message[1000];

	set_nonblocking(reader, true);
	while (read(reader, message, sizeof(message)) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	set_nonblocking(reader, false);
}

static inline short polled(int fd, int timeout)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLOUT };

	assert_true(poll(&pollfd, 1, timeout) >= 0);
	return pollfd.revents;
}

/* A channel, and its two ends for read(2) and write(2), which do not wait. */
struct ends {
	int fd;
	int writer;
	int reader;
};

static inline struct ends make_ends_as(void **state, uint32_t flags)
{
	struct ends e = { .fd = create_ring(node(state), "", RING, flags) };

	assert_true(e.fd >= 0);
	e.writer = open_again(e.fd, O_RDWR);
	e.reader = open_again(e.fd, O_RDONLY);
	set_nonblocking(e.writer, true);
	set_nonblocking(e.reader, true);
	return e;
}

static inline struct ends make_ends(void **state)
{
	return make_ends_as(state, MMAPDEMO_CREATE_CHANNEL);
}

static inline void close_ends(struct ends *e)
{
	close(e->reader);
	close(e->writer);
	close(e->fd);
}

/* A child with a role of its own. */
struct peer {
	int fd;
	int role;
	uint32_t *told;
	void (*then)(struct side *side);
};

static inline void be_peer(void *arg)
{
	const struct peer *p = arg;
	struct side side = take(p->fd, p->role);

	store_word(p->told, 1);
	p->then(&side);
}

static inline void until_told(pid_t pid, const uint32_t *told)
{
	while (!load_word(told)) {
		if (state_of(pid) == 'Z' && !load_word(told))
			assert_alive(pid);
		usleep(1000);
	}
}

/* Who is asleep by /proc has not raised its flag for sure. The flag must have been 0. */
static inline void until_flagged(pid_t pid, const uint32_t *sleeping)
{
	until_told(pid, sleeping);
	until_asleep(pid);
}

/* It has joined and mapped all when this returns. */
static inline pid_t start_peer(int fd, int role, void (*then)(struct side *side))
{
	struct peer peer = { fd, role, shared_memory(), then };
	pid_t pid = start_child(be_peer, &peer);

	until_told(pid, peer.told);
	unmap(peer.told, 1);
	return pid;
}

static inline void stay_there(struct side *side)
{
	(void)side;
	for (;;)
		pause();
}

/* In memory that is shared: how many signals were handled, by whichever process. */
static uint32_t *handled __attribute__((unused));

static inline void count_signal(int signal)
{
	(void)signal;
	__atomic_add_fetch(handled, 1, __ATOMIC_SEQ_CST);
}

static inline void handle_signal(void)
{
	handle(SIGUSR1, count_signal, 0);
}

static inline void restart_after_signal(void)
{
	handle(SIGUSR1, count_signal, SA_RESTART);
}

#endif /* CHANNEL_H */
