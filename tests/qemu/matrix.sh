#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# matrix.sh BUILD: all tests on each kernel that is supported, and a table. Ends
# with the sum, as "N passed, N failed".
set -eu

build=$1
here=$(dirname "$0")
passed=0
failed=0
table=

for kernel in 6.1 6.12 7.2; do
	log=$build/matrix-$kernel.log
	echo "== kernel $kernel"
	"$here/test.sh" $kernel "$build" 2>&1 | tee "$log"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	# A run that did not even report has failed.
	p=$(echo "${line:-0 passed, 1 failed}" | cut -d' ' -f1)
	f=$(echo "${line:-0 passed, 1 failed}" | cut -d' ' -f3)
	passed=$((passed + p))
	failed=$((failed + f))
	table="$table  $(sed -n 's/^Linux \([^ ,]*\),.*/\1/p' "$log" | head -n 1)|amd64|$p passed|$f failed
"
done
printf '\n%s' "$table" | awk -F'|' 'NF { printf "%-30s %-7s %12s %10s\n", $1, $2, $3, $4 }'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
