#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# generate.sh DIR KDIR: "make new-driver" makes a project that builds, and refuses what it
# must. The project stays in DIR, built against the headers in KDIR, for the guest.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"
rm -rf "$1"
generate=$here/../../userspace/new-driver/new-driver.sh
project=$1

# wrong NAME PATTERN ARGUMENT...: refused as a wrong command line.
wrong() {
	title=$1 pattern=$2
	shift 2
	refused "$title" 2 "new-driver: *$pattern*" "$generate" "$@"
}
wrong "no name is refused" "name and a folder are wanted" "" "$tap_dir/wrong"
wrong "no folder is refused" "name and a folder are wanted" foo ""
for name in Foo 1foo foo-bar _foo 'foo bar' 'foo;bar' '*'; do
	wrong "'$name' is no name" "is no name for a driver" "$name" "$tap_dir/wrong"
done
wrong "a long name is refused" "24 characters" abcdefghijklmnopqrstuvwxy "$tap_dir/wrong"
for name in mem null mmapdemo while linux types ioctl lib tests; do
	wrong "'$name' is taken" "has already" "$name" "$tap_dir/wrong"
done
wrong "a command's name is taken" "a command has already" echo "$tap_dir/wrong"
ok "what is refused leaves nothing" [ ! -e "$tap_dir/wrong" ]
touch "$tap_dir/file"
wrong "a folder with a space is refused" "space" foo "$tap_dir/my drivers/foo"
wrong "a file is no folder" "is not a folder" foo "$tap_dir/file"

run "$generate" my_driver "$project"
ok "a driver is written" [ "$code$err" = 0 ]
named() {
	grep -rIil mmapdemo "$project" | LC_ALL=C sort
}
run named
ok "all is renamed, but who wrote it, where kernels are kept, and whence it came" [ "$out" = "$(
	printf '%s\n' "$project/LICENSE" "$project/README.md" "$project/tests/qemu/accel.sh" \
		"$project/tests/qemu/kernel.sh"
)" ]
run find "$project" -name '*mmapdemo*'
ok "all files are renamed" [ -z "$out" ]
run grep -rnE '(channel|engine|client|quota|event)' "$project/driver"
ok "the driver has the rooms of a small one" [ "$code" -eq 1 ]
run grep -rniE 'storm|soak|bench|/readme/|scenario|sanitize|kcsan|crc32|devnode|\+ shared|the library|sysroot|frame buffer' "$project" \
	--exclude='LICENSE*'
ok "it has nothing for rooms that it has not" [ "$code" -eq 1 ]
run grep -rn '[/ ]\*\** *take ' "$project/driver"
ok "nothing is left to be filled in" [ "$code" -eq 1 ]
wrong "a folder that is not empty is refused" "is not empty" other "$project"
ok "and is left as it was" [ ! -e "$project/driver/uapi/linux/other.h" ]

"$here/../package/sources.sh" "$tap_dir/changed"
sed -i 's/file_llseek/file_seek/' "$tap_dir/changed/driver/file.c"
run "$tap_dir/changed/userspace/new-driver/new-driver.sh" foo "$tap_dir/foo"
ok "sources that have changed under it are noticed" has "$code$err" \
	'1*file.c: there is no file_llseek*nothing was written'
ok "and nothing was written" [ -z "$(ls -A "$tap_dir/foo")" ]
"$here/../package/sources.sh" "$tap_dir/changed"
sed -i 's/ - shared/ - common/g' "$tap_dir/changed/driver/memory.c"
run "$tap_dir/changed/userspace/new-driver/new-driver.sh" foo "$tap_dir/foo"
ok "so is a line that is to be replaced" has "$code$err" '1*memory.c: there is no  - shared*nothing was written'

cat "$here"/../../driver/*.[ch] >"$tap_dir/driver"
run awk -f "${generate%/*}/align.awk" "$tap_dir/driver"
ok "what is aligned is left as it is" cmp "$tap_dir/out" "$tap_dir/driver"

unset MAKEFLAGS MAKELEVEL
# builds NAME: such a driver is written, and its module and its program build.
kdir=$2
builds() {
	"$generate" "$1" "$tap_dir/$1" && make -C "$tap_dir/$1" KDIR="$kdir" &&
		[ -e "$tap_dir/$1/build/module/$1.ko" ] && [ -x "$tap_dir/$1/build/$1" ]
}
for name in memory device abcdefghijklmnopqrstuvwx; do
	run builds $name
	ok "a driver '$name' builds, whatever the kernel's headers are called" [ "$code" -eq 0 ]
done
run make -C "$project" W=1 module KDIR="$2"
ok "its module builds" [ -e "$project/build/module/my_driver.ko" ]
ok "its module builds without a warning" [ "$code$err" = 0 ]
run make -C "$project" CFLAGS='-O2 -g -Werror' userspace
ok "its program and its tests build" [ "$code" -eq 0 ]
pack() {
	cd "$project" && tests/qemu/initramfs.sh build/initramfs build/module/my_driver.ko build
}
run pack
ok "its guest can be packed" [ "$code$err" = 0 ]
run make -C "$project" help
ok "make help lists its targets" has "$out" "all*module*userspace*test*shell*clean"
finish
