#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# baseline.sh BENCH.JSON: the same as a line for each figure.
set -eu

echo '# SPDX-License-Identifier: BSD-2-Clause'
echo '# What "make bench" compares with: instructions, or bytes... "make bench-baseline" writes it.'
sed -nE 's/^\{"kernel": "([^"]*)".*/# Linux \1/p' "$1"
sed -nE 's/^\{"name": "([^"]*)".*"unit": "[^"]*", "value": ([0-9.-]+),.*/\2\t\1/p' "$1" |
	grep -v 'longest stall$'
