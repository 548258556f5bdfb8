#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# bench.sh KERNEL BUILD: "make bench". Counts instructions, so the machine and what
# else it does make no difference. Ends with "N passed, N failed", a point for
# each goal, and one for what has grown since the baseline; exits 1 if one was missed.
set -eu

build=$2
bench=$(dirname "$0")
here=$bench/../qemu
. "$here/guest.sh"
guest_prepare "$1" "$build" bench
plot=$(mktemp)
trap 'rm -f "$plot"' EXIT
# The baseline is of this kernel and architecture, and of all figures.
baseline=
if [ "$1 ${ARCH:-amd64}${ONLY:-}" = '6.1 amd64' ]; then
	baseline="'$bench/compare.sh' '$bench/baseline' '$build/bench.json'"
fi
code=0
{ "$here/boot.sh" "$kernel" "$initramfs" bench 900 || true; } |
	awk -v json="$build/bench.json" -v plot="$plot" -v baseline="$baseline" \
		-f "$bench/report.awk" || code=1
if [ $code -ne 0 ]; then
	echo "(the guest's console is in $initramfs.bench.console)" >&2
fi
if [ -s "$plot" ]; then
	gnuplot -e "data='$plot'; rows=$(tail -n 1 "$plot" | cut -f 1)" "$bench/plot.gnuplot" \
		>"$build/bench.svg"
fi
# README.md's chart, which "make bench-baseline" stores.
if [ -n "$baseline" ]; then
	awk -f "$bench/chart.awk" "$build/bench.json" >"$plot"
	gnuplot -e "data='$plot'; rows=$(tail -n 1 "$plot" | cut -f 1)" "$bench/chart.gnuplot" |
		sed '1a <!-- SPDX-License-Identifier: BSD-2-Clause -->\n<!-- Drawn by "make bench": not to be edited. -->' \
			>"$build/chart.svg"
fi
exit $code
