// SPDX-License-Identifier: BSD-2-Clause
/*
 * Roles of channels in files: a handle has one by a lock on a byte of the file, far
 * after all data. The lock belongs to an open file (F_OFD_SETLK), and each handle opens
 * one for itself. The maps of the handle keep that open file, so the descriptor can be
 * closed: a child inherits neither, and cannot keep the role of a parent that was killed.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "channel.h"

#define ROLES_AT ((off_t)1 << 62)
#define TRIES 100

static_assert(sizeof(off_t) == 8, "an offset after all data");

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

static struct flock byte_of(int role, short type)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = ROLES_AT + role,
		.l_len = 1,
	};
}

/*
 * A lock for reading is nobody's role: a process that may only read the file can take one, and must
 * not hinder those who write.
 */
static int lock(int fd, int role)
{
	struct flock byte;

	for (int i = 0; i < TRIES; i++) {
		byte = byte_of(role, F_WRLCK);
		if (fcntl(fd, F_OFD_SETLK, &byte) == 0)
			return 0;
		if ((errno != EAGAIN && errno != EACCES) || fcntl(fd, F_OFD_GETLK, &byte) < 0)
			return -errno;
		if (byte.l_type == F_RDLCK)
			return 0;
		if (byte.l_type == F_WRLCK)
			break;
	}
	return -EBUSY;
}

/* Does a map keep the open file that it was made by? A stacked file keeps another one instead. */
static bool is_stacked(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 || fs.f_type == OVERLAYFS_SUPER_MAGIC ||
	       fs.f_type == FUSE_SUPER_MAGIC;
}

/*
 * Another open file of what @fd is of. Without /proc, or the right to open the file by
 * a name, it is the same one, and the lock does not tell apart those who share it.
 */
static int open_again(int fd, bool *by_maps)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	*by_maps = again >= 0 && !is_stacked(again);
	if (again < 0)
		again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return again < 0 ? -errno : again;
}

/*
 * Returns a descriptor of an open file that has @role, to make the maps by, or -EBUSY if
 * somebody else has it. *@by_maps: the maps keep the role, and when they are gone it is
 * free; otherwise the descriptor must be kept for mmapdemo_role_give_back().
 */
int mmapdemo_role_take(int fd, int role, bool *by_maps)
{
	int own = open_again(fd, by_maps);
	int err;

	if (own < 0)
		return own;
	err = lock(own, role);
	if (!err)
		return own;
	close(own);
	return err;
}

/* Closes @own. The open file may have other users, so that is not enough. */
void mmapdemo_role_give_back(int own, int role)
{
	struct flock byte = byte_of(role, F_UNLCK);

	fcntl(own, F_OFD_SETLK, &byte);
	close(own);
}
