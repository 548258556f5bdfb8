// SPDX-License-Identifier: BSD-2-Clause
/*
 * Labels: write one, and believe one. Knows a file and no buffer.
 */
#include <assert.h>
#include <sys/stat.h>
#include <unistd.h>

#include "label.h"

#define MAGIC 0x6c656e6e6168436dULL

static_assert(sizeof(struct mmapdemo_producer_page) <= LABEL_AT, "free");
static_assert(sizeof(struct mmapdemo_consumer_page) <= LABEL_AT, "free");

bool mmapdemo_is_ring(uint64_t size)
{
	return size >= MMAPDEMO_RING_MIN && size <= MMAPDEMO_RING_MAX && !(size & (size - 1));
}

/* Of messages in a channel with these flags, MMAPDEMO_CHANNEL_LINES or none. */
uint64_t mmapdemo_alignment(uint32_t flags)
{
	return flags & MMAPDEMO_CHANNEL_LINES ? 64 : sizeof(struct mmapdemo_record);
}

/*
 * The flags of the channel in a file, and the size of its ring, if the file has a label and all
 * that the label speaks of. 0, and *@size as it was, if it is not a channel.
 */
uint32_t mmapdemo_label_read(int fd, uint64_t *size)
{
	uint64_t pages = 2 * (uint64_t)sysconf(_SC_PAGESIZE);
	struct mmapdemo_label label;
	struct stat st;

	if (fstat(fd, &st) < 0 || pread(fd, &label, sizeof(label), LABEL_AT) != sizeof(label))
		return 0;
	if (label.magic != MAGIC || !mmapdemo_is_ring(label.size) ||
	    (label.align != mmapdemo_alignment(0) &&
	     label.align != mmapdemo_alignment(MMAPDEMO_CHANNEL_LINES)) ||
	    (uint64_t)st.st_size < pages + label.size)
		return 0;
	*size = label.size;
	return label.align == mmapdemo_alignment(0) ? MMAPDEMO_CHANNEL :
						      MMAPDEMO_CHANNEL | MMAPDEMO_CHANNEL_LINES;
}

/* The last store of a new channel: before it nobody takes the file for one. */
void mmapdemo_label_write(struct mmapdemo_label *label, uint64_t size, uint64_t align)
{
	label->size = size;
	label->align = (uint32_t)align;
	__atomic_store_n(&label->magic, MAGIC, __ATOMIC_SEQ_CST);
}

void mmapdemo_label_erase(struct mmapdemo_label *label)
{
	__atomic_store_n(&label->magic, 0, __ATOMIC_SEQ_CST);
}
