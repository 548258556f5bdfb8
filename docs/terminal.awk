# SPDX-License-Identifier: BSD-2-Clause
# Draws what "make demo" has printed as a terminal, an SVG that plays once: a title and its
# command appear after a pause, the output at once, and the screen scrolls. A viewer without
# animations shows the first screen. The pauses are ours; the lines are those of the run.

BEGIN {
	columns = 96
	rows = 24
	height = 18	# pixels of a line
	row("$ make demo")
}

{
	gsub(/\r|\033\[[0-9;]*m/, "")
	wait = /^# / ? 1.5 : /^\$ / ? 1 : 0.05
	for (line = $0; length(line) > columns; line = substr(line, columns + 1))
		row(substr(line, 1, columns))
	row(line)
}

function row(text) {
	texts[++count] = text
	seconds += wait
	wait = 0
	appears[count] = seconds
}

function escaped(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	return text
}

function kind(text) {
	if (text ~ /^# /)
		return "title"
	if (text ~ /^\$ /)
		return "command"
	return text ~ / ok$|: ok$/ ? "good" : "output"
}

END {
	width = columns * 8 + 32
	print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
	print "<!-- SPDX-License-Identifier: BSD-2-Clause -->"
	print "<!-- Written by 'make demo-picture', from what 'make demo' printed: not to be edited. -->"
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" ",
		width, rows * height + 48, width, rows * height + 48
	print "role=\"img\" aria-label=\"A recorded terminal: make demo\">"
	print "<style>"
	print "text { font: 13px 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre; fill: #d8dee9 }"
	print ".title { font-weight: bold; fill: #8fbcff } .command { fill: #fff } .good { fill: #9ce08a }"
	print "@keyframes hidden { from, to { visibility: hidden } }"
	print "@keyframes scroll {"
	for (i = rows + 1; i <= count; i++)
		printf "%.2f%% { transform: translateY(%dpx) }\n", 100 * appears[i] / seconds, (rows - i) * height
	print "}"
	printf ".lines { animation: scroll %.2fs step-end forwards }\n", seconds
	print "@media (prefers-reduced-motion) { text, .lines { animation: none !important } }"
	print "</style>"
	printf "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#1d2430\"/>\n", width, rows * height + 48
	print "<g fill=\"#4c566a\"><circle cx=\"20\" cy=\"16\" r=\"6\"/><circle cx=\"40\" cy=\"16\" r=\"6\"/><circle cx=\"60\" cy=\"16\" r=\"6\"/></g>"
	printf "<svg y=\"32\" width=\"%d\" height=\"%d\"><g class=\"lines\">\n", width, rows * height + 8
	for (i = 1; i <= count; i++)
		if (texts[i] != "")
			printf "<text x=\"16\" y=\"%d\" class=\"%s\" xml:space=\"preserve\" style=\"animation: hidden %.2fs\">%s</text>\n",
				i * height - 4, kind(texts[i]), appears[i], escaped(texts[i])
	print "</g></svg>"
	print "</svg>"
}
