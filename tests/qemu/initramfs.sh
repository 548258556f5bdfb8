#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# initramfs.sh OUT MODULE BUILD: packs what the guest runs: busybox for the
# shell and the small tools, the real insmod, dd, cmp and xxd, the module, the
# tool, the library, the tests. No root needed: /init makes the device nodes.
set -eu

out=$1
module=$2
build=$3
here=$(dirname "$0")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/sbin" "$root/lib" "$root/lib64" "$root/proc" "$root/sys" "$root/dev" \
	"$root/tmp" "$root/root" "$root/etc" "$root/tests" "$root/usr/bin"
chmod 755 "$root"
chmod 1777 "$root/tmp"
printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
cp "$(command -v busybox)" "$root/bin/busybox"
for name in $("$root/bin/busybox" --list); do
	[ "$name" = busybox ] || ln -sf busybox "$root/bin/$name"
done

# A program with the shared libraries it needs, at the paths it looks for.
install_program() {
	rm -f "$2"
	cp -L "$1" "$2"
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | grep -v /libmmapdemo | while read -r lib; do
		mkdir -p "$root$(dirname "$lib")"
		[ -e "$root$lib" ] || cp -L "$lib" "$root$lib"
	done
}
# Our own library comes from the build; in the guest it is at home.
export LD_LIBRARY_PATH="$build/lib"
cp "$build"/lib/libmmapdemo.so.? "$root/lib/"
# The debugger's hand, where the tests want it.
if command -v gdbserver >/dev/null; then
	install_program "$(command -v gdbserver)" "$root/bin/gdbserver"
fi
# The shell is dash: busybox's would run its own tools whatever is on PATH.
rm -f "$root/bin/sh"
install_program /bin/dash "$root/bin/sh"
for tool in dd cmp xxd truncate timeout setpriv; do
	install_program "$(command -v $tool)" "$root/bin/$tool"
done
PATH=$PATH:/sbin:/usr/sbin
for tool in insmod rmmod lsmod modinfo; do
	rm -f "$root/bin/$tool"
	install_program "$(command -v $tool)" "$root/sbin/$tool"
done
install_program "$build/mmapdemo" "$root/bin/mmapdemo"
for test in "$build"/tests/device/* "$build"/tests/unit/* "$build"/tests/storm/* "$here"/../cli/*.sh \
	"$here"/../module/*.sh "$here"/../scenario/*.sh; do
	case $test in
	*'*'* | *.d) continue ;;
	*/device/*) install_program "$test" "$root/tests/device-${test##*/}" ;;
	*/storm/*) install_program "$test" "$root/tests/${test##*/}" ;;
	*/unit/*) install_program "$test" "$root/tests/unit-${test##*/}" ;;
	*/module/*) install_program "$test" "$root/tests/module-${test##*/}" ;;
	*/cli/*) install_program "$test" "$root/tests/cli-${test##*/}" ;;
	*) install_program "$test" "$root/tests/scenario-${test##*/}" ;;
	esac
done
cp "$here"/guest/* "$here/../suite.sh" "$here/../tap.sh" "$root/root/"
cp "$module" "$root/root/mmapdemo.ko"
mv "$root/root/init" "$root/init"
chmod +x "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$out"
