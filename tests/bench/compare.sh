#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# compare.sh OLD NEW: what of NEW, a bench.json, is more than in OLD, a bench.json or the
# baseline, in percent; exits 1 if anything has grown by more than 3 %. Half an
# instruction is the clock's. Between two kernels it is 10 % where there may be a
# system call, which takes more than 300 instructions: those of Debian's updates differ.
# The longest stalls depend on when a tick comes: they have goals, and are not compared.
set -eu

exec awk '
function field(name, rest) {
	if (!match($0, "\"" name "\": "))
		return ""
	rest = substr($0, RSTART + RLENGTH)
	if (sub(/^"/, "", rest))
		sub(/".*/, "", rest)
	else
		sub(/[,}].*/, "", rest)
	return rest
}

function percent(now, before) {
	return before > 0 ? sprintf("%+.1f %%", 100 * (now / before - 1)) : "from 0"
}

function told(what, name, before, now) {
	printf "%-10s %12.2f %12.2f  %s\n", what, before, now, name
}

/^{"kernel"/ { kernel[NR == FNR] = field("kernel") }
/^# Linux/ { kernel[NR == FNR] = $3 }
/^{"name"/ { name = field("name"); value = field("value") }
/^[0-9.-]+\t/ { name = $0; sub(/\t.*/, "", name); value = name; name = $0; sub(/^[^\t]*\t/, "", name) }
name ~ /longest stall$/ { next }
/^{"name"|^[0-9.-]+\t/ {
	if (NR == FNR) {
		before[name] = value
		next
	}
	if (!(name in before)) {
		told("new", name, 0, value)
		next
	}
	was = before[name]
	delete before[name]
	some = kernel[0] != kernel[1] && was > 300 ? 1.1 : 1.03
	if (value > was * some && value > was + 0.5) {
		told(percent(value, was), name, was, value)
		grown++
	} else if (value < was / some && value < was - 0.5) {
		told(percent(value, was), name, was, value)
	}
}
END {
	for (name in before)
		told("gone", name, before[name], 0)
	if (kernel[0] != kernel[1])
		printf "the kernel was %s, and is %s\n", kernel[1], kernel[0]
	printf "%d of the figures have grown since %s\n", grown, ARGV[1]
	exit grown > 0
}' "$1" "$2"
