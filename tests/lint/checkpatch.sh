#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# checkpatch.sh: prints a folder with the kernel's checkpatch.pl and the lists it
# reads. Debian's headers have none, so it is taken from the source package: a
# large download, once.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmapdemo
dir=$cache/checkpatch
if [ -e "$dir/checkpatch.pl" ]; then
	echo "$dir"
	exit 0
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/checkpatch.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "mmapdemo: fetching checkpatch.pl from linux-source-6.12 (once, about 150 MB)" >&2
if ! (cd "$work" && apt-get -o APT::Sandbox::User=root download linux-source-6.12) \
	>"$work/log" 2>&1; then
	cat "$work/log" >&2
	echo "mmapdemo: cannot download linux-source-6.12; is 'apt-get update' long ago?" >&2
	exit 1
fi
mkdir "$work/out"
dpkg-deb --fsys-tarfile "$work"/linux-source-6.12_*.deb |
	tar -xO ./usr/src/linux-source-6.12.tar.xz | xz -dc -T0 |
	tar -x -C "$work/out" --strip-components=2 linux-source-6.12/scripts/checkpatch.pl \
		linux-source-6.12/scripts/spelling.txt \
		linux-source-6.12/scripts/const_structs.checkpatch
rm -rf "$dir"
mv "$work/out" "$dir"
echo "$dir"
