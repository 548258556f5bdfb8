#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run.sh KERNEL BUILD: "make mutants". Each NAME.patch here plants one bug in the
# driver; the suite that its header names must notice. A header:
#
#	SPDX-License-Identifier: GPL-2.0-only
#	What is wrong, in a sentence or two.
#	killed-by: SUITE: TEST		TEST must fail; without it, any of SUITE
#	alone: WHY			optional: nothing more in the same boot
#
# A panic or a hang of the guest kills too. First the true driver must pass the
# same suites in the same way, or "killed" would mean nothing. ONLY=PREFIX
# chooses among the patches. Ends with "N passed, N failed": passed is killed.
set -eu

mutants=$(cd "$(dirname "$0")" && pwd)
here=$mutants/../qemu
. "$here/guest.sh"
guest_prepare "$1" "$2"
out=$2/mutants-$1
rm -rf "$out"
mkdir -p "$out"
out=$(cd "$out" && pwd)
results=$out/results

# header KEY PATCH
header() {
	sed -n "/^---/q; s/^$1: *//p" "$2"
}

say() {
	printf '%-8s %-28s %s\n' "$1" "$2" "$3" | sed 's/ *$//' | tee -a "$results"
}

# What was built, a line each; the rest has failed.
list_mutants() {
	for patch in "$mutants/$only"*.patch; do
		name=$(basename "$patch" .patch)
		suite=$(header killed-by "$patch")
		test=
		case $suite in
		*': '*) test=${suite#*: } suite=${suite%%: *} ;;
		esac
		alone=shared
		[ -z "$(header alone "$patch")" ] || alone=alone
		if [ -e "$out/$name.ko" ]; then
			echo "$name $suite $alone $test"
		else
			say FAILED "$name" "$(cat "$out/$name.error")" >&2
		fi
	done
}

# The guest with the mutants of a lane and what is left of its list.
pack() {
	tail -n +$((judged + 1)) "$list" >"$lane/extra/mutants/list"
	{
		cat "$initramfs"
		(cd "$lane/extra" && find . | cpio --quiet -o -H newc -R 0:0)
	} >"$packed"
}

# judge LINE FAILURES: what became of this line of the list, given the names of
# the tests that failed, one a line, the first one first.
judge() {
	echo "$1" >>"$lane/judged"
	rest=${1#* }
	name=${1%% *} suite=${rest%% *} test=${rest#* * }
	first=$(printf '%s\n' "$2" | head -n 1)
	case $name:$first in
	none:) say alive 'the true driver' "passes $suite" ;;
	none:*) say FAILED 'the true driver' "$suite: $first" ;;
	*:) say SURVIVED "$name" "of $suite" ;;
	*': insmod') say FAILED "$name" 'does not load' ;;
	*:panic:*) say killed "$name" "by $suite: $first" ;;
	*)
		if [ -z "$test" ]; then
			say killed "$name" "by $suite: $first"
		elif printf '%s\n' "$2" | grep -qxF "$test"; then
			say killed "$name" "by $suite: $test"
		else
			say SURVIVED "$name" "of $suite: $test (but not of $first)"
		fi
		;;
	esac
}

# The console's first line of trouble, without the time.
panic() {
	grep -m 1 -E 'WARNING:|BUG:|kernel BUG|Oops|general protection|Unable to handle|Kernel panic' \
		"$packed.mutants.console" | tr -d '\r' | sed 's/^\[[^]]*\] //' | grep . ||
		echo 'none in the log: the guest hung'
}

# The name of the test that failed; cmocka tells after it what happened.
failure() {
	sed -nE 's/^ *not ok [0-9]+ - //; T; s/^([A-Za-z0-9]+_[A-Za-z0-9_]+) .*/\1/; p'
}

# Reads what the guest prints. "# end" comes when a mutant has been tried; a
# boot that ends within one is the mutant's doing.
listen() {
	position=$judged
	line=
	while IFS= read -r text; do
		case $text in
		'# mutant '*)
			position=$((position + 1))
			line=$(sed -n "${position}p" "$list")
			: >"$lane/failures"
			;;
		'# end')
			judge "$line" "$(cat "$lane/failures")"
			line=
			;;
		*'not ok '*'# SKIP'*) ;;
		*'not ok '*) printf '%s\n' "$text" | failure >>"$lane/failures" ;;
		esac
	done
	if [ -n "$line" ]; then
		judge "$line" "panic: $(panic)"
	fi
}

# The prefix chooses files, not tests in the guest.
only=${ONLY:-}
unset ONLY
if ! ls "$mutants/$only"*.patch >/dev/null 2>&1; then
	echo "mmapdemo: no mutant is named $only..." >&2
	exit 1
fi
: >"$results"
number=$(printf '%s\n' "$mutants/$only"*.patch | wc -l)
jobs=$(nproc)
echo "Building $number mutants of the driver..."
printf '%s\n' "$mutants/$only"*.patch |
	xargs -n $(((number + jobs - 1) / jobs)) -P "$jobs" "$mutants/build.sh" "$kernel/headers" "$out"
list_mutants | sort -k 2,2 -s >"$out/patched"

# run_lane LINES: those of the list of mutants, with the true driver before them, in
# as many boots as they need.
run_lane() {
	lane=$out/lane-${1%,*}
	list=$lane/list
	packed=$lane/initramfs
	mkdir -p "$lane/extra/root" "$lane/extra/mutants"
	sed -n "$1p" "$out/patched" >"$lane/mutants"
	[ -s "$lane/mutants" ] || return 0
	cut -d ' ' -f 2 "$lane/mutants" | uniq | sed 's/.*/none & shared /' >"$list"
	cat "$lane/mutants" >>"$list"
	cp "$mutants/guest" "$lane/extra/root/mutants"
	cp "$built" "$lane/extra/mutants/none.ko"
	cut -d ' ' -f 1 "$lane/mutants" | while read -r name; do
		ln "$out/$name.ko" "$lane/extra/mutants/"
	done
	: >"$lane/judged"
	judged=0
	lines=$(wc -l <"$list")
	while [ "$judged" -lt "$lines" ] && ! grep -q '^FAILED *the true driver' "$results"; do
		pack
		"$here/boot.sh" "$kernel" "$packed" mutants $((300 + 120 * (lines - judged))) |
			tee -a "$lane/log" | listen
		before=$judged
		judged=$(wc -l <"$lane/judged")
		if [ "$judged" -eq "$before" ]; then
			say FAILED 'the guest' "tries nothing; its console is in $packed.mutants.console"
			break
		fi
	done
}

# A suite does one thing at a time, so one guest for each CPU.
built=$2/module-$1/mmapdemo.ko
number=$(wc -l <"$out/patched")
share=$(((number + jobs - 1) / jobs))
first=1
while [ $first -le "$number" ]; do
	run_lane "$first,$((first + share - 1))" &
	first=$((first + share))
done
wait

passed=$(grep -c '^killed' "$results" || true)
failed=$(grep -cE '^(SURVIVED|FAILED)' "$results" || true)
if [ "$failed" -gt 0 ]; then
	echo "(what the tests printed is in $out/lane-*/log)"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
