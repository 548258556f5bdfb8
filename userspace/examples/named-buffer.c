// SPDX-License-Identifier: BSD-2-Clause
/*
 * A buffer with a name: made while the module runs, a file in /dev like any other,
 * found there by anyone who may, and gone from there when its owner says so. Its memory
 * stays for those who still use it. It needs the driver, and the right to write to
 * /dev/mmapdemo.
 *
 *	cc named-buffer.c -o named-buffer -lmmapdemo && ./named-buffer
 *
 * prints
 *
 *	made /dev/mmapdemo-tutorial, 65536 bytes
 *	another open finds: in a named buffer
 *	the name is gone: No such file or directory
 *	the memory is not: in a named buffer
 */
#include <mmapdemo.h>

#include <stdio.h>
#include <string.h>

#include "must.h"

int main(void)
{
	struct mmapdemo_buffer *mine, *other;
	struct mmapdemo_buffer_info info;
	struct mmapdemo_view view, seen;
	int gone;

	/* Rounded up to whole pages; the mode is as of any file. */
	must("create", mmapdemo_create(&mine, "tutorial", 64 * 1024, 0660));
	must("info", mmapdemo_get_info(mine, &info));
	printf("made /dev/mmapdemo-tutorial, %u bytes\n", (unsigned int)info.size);
	must("view", mmapdemo_view_open(&view, mine, 0, 0, 0));
	strcpy(view.data, "in a named buffer");

	/* Any other process would do it just so. */
	must("open", mmapdemo_open_name(&other, "tutorial", MMAPDEMO_READ_ONLY));
	must("view", mmapdemo_view_open(&seen, other, 0, 0, MMAPDEMO_READ_ONLY));
	printf("another open finds: %s\n", (char *)seen.data);
	mmapdemo_close(other);

	must("remove", mmapdemo_remove(mine));
	gone = mmapdemo_open_name(&other, "tutorial", 0);
	printf("the name is gone: %s\n", strerror(-gone));
	printf("the memory is not: %s\n", (char *)seen.data);

	mmapdemo_view_close(&seen);
	mmapdemo_view_close(&view);
	mmapdemo_close(mine);
	return 0;
}
