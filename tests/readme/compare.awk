# SPDX-License-Identifier: BSD-2-Clause
# compare.awk EXPECTED PRINTED: exits 1, and prints both, where a line differs. A "..." in
# EXPECTED is any text within its line.

# alike(WANTED, LINE)
function alike(wanted, line, parts, n, i, at) {
	n = split(wanted, parts, "\\.\\.\\.")
	if (substr(line, 1, length(parts[1])) != parts[1])
		return 0
	if (n == 1)
		return line == wanted
	line = substr(line, length(parts[1]) + 1)
	for (i = 2; i < n; i++) {
		at = index(line, parts[i])
		if (!at)
			return 0
		line = substr(line, at + length(parts[i]))
	}
	at = length(line) - length(parts[n])
	return at >= 0 && substr(line, at + 1) == parts[n]
}

FNR == NR { expected[++wanted] = $0; next }
FNR > wanted || !alike(expected[FNR], $0) {
	printf "line %d, README: %s\nline %d, printed: %s\n", FNR, expected[FNR], FNR, $0
	differs = 1
}

END {
	if (FNR < wanted)
		printf "README has %d lines more, from: %s\n", wanted - FNR, expected[FNR + 1]
	exit differs || FNR < wanted
}
