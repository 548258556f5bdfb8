#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# boot.sh KERNELDIR INITRAMFS MODE SECONDS: boots the guest and lets it run
# MODE, for SECONDS at most. What MODE prints comes on stdout; the kernel's
# console is in INITRAMFS.MODE.console. In the mode "shell" both are on the
# terminal, and there is no limit.
# From the environment: MEM and SMP size the guest, COLOUR=yes is for a terminal,
# ONLY=PREFIX chooses among the tests, STORM_SECONDS and STORM_SEED are for the storm,
# ACCEL is kvm or tcg.
set -eu

kernel=$1
initramfs=$2
mode=$3
seconds=$4
console=$initramfs.$mode.console
results=$initramfs.$mode.results

accel=${ACCEL:-$("$(dirname "$0")/accel.sh" "$kernel" "$initramfs")}
case $accel in
kvm) accel='-accel kvm -cpu host' ;;
*) accel='-accel tcg -cpu max' ;;
esac
case $mode in
shell) serial='-serial mon:stdio' level=3 boots=1 ;;
canary) serial="-serial file:$console -serial file:$results" level=7 boots=1 ;;
*) serial="-serial file:$console -serial file:$results" level=7 boots=3 ;;
esac
# init_on_alloc=0 page_poison=1: fresh pages hold what was there before, or 0xaa,
# unless we clear them. slub_debug=FZPU: the same for small memory, and a store
# past its end is noticed when it is freed.
# vga=791: a frame buffer, one more device to map; fbcon=map:9: nobody else draws.
# hpet=disable: as the kernel's timer, QEMU's HPET at times stops it at boot.
append="console=ttyS0 loglevel=$level panic_on_warn=1 oops=panic panic=-1 \
init_on_alloc=0 page_poison=1 slub_debug=FZPU \
vga=791 fbcon=map:9 hpet=disable mode=$mode colour=${COLOUR:-no}${ONLY:+ only=$ONLY} \
storm_seconds=${STORM_SECONDS:-10} storm_seed=${STORM_SEED:-1}"

# shellcheck disable=SC2086 # several words each
set -- qemu-system-x86_64 $accel $serial -m "${MEM:-1G}" -smp "${SMP:-2}" -nodefaults \
	-no-user-config -display none -vga std -no-reboot -kernel "$kernel/vmlinuz" \
	-initrd "$initramfs" -append "$append"

if [ "$mode" = shell ]; then
	exec "$@"
fi

# The guest's first line is "# up". One that never comes is the emulator's
# failure, not ours: boot again, but say so.
is_up() {
	grep -q '^# up' "$results"
}

trap 'kill $qemu 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
while [ $boots -gt 0 ]; do
	boots=$((boots - 1))
	: >"$results"
	timeout "$seconds" "$@" </dev/null &
	qemu=$!
	tenths=0
	until is_up || [ $tenths -ge 600 ] || ! kill -0 $qemu 2>/dev/null; do
		sleep 0.1
		tenths=$((tenths + 1))
	done
	if is_up; then
		tail -n +2 -s 0.1 -f --pid=$qemu "$results" | tr -d '\r'
		exit 0
	fi
	kill $qemu 2>/dev/null || true
	wait $qemu 2>/dev/null || true
	if [ $boots -gt 0 ]; then
		echo "mmapdemo: the guest did not come up; booting it again" >&2
	fi
done
tail -n 20 "$console" >&2
echo "mmapdemo: the guest does not boot; its console is in $console" >&2
exit 1
