#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# words.sh [FILE]...: prints each line that has a word which tests/lint/words refuses, with what
# to write instead, and exits 1 if there is one. Without FILE: all texts and sources.
cd "$(dirname "$0")/../.." || exit
if [ $# -eq 0 ]; then
	# shellcheck disable=SC2046 # one word per file
	set -- $(git ls-files '*.md' '*.[1-9]' '*.[chS]' '*.sh' '*.py' '*.awk' '*.go' '*.cc' Makefile '*.mk' Kbuild '*Kbuild' \
		driver/sysfs-class-mmapdemo 'userspace/completions/*' ':!LICENSE' ':!findings')
fi
awk -F '\t' '
FNR == NR {
	if ($1 != "" && $1 !~ /^#/) {
		words[++n] = "(^|[^a-z0-9_-])(" $1 ")([^a-z0-9_-]|$)"
		said[n] = $1
		instead[n] = $2
	}
	next
}
{
	line = tolower($0)
	for (i = 1; i <= n; i++) {
		if (match(line, words[i])) {
			printf "%s:%d: \"%s\": %s\n", FILENAME, FNR, said[i], instead[i]
			bad = 1
		}
	}
}
END { exit bad }' tests/lint/words "$@"
