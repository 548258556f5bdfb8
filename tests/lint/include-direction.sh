#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# include-direction.sh BUILD: nothing includes upwards, and no file of the library calls upwards. The
# rooms of the driver and of the library, from the ground up, and the layers of user space; each may
# include only what is before it.
set -eu

cd "$(dirname "$0")/../.."
code=0

# rank NAME LIST: the place of NAME in LIST, 0 if it is not there.
rank() {
	place=0
	for name in $2; do
		place=$((place + 1))
		[ "$name" != "$1" ] || {
			echo $place
			return
		}
	done
	echo 0
}

rooms='compat clock mmapdemo_engine copy event process client quota memory channel channel-sleep port stream
	waiters buffer watch word engine engine-run echo sink source mapping sysfs node file ioctl-create ioctl main'
for file in driver/*.c driver/*.h; do
	room=$(basename "$file")
	room=${room%.?}
	own=$(rank "$room" "$rooms")
	if [ "$own" -eq 0 ]; then
		echo "$file: the room '$room' has no place in $0"
		code=1
	fi
	# shellcheck disable=SC2013 # one word per line
	for header in $(sed -n 's/^#include "\(.*\)\.h".*/\1/p' "$file"); do
		if [ "$(rank "$header" "$rooms")" -gt "$own" ] || [ "$(rank "$header" "$rooms")" -eq 0 ]; then
			echo "$file includes upwards: $header.h"
			code=1
		fi
	done
done

# The library, its headers and, in its objects, its calls.
library='label buffer view word node channel role side producer consumer mutex semaphore engine
	engine-thread'
for file in userspace/lib/*.c userspace/lib/*.h; do
	room=$(basename "$file")
	room=${room%.?}
	case $room in
	mmapdemo*) continue ;; # what programs include
	esac
	own=$(rank "$room" "$library")
	if [ "$own" -eq 0 ]; then
		echo "$file: the room '$room' of the library has no place in $0"
		code=1
	fi
	# shellcheck disable=SC2013 # one word per line
	for header in $(sed -n 's/^#include "\(.*\)\.h".*/\1/p' "$file"); do
		case $header in
		mmapdemo*) continue ;;
		esac
		if [ "$(rank "$header" "$library")" -gt "$own" ]; then
			echo "$file includes upwards: $header.h"
			code=1
		fi
	done
done
for room in $library; do
	nm "$1/obj/lib/$room.o" | awk -v room="$room" '$2 == "T" { print $3, room }'
done >"$1/defined"
for room in $library; do
	own=$(rank "$room" "$library")
	for callee in $(nm -u "$1/obj/lib/$room.o" | awk '
		FNR == NR { call[$2] = 1; next }
		$1 in call { print $2 }' - "$1/defined" | sort -u); do
		if [ "$(rank "$callee" "$library")" -gt "$own" ]; then
			echo "userspace/lib/$room.c calls upwards: $callee.c"
			code=1
		fi
	done
done

# One file of the driver knows VMAs, and compat.h speaks of them for it.
if grep -ln 'vm_area_struct\|vm_flags' driver/*.c driver/*.h | grep -vE 'driver/(mapping\.[ch]|compat\.h|file\.c)'; then
	echo "these know VMAs, which is the business of driver/mapping.c"
	code=1
fi
# No version tests outside compat.h; there, probes serve.
if grep -n 'LINUX_VERSION_CODE\|KERNEL_VERSION' driver/*.c driver/*.h; then
	echo "ask for the API, not for the version: see Kbuild"
	code=1
fi
# The tool uses the library, the library the ABI, the device tests neither.
if grep -n 'linux/mmapdemo\.h\|ioctl' userspace/cli/*.[ch] userspace/cli/*/*.[ch]; then
	echo "the tool goes through the library"
	code=1
fi
if grep -n '"cli\.h"\|json' userspace/lib/*.[ch]; then
	echo "the library does not know the tool"
	code=1
fi
if grep -n '"mmapdemo\.h"' tests/device/*.[ch]; then
	echo "the device tests use system calls only"
	code=1
fi
exit $code
