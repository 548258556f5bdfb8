#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# image.sh 12|13: prints a folder with that Debian, ready to boot: "disk.img" with a
# kernel, systemd, udev, initramfs-tools and DKMS, but no kernel headers; "boot", a tar of
# its kernel and initramfs; and "repo" with the packages that the tests install there:
# headers, for Debian 12 a second kernel, and what "make" wants.
# Made once, in the cache; later runs find it there. Remove it to get newer packages.
set -eu

case $1 in
12) suite=bookworm second=6.12 ;;
13) suite=trixie second= ;;
*)
	echo "mmapdemo: DEBIAN=$1: choose 12 or 13" >&2
	exit 1
	;;
esac
here=$(dirname "$0")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmapdemo
dir=$cache/system-$1

# What made it says what is in it.
if cmp -s "$0" "$dir/image.sh"; then
	echo "$dir"
	exit 0
fi
mkdir -p "$cache"
work=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "mmapdemo: making an image of Debian $1 (once, about 400 MB to download)" >&2

. "$here/../qemu/debian.sh"
(
	apt_lists "$work/apt"
	mirrors $suite
) >"$work/sources.list"
# mmdebstrap may run its hooks as another user.
mkdir -m 777 "$work/out"
chmod 711 "$work"

cat >"$work/out/mmapdemo-test.service" <<'UNIT'
[Unit]
Description=Tests of mmapdemo
After=systemd-modules-load.service

[Service]
ExecStart=/bin/sh -c 'mount -o ro /dev/vdb /mnt && exec sh /mnt/run'
StandardOutput=file:/dev/ttyS1
StandardError=inherit

[Install]
WantedBy=multi-user.target
UNIT
# The tests find all they install at /mnt, without a network, and nothing wakes up by itself.
cat >"$work/out/hook" <<'HOOK'
set -eu
root=$1 out=$2 second=$3
in_root() { chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@"; }
in_root apt-get clean
in_root apt-get install -y --no-install-recommends --download-only linux-headers-amd64 libjson-c5 \
	libjson-c-dev libc6-dev
[ -z "$second" ] || in_root apt-get install -y --no-install-recommends --download-only \
	"linux-image-$second-amd64" "linux-headers-$second-amd64"
cp "$root"/var/cache/apt/archives/*.deb "$out/repo/"
in_root apt-get clean
rm -rf "$root"/var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/mnt/repo ./' >"$root/etc/apt/sources.list"
echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
echo debian >"$root/etc/hostname"
# An emulated CPU is slow, and the disk need not survive a loss of power.
printf 'MODULES=dep\nCOMPRESS=zstd\nCOMPRESSLEVEL=1\n' >"$root/etc/initramfs-tools/conf.d/test"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/test"
cp "$out/mmapdemo-test.service" "$root/etc/systemd/system/"
in_root systemctl enable mmapdemo-test.service
in_root systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
	e2scrub_reap.service getty.target
# As it is without /proc and the like, which are mounted there now.
mkdir "$out/tree"
unshare --mount sh -ec 'mount --bind "$1" "$2/tree" &&
	mke2fs -q -t ext4 -E root_owner=0:0 -d "$2/tree" "$2/disk.img" 6G' sh "$root" "$out"
tar -chf "$out/boot" -C "$root" vmlinuz initrd.img
chmod 666 "$out/disk.img" "$out/boot" "$out"/repo/*
HOOK
mkdir -m 777 "$work/out/repo"
if ! mmdebstrap --variant=apt --format=null \
	--include=linux-image-amd64,systemd-sysv,udev,initramfs-tools,zstd,kmod,dkms,gcc,openssl,e2fsprogs,passwd \
	--customize-hook="sh $work/out/hook \"\$1\" $work/out '$second'" \
	$suite /dev/null "$work/sources.list" >"$work/log" 2>&1; then
	cat "$work/apt/log" "$work/log" >&2
	exit 1
fi
# xz takes minutes there to unpack a kernel.
for deb in "$work"/out/repo/*.deb; do
	mkdir "$work/deb"
	(
		cd "$work/deb"
		ar x "$deb"
		xz -d control.tar.xz data.tar.xz
		zstd -q1 control.tar data.tar
		rm "$deb"
		ar rc "$deb" debian-binary control.tar.zst data.tar.zst
	)
	rm -r "$work/deb"
done
mkdir "$work/done"
mv "$work/out/disk.img" "$work/out/boot" "$work/out/repo" "$work/done/"
cp "$0" "$work/done/image.sh"
rm -rf "$dir"
mv "$work/done" "$dir"
echo "$dir"
