#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Programs as they are: asyncio, Go and socat read a node, or are notified of publications; Python maps one.
. /root/tap.sh

size=$(cat /sys/class/mmapdemo/mmapdemo/size)
mmapdemo fill 90

run timeout 60 python3 /loops/stream.py
ok "asyncio reads a node to its end" [ "$code:$out" = "0:$size" ]

run timeout 20 socat -u OPEN:/dev/mmapdemo,rdonly CREATE:"$tap_dir/copy"
ok "socat reads a node to its end" [ "$code" -eq 0 ]
ok "socat reads all of it" cmp "$tap_dir/copy" /dev/mmapdemo

head -c "$size" /dev/urandom >"$tap_dir/bytes"
run timeout 20 socat -u OPEN:"$tap_dir/bytes",rdonly OPEN:/dev/mmapdemo,wronly
ok "socat writes a node to its end" cmp "$tap_dir/bytes" /dev/mmapdemo

run timeout 60 python3 /loops/lock.py
ok "Python closes a map and stays alive" [ "$code:$out" = "0:same number: True" ]

run timeout 60 /loops/watch
ok "Go's reads have deadlines" has "$out" "nothing comes before the deadline: true"
ok "Go sees each publication" [ "$code:$(echo "$out" | grep -c '^told of 1$')" = 0:3 ]
finish
