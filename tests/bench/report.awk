# SPDX-License-Identifier: BSD-2-Clause
# Reads what the guest's benchmarks say, a line "figure NAME WORK UNIT VALUE GOAL
# AIM [OTHER VALUE]...", separated by tabs, and prints a table. Each goal is a point,
# passed if it is met. An aim is a goal, too, but one that is out of reach: its being
# missed is told and fails nothing.
# -v json=FILE: where the same goes as JSON, a line for each figure
# -v plot=FILE: where that goes which plot.gnuplot draws
# -v baseline=COMMAND: compares the JSON with earlier figures; a point more

BEGIN { FS = "\t" }
{ sub(/\r$/, "") }

# As it is printed: a fraction of an instruction is the clock's.
function amount(value, unit) {
	return sprintf(unit == "ratio" ? "%.2f" : "%.0f", value)
}

function verdict(value, most) {
	if (value + 0 > most + 0) {
		failed++
		return most "  MISSED"
	}
	passed++
	return most "  ok"
}

function wish(value, most) {
	return most (value + 0 > most + 0 ? "  MISSED" : "  ok")
}

function judged(value) {
	if ($6 != "")
		return verdict(value, amount($6, $4))
	return $7 == "" ? "" : wish(value, amount($7, $4))
}

# A bar, the first of its figure if @ours.
function bar(label, value, ours) {
	row += ours ? 2 : 1
	if (plot)
		printf "%d\t%.2f\t%d\t%s\n", row, value, ours, label >plot
}

function times(other, value) {
	return value > 0 ? sprintf("  x %.2f", other / value) : ""
}

function number(value) {
	return value == "" ? "null" : value + 0
}

function object(others) {
	return sprintf("{\"name\": \"%s\", \"work\": \"%s\", \"unit\": \"%s\", \"value\": %s, \"goal\": %s, \"aim\": %s, \"alternatives\": [%s]}",
		$2, $3, $4, number($5), number($6), number($7), others)
}

$1 == "figure" && !rows {
	print "Beneath each figure: what is done; what else would do it, and times the figure."
	printf "%-56s %12s  %s\n", "", "instructions", "goal"
}
$1 == "figure" {
	value = amount($5, $4)
	printf "%-56s %12s  %s%s\n", $2, value, $4 == "instructions" ? "" : $4 "  ", judged(value)
	drawn = $4 == "instructions" && NF > 8
	if (drawn)
		bar($2, $5, 1)
	if ($3 != work)
		print "    " $3
	work = $3
	others = ""
	for (i = 8; i < NF; i += 2) {
		if (drawn)
			bar($i, $(i + 1), 0)
		printf "    %-52s %12s%s\n", $i, amount($(i + 1), $4), times($(i + 1), $5)
		others = others (others ? ", " : "") sprintf("{\"name\": \"%s\", \"value\": %s}", $i, number($(i + 1)))
	}
	rows = rows (rows ? ",\n" : "") object(others)
	next
}
$1 == "failed" { failed++; print "FAILED: " $2; next }
$1 == "# end" { ended = 1; next }
$1 ~ /^# Linux/ { kernel = $1; sub(/^# Linux /, "", kernel); sub(/,.*/, "", kernel) }
{ print }

END {
	if (!ended) {
		failed++
		print "FAILED: the guest did not reach its end"
	}
	printf "{\"kernel\": \"%s\", \"figures\": [\n%s\n]}\n", kernel, rows >json
	close(json)
	if (baseline && system(baseline) == 0)
		passed++
	else if (baseline)
		failed++
	printf "%d passed, %d failed\n", passed, failed
	exit failed > 0
}
