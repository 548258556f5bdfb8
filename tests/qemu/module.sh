#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# module.sh KDIR OUT [FOLDER...]: builds OUT/mmapdemo.ko against the kernel headers
# in KDIR, then the modules in each FOLDER of the sources, which use its symbols.
# In a copy of the sources, so that one tree serves several kernels and stays
# clean. W=1 and C=1 are passed on; V=1 shows the commands. The compiler is the one
# that built the kernel, or MODULE_CC, or what MODULE_LLVM (1, or -14, say) selects.
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
# The headers know their architecture; make's ARCH says what the guest is. CC and LLVM may
# be meant for programs: what is meant for the module has names of its own.
unset ARCH MAKEFLAGS LLVM
release=$(make -s -C "$kdir" kernelversion 2>/dev/null || true)
case $release in
[1-5].* | 6.0 | 6.0[!0-9]*)
	echo "mmapdemo: the headers in $kdir are of kernel $release, which is too old: the module needs 6.1" >&2
	exit 1
	;;
esac

# kernel_config NAME: what the headers say that the kernel was built with.
kernel_config() {
	sed -n "s/^CONFIG_$1=\"\{0,1\}\([^\"]*\).*/\1/p" "$kdir/include/config/auto.conf" 2>/dev/null ||
		true # the kernel's build says what is missing
}

# clang with the version of the kernel's, or whichever there is, and the same for its linker.
select_clang() {
	version=$(kernel_config CLANG_VERSION)
	version=${version%????}
	suffix=-$version
	command -v "clang$suffix" >/dev/null || suffix=
	wanted=clang$suffix
	[ -z "$(kernel_config LD_IS_LLD)" ] || wanted="$wanted ld.lld$suffix llvm-ar$suffix"
	for program in $wanted; do
		command -v "$program" >/dev/null && continue
		echo "mmapdemo: the kernel of these headers was built by $built_by; here is no $program" >&2
		echo "On Debian: sudo apt-get install clang-$version lld-$version llvm-$version" >&2
		echo "Another compiler: make module CC=..., or LLVM=..." >&2
		exit 1
	done
	case $wanted in
	*lld*) MODULE_LLVM=${suffix:-1} ;;
	*) MODULE_CC=$wanted ;;
	esac
}

built_by=$(kernel_config CC_VERSION_TEXT)
asked_for="${MODULE_CC:+CC=$MODULE_CC }${MODULE_LLVM:+LLVM=$MODULE_LLVM }"
if [ -z "$asked_for" ] && [ -n "$(kernel_config CC_IS_CLANG)" ]; then
	select_clang
fi
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
set -- ${MODULE_CC:+"CC=$MODULE_CC"} ${MODULE_LLVM:+"LLVM=$MODULE_LLVM"} \
	${W:+"W=$W"} ${C:+"C=$C"} ${V:+"V=$V"} modules
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
	[ -z "$asked_for" ] ||
		echo "mmapdemo: ${asked_for}was asked for; the kernel was built by ${built_by:-another}" >&2
	exit 1
fi
if [ -n "${V:-}" ]; then
	cat "$log"
fi
# Warnings are for the person who builds, not only for a log.
grep -E 'warning|error' "$log" >&2 || true
