#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# html.sh DIR: the manual as HTML in DIR, with an index. References to other manuals point to
# Debian's. Prints each link that leads nowhere, and exits 1 if there is one.
set -eu

mkdir -p "$1"
dir=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
man=$PWD/userspace/man
rm -f "$dir"/*
cp docs/style.css docs/bench.svg docs/who-maps-what.svg "$dir"

# heading TITLE SECTION...: a part of the index, with what the pages say of themselves.
heading() {
	echo "<h2>$1</h2>"
	echo '<dl>'
	shift
	for section in "$@"; do
		for page in "$man"/*."$section"; do
			[ -e "$page" ] || continue
			file=${page##*/}
			text=$(sed -n 's/^\.Nd //p' "$page" | sed 's/&/\&amp;/g; s/</\&lt;/g')
			echo "<dt><a href=\"$file.html\">${file%.*}($section)</a></dt><dd>$text</dd>"
		done
	done
	echo '</dl>'
}

# What exists is linked; each function of the library is found by its name.
for page in "$man"/*.[1-9]; do
	file=${page##*/}
	: >"$dir/$file.html"
	sed -n 's/^\.Nm \(mmapdemo[-_][a-z_-]*\).*/\1/p' "$page" | while read -r name; do
		[ "$name.${file##*.}" = "$file" ] || ln -sf "$file.html" "$dir/$name.${file##*.}.html"
	done
done
for page in "$man"/*.[1-9]; do
	file=${page##*/}
	(cd "$dir" && mandoc -Thtml \
		-O 'style=style.css,man=%N.%S.html;https://manpages.debian.org/%N.%S' "$page" >"$file.html")
done

{
	echo '<!DOCTYPE html>'
	echo '<html lang="en"><head><meta charset="utf-8"><title>mmapdemo</title>'
	echo '<meta name="viewport" content="width=device-width, initial-scale=1">'
	echo '<link rel="stylesheet" href="style.css"></head><body class="index">'
	echo '<h1>mmapdemo</h1>'
	echo '<p>Memory that a Linux driver and programs share.</p>'
	echo '<p><img src="who-maps-what.svg" alt="Who maps what"></p>'
	heading 'The tool' 1
	heading 'The driver' 4 9
	heading 'The library' 3
	heading 'Background and formats' 5 7
	echo '<h2>Speed</h2>'
	echo '<p><img src="bench.svg" alt="Instructions for one operation, beside the usual way"></p>'
	echo '</body></html>'
} >"$dir/index.html"

cd "$dir"
for file in *.html; do
	grep -oE '(href|src)="[^"]*"' "$file" | sed -E 's/^[a-z]+="(.*)"$/\1/' | grep -v '^https:' |
		sort -u | while read -r link; do
		target=${link%%#*}
		[ -s "${target:-$file}" ] || echo "$file: $link: no such file"
		case $link in
		*'#'*) grep -qF "id=\"${link#*#}\"" "${target:-$file}" || echo "$file: $link: no such place" ;;
		esac
	done
done >dead
if [ -s dead ]; then
	cat dead
	exit 1
fi
rm dead
