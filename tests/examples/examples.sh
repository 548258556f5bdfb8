#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# examples.sh FOLDER TAP: the examples print what their first comments say, on the
# node where the driver is loaded, and on a file.
examples=${1:-/examples}
# shellcheck source=tests/tap.sh
. "${2:-/root/tap.sh}"

prints_what_it_says() {
	[ "$code" -eq 0 ] && [ -z "$err" ] && cmp "$tap_dir/out" "$examples/${1%.*}.out"
}

# example NAME COMMAND...: one test on the node, and one on a file if COMMAND can be
# told of one.
example() {
	name=$1
	shift
	if [ -e /dev/mmapdemo ]; then
		run timeout 60 "$@"
		ok "$name on the node" prints_what_it_says "$name"
	fi
	case $name in
	named-buffer | epoll-server | event-loop.py) return ;;
	esac
	truncate -s 4096 "$tap_dir/file"
	run timeout 60 "$@" "$tap_dir/file"
	ok "$name on a file" prints_what_it_says "$name"
	rm -f "$tap_dir/file"
}

cd "$examples" || exit
for file in *.out; do
	name=${file%.out}
	if [ -e "$name.sh" ]; then
		example "$name.sh" sh "$name.sh"
	elif [ -e "$name.py" ]; then
		example "$name.py" python3 "$name.py"
	else
		example "$name" "./$name"
	fi
done

# The module among them, by the tool.
if [ -e /dev/mmapdemo ]; then
	run insmod /root/shout.ko
	mmapdemo create --channel words 64K
	mmapdemo create --channel answers 64K
	engine=$(mmapdemo engine start shout --in words --out answers --background)
	mmapdemo send words 'Hello, engine!'
	run timeout 60 mmapdemo recv answers
	ok "engine: shout.ko answers in capital letters" [ "$out" = 'HELLO, ENGINE!' ]
	ok "engine: shout.ko's process ends with its sender" soon gone "$engine"
	mmapdemo rm words
	mmapdemo rm answers
	run rmmod shout
	ok "engine: shout.ko can be unloaded" [ "$code" -eq 0 ]
	ok "nothing is left in /dev" [ "$(echo /dev/mmapdemo*)" = /dev/mmapdemo ]
fi
finish
