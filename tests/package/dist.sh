#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# dist.sh VERSION BUILD: "make dist": BUILD/mmapdemo-VERSION.tar.gz, the same bytes for
# the same sources.
set -eu

name=mmapdemo-$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$(dirname "$0")/sources.sh" "$work/$name"
mkdir -p "$2"
tar -c --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u+w,go=rX \
	-C "$work" "$name" | gzip -n9 >"$2/$name.tar.gz"
echo "  built   $2/$name.tar.gz"
