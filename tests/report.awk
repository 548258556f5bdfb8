# SPDX-License-Identifier: BSD-2-Clause
# Reads KTAP on stdin and prints a line per suite, each failure whole, and the
# totals. -v streams=N: that many streams ("# begin NAME", a plan, the tests,
# "# end NAME") must come, complete; whatever is missing is a failure.
# -v verbose=1 prints every test.

{ sub(/\r$/, "") }

function finish(line, name) {
	took = line ~ /# [0-9]+ s$/ ? $(NF - 1) : 0
	printf "  %-32s %d passed%s%s\n", name, inside_ok, inside_bad ? ", " inside_bad " FAILED" : "",
		(took > 9 ? ", " took " s" : "")
	if (line ~ /^not ok/ && !inside_bad) {
		print "    " line
		bad++
	}
	suite = ""
}

/^# begin / { print substr($0, 9); stream = 1; planned = -1; points = 0; begun++; next }
/^# end$/ {
	if (planned != points) {
		print "  planned " planned " suites and tests, saw " points
		bad++
	}
	ended++
	stream = 0
	next
}
/^1\.\.[0-9]+/ { planned = substr($1, 4) + 0; next }
/^# Subtest: / { suite = substr($0, 12); inside_ok = inside_bad = 0; failing = 0; next }

/^    (not )?ok / {
	skipped = /# SKIP/
	failing = 0
	if (skipped)
		skips++
	else if ($1 == "ok") {
		ok++; inside_ok++
	} else {
		bad++; inside_bad++; failing = 1
	}
	if (failing || skipped || verbose)
		print "    " suite ": " substr($0, 5)
	next
}
# What a test says of itself: shown after a failure. cmocka and tap.sh both put it there.
/^    / {
	if (failing || verbose)
		print "      " substr($0, 5)
	else if (!/^    (#|1\.\.|TAP|$)/)
		print "      " substr($0, 5)
	next
}

/^(not )?ok [0-9]+/ {
	points++
	if (suite != "") {
		name = suite
		finish($0, name)
	} else if ($1 == "ok") {
		ok++
		if (verbose)
			print "  " $0
	} else {
		bad++
		print "  " $0
		failing = 1
	}
	next
}
stream && /^#/ { print "  " $0; next }
{ print }

END {
	if (ended < streams) {
		print "not ok: " (streams - ended) " of " streams " runs did not reach their end"
		bad++
	}
	if (!ok) {
		print "not ok: no test ran"
		bad++
	}
	printf "%d passed, %d failed%s\n", ok, bad, skips ? ", " skips " skipped" : ""
	exit bad > 0
}
