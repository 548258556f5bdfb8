#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# "make install" into a folder, a program built from it, "make uninstall". Runs
# on this machine, from the root of the tree.
. tests/tap.sh
dest=$tap_dir/dest
prefix=/opt/mmapdemo

run make install DESTDIR="$dest" PREFIX=$prefix
ok "install works" [ "$code" -eq 0 ]
ok "the tool runs" "$dest$prefix/bin/mmapdemo" --version
ok "the header is there" [ -e "$dest$prefix/include/mmapdemo.h" ]
ok "the header of the ABI is there" [ -e "$dest$prefix/include/linux/mmapdemo.h" ]
run sed -n 's/^Version: //p' "$dest$prefix/lib/pkgconfig/libmmapdemo.pc"
ok "the pkg-config file has a version" has "$out" '[0-9].[0-9]'

cat >"$tap_dir/user.c" <<'C'
#include <mmapdemo.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	int err = mmapdemo_open_anon(&buffer, 4096);

	if (!err)
		err = mmapdemo_view_open(&view, buffer, 0, 0, 0);
	if (!err)
		strcpy(view.data, "shared");
	if (!err)
		puts(view.data);
	return err != 0;
}
C
for how in shared static; do
	case $how in
	shared) libs="-lmmapdemo" ;;
	static) libs="$dest$prefix/lib/libmmapdemo.a" ;;
	esac
	# shellcheck disable=SC2086 # one word or two
	run cc -Wall -Werror "$tap_dir/user.c" -I"$dest$prefix/include" -L"$dest$prefix/lib" $libs \
		-o "$tap_dir/user"
	ok "a program builds, $how" [ "$code" -eq 0 ]
	run env LD_LIBRARY_PATH="$dest$prefix/lib" "$tap_dir/user"
	ok "a program runs, $how" [ "$out" = shared ]
done

# What the library exports is what its header declares, and nothing else.
nm -D --defined-only "$dest$prefix/lib/libmmapdemo.so" |
	sed -n 's/.* T \(mmapdemo_[a-z_]*\)@.*/\1/p' | sort >"$tap_dir/exported"
grep -o '\bmmapdemo_[a-z_]*(' userspace/lib/mmapdemo.h | tr -d '(' | sort -u >"$tap_dir/declared"
run diff "$tap_dir/declared" "$tap_dir/exported"
ok "the library exports what the header declares" [ "$code" -eq 0 ]

run make uninstall DESTDIR="$dest" PREFIX=$prefix
ok "uninstall works" [ "$code" -eq 0 ]
run find "$dest" -type f -o -type l
ok "uninstall leaves no file" [ -z "$out" ]
finish
