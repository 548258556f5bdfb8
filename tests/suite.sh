#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# suite.sh NUMBER NAME SECONDS COMMAND...: runs one test program that speaks TAP
# and prints it as a KTAP subtest. The program must keep its plan: one that
# stops early, prints nothing, hangs or exits with an error has failed. Says
# how many seconds it took.
number=$1 name=$2 seconds=$3
shift 3

out=$(mktemp)
start=$(date +%s)
CMOCKA_MESSAGE_OUTPUT=TAP timeout "$seconds" "$@" </dev/null >"$out" 2>&1
code=$?
took=$(($(date +%s) - start))
planned=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$out" | tail -n 1)
ran=$(grep -cE '^(not )?ok ' "$out")
failed=$(grep -E '^not ok ' "$out" | grep -vc '# SKIP')

echo "# Subtest: $name"
sed 's/^/    /' "$out"
rm -f "$out"
if [ $code -eq 124 ]; then
	echo "not ok $number - $name # longer than $seconds s"
elif [ "${planned:-0}" -eq 0 ] || [ "$planned" -ne "$ran" ]; then
	echo "not ok $number - $name # ${planned:-no} tests planned, $ran ran, exit code $code"
elif [ "$failed" -gt 0 ] || [ $code -ne 0 ]; then
	echo "not ok $number - $name # $failed failed, exit code $code"
else
	echo "ok $number - $name # $took s"
fi
