#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# checkpatch.sh: prints a folder with the kernel's checkpatch.pl and the lists it
# reads. Debian's headers have none, so it is taken from the source package.
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
tarball=$("$(dirname "$0")/../qemu/source.sh")
mkdir "$work/out"
tar -xJf "$tarball" -C "$work/out" --strip-components=2 linux-source-6.12/scripts/checkpatch.pl \
	linux-source-6.12/scripts/spelling.txt linux-source-6.12/scripts/const_structs.checkpatch
rm -rf "$dir"
mv "$work/out" "$dir"
echo "$dir"
