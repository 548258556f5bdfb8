# SPDX-License-Identifier: BSD-2-Clause
# Prints the code blocks of README.md that begin with ``` and -v language=LANGUAGE. Of
# "console", -v part=commands is what a reader pastes: the lines after "$ "; without it, all
# lines as "sh -v" prints them, a command without its "$ ".

/^```/ { inside = !inside && $0 == "```" language; next }
!inside { next }
{ lines++ }
language == "console" {
	command = sub(/^\$ /, "") || /^# /
	if (part == "commands" && !command)
		next
}
{ print }

END {
	if (!lines) {
		print FILENAME ": no block of " language >"/dev/stderr"
		exit 1
	}
}
