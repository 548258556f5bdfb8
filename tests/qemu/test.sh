#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test.sh KERNEL BUILD: "make test": the unit tests here, then everything in the
# guest. Ends with "N passed, N failed"; exits 1 if any failed or did not run.
set -eu

here=$(dirname "$0")
. "$here/guest.sh"
guest_prepare "$1" "$2"
build=$(cd "$2" && pwd)
# Another kernel's tests may run beside these.
new_driver=$build/new-driver-$1
rm -rf "$new_driver"
# SOAK=1 makes some tests do ten times as much.
times=${SOAK:+10}
times=${times:-1}

# suite NAME SECONDS COMMAND...: if ONLY wants it.
suite() {
	case $1 in
	"${ONLY:-}"*) ;;
	*) return ;;
	esac
	number=$((number + 1))
	LD_LIBRARY_PATH=$build/lib PATH=$build:$PATH sh "$here/../suite.sh" $number "$@"
}

# These need no kernel of ours.
natively() {
	echo "# begin this machine, without the driver"
	number=0
	for test in "$build"/tests/unit/*; do
		case $test in
		*.d) continue ;;
		esac
		suite "unit-${test##*/}" $((60 * times)) "$test"
	done
	suite unit-manual 300 sh "$here/../manual/manual.sh" "$build/tests/manual" \
		"$here/../tap.sh" "$here/../../userspace/man" "$here/../manual/session.awk"
	suite pages 300 sh "$here/../manual/pages.sh" "$build/mmapdemo"
	suite readme-text 60 sh "$here/../readme/text.sh"
	suite completions 300 sh "$here/../install/completions.sh" "$build/mmapdemo"
	suite examples 60 sh "$here/../examples/examples.sh" "$build/examples" "$here/../tap.sh"
	suite new-driver 300 sh "$here/../new-driver/generate.sh" "$new_driver" "$kernel/headers"
	suite install 60 sh "$here/../install/install.sh"
	suite dist 300 sh "$here/../install/dist.sh"
	echo "1..$number"
	echo "# end"
}

# The driver that one of these has made goes into the guest, too. Its libraries are there.
pack_new_driver() {
	project=$new_driver/build
	extra=$(mktemp -d)
	chmod 755 "$extra"
	mkdir -p "$extra/bin" "$extra/root" "$extra/tests" "$extra/new-driver/device"
	cp "$project/module/my_driver.ko" "$extra/root/"
	cp "$project/my_driver" "$extra/bin/"
	cp "$project/../tests/module/load.sh" "$extra/new-driver/"
	cp "$project"/tests/device/* "$extra/new-driver/device/"
	cp "$here/../new-driver/guest.sh" "$extra/tests/new-driver.sh"
	(cd "$extra" && find . | cpio --quiet -o -H newc -R 0:0) >>"$initramfs"
	rm -rf "$extra"
}

# This machine's programs; those for another architecture run in the guest only.
if [ "${ARCH:-amd64}" = amd64 ]; then
	streams=2
else
	streams=1
fi
code=0
{
	[ $streams -eq 1 ] || natively
	[ ! -e "$new_driver/build/my_driver" ] || pack_new_driver
	"$here/boot.sh" "$kernel" "$initramfs" test $((1800 * times + 2 * ${STORM_SECONDS:-10})) || true
} | awk -v streams=$streams -v verbose="${V:+1}" -f "$here/../report.awk" || code=1
if [ $code -ne 0 ]; then
	echo "(the guest's console is in $initramfs.test.console)" >&2
fi
exit $code
