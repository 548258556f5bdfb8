#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# sysroot.sh LINK: makes LINK point to a folder with Debian's arm64 libraries,
# headers and small tools, to build against and to pack into the guest. They are
# downloaded and unpacked into the cache, once; nothing of them is run here.
set -eu

link=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmapdemo
dir=$cache/sysroot-arm64
packages='libc6-dev libjson-c-dev libcmocka-dev busybox-static kmod dash coreutils xxd diffutils
	util-linux gdbserver python3-minimal libpython3-stdlib socat'

if [ "$(cat "$dir/packages" 2>/dev/null)" != "$packages" ]; then
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/sysroot-arm64.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	echo "mmapdemo: fetching Debian's libraries for arm64 (once, about 30 MB)" >&2
	. "$(dirname "$0")/debian.sh"
	apt_lists "$work/apt"
	# shellcheck disable=SC2086 # one word per package
	if ! apt-get -o APT::Architecture=arm64 -o Debug::NoLocking=1 install -y --download-only \
		--no-install-recommends $packages >"$work/log" 2>&1; then
		cat "$work/apt/log" "$work/log" >&2
		exit 1
	fi
	mkdir "$work/root"
	for deb in "$work"/apt/archives/*.deb; do
		dpkg-deb -x "$deb" "$work/root"
	done
	chmod 755 "$work/root"
	rm -rf "$dir"
	mv "$work/root" "$dir"
	echo "$packages" >"$dir/packages"
fi
mkdir -p "$(dirname "$link")"
ln -sfn "$dir" "$link"
