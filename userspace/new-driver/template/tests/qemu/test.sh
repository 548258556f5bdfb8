#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test.sh KERNEL BUILD: "make test": everything, in the guest. Ends with "N passed, N
# failed"; exits 1 if any failed or did not run.
set -eu

here=$(dirname "$0")
. "$here/guest.sh"
guest_prepare "$1" "$2"
code=0
{ "$here/boot.sh" "$kernel" "$initramfs" test 1800 || true; } |
	awk -v streams=1 -v verbose="${V:+1}" -f "$here/../report.awk" || code=1
if [ $code -ne 0 ]; then
	echo "(the guest's console is in $initramfs.test.console)" >&2
fi
exit $code
