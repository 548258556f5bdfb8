#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# bench.sh KERNEL BUILD: "make bench". Counts instructions, so the machine and what
# else it does make no difference. Ends with "N passed, N failed", a point for
# each goal; exits 1 if one was missed.
set -eu

build=$2
here=$(dirname "$0")/../qemu
. "$here/guest.sh"
guest_prepare "$1" "$build" bench
code=0
{ "$here/boot.sh" "$kernel" "$initramfs" bench 900 || true; } |
	awk -v json="$build/bench.json" -f "$(dirname "$0")/report.awk" || code=1
if [ $code -ne 0 ]; then
	echo "(the guest's console is in $initramfs.bench.console)" >&2
fi
exit $code
