#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# module.sh KDIR OUT [FOLDER...]: builds OUT/mmapdemo.ko against the kernel headers
# in KDIR, then the modules in each FOLDER of the sources, which use its symbols.
# In a copy of the sources, so that one tree serves several kernels and stays
# clean. W=1 and C=1 are passed on; V=1 shows the commands.
set -eu

kdir=$1
out=$2
shift 2
folders=$*
root=$(cd "$(dirname "$0")/../.." && pwd)

if [ ! -e "$kdir/Makefile" ]; then
	echo "mmapdemo: no kernel headers in $kdir" >&2
	echo "For the running kernel: sudo apt-get install linux-headers-$(uname -r)" >&2
	echo "For another: make module KDIR=/path/to/headers" >&2
	exit 1
fi
# The headers know their architecture; make's ARCH says what the guest is.
unset ARCH MAKEFLAGS
release=$(make -s -C "$kdir" kernelversion 2>/dev/null || true)
case $release in
[1-5].* | 6.0 | 6.0[!0-9]*)
	echo "mmapdemo: the headers in $kdir are of kernel $release, which is too old: the module needs 6.1" >&2
	exit 1
	;;
esac
mkdir -p "$out"
out=$(cd "$out" && pwd)
case $out in
*[[:space:]]*)
	echo "mmapdemo: the kernel's build takes no path with a space in it: $out" >&2
	exit 1
	;;
esac
cp -Rpu "$root/Kbuild" "$root/driver" "$out/"
for folder in $folders; do
	mkdir -p "$out/$folder"
	cp -Rpu "$root/$folder/." "$out/$folder/"
done
log=$out/build.log
set -- ${W:+"W=$W"} ${C:+"C=$C"} ${V:+"V=$V"} modules
chroot=$(dirname "$kdir")/root

# build FOLDER ARGUMENT...: Headers from a chroot are used in that chroot. The mounts
# end with the command.
build() {
	if [ -d "$chroot" ]; then
		# shellcheck disable=SC2016 # for the inner shell
		unshare --mount sh -ec 'root=$1 out=$2 kdir=$3 folder=$4
			shift 4
			mount -t proc proc "$root/proc"
			mount --bind "$out" "$root/mnt"
			exec chroot "$root" make -C "$kdir" M="/mnt$folder" \
				${folder:+KBUILD_EXTRA_SYMBOLS=/mnt/Module.symvers} "$@"' \
			sh "$chroot" "$out" "/${kdir_link#root/}" "$@"
	else
		folder=$1
		shift
		make -C "$kdir" M="$out$folder" \
			${folder:+"KBUILD_EXTRA_SYMBOLS=$out/Module.symvers"} "$@"
	fi
}
build_all() {
	build '' "$@" || return
	for each in $folders; do
		build "/$each" "$@" || return
	done
}

kdir_link=$(readlink "$kdir" || true)
if ! build_all "$@" >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
if [ -n "${V:-}" ]; then
	cat "$log"
fi
# Warnings are for whoever builds, not only for a log.
grep -E 'warning|error' "$log" >&2 || true
