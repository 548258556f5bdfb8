#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# native.sh BUILD: the unit tests of channels under AddressSanitizer with
# UndefinedBehaviorSanitizer, and those with threads under ThreadSanitizer, here, without
# a guest: on files and shared memory. Exits 1 if one of them complains. A program with
# ThreadSanitizer and the plain library comes last: does it see what the library orders?
set -u

cd "$(dirname "$0")/../.." || exit
plain=$(cd "$1" && pwd) || exit
build=$1/sanitize-native
mkdir -p "$build" || exit
code=0

# compile TEST FLAGS...: -Wno-tsan: it does not know fences, and nothing here rests on
# its knowing them: who is told something, is told by a header, a position or a flag.
compile() {
	test=$1
	shift
	gcc -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Idriver/uapi -Iuserspace/lib -O1 -g \
		-Wall -Wextra "$@" "tests/unit/$test.c" userspace/lib/*.c -lcmocka -o "$build/$test"
}

# check SANITIZER TEST FLAGS...
check() {
	name="$1, $2"
	shift
	if compile "$@" && timeout 600 "$build/$1" >"$build/$1.log" 2>&1; then
		echo "  ok      $name"
	else
		cat "$build/$1.log"
		echo "  FAILED  $name"
		code=1
	fi
}

# The names of tests are never freed.
echo "leak:vasprintf" >"$build/leaks"
export TSAN_OPTIONS=halt_on_error=1
export LSAN_OPTIONS="suppressions=$build/leaks:print_suppressions=0"
check thread channel-race -fsanitize=thread -Wno-tsan
for file in tests/unit/channel*.c; do
	test=${file##*/}
	check "address, undefined" "${test%.c}" -fsanitize=address,undefined -fno-sanitize-recover=all
done
export LD_LIBRARY_PATH="$plain/lib"
log=$build/threads.log
if sh tests/threads/threads.sh "$plain/tests/threads/threads" shm tests/tap.sh >"$log" 2>&1; then
	echo "  ok      thread, of programs"
else
	cat "$log"
	echo "  FAILED  thread, of programs"
	code=1
fi
exit $code
