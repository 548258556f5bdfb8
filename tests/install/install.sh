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
ok "the header of channels is there" [ -e "$dest$prefix/include/mmapdemo_channel.h" ]
ok "the header of the ABI is there" [ -e "$dest$prefix/include/linux/mmapdemo.h" ]
version=$(sed -n 's/^.define MMAPDEMO_VERSION "\(.*\)"/\1/p' driver/uapi/linux/mmapdemo.h)
run sed -n 's/^Version: //p' "$dest$prefix/lib/pkgconfig/libmmapdemo.pc"
ok "the pkg-config file has the version" [ "$out" = "$version" ]
run "$dest$prefix/bin/mmapdemo" --version
ok "the tool has the version" has "$out" "$version"

# What systemd and udev read. The rule is for one node only, not for those of named buffers.
run grep -v '^#' "$dest$prefix/lib/udev/rules.d/60-mmapdemo.rules"
ok "the udev rule is of the one node" has "$out" 'KERNEL=="mmapdemo",'
ok "the udev rule gives it to the group" has "$out" 'GROUP="mmapdemo", MODE="0660"'
run grep -v '^#' "$dest$prefix/lib/modules-load.d/mmapdemo.conf"
ok "systemd is to load the module" [ "$out" = mmapdemo ]
run grep -v '^#' "$dest$prefix/lib/sysusers.d/mmapdemo.conf"
ok "systemd is to make the group" [ "$out" = "g mmapdemo -" ]

# What the headers declare, or define with "static inline" in front.
functions() {
	grep -hE '^[a-z].*\bmmapdemo_[a-z_]+\(' userspace/lib/mmapdemo*.h |
		grep -v "^${1:-nothing}" | grep -oE '\bmmapdemo_[a-z_]+\(' | tr -d '(' | sort -u
}

# Each call that waits or wakes has a page, by its own name, which explains it.
pages=$dest$prefix/share/man/man3
explained() {
	for name in $(functions | grep -E '_(word|mutex|semaphore|channel|producer|consumer|batch|cursor)_' |
		grep -v -E '_(producer_publish|consumer_begin|consumer_end)$'); do
		grep -q "^\.Fo $name\$" "$pages/$name.3" || echo "$name"
	done
}
run explained
ok "calls on words, mutexes and semaphores have manual pages" [ -z "$out$err" ]
run find -L "$pages" -type l
ok "no manual page points nowhere" [ -z "$out$err" ]

# Here, for the guest has no shell that can ignore SIGCHLD.
truncate -s 64 "$tap_dir/mutex"
# shellcheck disable=SC2016 # bash expands them
run bash -c 'trap "" CHLD; exec "$0" lock "$1" -- sh -c "exit 5"' "$dest$prefix/bin/mmapdemo" \
	"$tap_dir/mutex"
ok "lock has the exit code where SIGCHLD was ignored" [ "$code" -eq 5 ]

# What bash completes: the tool as it is installed, but for the buffers that it lists.
mkdir "$tap_dir/bin"
cat >"$tap_dir/bin/mmapdemo" <<SH
#!/bin/sh
[ "\$1 \$2" != "engine list" ] || {
	echo "kinds: source sink echo"
	echo "    PID KIND           RECEIVED         SENT    DROPPED  STATE"
	echo "    123 sink                  7            0          0  works"
	exit
}
[ "\$1" != ls ] || {
	echo "NODE                      BYTES"
	echo "/dev/mmapdemo           1048576"
	echo "/dev/mmapdemo-news         4096"
	echo "/dev/mmapdemo-next         4096"
	exit
}
exec $dest$prefix/bin/mmapdemo "\$@"
SH
chmod +x "$tap_dir/bin/mmapdemo"
# completed WORD...: sets $out to what may stand for the last WORD, in one line.
completed() {
	# shellcheck disable=SC2016 # bash expands them
	run env LC_ALL=C PATH="$tap_dir/bin:$PATH" bash -c '
		. "$0"
		COMP_WORDS=(mmapdemo "$@") COMP_CWORD=$#
		_mmapdemo mmapdemo
		printf "%s\n" "${COMPREPLY[@]}" | sort | paste -sd " "
	' "$dest$prefix/share/bash-completion/completions/mmapdemo" "$@"
	out="$out$err"
}

completed ''
verbs=$("$dest$prefix/bin/mmapdemo" --help | sed -nE 's/^  ([a-z]+) .*/\1/p' | grep -vx mmapdemo |
	LC_ALL=C sort | paste -sd ' ')
ok "bash completes each verb" [ "$out" = "--help --version $verbs" ]
completed wa
ok "bash completes a verb that is begun" [ "$out" = "wait wake watch" ]
completed watch --
ok "bash completes options of the verb" [ "$out" = "--count --help --json" ]
completed watch n
ok "bash completes names of buffers" [ "$out" = "news next" ]
completed wait --timeout 3 -o 8 --json ''
ok "bash completes names behind options" [ "$out" = "/dev/mmapdemo news next" ]
completed wait --timeout ''
ok "bash completes no number" [ -z "$out" ]
completed resize news ''
ok "bash completes no size" [ -z "$out" ]
completed scenario c
ok "bash completes scenarios" [ "$out" = "counter cow" ]
completed scenario l
ok "bash completes the list of scenarios" [ "$out" = list ]
completed scenario fork --on ''
ok "bash completes backings" [ "$out" = "anon device file shm" ]
mkdir "$tap_dir/files"
touch "$tap_dir/files/one" "$tap_dir/files/two"
completed load "$tap_dir/files/"
ok "bash completes files" [ "$out" = "$tap_dir/files/one $tap_dir/files/two" ]
completed read -d "$tap_dir/files/o"
ok "bash completes files of an option" [ "$out" = "$tap_dir/files/one" ]
completed lock news -- paste
ok "bash completes a command" has " $out " " paste "
completed lock news -- cat --on "$tap_dir/files/t"
ok "bash completes files for a command" [ "$out" = "$tap_dir/files/two" ]
completed send news --files "$tap_dir/files/o"
ok "bash completes files to be sent" [ "$out" = "$tap_dir/files/one" ]
completed send news --files one two "$tap_dir/files/o"
ok "bash completes more files to be sent" [ "$out" = "$tap_dir/files/one" ]
completed send news ''
ok "bash completes no text" [ -z "$out" ]
completed replay "$tap_dir/files/one" ne
ok "bash completes a name behind a file" [ "$out" = "news next" ]
completed engine ''
ok "bash completes what is done with engines" [ "$out" = "list start stop" ]
completed engine start s
ok "bash completes kinds of engines" [ "$out" = "sink source" ]
completed engine stop ''
ok "bash completes who has an engine" [ "$out" = 123 ]
completed engine start sink --in ne
ok "bash completes the channel of an engine" [ "$out" = "news next" ]
completed frobnicate ''
ok "bash completes nothing for no verb" [ -z "$out" ]

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

# What the library exports is what its headers declare, and nothing else.
nm -D --defined-only "$dest$prefix/lib/libmmapdemo.so" |
	sed -n 's/.* T \(mmapdemo_[a-z_]*\)@.*/\1/p' | sort >"$tap_dir/exported"
functions static >"$tap_dir/declared"
run diff "$tap_dir/declared" "$tap_dir/exported"
ok "the library exports what the headers declare" [ "$code" -eq 0 ]

# What is installed there already is of others.
echo other >"$dest$prefix/lib/modules-load.d/other.conf"
run make uninstall DESTDIR="$dest" PREFIX=$prefix
ok "uninstall works" [ "$code" -eq 0 ]
run find "$dest" -type f -o -type l
ok "uninstall leaves no file, but those of others" [ "$out" = "$dest$prefix/lib/modules-load.d/other.conf" ]

# As distributions do, with a folder of libraries for each architecture.
run make install DESTDIR="$dest/usr" PREFIX=/usr LIBDIR=/usr/lib/somewhere
ok "install into another LIBDIR works" [ "$code" -eq 0 ]
run sed -n 's/^libdir=//p' "$dest/usr/usr/lib/somewhere/pkgconfig/libmmapdemo.pc"
ok "the pkg-config file names that LIBDIR" [ "$out" = /usr/lib/somewhere ]
ok "the library is in that LIBDIR" [ -e "$dest/usr/usr/lib/somewhere/libmmapdemo.so" ]
run make uninstall DESTDIR="$dest/usr" PREFIX=/usr LIBDIR=/usr/lib/somewhere
run find "$dest/usr" -type f -o -type l
ok "uninstall leaves no file in that LIBDIR" [ -z "$out" ]
finish
