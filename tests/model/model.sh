#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# model.sh BUILD: "make model". Checks each line of "runs" with spin, exhaustively:
# the models hold as they are, and fail as said with one rule left out. Ends with
# "N passed, N failed". What failed is left in BUILD/model with its trail.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$1/model
rm -rf "$out"
mkdir -p "$out"
passed=0
failed=0
number=0

say() {
	printf '%-7s %-8s %-50s %s\n' "$1" "$model" "$name" "$2" | sed 's/ *$//'
}

# check: in its own directory, so that a trail lies beside its model.
# MEMLIM is in MiB; states are kept whole, each one is visited.
check() {
	cp "$here"/*.pml "$dir/"
	cd "$dir"
	# shellcheck disable=SC2086 # one word per option
	spin -a $options "$model.pml" >spin.out 2>&1
	case $expected in
	ends | cycle) search=-DNP loops=-l ;;
	*) search=-DSAFETY loops= ;;
	esac
	gcc -O2 -w $search -DNOREDUCE -DMEMLIM=3500 -o pan pan.c >>spin.out 2>&1
	# -E: channel.pml judges itself who may wait at the end.
	./pan -E $loops -m400000 -w23 >pan.out 2>&1
}

# What came out, in the words of "runs".
outcome() {
	if grep -q 'assertion violated' "$dir/pan.out"; then
		sed -n 's/.*assertion violated *!(\([a-z_]*\)).*/\1/p' "$dir/pan.out"
	elif grep -q 'non-progress cycle' "$dir/pan.out" && ! grep -q 'errors: 0' "$dir/pan.out"; then
		echo cycle
	elif ! grep -q 'errors: 0$' "$dir/pan.out" ||
		grep -qE 'Search not completed|max search depth|out of memory' "$dir/pan.out"; then
		echo 'nothing, see spin.out and pan.out'
	elif [ "$loops" = -l ]; then
		echo ends
	else
		echo holds
	fi
}

states() {
	sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$dir/pan.out"
}

fail() {
	say FAILED "expected: $expected, came out: $1"
	if [ -e "$dir/$model.pml.trail" ]; then
		echo "        step by step: (cd $dir && spin -t -p -g $options $model.pml)"
	fi
	failed=$((failed + 1))
}

# Whatever can be left out is left out by some run.
switches() {
	grep -oh 'WITHOUT_[A-Z_]*[A-Z]' "$here"/*.pml | sort -u | while read -r switch; do
		grep -qE -- "-D$switch( |$)" "$here/runs" || echo "$switch"
	done
}

while IFS='|' read -r expected model options name; do
	case $expected in
	'#'* | '') continue ;;
	esac
	expected=${expected% } model=${model# } model=${model% } name=${name# }
	number=$((number + 1))
	dir=$out/$number
	mkdir "$dir"
	loops=
	(check) || true
	case $expected in
	ends | cycle) loops=-l ;;
	esac
	result=$(outcome)
	if [ "$result" != "$expected" ]; then
		fail "$result"
		continue
	fi
	case $expected in
	holds | ends) say "$expected" "$(states) states" ;;
	*) say noticed "$result" ;;
	esac
	passed=$((passed + 1))
	rm -rf "$dir"
done <"$here/runs"

for switch in $(switches); do
	echo "FAILED  no run has $switch"
	failed=$((failed + 1))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
