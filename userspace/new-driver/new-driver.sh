#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# new-driver.sh NAME DIR: "make new-driver": writes into DIR a small, complete project, a
# driver named NAME, of the living sources here: rooms, tests and rig that fit are copied,
# parts of others are taken by cut.awk where a file of template/ has a comment "take",
# and all is renamed. Exits with 2 for a wrong command line, 1 for what went wrong.
# shellcheck disable=SC1003,SC2016 # texts of scripts
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
newline='
'

# What C, the compiler, the kernel's build, this one and /dev of any machine have already.
taken='auto bool break case char const continue current default do double else enum extern false
	float for goto if inline int linux long main module register restrict return short
	signed sizeof static struct switch true typedef typeof union unix unsigned void volatile while
	always asflags ccflags dtb extra generic header hostprogs ldflags lib obj subdir targets tests
	userprogs
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
	[ "$word" != "$name" ] || usage "'$name' is a name that C, the kernel or a build has already"
done
# Its program goes beside theirs, in the guest, too.
! command -v "$name" >/dev/null || usage "'$name' is a name that a command has already"
# Programs include its header as <linux/$name.h>.
[ ! -e "/usr/include/linux/$name.h" ] || usage "'$name' is a name that a header of the kernel has already"
# And what this one has.
if [ -e "/dev/$name" ] || [ -e "/sys/module/$name" ] || modinfo "$name" >/dev/null 2>&1; then
	usage "'$name' is a name that the kernel here has already"
fi
if [ -e "$dir" ] && [ ! -d "$dir" ]; then
	usage "$dir is not a folder"
fi
case $(realpath -m "$dir") in
*[[:space:]]*) usage "$dir has a space in its path, which the kernel's build does not take" ;;
esac
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

# replace FILE OLD NEW...: in FILE of the project each OLD, of a line or several, by its NEW.
replace() {
	file=$work/$1
	shift
	while [ $# -gt 0 ]; do
		old=$1 new=$2 awk -f "$own/replace.awk" "$file" >"$work.file"
		cat "$work.file" >"$file"
		shift 2
	done
}

# without FILE PATTERN...: FILE of the project has no line that matches one of these.
without() {
	file=$work/$1
	shift
	for pattern in "$@"; do
		if ! grep -qE "$pattern" "$file"; then
			echo "${file#"$work/"}: there is no $pattern" >&2
			exit 1
		fi
		sed -Ei "\\,$pattern,d" "$file"
	done
}

# The driver's rooms, in which a buffer has one size and no owner.
write_driver() {
	copy driver/memory.h driver/mapping.h driver/compat.h driver/copy.c driver/copy.h
	awk -v drop='channel_region vma_role map_channel' -v without="$others" -f "$own/cut.awk" \
		"$root/driver/mapping.c" >"$work/driver/mapping.c"
	copy driver/memory.c
	replace driver/main.c ",${newline}					GLOBAL_ROOT_UID, false, 0)" ')' \
		'WRITE_ONCE(*bytes, value)' '*bytes = value'
	replace driver/node.c 'mmapdemo_buffer_size(buffer)' 'buffer->mem.size' \
		mmapdemo_file_buffer file_buffer
	for file in memory.c memory.h; do
		replace driver/$file ", const struct mmapdemo_memory *old,${newline}			   size_t size" \
			', size_t size' ', size_t keep' ''
	done
	replace driver/memory.c 'memory that may begin with the pages of another one' 'memory of zeroes' \
		'; bytes after those of @old are zero' '' ' + shared' '' ' - shared' '' \
		' pages except those of the first @keep bytes, which another memory has now' ' pages' \
		'max(extent->pgoff, first)' 'extent->pgoff'
	without driver/memory.c '^ \* @old:' 'size_t shared =' '^	get_pages_array\(old' 'first = keep'
	replace driver/memory.c " *$newline * @mem and @old then share pages. Destroy one of them with the size of the other as @keep.$newline" ''

	replace driver/mapping.c " * A VMA is a user of its buffer, whose memory stays what it is until the last$newline * one is gone.$newline" \
		" * For INFO: a VMA keeps its open file, and that the buffer.$newline" \
		'gets no .close; one that succeeds stays a user' 'gets no .close'

	# How compat.h is told what this kernel has; a miscdevice needs little of it. Names of
	# headers that the kernel has, too, are ours in "uapi".
	sed -n '/^# \$(call have/,$p' "$root/Kbuild" | sed '1s/^/\n/' >>"$work/Kbuild"
	without Kbuild 'uapi$' CRC32C CLASS_CREATE 'DEVNODE|typeof|umode_t'
	without driver/compat.h 'linux/(crc32|device)\.h'
	sed -i '/^#ifndef CONFIG_64BIT/,/^$/d; /^#if.* HAVE_C[RL]/,/^$/d; /^#ifdef HAVE_DEVNODE/,/^$/d' "$work/driver/compat.h"
	sed -i 's,^#include <linux/mmapdemo.h>,#include "uapi/linux/mmapdemo.h",' "$work"/driver/*.c
}

# Tests by system calls, and the guest they run in: no programs but these, no engines.
write_tests() {
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
	replace tests/device/device.h "system calls$newline * only, never through the library: a bug there cannot hide one in the driver." \
		"system calls${newline} * only."
	replace tests/qemu/guest.sh ' [bench]: fetches' ': fetches' \
		"it$newline# and packs the guest, with the tests or the benchmarks. Sets \$kernel, a folder,$newline# and" \
		"it and$newline# packs the guest. Sets \$kernel, a folder, and" \
		' userspace/examples/engine tests/engine' '' '${3:+-$3}' '' ' ${3:+"$3"}' ''
	replace tests/qemu/guest/test "\$((seconds + STORM_SECONDS))" 480
	without tests/qemu/guest/test '/storm' '^(seconds=|\[ -z .*SOAK)'
	without tests/qemu/guest/init 'storm|SOAK'
	write_kernels
	write_boot
	write_initramfs
}

# Of amd64 only, whatever ARCH says, and of none that are built for finding faults.
write_kernels() {
	replace tests/qemu/kernel.sh '; on amd64 also sanitize or kcsan' '' 'arch=${ARCH:-amd64}' 'arch=amd64' \
		"$newline# line for \$ARCH, amd64 or arm64: " "$newline# line: "
	without tests/qemu/kernel.sh sanitize
	replace tests/qemu/kernel.sh "case \$line-\$arch in${newline}esac$newline" ''
	sed -i '/= arm64 /,/^fi/d' "$work/tests/qemu/kernel.sh"
	replace tests/qemu/debian.sh ', for amd64 and arm64' '' ' "arm64";' ''
	replace tests/qemu/debian13.sh "; for arm64$newline# its cross compiler comes with the headers" '' \
		'--arch=amd64,arm64' '--arch=amd64'
}

write_boot() {
	replace tests/qemu/boot.sh 'ARCH is amd64 or arm64, MEM' 'MEM' '; for SLUB_DEBUG see below' '' \
		" SOAK=1 makes$newline# those that count count to more, STORM_SECONDS and STORM_SEED are for the storm," '' \
		'; SLUB_DEBUG=- for a kernel that does it better' '' '${SLUB_DEBUG:-FZPU,kmalloc-*}' 'FZPU,kmalloc-*' \
		' storm_seconds=${STORM_SECONDS:-10} \' '"' "${newline}storm_seed=\${STORM_SEED:-1}\${SOAK:+ soak}\"" '' \
		' $exact' '' ' -vga std' '' 'vga=791 fbcon=map:9 ' ''
	without tests/qemu/boot.sh 'A frame buffer is'
	sed -i '/^# In the mode "bench"/,/^fi/d; /^\tif .* bench /,/^\tfi/d; /^case .{ARCH/d
		/^amd64)/,/^\t;;/{/^amd64)/d; /^\t;;/d; s/^\t//}; /^arm64)/,/^esac/d' "$work/tests/qemu/boot.sh"
}

# The tests whose sources are there, and no other programs.
write_initramfs() {
	sed -i '/^# install_python/,/^$/d; /^# Its translations/,/C.utf8/d; /^case \$programs/,/^esac/d; /^case .{ARCH/d; /^arm64)/,/^esac/d
		s/^amd64) system=.. \(.*\) ;;/\1/' "$work/tests/qemu/initramfs.sh"
	without tests/qemu/initramfs.sh 'manual" "' '^programs=' '/(bench|storm|unit|cli|manual|readme|loops|threads)/' examples scenario
	replace tests/qemu/initramfs.sh ' [bench]' '' \
		"the module, the$newline# tool, the library, the tests, or instead of them the benchmarks. No root needed:$newline# /init makes" \
		"the module, its$newline# program, and the tests. No root needed: /init makes" \
		' "$root/bench"' '' '"$system/' '"/' "\"\$build/lib/\$name\" \\$newline			" '' \
		'for test in "$@"; do' 'for test in "$here"/../device/*.c "$here"/../module/*.sh; do' \
		" | *.d | *.c)" ')' '*/device/*) install_program "$test" "$root/tests/device-${test##*/}" ;;' \
		"*/device/*)$newline		name=\$(basename \"\$test\" .c)$newline		install_program \"\$build/tests/device/\$name\" \"\$root/tests/device-\$name\"$newline		;;" \
		": where things lie in memory, figures depend on it" ''
}

write_project() {
	(cd "$own/template" && find . -type f) | while read -r file; do
		mkdir -p "$work/$(dirname "$file")"
		# cp, for the rights of the file.
		cp -p "$own/template/$file" "$work/$file"
		fill "$own/template/$file" >"$work/$file"
	done
	write_driver
	write_tests
	mkdir -p "$work/userspace"
	sed 's/hello-map/mmapdemo/g' "$root/userspace/examples/hello-map.c" >"$work/userspace/mmapdemo.c"
	copy LICENSE LICENSE.GPL-2.0 .clang-format .gitignore
	replace LICENSE ": also of${newline}                            examples and tests, and what new-driver makes one of" '' \
		'Kbuild, modules   ' 'Kbuild            '
}

# The cache is the same: kernels are of nobody in particular. And who wrote what was taken
# stays who wrote it, as the licences ask.
rename_all() {
	upper=$(echo "$name" | tr '[:lower:]' '[:upper:]')
	find "$work" -type f -exec sed -i "s,\(\.cache}\{0\,1\}/\)mmapdemo,\1@origin@,g
		s/\((c) [0-9]* the \)mmapdemo/\1@origin@/; s/mmapdemo/$name/g; s/MMAPDEMO/$upper/g; s/@origin@/mmapdemo/g" {} +
	for file in "$work"/driver/*.[ch]; do
		awk -f "$own/align.awk" "$file" >"$work.file"
		cat "$work.file" >"$file"
	done
	find "$work" -type f -name '*mmapdemo*' | while read -r file; do
		mv "$file" "${file%/*}/$(basename "$file" | sed "s/mmapdemo/$name/")"
	done
}

finish() {
	rm -rf "$work" "$work.file"
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
