# SPDX-License-Identifier: BSD-2-Clause
# What an example prints, by its own first comment: the lines after "prints" that
# begin with a tab.

/^( \* |# )?prints$/ { inside = 1; next }
inside && sub(/^( \*|#)?\t/, "") { print; lines++; next }
lines { exit }

END {
	if (!lines) {
		print FILENAME ": does not say what it prints" >"/dev/stderr"
		exit 1
	}
}
