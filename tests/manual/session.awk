# SPDX-License-Identifier: BSD-2-Clause
# Takes the sessions out of a manual page: the literal blocks of its EXAMPLES that begin
# with "$ ", which are commands, each after a "$ ", and what they print. A command
# that ends in a backslash goes on in the next line. Each is a shell of its own, in an
# empty folder. With -v folder=FOLDER, for the Nth:
#
#	FOLDER/N.sh	the commands
#	FOLDER/N.out	all lines: what "sh -v" prints of them
#	FOLDER/N.driver	if '.\" needs the driver' stands above the block

function unescape(line) {
	gsub(/\\\(aq/, "'", line)
	gsub(/\\-/, "-", line)
	gsub(/\\&/, "", line)
	gsub(/\\e/, "\\", line)
	return line
}

/^\.Sh / { section = substr($0, 5) }
section == "EXAMPLES" && /^\.Bd -literal/ { first = 1; driver = last ~ /needs the driver/; next }
/^\.Ed/ { first = inside = 0 }
{ last = $0 }

first {
	first = 0
	inside = /^\$ /
	file = folder "/" (count += inside)
	if (inside && driver)
		print "" >(file ".driver")
}

inside {
	line = unescape($0)
	command = sub(/^\$ /, "", line) || goes_on
	goes_on = command && line ~ /\\$/
	if (command)
		print line >(file ".sh")
	print line >(file ".out")
}
