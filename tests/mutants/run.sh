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
mkdir -p "$out/extra/root" "$out/extra/mutants"
out=$(cd "$out" && pwd)
list=$out/list
results=$out/results
packed=$out/initramfs

# header KEY PATCH
header() {
	sed -n "/^---/q; s/^$1: *//p" "$2"
}

say() {
	printf '%-8s %-28s %s\n' "$1" "$2" "$3" | sed 's/ *$//' | tee -a "$results"
}

make_list() {
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
	done >"$out/patched"
	cut -d ' ' -f 2 "$out/patched" | sort -u | sed 's/.*/none & shared /' >"$list"
	cat "$out/patched" >>"$list"
}

# The guest with all mutants and what is left of the list.
pack() {
	tail -n +$((judged + 1)) "$list" >"$out/extra/mutants/list"
	{
		cat "$initramfs"
		(cd "$out/extra" && find . | cpio --quiet -o -H newc -R 0:0)
	} >"$packed"
}

# judge LINE FAILURES: what became of this line of the list, given the names of
# the tests that failed, one a line, the first one first.
judge() {
	echo "$1" >>"$out/judged"
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

# The name of the test that failed; cmocka tells behind it what happened.
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
			: >"$out/failures"
			;;
		'# end')
			judge "$line" "$(cat "$out/failures")"
			line=
			;;
		*'not ok '*'# SKIP'*) ;;
		*'not ok '*) printf '%s\n' "$text" | failure >>"$out/failures" ;;
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
: >"$out/judged"
: >"$results"
number=$(printf '%s\n' "$mutants/$only"*.patch | wc -l)
jobs=$(nproc)
echo "Building $number mutants of the driver..."
printf '%s\n' "$mutants/$only"*.patch |
	xargs -n $(((number + jobs - 1) / jobs)) -P "$jobs" "$mutants/build.sh" "$kernel/headers" "$out"
make_list
cp "$mutants/guest" "$out/extra/root/mutants"
cp "$2/module-$1/mmapdemo.ko" "$out/extra/mutants/none.ko"
cp "$out"/*.ko "$out/extra/mutants/"
lines=$(wc -l <"$list")
judged=0
while [ "$judged" -lt "$lines" ]; do
	pack
	"$here/boot.sh" "$kernel" "$packed" mutants $((300 + 120 * (lines - judged))) |
		tee -a "$out/log" | listen
	if grep -q '^FAILED *the true driver' "$results"; then
		break
	fi
	before=$judged
	judged=$(wc -l <"$out/judged")
	if [ "$judged" -eq "$before" ]; then
		say FAILED 'the guest' "tries nothing; its console is in $packed.mutants.console"
		break
	fi
done

passed=$(grep -c '^killed' "$results" || true)
failed=$(grep -cE '^(SURVIVED|FAILED)' "$results" || true)
if [ "$failed" -gt 0 ]; then
	echo "(what the tests printed is in $out/log)"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
