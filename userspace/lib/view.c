// SPDX-License-Identifier: BSD-2-Clause
/*
 * Views: windows of a buffer in this process.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer.h"

#define VIEW_FLAGS ((unsigned int)(MMAPDEMO_READ_ONLY | MMAPDEMO_PRIVATE))

/*
 * Anonymous memory has no descriptor to map a second time, but mremap(2) of
 * length 0 makes a further map of the same shared pages.
 */
static void *map_anon(const struct mmapdemo_buffer *buffer, uint64_t offset, size_t length,
		      int prot)
{
	void *data = mremap((char *)buffer->anon + offset, 0, length, MREMAP_MAYMOVE);

	if (data != MAP_FAILED && mprotect(data, length, prot) < 0) {
		munmap(data, length);
		return MAP_FAILED;
	}
	return data;
}

/* Check the window against the buffer; turn a length of 0 into the rest. */
static int check_window(const struct mmapdemo_buffer *buffer, uint64_t offset, size_t *length)
{
	struct mmapdemo_buffer_info info;
	int err = mmapdemo_get_info(buffer, &info);

	if (err)
		return err;
	if (offset % info.page_size)
		return -EINVAL;
	if (info.size == 0 && buffer->kind == MMAPDEMO_KIND_DEVICE)
		return *length ? 0 : -EINVAL; /* the driver knows better */
	if (offset >= info.size || *length > info.size - offset)
		return -EINVAL;
	if (*length == 0) {
		if (info.size - offset > SIZE_MAX)
			return -ENOMEM;
		*length = (size_t)(info.size - offset);
	}
	return 0;
}

int mmapdemo_view_open(struct mmapdemo_view *view, const struct mmapdemo_buffer *buffer,
		       uint64_t offset, size_t length, unsigned int flags)
{
	int prot = flags & MMAPDEMO_READ_ONLY ? PROT_READ : PROT_READ | PROT_WRITE;
	int sharing = flags & MMAPDEMO_PRIVATE ? MAP_PRIVATE : MAP_SHARED;
	void *data;
	int err;

	if (flags & ~VIEW_FLAGS || offset > INT64_MAX)
		return -EINVAL;
	if (buffer->kind == MMAPDEMO_KIND_ANON && flags & MMAPDEMO_PRIVATE)
		return -EOPNOTSUPP;
	err = check_window(buffer, offset, &length);
	if (err)
		return err;
	if (buffer->kind == MMAPDEMO_KIND_ANON)
		data = map_anon(buffer, offset, length, prot);
	else
		data = mmap(NULL, length, prot, sharing, buffer->fd, (off_t)offset);
	if (data == MAP_FAILED)
		return -errno;
	view->data = data;
	view->size = length;
	view->offset = offset;
	return 0;
}

void mmapdemo_view_close(struct mmapdemo_view *view)
{
	if (view->data)
		munmap(view->data, view->size);
	memset(view, 0, sizeof(*view));
}
