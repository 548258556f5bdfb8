# SPDX-License-Identifier: BSD-2-Clause
# Reads uncovered.txt and what gcov printed, FILE.gcov. Prints how many lines of
# each file ran, those that did not, and two tests.

FILENAME ~ /uncovered\.txt$/ {
	if (!/^#/ && split($0, part, / *=> */) == 2)
		reason[part[1]] = part[2]
	next
}

FNR == 1 {
	file = FILENAME
	sub(/\.gcov$/, "", file)
}

# "  COUNT: LINE:TEXT"; "-" is no code, "#####" never ran.
{
	count = line = text = $0
	sub(/:.*/, "", count)
	gsub(/[ *]/, "", count)
	sub(/^[^:]*: */, "", line)
	sub(/:.*/, "", line)
	sub(/^[^:]*:[^:]*:[ \t]*/, "", text)
}

count == "-" { next }
{ lines[file]++; all++ }
count !~ /^[#=]+$/ { ran[file]++; allran++; next }
{
	# A reason is one line's.
	why = reason[file ": " text]
	delete reason[file ": " text]
	missed = missed sprintf("# %s:%d: %s: %s\n", file, line, text, why ? why : "NO REASON GIVEN")
	if (!why)
		unexplained++
}

function percent(part, whole) {
	return whole ? 100 * part / whole : 0
}

END {
	for (file in lines)
		printf "# %-12s %4d of %4d lines, %5.1f %%\n", file, ran[file], lines[file],
			percent(ran[file], lines[file]) | "sort"
	close("sort")
	printf "# %-12s %4d of %4d lines, %5.1f %%\n", "all", allran, all, percent(allran, all)
	printf "%s", missed
	print (percent(allran, all) >= goal ? "ok" : "not ok") " 1 - at least " goal " % of lines ran"
	print (all && !unexplained ? "ok" : "not ok") " 2 - each line that did not has a reason"
}
