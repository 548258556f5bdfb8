# SPDX-License-Identifier: BSD-2-Clause
# Takes out of a manual page what can be proven: the program that is the first
# literal block of its EXAMPLES, with the prototypes of the SYNOPSIS after it, for the
# compiler to compare with the header; or, with -v output=1, the second block,
# which is what the program prints.

/^\.Sh / { section = substr($0, 5) }
section == "EXAMPLES" && /^\.Bd -literal/ { block++; inside = 1; next }
/^\.Ed/ { inside = 0 }

inside && block == (output ? 2 : 1) {
	gsub(/\\\(aq/, "'")
	gsub(/\\-/, "-")
	gsub(/\\&/, "")
	gsub(/\\e/, "\\")
	print
	lines++
}

section == "SYNOPSIS" && /^\.Ft / { prototypes = prototypes "\n" substr($0, 5) }
section == "SYNOPSIS" && /^\.Fo / { prototypes = prototypes " " $2 "("; comma = "" }
section == "SYNOPSIS" && /^\.Fa / {
	gsub(/^\.Fa "|"$/, "")
	prototypes = prototypes comma $0
	comma = ", "
}
section == "SYNOPSIS" && /^\.Fc/ { prototypes = prototypes ");" }

END {
	if (!lines) {
		print FILENAME ": EXAMPLES has no such block" >"/dev/stderr"
		exit 1
	}
	if (!output)
		print prototypes
}
