# SPDX-License-Identifier: BSD-2-Clause
# Reads what the guest's benchmarks say, a line "figure NAME WORK UNIT VALUE GOAL
# AIM [OTHER VALUE]...", separated by tabs, and prints a table; the same as JSON goes to
# the file that -v json=FILE names. Each goal is a point, passed if it is met.

BEGIN { FS = "\t" }
{ sub(/\r$/, "") }

# As it is printed: a fraction of an instruction is the clock's.
function amount(value, unit) {
	return sprintf(unit == "ratio" ? "%.2f" : "%.0f", value)
}

function verdict(value, most) {
	if (most == "")
		return ""
	if (value + 0 <= most + 0) {
		passed++
		return most "  ok"
	}
	failed++
	return most "  MISSED"
}

function object(name, work, unit, value, goal, others) {
	return sprintf("{\"name\": \"%s\", \"work\": \"%s\", \"unit\": \"%s\", \"%s\": %s, \"goal\": %s, \"alternatives\": [%s]}",
		name, work, unit, unit, value, goal == "" ? "null" : goal, others)
}

$1 == "figure" && !rows {
	print "Beneath each figure: what is done; what else would do it, and times the figure."
	printf "%-52s %12s  %s\n", "", "instructions", "goal"
}
$1 == "figure" {
	value = amount($5, $4)
	goal = $6 == "" ? "" : amount($6, $4)
	printf "%-52s %12s  %s\n", $2, value, verdict(value, goal)
	if ($3 != work)
		print "    " $3
	work = $3
	others = ""
	for (i = 8; i < NF; i += 2) {
		other = amount($(i + 1), $4)
		printf "    %-48s %12s  x %.2f\n", $i, other, $(i + 1) / $5
		others = others (others ? ", " : "") sprintf("{\"name\": \"%s\", \"%s\": %s}", $i, $4, other)
	}
	rows = rows (rows ? ",\n" : "") object($2, $3, $4, value, goal, others)
	next
}
$1 == "failed" { failed++; print "FAILED: " $2; next }
$1 == "# end" { ended = 1; next }
{ print }

END {
	if (!ended) {
		failed++
		print "FAILED: the guest did not reach its end"
	}
	print "[\n" rows "\n]" >json
	printf "%d passed, %d failed\n", passed, failed
	exit failed > 0
}
