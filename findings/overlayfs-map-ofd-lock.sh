#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# On overlayfs a shared map does not keep the lock of the descriptor that it was made by.
#
# Versions: Linux 6.1.0-57-amd64 of Debian 12 (package version below), in QEMU; overlayfs on tmpfs.
# Input: a program locks a file by F_OFD_SETLK, maps it MAP_SHARED by the same descriptor, closes the
#	descriptor and keeps the map. Then it tries the same lock by a second open file.
# Seen: on tmpfs the map keeps the open file, and the open file keeps the lock: the second one gets
#	EAGAIN until the map is gone. On overlayfs the lock is free as soon as the descriptor is
#	closed, while the map goes on working, for the map keeps another open file there.
# A program that wants a lock which lives as long as a map keeps the descriptor open on overlayfs.
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
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	return fcntl(fd, F_OFD_SETLK, &lock) ? strerror(errno) : "locked";
}

static void try(const char *name, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	int other = open(path, O_RDWR);
	char *map;

	if (fd < 0 || ftruncate(fd, 4096))
		return;
	printf("%s, first: %s\n", name, lock(fd));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	map[0] = 1;
	printf("%s, second, while the first is mapped: %s\n", name, lock(other));
	munmap(map, 4096);
	printf("%s, second, later: %s\n", name, lock(other));
}

int main(void)
{
	int module = open("/overlay.ko", O_RDONLY);

	setvbuf(stdout, NULL, _IONBF, 0);
	syscall(SYS_finit_module, module, "", 0);
	mkdir("/t", 0700);
	mount("tmpfs", "/t", "tmpfs", 0, NULL);
	mkdir("/t/lower", 0700);
	mkdir("/t/upper", 0700);
	mkdir("/t/work", 0700);
	mkdir("/t/merged", 0700);
	if (mount("overlay", "/t/merged", "overlay", 0,
		  "lowerdir=/t/lower,upperdir=/t/upper,workdir=/t/work"))
		perror("overlay");
	try("tmpfs", "/t/file");
	try("overlayfs", "/t/merged/file");
	reboot(RB_AUTOBOOT);
}
END
mkdir guest guest/dev
if ! gcc -static -O1 -D_GNU_SOURCE -o guest/init init.c >log 2>&1; then
	cat log
	exit 2
fi
cp root/lib/modules/*/kernel/fs/overlayfs/overlay.ko guest/ || exit 2
mknod guest/dev/console c 5 1 2>/dev/null || {
	echo "cannot be tried: mknod(1) needs root"
	exit 2
}
(cd guest && find . | cpio --quiet -o -H newc) >initramfs
timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 512 -nographic -no-reboot -nic none \
	-kernel root/boot/vmlinuz-* -initrd initramfs \
	-append 'console=ttyS0 quiet panic=-1' </dev/null 2>&1 | tr -d '\r' >console
grep -oE '(tmpfs|overlayfs), .*' console >seen
cat seen
[ "$(wc -l <seen)" -eq 6 ] || exit 2
grep -qx 'tmpfs, second, while the first is mapped: Resource temporarily unavailable' seen &&
	grep -qx 'tmpfs, second, later: locked' seen &&
	grep -qx 'overlayfs, second, while the first is mapped: locked' seen
