#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# source.sh: prints the path of linux-source-6.12.tar.xz, Debian's sources of the
# kernel. Downloaded into the cache once, about 150 MB.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmapdemo
name=linux-source-6.12
tarball=$cache/$name.tar.xz
if [ -e "$tarball" ]; then
	echo "$tarball"
	exit 0
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/source.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "mmapdemo: fetching $name (once, about 150 MB)" >&2
if ! (cd "$work" && apt-get -o APT::Sandbox::User=root download $name) >"$work/log" 2>&1; then
	cat "$work/log" >&2
	echo "mmapdemo: cannot download $name; is 'apt-get update' long ago?" >&2
	exit 1
fi
dpkg-deb --fsys-tarfile "$work"/${name}_*.deb | tar -xO ./usr/src/$name.tar.xz >"$work/out"
mv "$work/out" "$tarball"
echo "$tarball"
