#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# manual.sh FOLDER TAP: the examples of the manual pages do what their pages say, on a
# file, on shared memory and, where the driver is loaded, on its node.
manual=${1:-/manual}
# shellcheck source=tests/tap.sh
. "${2:-/root/tap.sh}"

# as_told WHERE [PATH]: one test of $page, on what is at PATH.
as_told() {
	where=$1
	shift
	run timeout 60 "$manual/$page" "$@"
	ok "$page on $where" prints_what_the_page_says
}
prints_what_the_page_says() {
	[ "$code" -eq 0 ] && [ -z "$err" ] && cmp "$tap_dir/out" "$manual/$page.out"
}

for file in "$manual"/*.out; do
	page=${file##*/}
	page=${page%.out}
	truncate -s 4096 "$tap_dir/file"
	as_told "a file" "$tap_dir/file"
	as_told "a file that was used before" "$tap_dir/file"
	shm=/dev/shm/mmapdemo-manual-$$
	truncate -s 4096 "$shm"
	as_told "shared memory" "$shm"
	rm -f "$shm" "$tap_dir/file"
	if [ -e /dev/mmapdemo ]; then
		as_told "the node"
	fi
done
finish
