# SPDX-License-Identifier: BSD-2-Clause
# The module itself: its parameter, what is refused, unload, and its program.
. /root/tap.sh
module=/root/mmapdemo.ko

# refuses SIZE MESSAGE REASON: insmod fails with the errno's MESSAGE, the log says why.
refuses() {
	dmesg -c >>/tmp/dmesg.all
	run insmod $module size="$1"
	ok "size=$1: insmod says $2" has "$err" "$2"
	ok "size=$1: the log says why" has "$(dmesg)" "mmapdemo: size=$1 refused: $3"
	ok "size=$1: nothing is left" [ ! -e /sys/module/mmapdemo -a ! -e /dev/mmapdemo ]
}

run insmod $module
ok "it loads" [ "$code" -eq 0 ]
ok "its node is root's alone" [ "$(stat -c %a:%u:%g /dev/mmapdemo)" = 600:0:0 ]
run insmod $module
ok "loading it twice is refused" has "$err" "File exists"
run mmapdemo
ok "its program shows the map" [ "$out" = "the driver's read() finds: Hello, driver!
the map shows what write() stored: Hello, program!" ]
run rmmod mmapdemo
ok "it unloads" [ "$code" -eq 0 ]
ok "its node is gone" [ ! -e /dev/mmapdemo ]

refuses lots "Invalid parameters" "not a size"
refuses 0 "Invalid parameters" "not a size"
refuses 1000000G "Cannot allocate memory" "only * MiB of memory are available"
finish
