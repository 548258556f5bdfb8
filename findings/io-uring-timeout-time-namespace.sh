#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An absolute timeout of io_uring(7) ignores the time namespace of its caller.
#
# Versions: Linux 6.1.0-57-amd64 of Debian 12 (package version below), in QEMU. Linux 6.12.117 behaves
#	in the same way; Linux 7.2.12 of Debian 13 converts the time.
# Input: a process in a time namespace whose CLOCK_MONOTONIC is 1000 s ahead. It reads the clock, adds
#	one second, and waits until then: by timerfd_settime(TFD_TIMER_ABSTIME), and by
#	IORING_OP_TIMEOUT with IORING_TIMEOUT_ABS.
# Seen: the timerfd expires after one second, in the namespace as outside. io_uring's timeout expires
#	after one second outside only. In the namespace the kernel compares the time with the
#	host's clock, so the timeout comes 1000 s late; after 5 s it has not come.
# A program that may run in a time namespace gives io_uring a relative timeout, or a timerfd.
#
# Exits with 0 if this is as stated, 1 if it has changed, 2 if it cannot be tried here.
set -u

package=linux-image-6.1.0-57-amd64
version=6.1.192-3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

for tool in qemu-system-x86_64 gcc cpio dpkg-deb; do
	command -v $tool >/dev/null || {
		echo "cannot be tried: no $tool"
		exit 2
	}
done
if ! apt-get download "$package:amd64=$version" >log 2>&1; then
	echo "cannot be tried: no Debian package of $package $version"
	exit 2
fi
dpkg-deb -x "$package"*.deb root || exit 2

cat >init.c <<'END'
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One second from now, in the caller's CLOCK_MONOTONIC. */
static struct timespec soon(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec++;
	return time;
}

static void report(const char *where, const char *what, int fd)
{
	struct pollfd event = { .fd = fd, .events = POLLIN };
	int ready = poll(&event, 1, 5000);

	printf("%s, %s: %s\n", where, what, ready == 1 ? "expired" : "not expired after 5 s");
}

static void wait_by_timerfd(const char *where)
{
	struct itimerspec until = { .it_value = soon() };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);

	timerfd_settime(fd, TFD_TIMER_ABSTIME, &until, NULL);
	report(where, "timerfd", fd);
}

static void wait_by_io_uring(const char *where)
{
	struct io_uring_params params = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	char *ring = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	struct io_uring_sqe *entry =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	struct timespec time = soon();
	struct __kernel_timespec until = { .tv_sec = time.tv_sec, .tv_nsec = time.tv_nsec };

	if (fd < 0 || ring == MAP_FAILED || entry == MAP_FAILED) {
		printf("no io_uring\n");
		return;
	}
	*entry = (struct io_uring_sqe){ .opcode = IORING_OP_TIMEOUT,
					.addr = (unsigned long)&until,
					.len = 1,
					.timeout_flags = IORING_TIMEOUT_ABS };
	*(unsigned int *)(ring + params.sq_off.array) = 0;
	*(unsigned int *)(ring + params.sq_off.tail) = 1;
	if (syscall(SYS_io_uring_enter, fd, 1, 0, 0, NULL, 0) != 1)
		printf("io_uring_enter has failed\n");
	report(where, "io_uring", fd);
}

int main(void)
{
	int offsets;

	setvbuf(stdout, NULL, _IONBF, 0);
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	wait_by_timerfd("outside");
	wait_by_io_uring("outside");
	unshare(CLONE_NEWTIME);
	offsets = open("/proc/self/timens_offsets", O_WRONLY);
	if (write(offsets, "monotonic 1000 0\n", 17) == 17 && fork() == 0) {
		wait_by_timerfd("namespace");
		wait_by_io_uring("namespace");
		_exit(0);
	}
	wait(NULL);
	reboot(RB_AUTOBOOT);
}
END
mkdir guest guest/dev
if ! gcc -static -O1 -D_GNU_SOURCE -o guest/init init.c >log 2>&1; then
	cat log
	exit 2
fi
mknod guest/dev/console c 5 1 2>/dev/null || {
	echo "cannot be tried: mknod(1) needs root"
	exit 2
}
(cd guest && find . | cpio --quiet -o -H newc) >initramfs
timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 512 -nographic -no-reboot -nic none \
	-kernel root/boot/vmlinuz-* -initrd initramfs \
	-append 'console=ttyS0 quiet panic=-1' </dev/null 2>&1 | tr -d '\r' >console
grep -oE '(outside|namespace), .*' console >seen
cat seen
[ "$(wc -l <seen)" -eq 4 ] || exit 2
[ "$(cat seen)" = 'outside, timerfd: expired
outside, io_uring: expired
namespace, timerfd: expired
namespace, io_uring: not expired after 5 s' ]
