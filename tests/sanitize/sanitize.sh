#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# sanitize.sh BUILD: "make sanitize". All tests in a kernel that looks at every
# access, then memory that was leaked and lines of the driver that never ran.
# Ends with "N passed, N failed"; exits 1 if any failed or did not run.
set -eu

build=$1
own=$(cd "$(dirname "$0")" && pwd)
here=$own/../qemu
. "$here/guest.sh"
guest_prepare sanitize "$build"
# What this finds, KASAN finds at once.
export SLUB_DEBUG=-

# The guest of all kernels, and what is for this one.
packed=$initramfs.all
log=$build/sanitize.log
extra=$(mktemp -d)
trap 'rm -rf "$extra"' EXIT
mkdir "$extra/root"
chmod 755 "$extra"
cp "$own"/guest/* "$extra/root/"
cp "$build/tests/sanitize/fault-injection" "$extra/root/"
{
	cat "$initramfs"
	(cd "$extra" && find . | cpio --quiet -o -H newc -R 0:0)
} >"$packed"

code=0
{
	{ "$here/boot.sh" "$kernel" "$packed" sanitize $((4200 + 2 * ${STORM_SECONDS:-10})) || true; } |
		tee "$log" | grep -v '^gcda '
	awk '/ beneath the driver: / { all += $2; ours += $4 }
		END { printf "  %d failures made, then %d beneath the driver\n", all, ours }' "$log"
	"$own/coverage.sh" "$build/module-sanitize" "$log"
} | awk -v streams=3 -v verbose="${V:+1}" -f "$here/../report.awk" || code=1
if [ $code -ne 0 ]; then
	echo "(the guest's console is in $packed.sanitize.console, what it printed in $log)" >&2
fi
exit $code
