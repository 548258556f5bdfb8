#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# matrix.sh BUILD: all tests on each kernel and architecture that is supported,
# and a table. The two architectures run side by side, for a guest seldom has work
# for more than one CPU. Ends with the sum, as "N passed, N failed".
set -eu

build=$1
here=$(dirname "$0")
kernels='6.1 6.12 7.2'

# lane ARCH: adds a line "RELEASE|ARCH|PASSED|FAILED|TIME" to its table for each kernel.
lane() {
	for kernel in $kernels; do
		log=$build/matrix-$kernel-$1.log
		start=$(date +%s)
		make --no-print-directory test KERNEL="$kernel" ARCH="$1" >"$log" 2>&1 || true
		seconds=$(($(date +%s) - start))
		line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
		# A run that did not even report has failed.
		line=${line:-0 passed, 1 failed}
		release=$(sed -n 's/^Linux \([^ ,]*\),.*/\1/p' "$log" | head -n 1)
		echo "${release:-$kernel}|$1|$(echo "$line" | cut -d' ' -f1)|$(echo "$line" | cut -d' ' -f3)|$((seconds / 60)) min $((seconds % 60)) s" \
			>>"$build/matrix-$1.table"
		# In one piece: the other lane prints, too.
		printf '== kernel %s, %s\n%s\n' "$kernel" "$1" "$(cat "$log")"
	done
}

mkdir -p "$build"
# What both would install or download comes first.
for arch in amd64 arm64; do
	rm -f "$build/matrix-$arch.table"
	make --no-print-directory packages-test ARCH=$arch
	for kernel in $kernels; do
		ARCH=$arch "$here/kernel.sh" "$kernel" >/dev/null
	done
done
echo "mmapdemo: the tests of a kernel are told when they are done: some minutes each"
lane amd64 &
lane arm64
wait
echo
cat "$build/matrix-amd64.table" "$build/matrix-arm64.table" | awk -F'|' '
	{
		printf "%-22s %-6s %5d passed %4d failed %12s\n", $1, $2, $3, $4, $5
		passed += $3
		failed += $4
	}
	END {
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}'
