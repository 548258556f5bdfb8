#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# text.sh: what can be said of README.md and its pictures without the driver. Runs on this
# machine, from the root of the tree.
. tests/tap.sh
here=tests/readme

ok "README.md has 160 lines at most" [ "$(wc -l <README.md)" -le 160 ]

awk -v language=sh -f $here/blocks.awk README.md >"$tap_dir/blocks"
targets() {
	sed 's/#.*//' "$tap_dir/blocks" | grep -oE '\bmake( [a-z][a-z-]*)+'
	# shellcheck disable=SC2016 # as Markdown has it
	grep -oE '`(sudo )?make [^`]*`' README.md | tr -d '`'
}
missing_targets() {
	targets | sed 's/^sudo //; s/ && .*//; s/^make//' | tr ' ' '\n' | grep -v = | sort -u | grep . >"$tap_dir/targets"
	make help | sed -n 's/^  \([a-z-]*\) .*/\1/p' >"$tap_dir/help"
	grep -vxFf "$tap_dir/help" "$tap_dir/targets"
}
unset MAKEFLAGS MAKELEVEL
run missing_targets
ok "README.md names targets of make that exist" [ -z "$out$err" ]
ok "demo, shell and deb are among them" \
	[ "$(grep -cxE 'demo|shell|deb|bench|new-driver' "$tap_dir/targets")" -eq 5 ]

for picture in docs/*.svg; do
	run python3 -c 'import sys, xml.etree.ElementTree as tree; tree.parse(sys.argv[1])' "$picture"
	ok "$picture is well-formed XML" [ "$code$err" = 0 ]
	ok "README.md shows $picture" grep -qF "]($picture)" README.md
done

# What the demo does, and what the picture of it shows. The last lines of a picture are long.
steps() {
	sed -n 's/^step "\(.*\)" \\$/# \1/p' tests/qemu/guest/demo
}
steps_of_picture() {
	sed -n 's/^<text [^>]*class="title"[^>]*>\(.*\)<.text>$/\1/p' docs/demo.svg | sed 's/&lt;/</g; s/&amp;/\&/g'
}
steps >"$tap_dir/steps"
steps_of_picture >"$tap_dir/shown"
run diff "$tap_dir/steps" "$tap_dir/shown"
ok "docs/demo.svg shows the steps of make demo" [ "$code" -eq 0 ]
ok "docs/demo.svg shows that they went well" grep -q '>demo: ok<' docs/demo.svg

# The chart is of the run that the baseline is of.
not_in_chart() {
	sed -nE 's/^\trow\("[^"]*", "([^"]*)",.*/\1/p' tests/bench/chart.awk | while read -r name; do
		figure=$(awk -F '\t' -v name="$name" '$2 == name { printf "%.0f", $1 }' tests/bench/baseline)
		sed 's/,//g' docs/bench.svg | grep -qE ">.*\b${figure:-none}<" || echo "$name: $figure"
	done
}
run not_in_chart
ok "docs/bench.svg shows the figures of tests/bench/baseline" [ -z "$out$err" ]

# What README promises of its session is compared by compare.awk: it must see a wrong line.
awk -v language=console -f $here/blocks.awk README.md >"$tap_dir/session"
sed 's/^some text$/same text/' "$tap_dir/session" >"$tap_dir/wrong"
run awk -f $here/compare.awk "$tap_dir/session" "$tap_dir/session"
ok "a session that prints what README.md shows is found to" [ "$code$out" = 0 ]
run awk -f $here/compare.awk "$tap_dir/session" "$tap_dir/wrong"
ok "a line that differs is found" [ "$code" -eq 1 ]
head -n 5 "$tap_dir/session" >"$tap_dir/short"
run awk -f $here/compare.awk "$tap_dir/session" "$tap_dir/short"
ok "a session that ends early is found" [ "$code" -eq 1 ]
finish
