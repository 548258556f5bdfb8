#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# deb.sh BUILD: "make deb": builds Debian's packages in a copy of the sources, as anybody
# would who has them, into BUILD/deb, and asks lintian what it thinks of them.
set -eu

out=$1/deb
log=$1/deb.log
rm -rf "$out"
# Four packages, without those of symbols for debuggers.
export DEB_BUILD_OPTIONS=noautodbgsym
"$(dirname "$0")/sources.sh" "$out/mmapdemo"
if ! (cd "$out/mmapdemo" && unset ARCH MAKEFLAGS && dpkg-buildpackage -us -uc -b) >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
# What is no more than a hint stays unsaid.
lintian --fail-on warning,error --allow-root "$out"/*.changes
for deb in "$out"/*.deb; do
	echo "  built   $deb"
done
