#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# new-driver.sh NAME DIR: "make new-driver": writes into DIR a small, complete project, a
# driver named NAME, of the living sources here: rooms, tests and rig that fit are copied,
# parts of others are taken by cut.awk where a file of template/ has a comment "take",
# and all is renamed. Exits with 2 for a wrong command line, 1 for what went wrong.
set -eu

own=$(cd "$(dirname "$0")" && pwd)
root=$own/../..

usage() {
	echo "new-driver: $1; say: make new-driver NAME=foo DIR=../foo" >&2
	exit 2
}
if [ $# -ne 2 ] || [ -z "$1" ] || [ -z "$2" ]; then
	usage "a name and a folder are wanted"
fi
name=$1
dir=$2

# What C, the compiler and /dev of any machine have already.
taken='auto bool break case char const continue current default do double else enum extern false
	float for goto if inline int linux long main module register restrict return short
	signed sizeof static struct switch true typedef typeof union unix unsigned void volatile while
	autofs console core cpu disk fb0 fd full fuse hpet hwrng initctl input kcore kmsg
	kvm log loop mapper mem mmapdemo net null nvram port ppp ptmx pts random rtc shm snapshot snd
	stderr stdin stdout tty tun uinput urandom usb vcs vfio vhci watchdog zero zram'
case $name in
[!a-z]* | *[!a-z0-9_]*)
	usage "'$name' is no name for a driver: lower-case letters, digits and '_', a letter in front"
	;;
esac
[ ${#name} -le 24 ] || usage "'$name' is too long: 24 characters are the most"
for word in $taken; do
	[ "$word" != "$name" ] || usage "'$name' is a name that C or the kernel has already"
done
# Its program goes beside theirs, in the guest, too.
! command -v "$name" >/dev/null || usage "'$name' is a name that a command has already"
# And what this one has.
if [ -e "/dev/$name" ] || [ -e "/sys/module/$name" ] || modinfo "$name" >/dev/null 2>&1; then
	usage "'$name' is a name that the kernel here has already"
fi
if [ -e "$dir" ] && [ ! -d "$dir" ]; then
	usage "$dir is not a folder"
fi
if [ -d "$dir" ] && [ -n "$(ls -A "$dir")" ]; then
	usage "$dir is not empty"
fi

# prose TITLE: a section of the contract, which ends where the next one begins.
prose() {
	awk -v title="$1" '
		/^ \* [A-Z ]+\. / { inside = index($0, " * " title ". ") == 1 }
		inside { print; found = 1 }
		END { exit !found }' "$root/driver/uapi/linux/mmapdemo.h"
}

# fill FILE: prints it, with what its comments "take".
fill() {
	while IFS= read -r line; do
		case $line in
		'/* take '*)
			names=${line#*: }
			file=${line#/\* take }
			awk -v take="${names% \*/}" -v without="$others" -f "$own/cut.awk" \
				"$root/driver/${file%%:*}"
			;;
		' * take '*) prose "${line# \* take }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$1"
}

# What the rooms that are left out are called in the others: channels, events, limits...
others='channel|role|buffer_enter|buffer_leave|info\.(features|publications|clients)'

# copy FILE...: as it is.
copy() {
	for file in "$@"; do
		mkdir -p "$work/$(dirname "$file")"
		cp -p "$root/$file" "$work/$file"
	done
}

write_project() {
	(cd "$own/template" && find . -type f) | while read -r file; do
		mkdir -p "$work/$(dirname "$file")"
		# cp, for the rights of the file.
		cp -p "$own/template/$file" "$work/$file"
		fill "$own/template/$file" >"$work/$file"
	done

	copy driver/memory.c driver/memory.h driver/mapping.h driver/compat.h
	awk -v drop='channel_region vma_role map_channel' -v without="$others" -f "$own/cut.awk" \
		"$root/driver/mapping.c" >"$work/driver/mapping.c"
	# The owner of a buffer, and what it is besides; and its size, which here stays.
	sed -i -z 's/,\n\t*GLOBAL_ROOT_UID, false, 0)/)/' "$work/driver/main.c"
	sed -i 's/mmapdemo_buffer_size(buffer)/buffer->mem.size/' "$work/driver/node.c"
	# How compat.h is told what this kernel has.
	sed -n '/^# \$(call have/,$p' "$root/Kbuild" | sed '1s/^/\n/' >>"$work/Kbuild"

	mkdir -p "$work/userspace"
	sed 's/hello-map/mmapdemo/g' "$root/userspace/examples/hello-map.c" >"$work/userspace/mmapdemo.c"
	for test in access advise core descriptors fault io mapping pin proc remap rights seek splice \
		userfault; do
		copy "tests/device/$test.c"
	done
	copy tests/device/device.h tests/suite.sh tests/tap.sh tests/report.awk
	for script in accel boot debian debian13 guest initramfs kernel module packages shell; do
		copy "tests/qemu/$script.sh"
	done
	for script in canary init log.sh test; do
		copy "tests/qemu/guest/$script"
	done
	# No modules beside the driver, no manual, no examples and no Python.
	sed -i 's, userspace/examples/engine tests/engine,,' "$work/tests/qemu/guest.sh"
	sed -i '/debugger/,/^\tfi/d; /[Ee]ngine\|manual\|examples/d; /^# install_python/,/^}/d; /install_python/d' "$work/tests/qemu/initramfs.sh"
	copy LICENSE LICENSE.GPL-2.0 .clang-format .gitignore
}

# The cache is the same: kernels are of nobody in particular. And who wrote what was taken
# stays who wrote it, as the licences ask.
rename_all() {
	upper=$(echo "$name" | tr '[:lower:]' '[:upper:]')
	find "$work" -type f -exec sed -i "s,\(\.cache}\{0\,1\}/\)mmapdemo,\1@origin@,g
		s/\((c) [0-9]* the \)mmapdemo/\1@origin@/; s/mmapdemo/$name/g; s/MMAPDEMO/$upper/g; s/@origin@/mmapdemo/g" {} +
	find "$work" -type f -name '*mmapdemo*' | while read -r file; do
		mv "$file" "${file%/*}/$(basename "$file" | sed "s/mmapdemo/$name/")"
	done
}

finish() {
	rm -rf "$work"
	[ -n "$done" ] || echo "new-driver: the sources are not what this script takes them for; nothing was written" >&2
}
done=
mkdir -p "$dir"
work=$(mktemp -d)
trap finish EXIT
write_project
rename_all
done=yes
cp -Rp "$work/." "$dir/"
chmod 755 "$dir"
echo "  wrote   $dir: begin with its README.md, 'make test', and driver/node.c"
