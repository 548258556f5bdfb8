#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# readme.sh: what README.md tells a reader to type, in one shell and in its order, prints
# what README.md shows. In the guest, with the driver.
. /root/tap.sh
cp /readme/* "$tap_dir"
cd "$tap_dir" || exit

run ./say
ok "README's program says what is missing" \
	[ "$code $err" = '1 say: No such file or directory' ]
env -u LC_ALL -u LC_MESSAGES LANG=C timeout 120 sh -v commands </dev/null >printed 2>&1
run awk -f compare.awk session printed
ok "README's commands print what it shows" [ "$code" -eq 0 ]
mmapdemo rm news
mmapdemo rm chat
ok "nothing is left in /dev" [ "$(echo /dev/mmapdemo*)" = /dev/mmapdemo ]
finish
