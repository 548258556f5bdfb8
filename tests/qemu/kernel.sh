#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# kernel.sh 6.1|6.12|7.2: prints a folder with Debian's newest stock kernel of that
# line: "vmlinuz", "headers" to build modules against, "release". The packages
# are downloaded and unpacked into the cache, not installed; later runs find
# them there. Remove the folder to get a newer one. Or sanitize|kcsan, a kernel
# built for finding faults: see tests/sanitize/kernel.sh.
set -eu

line=$1
case $line in
sanitize | kcsan) exec "$(dirname "$0")/../sanitize/kernel.sh" "$line" ;;
esac
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmapdemo
dir=$cache/kernel-$line

if [ -e "$dir/release" ]; then
	echo "$dir"
	exit 0
fi

mkdir -p "$cache"
case $line in
6.1 | 6.12) ;;
7.2)
	"$(dirname "$0")/debian13.sh" "$line" "$dir"
	echo "$dir"
	exit 0
	;;
*)
	echo "mmapdemo: KERNEL=$line: choose 6.1, 6.12, 7.2, sanitize or kcsan" >&2
	exit 1
	;;
esac

# The newest of a line: linux-image-6.1.0-56-amd64, linux-image-6.12.117+deb12-amd64.
newest() {
	apt-cache pkgnames "linux-headers-$line." |
		sed -nE 's/^linux-headers-([0-9.]+(-[0-9]+|\+deb[0-9]+)-amd64)$/\1/p' |
		sort -V | tail -n 1
}

release=$(newest)
if [ -z "$release" ] && [ "$(id -u)" -eq 0 ]; then
	apt-get update >/dev/null
	release=$(newest)
fi
if [ -z "$release" ]; then
	echo "mmapdemo: apt knows no kernel $line for amd64; run 'sudo apt-get update'" >&2
	exit 1
fi

work=$(mktemp -d "$cache/kernel-$line.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "mmapdemo: fetching Debian's kernel $release (once, about 100 MB)" >&2

headers=linux-headers-$release
kbuild=$(apt-cache depends "$headers" | sed -n 's/.*Depends: \(linux-kbuild-[^ ]*\)$/\1/p' | head -n 1)
mkdir "$work/deb"
if ! (cd "$work/deb" && apt-get -o APT::Sandbox::User=root download "linux-image-$release" \
	"$headers" "${headers%-amd64}-common" "$kbuild") >"$work/log" 2>&1; then
	cat "$work/log" >&2
	echo "mmapdemo: cannot download the kernel packages; is 'apt-get update' long ago?" >&2
	exit 1
fi
mkdir "$work/out"
for deb in "$work"/deb/linux-[hk]*.deb; do
	dpkg-deb -x "$deb" "$work/out"
done
dpkg-deb --fsys-tarfile "$work"/deb/linux-image-*.deb |
	tar -xO "./boot/vmlinuz-$release" >"$work/out/vmlinuz"

# The headers name their common part by its installed path. Without vmlinux the
# build makes no type information for BPF, which would need one more package.
sed -i "s,/usr/src,$dir/usr/src," "$work/out/usr/src/$headers/Makefile"
rm -f "$work/out/usr/src/$headers/vmlinux"
ln -s "usr/src/$headers" "$work/out/headers"
rm -rf "$dir"
mv "$work/out" "$dir"
echo "$release" >"$dir/release"
echo "$dir"
