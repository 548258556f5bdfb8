#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shell.sh KERNEL BUILD: "make shell". Commands may also come from a pipe.
set -eu

here=$(dirname "$0")
. "$here/guest.sh"
guest_prepare "$1" "$2"
# A pipe on stdin would be emptied before the guest listens: take it along.
if ! [ -t 0 ]; then
	mkdir -p "$2/extra/root"
	cat >"$2/extra/root/commands"
	{
		cat "$initramfs"
		(cd "$2/extra" && find . | cpio --quiet -o -H newc -R 0:0)
	} >"$initramfs.shell"
	rm -rf "$2/extra"
	initramfs=$initramfs.shell
fi
echo "Booting Debian's kernel $(cat "$kernel/release") in QEMU (some seconds; Ctrl-A X kills it)..."
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	export COLOUR=yes
fi
exec "$here/boot.sh" "$kernel" "$initramfs" shell 0
