// SPDX-License-Identifier: BSD-2-Clause
/* The storm of hostile peers: a process that takes a role and keeps no rule. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "peer.h"

#define MILLISECOND 1000000U

static uint64_t soon(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec + MILLISECOND;
}

/* A value that might upset somebody who expects one like @near. */
static uint64_t any_value(struct actor *a, uint64_t near)
{
	static const uint64_t special[] = {
		0,
		1,
		7,
		8,
		63,
		64,
		RING / 2,
		RING / 2 + 1,
		RING / 2 + 2,
		RING - 8,
		RING,
		RING + 1,
		1ULL << 31,
		UINT32_MAX,
		1ULL << 32,
		1ULL << 63,
		~0ULL - 7,
		~0ULL,
	};
	uint64_t value = special[below(a, sizeof(special) / sizeof(special[0]))];

	switch (below(a, 5)) {
	case 0:
		return value;
	case 1:
		return near + value;
	case 2:
		return near - value;
	case 3:
		return near + 8 * below(a, 32);
	default:
		return (uint64_t)below(a, UINT32_MAX) << 32 | below(a, UINT32_MAX);
	}
}

static void store(char *base, size_t offset, uint64_t value, size_t length)
{
	if (length == sizeof(value) && offset % sizeof(value) == 0)
		__atomic_store_n((uint64_t *)(base + offset), value, __ATOMIC_RELEASE);
	else
		__atomic_store_n((uint32_t *)(base + offset), (uint32_t)value, __ATOMIC_RELEASE);
}

static uint64_t load(const char *base, size_t offset)
{
	return __atomic_load_n((const uint64_t *)(base + offset), __ATOMIC_ACQUIRE);
}

static char *map(struct actor *a, size_t length, int prot, uint64_t offset)
{
	char *p = mmap(NULL, length, prot, MAP_SHARED, a->end.fd, (off_t)offset);

	if (p == MAP_FAILED)
		wrong(a, "mmap at %#llx", (unsigned long long)offset);
	return p;
}

static void leave(struct actor *a)
{
	struct end *end = &a->end;

	if (end->fd < 0)
		return;
	/* The descriptor first: the maps keep the role for a moment. */
	close(end->fd);
	munmap(end->producer, PAGE);
	munmap(end->consumer, PAGE);
	munmap(end->data, 2 * RING);
	end->fd = -1;
	/* Somebody else's turn. */
	usleep(below(a, 5000));
}

static bool join(struct actor *a)
{
	const int readable = PROT_READ, writable = PROT_READ | PROT_WRITE;
	struct end *end = &a->end;
	int role = below(a, 2) ? MMAPDEMO_PRODUCER : MMAPDEMO_CONSUMER;
	bool produces = role == MMAPDEMO_PRODUCER;

	if (end->fd >= 0)
		return true;
	end->fd = open_again(a, O_RDWR);
	if (ioctl(end->fd, MMAPDEMO_IOC_JOIN, role) < 0) {
		MAY_FAIL(a, "JOIN", -1, EBUSY);
		close(end->fd);
		end->fd = -1;
		return false;
	}
	end->role = role;
	end->producer = map(a, PAGE, produces ? writable : readable, MMAPDEMO_PRODUCER_REGION);
	end->consumer = map(a, PAGE, produces ? readable : writable, MMAPDEMO_CONSUMER_REGION);
	end->data = map(a, 2 * RING, produces ? writable : readable, MMAPDEMO_DATA_REGION);
	end->position = load(end->producer, offsetof(struct mmapdemo_producer_page, head));
	return true;
}

/* What both may call, whatever they have written. */
static void call(struct actor *a)
{
	struct pollfd pollfd = { .fd = a->end.fd, .events = POLLIN | POLLOUT };
	uint64_t deadline = soon();

	switch (below(a, 4)) {
	case 0:
		return MAY_FAIL(a, "CHANNEL_WAIT",
				ioctl(a->end.fd, MMAPDEMO_IOC_CHANNEL_WAIT, &deadline), EPIPE,
				ETIMEDOUT, EINTR);
	case 1:
		return MAY_FAIL(a, "poll", poll(&pollfd, 1, 1), EINTR);
	case 2:
		if (below(a, 8) == 0)
			leave(a);
		return;
	default:
		return MAY_FAIL(a, "CHANNEL_WAKE", ioctl(a->end.fd, MMAPDEMO_IOC_CHANNEL_WAKE, 0),
				EPIPE);
	}
}

/* A good record, but for what the dice want: else nobody would ever get far. */
static void publish(struct actor *a)
{
	struct end *end = &a->end;
	uint64_t length = below(a, 8) ? below(a, 500) : below(a, RING);
	size_t at = end->position % RING & ~7UL;
	uint64_t next = end->position + (8 + length + 7) / 8 * 8;

	memset(end->data + at + 8, (int)length, length > RING / 2 ? 8 : length);
	if (below(a, 20))
		store(end->data, next % RING & ~7UL, 0, 4);
	store(end->data, at, length + 1, 4);
	end->position = next;
	store(end->producer, offsetof(struct mmapdemo_producer_page, head), next, 8);
}

static void lie_to_consumer(struct actor *a)
{
	static const size_t words[] = { offsetof(struct mmapdemo_producer_page, head),
					offsetof(struct mmapdemo_producer_page, messages),
					offsetof(struct mmapdemo_producer_page, sleeping),
					offsetof(struct mmapdemo_producer_page, wanted) };
	struct end *end = &a->end;
	uint64_t taken;

	taken = load(end->consumer, offsetof(struct mmapdemo_consumer_page, taken));
	switch (below(a, 8)) {
	case 0:
		return store(end->producer, words[below(a, 4)], any_value(a, taken),
			     below(a, 2) ? 4 : 8);
	case 1:
		return store(end->producer, 8 * below(a, PAGE / 8), any_value(a, taken), 8);
	case 2: /* a header, where the consumer looks, or any word of the ring */
		return store(end->data,
			     (below(a, 2) ? taken : 8 * below(a, RING / 8)) % RING & ~7UL,
			     any_value(a, 0), 4);
	case 3:
		end->position = below(a, 4) ? taken : any_value(a, taken);
		return;
	case 4:
		return call(a);
	default:
		return publish(a);
	}
}

static void lie_to_producer(struct actor *a)
{
	static const size_t words[] = { offsetof(struct mmapdemo_consumer_page, taken),
					offsetof(struct mmapdemo_consumer_page, freed),
					offsetof(struct mmapdemo_consumer_page, sleeping),
					offsetof(struct mmapdemo_consumer_page, errors) };
	struct end *end = &a->end;
	uint64_t head;

	head = load(end->producer, offsetof(struct mmapdemo_producer_page, head));
	switch (below(a, 8)) {
	case 0:
		return store(end->consumer, words[below(a, 4)], any_value(a, head),
			     below(a, 2) ? 4 : 8);
	case 1:
		return store(end->consumer, 8 * below(a, PAGE / 8), any_value(a, head), 8);
	case 2:
	case 3:
		return call(a);
	default: /* as if all had been taken */
		store(end->consumer, words[0], head, 8);
		return store(end->consumer, words[1], head, 8);
	}
}

void act_liar(struct actor *a)
{
	if (!join(a))
		usleep(below(a, 1000));
	else if (a->end.role == MMAPDEMO_PRODUCER)
		lie_to_consumer(a);
	else
		lie_to_producer(a);
}
