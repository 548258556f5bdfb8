#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test.sh KERNEL BUILD: "make test": the unit tests here, then everything in the
# guest. Ends with "N passed, N failed"; exits 1 if any failed or did not run.
set -eu

here=$(dirname "$0")
. "$here/guest.sh"
guest_prepare "$1" "$2"
build=$2

# These need no kernel of ours.
natively() {
	echo "# begin this machine, without the driver"
	number=0
	for test in "$build"/tests/unit/*; do
		case $test in
		*.d) continue ;;
		esac
		number=$((number + 1))
		LD_LIBRARY_PATH=$build/lib sh "$here/../suite.sh" $number "unit-${test##*/}" 60 "$test"
	done
	number=$((number + 1))
	LD_LIBRARY_PATH=$build/lib PATH=$(cd "$build" && pwd):$PATH \
		sh "$here/../suite.sh" $number unit-manual 300 sh "$here/../manual/manual.sh" \
		"$build/tests/manual" "$here/../tap.sh" "$here/../../userspace/man" \
		"$here/../manual/session.awk"
	number=$((number + 1))
	sh "$here/../suite.sh" $number pages 300 sh "$here/../manual/pages.sh" "$build/mmapdemo"
	number=$((number + 1))
	sh "$here/../suite.sh" $number completions 300 \
		sh "$here/../install/completions.sh" "$build/mmapdemo"
	number=$((number + 1))
	sh "$here/../suite.sh" $number install 60 sh "$here/../install/install.sh"
	number=$((number + 1))
	sh "$here/../suite.sh" $number dist 300 sh "$here/../install/dist.sh"
	echo "1..$number"
	echo "# end"
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
	"$here/boot.sh" "$kernel" "$initramfs" test $((1800 + 2 * ${STORM_SECONDS:-10})) || true
} | awk -v streams=$streams -v verbose="${V:+1}" -f "$here/../report.awk" || code=1
if [ $code -ne 0 ]; then
	echo "(the guest's console is in $initramfs.test.console)" >&2
fi
exit $code
