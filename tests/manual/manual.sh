#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# manual.sh PROGRAMS TAP PAGES SESSION: the examples of the manual pages do what their
# pages say. Programs do it on a file, on shared memory and, where the driver is loaded,
# on its node; sessions, with the tool on PATH, do it in a folder.
programs=${1:-/manual}
# shellcheck source=tests/tap.sh
. "${2:-/root/tap.sh}"
pages=${3:-/manual}
session=${4:-/manual/session.awk}

needs_driver() {
	grep -q 'needs the driver' "$pages/$page.3"
}

# as_told WHERE [PATH]: one test of $page, on what is at PATH.
as_told() {
	where=$1
	shift
	run timeout 60 "$programs/$page" "$@"
	ok "$page on $where" prints_what_the_page_says
}
prints_what_the_page_says() {
	[ "$code" -eq 0 ] && [ -z "$err" ] && cmp "$tap_dir/out" "$programs/$page.out"
}

play_program() {
	truncate -s 4096 "$tap_dir/file"
	as_told "a file" "$tap_dir/file"
	as_told "a file that was used before" "$tap_dir/file"
	shm=/dev/shm/mmapdemo-manual-$$
	truncate -s 4096 "$shm"
	as_told "shared memory" "$shm"
	rm -f "$shm" "$tap_dir/file"
}

for file in "$programs"/*.out; do
	page=${file##*/}
	page=${page%.out}
	needs_driver || play_program
	if [ -e /dev/mmapdemo ]; then
		as_told "the node"
	fi
done

# in_a_folder COMMANDS: the lines of a session as the page has them.
in_a_folder() {
	(
		cd "$tap_dir/room" || exit
		env -u LC_ALL -u LC_MESSAGES LANG=C timeout 120 sh -v "$1" </dev/null 2>&1
	)
}

# play_session NAME: one test of it; what differs is shown.
play_session() {
	mkdir "$tap_dir/room"
	in_a_folder "$1.sh" >"$1.played"
	run diff "$1.out" "$1.played"
	ok "$page, session ${1##*/}" [ "$code" -eq 0 ]
	rm -rf "$tap_dir/room"
}

for file in "$pages"/*.[1-9]; do
	page=${file##*/}
	mkdir "$tap_dir/$page"
	awk -v folder="$tap_dir/$page" -f "$session" "$file"
	for commands in "$tap_dir/$page"/*.sh; do
		name=${commands%.sh}
		if [ -e "$commands" ] && { [ -e /dev/mmapdemo ] || [ ! -e "$name.driver" ]; }; then
			play_session "$name"
		fi
	done
done
finish
