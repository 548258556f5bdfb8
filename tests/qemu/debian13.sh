#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# debian13.sh LINE ARCH DIR: makes DIR as kernel.sh does, for a kernel of Debian
# 13's backports. The tools in its headers need Debian 13's libc, so they are
# installed in a small Debian 13, DIR/root, where module.sh then builds; for arm64
# its cross compiler comes with the headers. Needs root.
set -eu

line=$1
arch=$2
dir=$3

if [ "$(id -u)" -ne 0 ]; then
	echo "mmapdemo: kernel $line is built in a chroot of Debian 13, which needs root: sudo make ..." >&2
	exit 1
fi
"$(dirname "$0")/packages.sh" mmdebstrap
work=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "mmapdemo: making a small Debian 13 to build for kernel $line (once, some minutes)" >&2

. "$(dirname "$0")/debian.sh"
(
	apt_lists "$work/apt"
	mirrors trixie
) >"$work/sources.list"
if ! { mmdebstrap --variant=apt --arch=amd64,arm64 --include=make,gcc trixie \
	"$work/root" "$work/sources.list" && cp /etc/resolv.conf "$work/root/etc/" &&
	chroot "$work/root" apt-get update; } >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
release=$(chroot "$work/root" apt-cache pkgnames "linux-headers-$line." |
	sed -nE "s/^linux-headers-([0-9.]+\\+deb[0-9]+-$arch)\$/\\1/p" | sort -V | tail -n 1)
if [ -z "$release" ]; then
	echo "mmapdemo: Debian 13 has no kernel $line for $arch" >&2
	exit 1
fi
if ! chroot "$work/root" sh -c "apt-get install -y --no-install-recommends \
	linux-headers-$release:$arch && cd /tmp && apt-get -o APT::Sandbox::User=root download \
	linux-binary-$release:$arch && apt-get clean" >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
dpkg-deb --fsys-tarfile "$work"/root/tmp/linux-binary-*.deb |
	tar -xO "./usr/lib/modules/$release/vmlinuz" >"$work/vmlinuz"
rm -rf "$work/apt" "$work/log" "$work"/root/tmp/*.deb \
	"$work/root/usr/src/linux-headers-$release/vmlinux"
ln -s "root/usr/src/linux-headers-$release" "$work/headers"
chmod 755 "$work"
rm -rf "$dir"
mv "$work" "$dir"
echo "$release" >"$dir/release"
