#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# matrix.sh BUILD: all tests on each kernel and architecture that is supported,
# and a table. Ends with the sum, as "N passed, N failed".
set -eu

build=$1
passed=0
failed=0
table=

mkdir -p "$build"
for arch in amd64 arm64; do
	for kernel in 6.1 6.12 7.2; do
		log=$build/matrix-$kernel-$arch.log
		echo "== kernel $kernel, $arch"
		start=$(date +%s)
		make --no-print-directory test KERNEL=$kernel ARCH=$arch 2>&1 | tee "$log"
		seconds=$(($(date +%s) - start))
		line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
		# A run that did not even report has failed.
		p=$(echo "${line:-0 passed, 1 failed}" | cut -d' ' -f1)
		f=$(echo "${line:-0 passed, 1 failed}" | cut -d' ' -f3)
		passed=$((passed + p))
		failed=$((failed + f))
		release=$(sed -n 's/^Linux \([^ ,]*\),.*/\1/p' "$log" | head -n 1)
		table="$table ${release:-$kernel}|$arch|$p passed|$f failed|$((seconds / 60)) min $((seconds % 60)) s
"
	done
done
printf '\n%s' "$table" | awk -F'|' 'NF { printf "%-22s %-6s %11s %10s %12s\n", $1, $2, $3, $4, $5 }'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
