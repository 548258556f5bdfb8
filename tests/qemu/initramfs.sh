#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# initramfs.sh OUT MODULE BUILD [bench]: packs what the guest runs: busybox for the
# shell and the small tools, the real insmod, dd, cmp, xxd, echo and cat, the module, the
# tool, the library, the tests, or instead of them the benchmarks. No root needed:
# /init makes the device nodes.
set -eu

out=$1
module=$2
build=$3
programs=${4:-tests}
here=$(dirname "$0")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# What comes from Debian is taken from here.
case ${ARCH:-amd64} in
amd64) system='' triplet=x86_64-linux-gnu ;;
arm64) system=$build/sysroot triplet=aarch64-linux-gnu ;;
esac

mkdir -p "$root/bin" "$root/sbin" "$root/lib" "$root/proc" "$root/sys" "$root/dev" \
	"$root/manual" "$root/examples" "$root/readme" "$root/loops" \
	"$root/tmp" "$root/root" "$root/etc" "$root/tests" "$root/bench" "$root/usr/bin"
ln -s lib "$root/lib64"
chmod 755 "$root"
chmod 1777 "$root/tmp"
printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"

# first FILE...: the first one that exists.
first() {
	for file in "$@"; do
		if [ -e "$file" ]; then
			echo "$file"
			return
		fi
	done
	echo "mmapdemo: none of these exists: $*" >&2
	exit 1
}

# A program and the shared libraries that it needs, which go to /lib.
install_program() {
	rm -f "$2"
	cp -L "$1" "$2"
	readelf -ld "$1" 2>/dev/null |
		sed -nE 's/.*(NEEDED|interpreter).*[[/ ]([^]/ ]+)\]$/\2/p' | while read -r name; do
		[ -e "$root/lib/$name" ] || install_program "$(first "$build/lib/$name" \
			"$system/lib/$triplet/$name" "$system/usr/lib/$triplet/$name")" "$root/lib/$name"
	done
}
install_tool() {
	install_program "$(first "$system/bin/$1" "$system/usr/bin/$1")" "$root/bin/${2:-$1}"
}

# install_modules FILE...: without debugging information, megabytes that each load would read.
install_modules() {
	for file in "$@"; do
		"$triplet-strip" -g -o "$root/root/${file##*/}" "$file"
	done
}

# install_python MODULE...: Python with these of its modules, and what they need in turn: this
# machine's Python tells, which is as old as the guest's. Compiled, at which a guest is slow.
install_python() {
	install_tool python3
	/usr/bin/python3 -ISc 'import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
for module in sys.modules.values():
    print(getattr(module, "__file__", ""))' "$@" | sed "/^\/usr\/lib\/python3\./!d; s/x86_64-linux-gnu/$triplet/" |
		while read -r file; do
			mkdir -p "$root${file%/*}"
			cp "$system$file" "$root$file"
		done
	/usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash "$root/usr/lib"
}

install_tool busybox
for name in $(busybox --list); do
	[ "$name" = busybox ] || ln -sf busybox "$root/bin/$name"
done
# The shell is dash: busybox's would run its own tools whatever is on PATH.
install_tool dash sh
for tool in dd cmp xxd truncate timeout setpriv kmod echo cat; do
	install_tool $tool
done
for tool in insmod rmmod lsmod modinfo; do
	ln -sf kmod "$root/bin/$tool"
done
install_program "$build/mmapdemo" "$root/bin/mmapdemo"
# Its translations; and the one locale that it needs for them.
mkdir -p "$root/share" "$root/usr/lib/locale"
cp -R "$build/locale" "$root/share/locale"
cp -R /usr/lib/locale/C.utf8 "$root/usr/lib/locale/"
case $programs in
tests)
	# Engines: modules beside the driver.
	install_modules "${module%/*}"/tests/engine/*.ko "${module%/*}"/userspace/examples/engine/*.ko
	# For event loops, where the tests of them are: a demo wants none.
	if [ -e "$build/tests/loops/watch" ]; then
		install_python site mmap select subprocess fcntl asyncio
		install_tool socat
	fi
	# The debugger's hand, where the tests want it.
	if [ -e "$system/usr/bin/gdbserver" ]; then
		install_tool gdbserver
	fi
	set -- "$build"/tests/device/* "$build"/tests/unit/* "$build"/tests/storm/* \
		"$build"/tests/manual/* "$here"/../manual/manual.sh \
		"$here"/../manual/session.awk "$here"/../../userspace/man/*.[1-9] \
		"$build"/examples/* "$here"/../examples/examples.sh \
		"$build"/tests/readme/* "$here"/../readme/readme.sh "$here"/../readme/compare.awk \
		"$build"/tests/loops/* "$here"/../loops/*.sh "$here"/../loops/*.py \
		"$here"/../cli/*.sh "$here"/../module/*.sh "$here"/../scenario/*.sh \
		"$here"/../threads/threads.sh "$build"/tests/threads/*
	;;
bench) set -- "$build"/tests/bench/* ;;
esac
for test in "$@"; do
	case $test in
	*'*'* | *.d | *.c) continue ;;
	*/bench/*) install_program "$test" "$root/bench/${test##*/}" ;;
	*/device/*) install_program "$test" "$root/tests/device-${test##*/}" ;;
	*/storm/*) install_program "$test" "$root/tests/${test##*/}" ;;
	*/examples.sh) install_program "$test" "$root/tests/${test##*/}" ;;
	*/examples/*) install_program "$test" "$root/examples/${test##*/}" ;;
	*/readme/*.sh) install_program "$test" "$root/tests/${test##*/}" ;;
	*/readme/*) install_program "$test" "$root/readme/${test##*/}" ;;
	*/manual/*.sh) install_program "$test" "$root/tests/unit-${test##*/}" ;;
	*/manual/* | */man/*) install_program "$test" "$root/manual/${test##*/}" ;;
	*/loops/*.sh) install_program "$test" "$root/tests/${test##*/}" ;;
	*/loops/*) install_program "$test" "$root/loops/${test##*/}" ;;
	*/threads/*.sh) install_program "$test" "$root/tests/unit-${test##*/}" ;;
	*/threads/*) install_program "$test" "$root/root/${test##*/}" ;;
	*/unit/*) install_program "$test" "$root/tests/unit-${test##*/}" ;;
	*/module/*) install_program "$test" "$root/tests/module-${test##*/}" ;;
	*/cli/*) install_program "$test" "$root/tests/cli-${test##*/}" ;;
	*) install_program "$test" "$root/tests/scenario-${test##*/}" ;;
	esac
done
cp "$here"/guest/* "$here/../suite.sh" "$here/../tap.sh" "$root/root/"
install_modules "$module"
mv "$root/root/init" "$root/init"
chmod +x "$root/init"
# The same bytes for the same files: where things lie in memory, figures depend on it.
find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$out"
