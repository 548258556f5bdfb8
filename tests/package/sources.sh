#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# sources.sh DIR: copies what belongs to the sources to DIR: what git knows of, or, in a
# tree that came without git, all but build/.
set -eu

mkdir -p "$1"
dir=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
list=$(mktemp)
trap 'rm -f "$list"' EXIT
if [ -e .git ]; then
	git ls-files -z >"$list"
else
	find . -path ./build -prune -o ! -type d -print0 >"$list"
fi
tar -c --null --no-recursion --files-from "$list" | tar -x -C "$dir"
