#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# jobs.sh BUILD JOB...: runs "make JOB" for each, two at a time, for a guest seldom has
# work for more than one CPU; the longest is best named first. Prints what each has
# printed when it is done, then what failed once more, a table, and the sum as "N passed,
# N failed", which stay in BUILD/jobs.txt, too.
set -uo pipefail

build=$1
shift

# Lines "JOB|PASSED|FAILED|TIME"; a job that did not even report has failed.
table=$build/jobs.table

log_of() {
	echo "$build/job-${1//[ \/]/-}.log"
}

# run JOB
run() {
	local log start=$SECONDS code=0 passed=0 failed=1
	log=$(log_of "$1")
	# shellcheck disable=SC2086 # words for make
	make --no-print-directory $1 >"$log" 2>&1 || code=1
	if [[ $(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1) =~ ^([0-9]+)\ passed,\ ([0-9]+) ]]; then
		passed=${BASH_REMATCH[1]}
		failed=${BASH_REMATCH[2]}
		[ $code -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
	elif [ $code -eq 0 ]; then
		passed=1
		failed=0
	fi
	printf '%s|%s|%s|%s min %s s\n' "$1" "$passed" "$failed" \
		$(((SECONDS - start) / 60)) $(((SECONDS - start) % 60)) >>"$table"
	# In one piece: another job prints, too.
	printf '== make %s\n%s\n' "$1" "$(cat "$log")"
}

mkdir -p "$build"
rm -f "$table"
echo "mmapdemo: what a job says comes when it is done, after some minutes"
for job; do
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
	run "$job" &
done
wait
# A job without a line that says what failed stopped before its tests: then its end says why.
while IFS='|' read -r job _ failed _; do
	[ "$failed" -gt 0 ] || continue
	echo "== make $job: what failed"
	grep -P -A 6 '^ *([^ ]+: )?not ok(?!.*# SKIP)' "$(log_of "$job")" || tail -n 20 "$(log_of "$job")"
done <"$table"
echo
awk -F'|' '
	{
		printf "%-32s %5d passed %4d failed %12s\n", $1, $2, $3, $4
		passed += $2
		failed += $3
	}
	END {
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}' "$table" | tee "$build/jobs.txt"
