#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# build.sh KDIR OUT PATCH...: builds the driver with each patch in turn, as
# OUT/NAME.ko. Where that fails, OUT/NAME.error says why, OUT/NAME.log how.
set -eu

kdir=$1
out=$2
shift 2
root=$(cd "$(dirname "$0")/../.." && pwd)
# One tree for all, so that only what a patch touches is compiled again. It has
# module.sh in it, which builds the tree that it is part of.
tree=$(mktemp -d "$out/tree.XXXXXX")
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/tests/qemu"
cp -R "$root/Kbuild" "$root/driver" "$tree/"
cp "$root/tests/qemu/module.sh" "$tree/tests/qemu/"

for patch in "$@"; do
	name=$(basename "$patch" .patch)
	log=$out/$name.log
	if ! patch --dry-run --fuzz=0 -p1 -d "$tree" <"$patch" >"$log"; then
		echo "the patch does not apply" >"$out/$name.error"
		continue
	fi
	patch -p1 -d "$tree" <"$patch" >"$log"
	if "$tree/tests/qemu/module.sh" "$kdir" "$tree/module" >"$log" 2>&1; then
		strip -g -o "$out/$name.ko" "$tree/module/mmapdemo.ko"
	else
		echo "does not build" >"$out/$name.error"
	fi
	patch -R -p1 -d "$tree" <"$patch" >>"$log"
done
