// SPDX-License-Identifier: BSD-2-Clause
/*
 * Channels: make one, in the driver or of a file, and tell what it is.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer.h"
#include "channel.h"
#include "label.h"

static_assert(sizeof(struct mmapdemo_record) == 8, "the layout of the ABI");
static_assert(sizeof(struct mmapdemo_producer_page) == 256, "the layout of the ABI");
static_assert(sizeof(struct mmapdemo_consumer_page) == 384, "the layout of the ABI");

uint32_t *mmapdemo_presence(const void *page)
{
	return &((struct mmapdemo_label *)(uintptr_t)((const char *)page + LABEL_AT))->presence;
}

int mmapdemo_channel_create(struct mmapdemo_buffer **buffer, const char *name, uint64_t size,
			    unsigned int mode, unsigned int flags)
{
	struct mmapdemo_create args = {
		.size = size,
		.mode = mode,
		.flags = flags | MMAPDEMO_CREATE_CHANNEL,
	};

	return mmapdemo_create_as(buffer, name, args);
}

static bool is_file(const struct mmapdemo_buffer *buffer)
{
	return buffer->kind == MMAPDEMO_KIND_FILE || buffer->kind == MMAPDEMO_KIND_SHM;
}

static int shape_of_node(const struct mmapdemo_buffer *buffer, struct mmapdemo_shape *shape)
{
	struct mmapdemo_buffer_info info;
	int err = mmapdemo_get_info(buffer, &info);

	if (err)
		return err;
	if (!(info.channel & MMAPDEMO_CHANNEL) || !mmapdemo_is_ring(info.size))
		return -EINVAL;
	*shape = (struct mmapdemo_shape){
		.node = true,
		.size = info.size,
		.align = mmapdemo_alignment(info.channel),
		.producer = MMAPDEMO_PRODUCER_REGION,
		.consumer = MMAPDEMO_CONSUMER_REGION,
		.data = MMAPDEMO_DATA_REGION,
	};
	return 0;
}

static void shape_of_file(struct mmapdemo_shape *shape, uint64_t size, uint32_t flags)
{
	*shape = (struct mmapdemo_shape){
		.size = size,
		.align = mmapdemo_alignment(flags),
		.consumer = mmapdemo_page_size(),
		.data = 2 * (uint64_t)mmapdemo_page_size(),
	};
}

/* -EINVAL for what is no channel. */
int mmapdemo_channel_shape(const struct mmapdemo_buffer *buffer, struct mmapdemo_shape *shape)
{
	uint32_t flags;
	uint64_t size;

	if (buffer->kind == MMAPDEMO_KIND_NODE)
		return shape_of_node(buffer, shape);
	flags = is_file(buffer) ? mmapdemo_label_read(buffer->fd, &size) : 0;
	if (!flags)
		return -EINVAL;
	shape_of_file(shape, size, flags);
	return 0;
}

/*
 * The pages are zeroed and so is the first header; what else the ring holds does
 * not matter. Without a label, until all is done, it is not a channel.
 */
static int write_pages(int fd, const struct mmapdemo_shape *shape)
{
	size_t length = (size_t)shape->data + RECORD;
	char *pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct mmapdemo_label *label = (struct mmapdemo_label *)(void *)(pages + LABEL_AT);

	if (pages == MAP_FAILED)
		return -errno;
	mmapdemo_label_erase(label);
	for (size_t i = 0; i < length; i++)
		pages[i] = 0;
	mmapdemo_label_write(label, shape->size, shape->align);
	munmap(pages, length);
	return 0;
}

int mmapdemo_channel_format(struct mmapdemo_buffer *buffer, uint64_t size, unsigned int flags)
{
	uint32_t lines = flags & MMAPDEMO_CREATE_LINES ? MMAPDEMO_CHANNEL_LINES : 0;
	struct mmapdemo_shape shape;
	int err;

	if (!is_file(buffer))
		return -EOPNOTSUPP;
	if (!mmapdemo_is_ring(size) || flags & ~(unsigned int)MMAPDEMO_CREATE_LINES)
		return -EINVAL;
	if (!buffer->writable)
		return -EBADF;
	shape_of_file(&shape, size, lines);
	/* With its blocks: a file with holes is SIGBUS to a process that stores when the disk is
	 * full. */
	do {
		err = posix_fallocate(buffer->fd, 0, (off_t)(shape.data + size));
	} while (err == EINTR);
	return err ? -err : write_pages(buffer->fd, &shape);
}

static const void *map_page(const struct mmapdemo_buffer *buffer, uint64_t offset)
{
	return mmap(NULL, mmapdemo_page_size(), PROT_READ, MAP_SHARED, buffer->fd, (off_t)offset);
}

static void unmap_page(const void *page)
{
	munmap((void *)(uintptr_t)page, mmapdemo_page_size());
}

int mmapdemo_channel_stat(const struct mmapdemo_buffer *buffer, struct mmapdemo_channel_stat *stat)
{
	const volatile struct mmapdemo_producer_page *p;
	const volatile struct mmapdemo_consumer_page *c;
	struct mmapdemo_shape shape;
	int err = mmapdemo_channel_shape(buffer, &shape);

	if (err)
		return err;
	p = map_page(buffer, shape.producer);
	if (p == MAP_FAILED)
		return -errno;
	c = map_page(buffer, shape.consumer);
	if (c == MAP_FAILED) {
		err = -errno;
		unmap_page((const void *)p);
		return err;
	}
	*stat = (struct mmapdemo_channel_stat){
		.size = shape.size,
		.sent = p->messages,
		.sent_bytes = p->bytes,
		.received = c->messages,
		.received_bytes = c->bytes,
		.full = p->full,
		.empty = c->empty,
		.producer_wakes = p->wakes,
		.consumer_wakes = c->wakes,
		.errors = c->errors,
	};
	unmap_page((const void *)p);
	unmap_page((const void *)c);
	return 0;
}
