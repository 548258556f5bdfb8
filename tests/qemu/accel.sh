#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# accel.sh KERNELDIR INITRAMFS: prints kvm or tcg. /dev/kvm may be there and yet
# hang a guest, so it is tried once with a short boot; the answer is
# remembered for this host kernel and this QEMU.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmapdemo
key="$(uname -r) $(qemu-system-x86_64 --version | head -n 1)"
known=$(sed -n "s,^$key: ,,p" "$cache/accel" 2>/dev/null || true)

if [ -z "$known" ]; then
	known=tcg
	if [ -w /dev/kvm ]; then
		echo "mmapdemo: trying /dev/kvm with a short boot (once)" >&2
		if ACCEL=kvm "$(dirname "$0")/boot.sh" "$1" "$2" canary 15 2>/dev/null |
			grep -q 'canary: alive'; then
			known=kvm
		fi
	fi
	mkdir -p "$cache"
	echo "$key: $known" >>"$cache/accel"
fi
echo "$known"
