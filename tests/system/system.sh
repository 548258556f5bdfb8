#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# system.sh 12|13 BUILD: "make test-system": boots that Debian in QEMU, installs the
# packages of BUILD/deb there, and looks at what they make of it. Ends with "N passed,
# N failed"; exits 1 if any failed or did not run.
set -eu

here=$(dirname "$0")
build=$2
work=$build/system-$1
PATH=$PATH:/usr/sbin:/sbin
image=$("$here/image.sh" "$1")
rm -rf "$work"
mkdir -p "$work/tests/repo"

# An older version, to be upgraded: all that differs is what it is called.
older() {
	"$here/../package/sources.sh" "$work/older/mmapdemo"
	(
		cd "$work/older/mmapdemo"
		version=$(sed -n 's/^.define MMAPDEMO_VERSION "\(.*\)"/\1/p' driver/uapi/linux/mmapdemo.h)
		echo "$version" >../../tests/version
		sed -i "s/^\(.define MMAPDEMO_VERSION\) .*/\1 \"0.0.9\"/" driver/uapi/linux/mmapdemo.h
		sed -i "1s/$version/0.0.9/" debian/changelog
		sed -i 's/ 0\.1\.0$/ 0.0.9/' debian/libmmapdemo0.symbols
		unset ARCH MAKEFLAGS
		export DEB_BUILD_OPTIONS=noautodbgsym
		dpkg-buildpackage -us -uc -b
	) >"$work/older.log" 2>&1 || {
		cat "$work/older.log" >&2
		exit 1
	}
}

# What is installed lies on a second disk: packages, as a mirror has them, and the tests.
second_disk() {
	ln "$image"/repo/*.deb "$work/tests/repo/" 2>/dev/null || cp "$image"/repo/*.deb "$work/tests/repo/"
	cp "$build"/deb/*.deb "$work"/older/*.deb "$work/tests/repo/"
	(cd "$work/tests/repo" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null)
	cp "$here"/guest/* "$here/../tap.sh" "$here/../suite.sh" "$work/tests/"
	truncate -s 1G "$work/tests.img"
	mke2fs -q -t ext4 -d "$work/tests" "$work/tests.img"
}

# from_disk NAME: the file that the link /NAME on the disk means, as a boot loader would.
from_disk() {
	target=$(debugfs -R "stat /$1" "$work/disk.img" 2>/dev/null |
		sed -n 's/^Fast link dest: "\(.*\)"/\1/p')
	debugfs -R "dump /$target $work/$1" "$work/disk.img" 2>/dev/null
}

# boot STAGE SECONDS: boots what is on the disk and lets it run the suites of STAGE.
boot() {
	from_disk vmlinuz
	from_disk initrd.img
	: >"$work/$1.results"
	timeout "$2" qemu-system-x86_64 -accel tcg,thread=multi -cpu max,la57=off -m 2G -smp 2 \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$work/vmlinuz" -initrd "$work/initrd.img" \
		-append "root=/dev/vda rw console=ttyS0 hpet=disable mitigations=off \
panic_on_warn=1 oops=panic panic=-1 stage=$1" \
		-drive "file=$work/disk.img,format=raw,if=virtio,cache=unsafe" \
		-drive "file=$work/tests.img,format=raw,if=virtio,readonly=on" \
		-serial "file:$work/$1.console" -serial "file:$work/$1.results" </dev/null &
	qemu=$!
	tail -n +1 -s 0.2 -f --pid=$qemu "$work/$1.results"
}

trap 'rm -f "$work/disk.img"' EXIT
trap 'exit 130' INT TERM
start=$(date +%s)
older
second_disk
cp --sparse=always "$image/disk.img" "$work/disk.img"
echo "Booting Debian $1 in QEMU, twice. Its console is in $work."
code=0 qemu=
{
	trap 'kill $qemu 2>/dev/null || true' EXIT
	trap 'exit 130' INT TERM
	boot install 7200
	boot reboot 3600
} | awk -v streams=2 -v verbose="${V:+1}" -f "$here/../report.awk" || code=1
seconds=$(($(date +%s) - start))
echo "(that took $((seconds / 60)) min $((seconds % 60)) s)" >&2
exit $code
