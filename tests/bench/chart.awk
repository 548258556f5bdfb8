# SPDX-License-Identifier: BSD-2-Clause
# The rows of README.md's chart, out of bench.json: of each kind of work our figure and the
# usual ways beside it, for chart.gnuplot: row, part of the longest bar of its kind, figure,
# 1 if it is ours, label. Exits 1 if a figure is not there.

# row(TITLE, FIGURE, OTHER...): of FIGURE, and at most two of the others beside it.
function row(title, figure, other1, label1, other2, label2) {
	kinds++
	titles[kinds] = title
	figures[kinds] = figure
	others[kinds, 1] = other1
	labels[kinds, 1] = label1
	others[kinds, 2] = other2
	labels[kinds, 2] = label2
}

# after(TEXT): the number after TEXT in the line.
function after(text, at, rest) {
	at = index($0, text)
	rest = substr($0, at + length(text))
	return at ? rest + 0 : -1
}

function named(name, key) {
	return after("\"name\": \"" name "\", \"" key "\": ")
}

# 1234567 as 1,234,567
function grouped(value, text) {
	for (; value >= 1000; value = int(value / 1000))
		text = sprintf(",%03d", value % 1000) text
	return int(value) text
}

BEGIN {
	row("lock and unlock a robust mutex", "mutex, lock + unlock, static library",
		"pthread mutex, shared, robust", "pthread")
	row("send and receive 64 bytes", "message of 64 bytes, copied in and out",
		"pipe", "pipe", "Unix seqpacket", "Unix socket")
	row("map, touch and unmap a page", "page, map + touch + unmap, after boot", "memfd", "memfd")
	row("message there and back, both sleep", "messages, round trip of two sleeping processes",
		"two pipes", "pipes")
	row("create and remove a named buffer", "named buffer, create + remove, 10 there",
		"shm_open() of a page", "shm_open()")
}

{
	for (i = 1; i <= kinds; i++)
		if (index($0, "{\"name\": \"" figures[i] "\"") && after("\"value\": ") >= 0) {
			values[i, 0] = after("\"value\": ")
			for (j = 1; j <= 2; j++)
				values[i, j] = others[i, j] == "" ? "" : named(others[i, j], "value")
		}
}

END {
	OFS = "\t"
	for (i = 1; i <= kinds; i++) {
		most = 0
		for (j = 0; j <= 2; j++) {
			if (values[i, j] == -1 || (j < 2 && values[i, j] == "")) {
				print "no figure of: " titles[i] ", " j >"/dev/stderr"
				exit 1
			}
			if (values[i, j] > most)
				most = values[i, j]
		}
		print ++at, 0, "", 2, titles[i]
		for (j = 0; j <= 2 && values[i, j] != ""; j++)
			print ++at, values[i, j] / most, grouped(int(values[i, j] + 0.5)), !j,
				j ? labels[i, j] : "mmapdemo"
		at += 0.6
	}
}
