#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# update.sh [--check]: brings each translation up to date with the texts of the tool. New texts
# come without a translation, texts that are gone are dropped. With --check it changes nothing:
# it prints the texts that are new, gone, not translated or of another format, and exits 1
# if there are any.
set -eu

cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# collect OPTION...: the texts that these options find. Of a function with two texts xgettext(1)
# takes one at a time.
collect() {
	# shellcheck disable=SC2046 # one word per file
	xgettext --from-code=UTF-8 --package-name=mmapdemo --no-location --output="$work/new.pot" "$@" \
		$(git ls-files 'userspace/cli/scenario.c' 'userspace/cli/scenario/*.c')
}
collect --keyword=_ --keyword=N_ --keyword=tell:3 --keyword=sight:4
collect --join-existing --keyword=tell:2 --keyword=sight:2 --keyword=sight_text:2 --keyword=show:2
for translation in userspace/po/*.po; do
	msgmerge --quiet --no-fuzzy-matching --no-location --output-file="$work/new.po" \
		"$translation" "$work/new.pot"
	msgattrib --no-obsolete --output-file="$work/new.po" "$work/new.po"
	if [ "${1-}" != --check ]; then
		cp "$work/new.po" "$translation"
		continue
	fi
	# The date of the texts is no difference.
	for file in "$translation" "$work/new.po"; do
		grep -v '^"POT-Creation-Date: ' "$file" >"$work/compared.$(basename "$file")"
	done
	diff "$work/compared.$(basename "$translation")" "$work/compared.new.po" || exit 1
	msgattrib --untranslated --no-wrap "$work/new.po" | grep '^msgid "..*"' && exit 1
	msgfmt --check --output-file=/dev/null "$translation" || exit 1
done
