# SPDX-License-Identifier: BSD-2-Clause
# Aligns what goes on in a next line with its parenthesis, as the kernel's coding style
# does, for new-driver.sh: a name before it has become shorter or longer.

# What is neither a comment nor a string, at its place.
function code(text,    part) {
	while (match(text, /"([^"\\]|\\.)*"|\/\*.*\*\/|'[^']*'/)) {
		part = substr(text, RSTART, RLENGTH)
		gsub(/[^\t]/, "x", part)
		text = substr(text, 1, RSTART - 1) part substr(text, RSTART + RLENGTH)
	}
	return text
}

function indented(columns,    tabs) {
	for (tabs = ""; columns >= 8; columns -= 8)
		tabs = tabs "\t"
	return tabs sprintf("%*s", columns, "")
}

/^ ?\/?\*/ && !/\*\/./ { print; next }
{
	# A parenthesis at the end of its line aligns nothing, nor do statements in one.
	if (open > 0 && column[open] > 0 && !/^#/)
		sub(/^[\t ]*/, indented(column[open]))
	print
	text = code($0)
	at = 0
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		at += c == "\t" ? 8 - at % 8 : 1
		if (c == "(")
			column[++open] = i < length(text) ? at : 0
		else if (c == "{" && open > 0)
			column[open] = 0
		else if (c == ")" && open > 0)
			open--
	}
}
