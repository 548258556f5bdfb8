#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# system.sh 12|13 BUILD: "make test-system": boots that Debian in QEMU, installs the
# packages of BUILD/deb there, and looks at what they make of it. Each part is a boot, of
# the disk that the part before it left. ONLY=kernel runs the parts that begin so, and of
# those before only what never passed. After a part that failed no other is tried. Ends
# with the time of each and "N passed, N failed"; exits 1 if any failed or did not run.
set -eu

here=$(dirname "$0")
build=$2
work=$(realpath "$build")/system-$1
parts=' refused install users upgrade signed kernel reboot purge source '
image=$("$here/image.sh" "$1")

# An older version, to be upgraded: all that differs is what it is called.
older() {
	newer=$(cd "$here/../.." && find Kbuild Makefile dkms.conf.in debian driver userspace \
		-newer "$work/older/version" 2>/dev/null || echo all)
	[ -n "$newer" ] || return 0
	rm -rf "$work/older"
	"$here/../package/sources.sh" "$work/older/mmapdemo"
	(
		cd "$work/older/mmapdemo"
		version=$(sed -n 's/^.define MMAPDEMO_VERSION "\(.*\)"/\1/p' driver/uapi/linux/mmapdemo.h)
		sed -i "s/^\(.define MMAPDEMO_VERSION\) .*/\1 \"0.0.9\"/" driver/uapi/linux/mmapdemo.h
		sed -i "1s/$version/0.0.9/" debian/changelog
		sed -i 's/ 0\.1\.0$/ 0.0.9/' debian/libmmapdemo0.symbols
		unset ARCH MAKEFLAGS
		export DEB_BUILD_OPTIONS=noautodbgsym
		dpkg-buildpackage -us -uc -b
		echo "$version" >../version
	) >"$work/older.log" 2>&1 || {
		cat "$work/older.log" >&2
		exit 1
	}
}

# What is installed lies on a second disk: packages, as a mirror has them, and the tests.
second_disk() {
	rm -rf "$work/tests"
	mkdir -p "$work/tests/repo"
	ln "$image"/repo/*.deb "$work/tests/repo/" 2>/dev/null || cp "$image"/repo/*.deb "$work/tests/repo/"
	cp "$build"/deb/*.deb "$work"/older/*.deb "$work/tests/repo/"
	(cd "$work/tests/repo" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null)
	cp "$build/mmapdemo-$(cat "$work/older/version").tar.gz" "$work/tests/"
	cp "$work/older/version" "$here"/guest/* "$here/../tap.sh" "$here/../suite.sh" "$work/tests/"
	rm -f "$work/tests.img"
	truncate -s 2G "$work/tests.img"
	mke2fs -q -t ext4 -d "$work/tests" "$work/tests.img"
}

# boot PART BEFORE: boots the disk that BEFORE left, as a boot loader would, for PART.
boot() {
	dir=$work/$1 disk=$2/disk format=qcow2 more=
	if [ "$2" = "$image" ]; then
		disk=$image/disk.img format=raw
	fi
	# Of a kernel that wants signatures: the one who starts it says so.
	[ "$1" != signed ] || more=module.sig_enforce=1
	# What was built upon it falls with it.
	for later in $1 ${parts#* "$1" }; do
		rm -rf "${work:?}/$later"
	done
	mkdir "$dir"
	: >"$dir/results"
	tar -xf "$2/boot" -C "$dir"
	truncate -s 256M "$dir/boot"
	qemu-img create -q -f qcow2 -b "$disk" -F $format "$dir/changing"
	timeout 4000 qemu-system-x86_64 -accel tcg,thread=multi -cpu qemu64 -m 2G -smp 2 \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$dir/vmlinuz" -initrd "$dir/initrd.img" \
		-append "root=/dev/vda rw console=ttyS0 hpet=disable mitigations=off norandmaps cryptomgr.notests \
panic_on_warn=1 oops=panic panic=-1 part=$1 $more" \
		-drive "file=$dir/changing,format=qcow2,if=virtio,cache=unsafe" \
		-drive "file=$work/tests.img,format=raw,if=virtio,readonly=on" \
		-drive "file=$dir/boot,format=raw,if=virtio,cache=unsafe" \
		-serial "file:$dir/console" -serial "file:$dir/results" </dev/null &
	qemu=$!
	tail -n +1 -s 0.2 -f --pid=$qemu "$dir/results"
	qemu=
	rm "$dir/vmlinuz" "$dir/initrd.img"
	! grep -q '^ *not ok' "$dir/results" && grep -q '^# end' "$dir/results" &&
		mv "$dir/changing" "$dir/disk"
}

start=$(date +%s)
mkdir -p "$work"
older

# What is asked for, and what that stands on, if no test of these packages has passed it.
todo='' needed=''
for part in $parts; do
	asked=
	case $part in
	"${ONLY:-}"*) asked=1 ;;
	esac
	passed=$(find "$work/$part/disk" -newer "$image/disk.img" -newer "$work/older/version" \
		2>/dev/null || true)
	if [ "$asked$needed" ] || [ -z "$passed" ]; then
		needed="$needed $part"
	fi
	[ -z "$asked" ] || todo=$needed
done
if [ -z "$todo" ]; then
	echo "mmapdemo: ONLY=$ONLY: choose of$parts" >&2
	exit 1
fi

second_disk
: >"$work/times"
echo "Booting Debian $1 in QEMU for:$todo. Their consoles are in $work/PART."
code=0 qemu=
{
	trap 'kill $qemu 2>/dev/null || true' EXIT
	trap 'exit 130' INT TERM
	before=$image
	for part in $parts; do
		case "$todo " in
		*" $part "*)
			echo "  booting for: $part" >&2
			began=$(date +%s)
			boot "$part" "$before" || true
			echo "$part $(($(date +%s) - began))" >>"$work/times"
			[ -e "$work/$part/disk" ] || break
			;;
		esac
		before=$work/$part
	done
} | awk -v streams="$(echo "$todo" | wc -w)" -v verbose="${V:+1}" -f "$here/../report.awk" || code=1
awk '{ printf "  %-8s %5d s\n", $1, $2; all += $2 } END { printf "  %-8s %5d s\n", "all", all }' "$work/times"
seconds=$(($(date +%s) - start))
echo "(that took $((seconds / 60)) min $((seconds % 60)) s)" >&2
exit $code
