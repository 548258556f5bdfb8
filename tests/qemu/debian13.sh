#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# debian13.sh LINE DIR: makes DIR as kernel.sh does, for a kernel of Debian 13's
# backports. The tools in its headers need Debian 13's libc, so they are installed
# in a small Debian 13, DIR/root, where module.sh then builds. Needs root.
set -eu

line=$1
dir=$2

if [ "$(id -u)" -ne 0 ]; then
	echo "mmapdemo: kernel $line is built in a chroot of Debian 13, which needs root: sudo make ..." >&2
	exit 1
fi
"$(dirname "$0")/packages.sh" mmdebstrap
work=$(mktemp -d "${dir%/*}/kernel-$line.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "mmapdemo: making a small Debian 13 to build for kernel $line (once, some minutes)" >&2

# The mirrors that apt uses here, for the other release.
here=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(ORIGIN)" 'Created-By: Packages' |
	sed -n "s/ Debian\$//p" | sort -u | while read -r uri release; do
	case $release in
	"$here") echo "deb $uri trixie main" && echo "deb $uri trixie-backports main" ;;
	"$here"-*) echo "deb $uri trixie-${release#*-} main" ;;
	esac
done >"$work/sources.list"

if ! { mmdebstrap --variant=apt --include=make,gcc trixie "$work/root" "$work/sources.list" &&
	cp /etc/resolv.conf "$work/root/etc/" && chroot "$work/root" apt-get update; } \
	>"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
release=$(chroot "$work/root" apt-cache pkgnames "linux-headers-$line." |
	sed -nE 's/^linux-headers-([0-9.]+\+deb[0-9]+-amd64)$/\1/p' | sort -V | tail -n 1)
if [ -z "$release" ]; then
	echo "mmapdemo: Debian 13 has no kernel $line" >&2
	exit 1
fi
if ! chroot "$work/root" sh -c "apt-get install -y --no-install-recommends \
	linux-headers-$release && cd /tmp && apt-get -o APT::Sandbox::User=root download \
	linux-binary-$release && apt-get clean" >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
dpkg-deb --fsys-tarfile "$work"/root/tmp/linux-binary-*.deb |
	tar -xO "./usr/lib/modules/$release/vmlinuz" >"$work/vmlinuz"
rm -f "$work"/root/tmp/*.deb "$work/root/usr/src/linux-headers-$release/vmlinux" "$work/log"
ln -s "root/usr/src/linux-headers-$release" "$work/headers"
chmod 755 "$work"
rm -rf "$dir"
mv "$work" "$dir"
echo "$release" >"$dir/release"
