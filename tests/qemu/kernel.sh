#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# kernel.sh 6.1|6.12|7.2: prints a folder with Debian's newest stock kernel of that
# line for $ARCH, amd64 or arm64: "vmlinuz", "headers" to build modules against,
# "release". The packages are downloaded and unpacked into the cache, not
# installed; later runs find them there. Remove the folder to get a newer one.
# Or sanitize|kcsan, a kernel built for finding faults: see tests/sanitize/kernel.sh.
set -eu

line=$1
arch=${ARCH:-amd64}
case $line-$arch in
sanitize-amd64 | kcsan-amd64) exec "$(dirname "$0")/../sanitize/kernel.sh" "$line" ;;
esac
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmapdemo
dir=$cache/kernel-$line-$arch

if [ -e "$dir/release" ]; then
	echo "$dir"
	exit 0
fi

mkdir -p "$cache"
case $line in
6.1 | 6.12) ;;
7.2)
	"$(dirname "$0")/debian13.sh" "$line" "$arch" "$dir"
	echo "$dir"
	exit 0
	;;
*)
	echo "mmapdemo: KERNEL=$line: choose 6.1, 6.12, 7.2; on amd64 also sanitize or kcsan" >&2
	exit 1
	;;
esac

work=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/debian.sh"
apt_lists "$work/apt"
# The newest of a line: linux-headers-6.1.0-56-amd64, linux-headers-6.12.117+deb12-amd64.
release=$(apt-cache pkgnames "linux-headers-$line." |
	sed -nE "s/^linux-headers-([0-9.]+(-[0-9]+|\\+deb[0-9]+)-$arch)\$/\\1/p" | sort -V | tail -n 1)
if [ -z "$release" ]; then
	cat "$work/apt/log" >&2
	echo "mmapdemo: apt knows no kernel $line for $arch" >&2
	exit 1
fi
echo "mmapdemo: fetching Debian's kernel $release (once, about 100 MB)" >&2

headers=linux-headers-$release
kbuild=$(apt-cache depends "$headers:$arch" |
	sed -nE 's/.*Depends: (linux-kbuild-[^ :]*).*/\1/p' | head -n 1)
mkdir "$work/deb"
if ! (cd "$work/deb" && apt-get download "linux-image-$release:$arch" "$headers:$arch" \
	"${headers%-"$arch"}-common" "$kbuild:amd64") >"$work/log" 2>&1; then
	cat "$work/apt/log" "$work/log" >&2
	echo "mmapdemo: cannot download the packages of kernel $release" >&2
	exit 1
fi
mkdir "$work/out"
for deb in "$work"/deb/linux-[hk]*.deb; do
	dpkg-deb -x "$deb" "$work/out"
done
dpkg-deb --fsys-tarfile "$work"/deb/linux-image-*.deb |
	tar -xO "./boot/vmlinuz-$release" >"$work/out/vmlinuz"

# The headers name their common part by its installed path, and only newer ones
# their cross compiler. Without vmlinux the build makes no type information for
# BPF, which would need one more package.
sed -i "s,/usr/src,$dir/usr/src," "$work/out/usr/src/$headers/Makefile"
if [ "$arch" = arm64 ]; then
	echo 'override CROSS_COMPILE = aarch64-linux-gnu-' >>"$work/out/usr/src/$headers/.kernelvariables"
fi
rm -f "$work/out/usr/src/$headers/vmlinux"
ln -s "usr/src/$headers" "$work/out/headers"
rm -rf "$dir"
mv "$work/out" "$dir"
echo "$release" >"$dir/release"
echo "$dir"
