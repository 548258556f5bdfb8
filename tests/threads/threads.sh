#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# threads.sh [PROGRAM PATH TAP]: what the library orders ThreadSanitizer sees as ordered, and
# nothing else. In the guest, on /dev/mmapdemo; PATH "shm" needs no driver.
# shellcheck source=tests/tap.sh
. "${3:-/root/tap.sh}"
program=${1:-/root/threads}
path=${2:-/dev/mmapdemo}

if [ ! -e "$program" ]; then
	skip "threads of a program with ThreadSanitizer" "it is not built for this machine"
	finish
fi
export TSAN_OPTIONS="halt_on_error=1 exitcode=66"
for case in mutex semaphore publish send trysend commit batch close room; do
	[ "$case-$path" != publish-shm ] || continue
	run timeout 60 "$program" "$path" $case
	ok "$case orders threads: silent" [ "$code-$err" = 0- ]
	run timeout 60 "$program" "$path" $case bare
	ok "without $case: reported" has "$code $err" "66 *data race"
done
finish
