# SPDX-License-Identifier: BSD-2-Clause
# Replaces $old, which may be of several lines, by $new wherever it stands, for
# new-driver.sh; both are in the environment. One that is not there is an error: then the
# file has changed, and so must who asks.

{ text = text $0 "\n" }

END {
	old = ENVIRON["old"]
	while ((at = index(text, old)) > 0) {
		printf "%s%s", substr(text, 1, at - 1), ENVIRON["new"]
		text = substr(text, at + length(old))
		found = 1
	}
	printf "%s", text
	if (!found) {
		print FILENAME ": there is no " old >"/dev/stderr"
		exit 1
	}
}
