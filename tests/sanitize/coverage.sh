#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# coverage.sh MODULE LOG: which lines of the driver, built in MODULE, ran in the
# guest that printed LOG. A line "# ..." for each file and for each line that
# never ran, with the reason from uncovered.txt. In KTAP.
set -eu

module=$1
log=$2
own=$(cd "$(dirname "$0")" && pwd)
goal=98

sed -n 's/\r$//; s/^gcda //p' "$log" | while read -r name data; do
	echo "$data" | base64 -d >"$module/driver/$name"
done
cd "$module"
rm -f ./*.gcov
# Counts of inline functions in the kernel's headers come along.
gcov -o driver driver/*.gcda >/dev/null 2>&1 || true
echo "# begin coverage of the driver"
echo 1..2
for file in driver/*.c; do
	set -- "$@" "${file#driver/}.gcov"
done
shift 2
awk -v goal=$goal -f "$own/coverage.awk" "$own/uncovered.txt" "$@"
echo "# end"
