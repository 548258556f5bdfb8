# SPDX-License-Identifier: BSD-2-Clause
# Takes parts out of a file of the kernel's coding style, for new-driver.sh:
#
#	-v take="NAME..."	only these functions, structures and variables, each with
#				the comment above it
#	-v drop="NAME..."	all but these
#	-v without=REGEX	of what is left, no line that matches, and, where that begins a
#				statement, nothing that belongs to it: what is indented deeper after it
#
# A NAME that is not there is an error: then the file has changed, and so must who asks.

BEGIN {
	split(take " " drop, list, " ")
	for (i in list)
		wanted[list[i]] = 1
}

function depth(text) {
	match(text, /^\t*/)
	return RLENGTH
}

# Line by line, for blocks that have become empty at their beginning are closed up, too.
function show(text, lines, n, i, deeper) {
	n = split(text, lines, "\n")
	for (i = 1; i <= n; i++) {
		if (without != "" && lines[i] ~ without) {
			deeper = depth(lines[i])
			while (i < n && lines[i + 1] != "" && depth(lines[i + 1]) > deeper)
				i++
			continue
		}
		if (lines[i] != "") {
			if (blank && last != "" && last !~ /^\{/)
				print ""
			print lines[i]
			last = lines[i]
		}
		blank = lines[i] == ""
	}
}

# What a definition defines: the first name that is followed as names are there.
function name_of(text) {
	gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", text)
	if (match(text, /^\n*(static )?struct [a-z_]+ \{/)) {
		sub(/ \{.*/, "", text)
		sub(/.*struct /, "", text)
		return text
	}
	if (!match(text, /[A-Za-z_0-9]+(\(| = |;|\[)/))
		return ""
	text = substr(text, RSTART, RLENGTH)
	gsub(/[^A-Za-z_0-9]/, "", text)
	return text
}

function end_unit(name) {
	name = name_of(unit)
	if (name in wanted)
		found[name] = 1
	if (take != "" ? name in wanted : !(name in wanted))
		show(unit "\n")
	unit = ""
}

function end_loose() {
	if (unit != "" && take == "")
		show(unit)
	unit = ""
}

{ unit = unit (unit == "" ? "" : "\n") $0 }
/^\/\*/ { comment = 1 }
comment { if (/\*\//) comment = 0; next }
inside { if (/^}/) { inside = 0; end_unit() } ; next }
/^\{/ || /^[^ \t#].*\{$/ { inside = 1; next }
/^#/ { end_loose(); next }
/^$/ { if (take == "") show(unit "\n"); unit = ""; next }
/;$/ { end_unit() }

END {
	end_loose()
	for (name in wanted) {
		if (!(name in found)) {
			print FILENAME ": there is no " name >"/dev/stderr"
			failed = 1
		}
	}
	exit failed
}
