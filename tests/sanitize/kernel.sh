#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# kernel.sh sanitize|kcsan: prints a folder as tests/qemu/kernel.sh does, with a
# kernel built here from Debian's sources and the configuration beside this file.
# It is built once, in some minutes, and again when the configuration changes.
set -eu

name=$1
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmapdemo
dir=$cache/kernel-$name
case $name in
sanitize) fragments="$here/machine.config $here/kasan.config" ;;
kcsan) fragments="$here/machine.config $here/kcsan.config" ;;
esac

# shellcheck disable=SC2086 # several files
key=$(cat $fragments "$0" | cksum)
if [ "$(cat "$dir/key" 2>/dev/null)" = "$key" ]; then
	echo "$dir"
	exit 0
fi
"$here/../qemu/packages.sh" make gcc libc6-dev flex bison bc libelf-dev xz-utils cpio
tarball=$("$here/../qemu/source.sh")
work=$(mktemp -d "$cache/kernel-$name.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/source" "$work/out"
echo "mmapdemo: building the kernel '$name' (once, some minutes)" >&2

# All of Kconfig and the makefiles, but not the largest drivers, which are off.
tar -xJf "$tarball" -C "$work/source" --strip-components=1 --exclude='*/drivers/gpu/drm/*.[ch]' \
	--exclude='*/drivers/media/*.[ch]' --exclude='*/sound/*.[ch]' \
	--exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/drivers/net/wireless/*.[ch]'
cd "$work/source"
# shellcheck disable=SC2086 # several files
cat $fragments >"$work/fragment"

# make's ARCH says what the guest is; the kernel has other names for that.
unset ARCH MAKEFLAGS
# build TARGET...: the log is shown if it fails. The kernel's own data races are not
# ours to report: of a kernel with KCSAN only the driver is looked at.
build() {
	if ! make -j"$(nproc)" KBUILD_BUILD_TIMESTAMP=0 KCSAN_SANITIZE=n "$@" >"$work/log" 2>&1; then
		grep -E 'error:|undefined|No rule|\*\*\*' "$work/log" >&2 || tail -n 50 "$work/log" >&2
		echo "mmapdemo: the kernel '$name' does not build" >&2
		exit 1
	fi
}
build KCONFIG_ALLCONFIG="$work/fragment" allnoconfig
# An option whose conditions are not met is dropped in silence.
missing=$(grep -E '^CONFIG|^# CONFIG.* is not set' "$work/fragment" | grep -vxFf .config || true)
if [ -n "$missing" ]; then
	echo "mmapdemo: these options are not in effect:" >&2
	echo "$missing" >&2
	exit 1
fi
build bzImage modules
cp arch/x86/boot/bzImage "$work/out/vmlinuz"
# What a module is built against, and no more: the sources need not stay.
build KBUILD_RUN_COMMAND="scripts/package/install-extmod-build $work/out/headers" run-command
cp .config "$work/out/headers/"
cat include/config/kernel.release >"$work/out/release"
echo "$key" >"$work/out/key"
rm -rf "$dir"
mv "$work/out" "$dir"
echo "$dir"
