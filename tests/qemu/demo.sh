#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# demo.sh KERNEL BUILD: "make demo". Ends with "demo: ok", or exits 1.
set -eu

here=$(dirname "$0")
. "$here/guest.sh"
guest_prepare "$1" "$2"
echo "Booting Debian's kernel $(cat "$kernel/release") in QEMU (some seconds)..."
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	export COLOUR=yes
fi
"$here/boot.sh" "$kernel" "$initramfs" demo 120 | tee "$2/demo.log"
if [ "$(tail -n 1 "$2/demo.log")" != 'demo: ok' ]; then
	echo "demo: failed; the kernel's console is in $initramfs.demo.console" >&2
	exit 1
fi
