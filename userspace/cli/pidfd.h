/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A descriptor of a process, by the names that <sys/pidfd.h> has: neither glibc
 * before 2.36 nor musl has that header.
 */
#ifndef MMAPDEMO_PIDFD_H
#define MMAPDEMO_PIDFD_H

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int pidfd_open(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int pidfd_send_signal(int fd, int number, siginfo_t *info, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_send_signal, fd, number, info, flags);
}

#endif /* MMAPDEMO_PIDFD_H */
