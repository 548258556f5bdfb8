// SPDX-License-Identifier: BSD-2-Clause
/*
 * A side of a channel: its maps, and how it sleeps and wakes the other one. On a
 * node the driver does that, and knows who is there. Elsewhere each side sleeps on
 * @sleeping of its own page by futex(2), and a word in that page says whether it is
 * there; a kill leaves that as it was. Roles are held by locks there.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/futex.h>

#include "buffer.h"
#include "channel.h"
#include "word.h"

/* Nanoseconds: a sleep and a wake-up take 5,000 or so, and several times that in a VM. */
#define SPIN 50000
#define LOOKS 64
#define TRIES 8
#define SELDOM_TRIED 64

/* A second process that stores as this role does would spoil the channel. */
static void *map(void *at, size_t length, int prot, int fd, uint64_t offset)
{
	int flags = at ? MAP_SHARED | MAP_FIXED : MAP_SHARED;
	char *place = mmap(at, length, prot, flags, fd, (off_t)offset);

	if (place != MAP_FAILED)
		madvise(place, length, MADV_DONTFORK);
	return place;
}

/* Twice in a row: the driver does that by itself. */
static void *map_ring(int fd, const struct mmapdemo_shape *shape, int prot)
{
	size_t size = (size_t)shape->size;
	char *data;

	if (shape->node)
		return map(NULL, 2 * size, prot, fd, shape->data);
	data = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (data == MAP_FAILED)
		return data;
	if (map(data, size, prot, fd, shape->data) == MAP_FAILED ||
	    map(data + size, size, prot, fd, shape->data) == MAP_FAILED) {
		int err = errno;

		munmap(data, 2 * size);
		errno = err;
		return MAP_FAILED;
	}
	return data;
}

/* The driver does not let one side write where the other does; futexes need it. */
static int map_all(struct mmapdemo_maps *maps, int fd, const struct mmapdemo_shape *shape, int role)
{
	size_t page = mmapdemo_page_size();
	bool produces = role == MMAPDEMO_PRODUCER;
	int prot = PROT_READ | PROT_WRITE;
	int err;

	maps->own = map(NULL, page, prot, fd, produces ? shape->producer : shape->consumer);
	if (maps->own == MAP_FAILED)
		return -errno;
	maps->peer = map(NULL, page, shape->node ? PROT_READ : prot, fd,
			 produces ? shape->consumer : shape->producer);
	if (maps->peer == MAP_FAILED) {
		err = -errno;
		goto unmap_own;
	}
	maps->data = map_ring(fd, shape, produces ? prot : PROT_READ);
	if (maps->data != MAP_FAILED)
		return 0;
	err = -errno;
	munmap(maps->peer, page);
unmap_own:
	munmap(maps->own, page);
	return err;
}

/* An open file has one role, so each handle needs one of its own. */
static int join(const struct mmapdemo_buffer *buffer, int role)
{
	int fd = ioctl(buffer->fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	int err;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, MMAPDEMO_IOC_JOIN, role) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* The role comes first: who is refused changes nothing. */
static int open_file_maps(struct mmapdemo_maps *maps, const struct mmapdemo_shape *shape,
			  const struct mmapdemo_buffer *buffer, int role)
{
	bool by_maps;
	int own = mmapdemo_role_take(buffer->fd, role, &by_maps);
	int err;

	if (own < 0)
		return own;
	err = map_all(maps, own, shape, role);
	if (err)
		mmapdemo_role_give_back(own, role);
	else if (by_maps)
		close(own);
	else
		maps->lock = own;
	return err;
}

int mmapdemo_maps_open(struct mmapdemo_maps *maps, struct mmapdemo_shape *shape,
		       const struct mmapdemo_buffer *buffer, int role)
{
	int err = mmapdemo_channel_shape(buffer, shape);

	if (!err && !buffer->writable)
		err = -EBADF;
	if (err)
		return err;
	maps->fd = -1;
	maps->lock = -1;
	if (!shape->node)
		return open_file_maps(maps, shape, buffer, role);
	maps->fd = join(buffer, role);
	if (maps->fd < 0)
		return maps->fd;
	err = map_all(maps, maps->fd, shape, role);
	if (err)
		close(maps->fd);
	return err;
}

/* Gives the role back. */
void mmapdemo_maps_close(const struct mmapdemo_maps *maps, uint64_t size, int role)
{
	munmap(maps->own, mmapdemo_page_size());
	munmap(maps->peer, mmapdemo_page_size());
	munmap(maps->data, 2 * (size_t)size);
	if (maps->fd >= 0)
		close(maps->fd);
	if (maps->lock >= 0)
		mmapdemo_role_give_back(maps->lock, role);
}

static bool is_absent(uint32_t presence)
{
	return presence % 2 == 0;
}

static bool is_hang_up(const struct mmapdemo_side *side)
{
	uint32_t presence = __atomic_load_n(side->peer_presence, __ATOMIC_ACQUIRE);

	return is_absent(presence) && presence != side->absent;
}

/*
 * Say that this side is there. Returns the peer's presence that is no hang-up,
 * because this side has not met it. The other side is woken: a predecessor may
 * have died before it did that.
 */
uint32_t mmapdemo_side_arrive(const struct mmapdemo_side *side)
{
	uint32_t presence, peer;

	if (side->fd < 0) {
		presence = __atomic_load_n(side->presence, __ATOMIC_RELAXED);
		__atomic_store_n(side->presence, presence + (is_absent(presence) ? 1 : 2),
				 __ATOMIC_SEQ_CST);
	}
	peer = side->fd < 0 ? __atomic_load_n(side->peer_presence, __ATOMIC_SEQ_CST) : MMAPDEMO_MET;
	mmapdemo_side_wake(side);
	return is_absent(peer) ? peer : MMAPDEMO_MET;
}

/* Outside of the driver; pairs with mmapdemo_side_announce(), mmapdemo_side_wake(). */
void mmapdemo_side_leave(const struct mmapdemo_side *side)
{
	if (side->fd >= 0)
		return;
	__atomic_fetch_add(side->presence, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(side->sleeping, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(side->peer_sleeping, 0, __ATOMIC_SEQ_CST);
	mmapdemo_futex(side->peer_sleeping, FUTEX_WAKE, 1, NULL);
}

/*
 * Say that this side is about to sleep. The caller looks once more before it does,
 * and if there is nothing, what this returned is the answer. The driver does all
 * that, on a node.
 */
int mmapdemo_side_announce(const struct mmapdemo_side *side, const struct timespec *deadline)
{
	if (!mmapdemo_is_time(deadline))
		return -EINVAL;
	if (side->fd >= 0)
		return 0;
	if (!mmapdemo_is_try(deadline))
		__atomic_store_n(side->sleeping, 1, __ATOMIC_RELAXED);
	/* Pairs with the fence of the side that publishes or frees. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (is_hang_up(side))
		return -EPIPE;
	return mmapdemo_is_try(deadline) ? -ETIMEDOUT : 0;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return mmapdemo_nanoseconds(&time);
}

/* A few looks come before the first one at the clock, which costs more than each. */
static bool spin(const uint32_t *word, uint32_t value, uint64_t deadline)
{
	uint64_t end = 0, time;

	for (unsigned int looks = 1; __atomic_load_n(word, __ATOMIC_RELAXED) == value; looks++) {
		mmapdemo_relax();
		if (looks % LOOKS)
			continue;
		time = now();
		if (!end)
			end = time + SPIN < deadline ? time + SPIN : deadline;
		if (time >= end)
			return false;
	}
	return true;
}

/*
 * Wait without sleeping for @word to be something else than @value. Both sides sleep
 * at each message once both have begun to, unless one of them waits for as long as
 * the other takes to wake up; and where that is in vain, it is wasted. So: always as
 * long as it helps, and then now and then. @vain is how often it was of no use.
 */
void mmapdemo_side_spin(uint32_t *vain, const uint32_t *word, uint32_t value,
			const struct timespec *deadline, uint64_t pauses)
{
	if (mmapdemo_is_try(deadline) || mmapdemo_is_alone())
		return;
	while (pauses--)
		mmapdemo_relax();
	if ((*vain < TRIES || *vain % SELDOM_TRIED == 0) &&
	    spin(word, value, mmapdemo_nanoseconds(deadline)))
		*vain = 0;
	else
		++*vain;
}

int mmapdemo_side_sleep(const struct mmapdemo_side *side, const struct timespec *deadline)
{
	uint64_t until;
	int err;

	if (side->fd >= 0) {
		until = mmapdemo_nanoseconds(deadline);
		return ioctl(side->fd, MMAPDEMO_IOC_CHANNEL_WAIT, &until) < 0 ? -errno : 0;
	}
	err = mmapdemo_futex(side->sleeping, FUTEX_WAIT_BITSET, 1, deadline);
	return err == -EAGAIN ? 0 : err;
}

/* -EPIPE at a hang-up; then @sleeping of the peer stays. */
int mmapdemo_side_wake(const struct mmapdemo_side *side)
{
	if (side->fd >= 0)
		return ioctl(side->fd, MMAPDEMO_IOC_CHANNEL_WAKE, 0) < 0 && errno == EPIPE ?
			       -EPIPE :
			       0;
	/* If this undoes what mmapdemo_side_leave() did, that is seen now. */
	__atomic_exchange_n(side->peer_sleeping, 0, __ATOMIC_SEQ_CST);
	if (is_hang_up(side)) {
		__atomic_store_n(side->peer_sleeping, 1, __ATOMIC_SEQ_CST);
		return -EPIPE;
	}
	mmapdemo_futex(side->peer_sleeping, FUTEX_WAKE, 1, NULL);
	return 0;
}
