#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# boot.sh KERNELDIR INITRAMFS MODE SECONDS: boots the guest and lets it run
# MODE, for SECONDS at most. What MODE prints comes on stdout; the kernel's
# console is in INITRAMFS.MODE.console. In the mode "shell" both are on the
# terminal, and there is no limit.
# From the environment: ARCH is amd64 or arm64, MEM and SMP size the guest,
# COLOUR=yes is for a terminal, ONLY=PREFIX chooses among the tests, SOAK=1 makes
# those that count count to more, STORM_SECONDS and STORM_SEED are for the storm,
# ACCEL is kvm or tcg; for SLUB_DEBUG see below.
set -eu

kernel=$1
initramfs=$2
mode=$3
seconds=$4
console=$initramfs.$mode.console
results=$initramfs.$mode.results

case $mode in
shell) serial=mon:stdio level=3 boots=1 ;;
canary) serial=file:$console level=7 boots=1 ;;
*) serial=file:$console level=7 boots=3 ;;
esac
# init_on_alloc=0 page_poison=1: fresh pages hold what was there before, or 0xaa,
# unless we clear them. slub_debug=FZPU: the same for small memory, and a store
# past its end is noticed when it is freed; SLUB_DEBUG=- for a kernel that does it better.
# Only where the driver's memory comes from: for all of the kernel's, a process takes three
# times as long to start. So it does where each has its libraries at other addresses
# (norandmaps: not so), for QEMU then translates them again.
memory="init_on_alloc=0 page_poison=1 slub_debug=${SLUB_DEBUG:-FZPU,kmalloc-*} norandmaps"
# In the mode "bench" memory is as users have it, each instruction takes a nanosecond
# of the guest's time, and nothing is at random: a run can be repeated exactly. The
# kernel's self-tests, which on 6.12 go on after boot, would take half of the CPU. The
# processor is the least that amd64 is: of one with "rep movsb" each byte counts.
exact=
if [ "$mode" = bench ]; then
	memory='nokaslr norandmaps cryptomgr.notests'
	exact='-icount shift=0,sleep=off -seed 1 -rtc base=2026-01-01,clock=vm'
	ACCEL=tcg
fi
append="loglevel=$level panic_on_warn=1 oops=panic panic=-1 $memory mode=$mode \
colour=${COLOUR:-no}${ONLY:+ only=$ONLY} storm_seconds=${STORM_SECONDS:-10} \
storm_seed=${STORM_SEED:-1}${SOAK:+ soak}"

case ${ARCH:-amd64} in
amd64)
	accel=${ACCEL:-$("$(dirname "$0")/accel.sh" "$kernel" "$initramfs")}
	case $accel in
	kvm) cpu=host ;;
	*) cpu=max ;;
	esac
	if [ "$mode" = bench ]; then
		cpu=qemu64
	fi
	# A frame buffer is one more device to map (fbcon=map:9: nobody else draws).
	# hpet=disable: as the kernel's timer, QEMU's HPET at times stops it at boot.
	# A socket for each CPU: without ACPI a kernel finds no others.
	sockets=,sockets=${SMP:-2}
	set -- qemu-system-x86_64 -accel "$accel" -cpu $cpu -vga std -serial "$serial" \
		-serial "file:$results" -append "console=ttyS0 terminal=ttyS0 results=ttyS1 \
vga=791 fbcon=map:9 hpet=disable $append"
	;;
arm64)
	# TCG is fastest on a CPU with atomic instructions but without pointer
	# authentication. The board has one serial port; the second one is a PCI card.
	sockets=
	set -- qemu-system-aarch64 -M virt -accel tcg -cpu neoverse-n1 -serial "$serial" \
		-chardev "file,id=results,path=$results" -device pci-serial,chardev=results \
		-append "console=ttyAMA0 terminal=ttyAMA0 results=ttyS0 $append"
	;;
esac
# shellcheck disable=SC2086 # several words
set -- "$@" -m "${MEM:-1G}" -smp "${SMP:-2}$sockets" -nodefaults -no-user-config -display none \
	-no-reboot -kernel "$kernel/vmlinuz" -initrd "$initramfs" $exact

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
