# SPDX-License-Identifier: BSD-2-Clause
# The module itself: its parameter, what is refused, unload, load again.
. /root/tap.sh
. /root/log.sh
module=/root/mmapdemo.ko

size_is() {
	[ "$(xxd -s -1 -l 1 /dev/mmapdemo | cut -c1-8)" = "$(printf '%08x' $(($1 - 1)))" ]
}

# loads NAME SIZE BYTES: size=SIZE makes a node of BYTES bytes, all zero.
loads() {
	run insmod $module size="$2"
	ok "$1 loads" [ "$code" -eq 0 ]
	ok "$1 makes $3 bytes" size_is "$3"
	run cmp -n "$3" /dev/mmapdemo /dev/zero
	ok "$1 makes zeroes" [ "$code" -eq 0 ]
	run rmmod mmapdemo
	ok "$1 unloads" [ "$code" -eq 0 ]
}

log_lines() {
	[ "$(dmesg | grep -c 'mmapdemo: ')" -eq 1 ] && dmesg | grep -q "mmapdemo: size=$1 refused: $2"
}

# refuses SIZE REASON MESSAGE: insmod fails with the errno's message, the log
# has one line with the size and why, nothing is left.
refuses() {
	dmesg -c >/dev/null
	run insmod $module size="$1"
	ok "size=$1: insmod says $3" has "$err" "$3"
	ok "size=$1: insmod exits with 1" [ "$code" -eq 1 ]
	ok "size=$1: one line in the log says why" log_lines "$1" "$2"
	ok "size=$1: nothing is left" [ ! -e /sys/module/mmapdemo -a ! -e /dev/mmapdemo ]
}

run modinfo -F license $module
ok "the licence is GPL" [ "$out" = GPL ]
run modinfo -F version $module
ok "it has the version of the tool" [ "$(mmapdemo --version)" = "mmapdemo $out" ]
run modinfo -F parm $module
ok "modinfo explains the parameter" has "$out" "size:bytes"

run insmod $module
ok "no size: 1 MiB" size_is 1048576
ok "the node is root's alone" [ "$(stat -c %a:%u:%g /dev/mmapdemo)" = 600:0:0 ]
run insmod $module
ok "loading twice is refused" has "$err" "File exists"
run rmmod mmapdemo
ok "the node is gone after rmmod" [ ! -e /dev/mmapdemo ]

loads size=1 1 8192
loads size=4096 4096 8192
loads size=8193 8193 12288
loads size=64K 64K 65536
loads size=3m 3m 3145728
loads size=16M 16M 16777216

run insmod $module engines=echo
ok "engines= can only be read: insmod says so" has "$err" 'Operation not permitted'
ok "engines= can only be read: nothing is left" [ ! -e /sys/module/mmapdemo ]

refuses 0 'not a size' 'Invalid parameters'
refuses 0K 'not a size' 'Invalid parameters'
refuses '' 'not a size' 'Invalid parameters'
refuses abc 'not a size' 'Invalid parameters'
refuses -4096 'not a size' 'Invalid parameters'
refuses 64KB 'not a size' 'Invalid parameters'
refuses 0x1000 'not a size' 'Invalid parameters'
refuses 100G 'only' 'Cannot allocate memory'
refuses 18446744073709551615 'only' 'Cannot allocate memory'
refuses 18446744073709551616 'only' 'Cannot allocate memory'
refuses 17179869184G 'only' 'Cannot allocate memory'
refuses 99999999999999999999999999999999 'only' 'Cannot allocate memory'

# No buffers at run time, whatever the memory.
run insmod $module max_bytes=0
run mmapdemo create news 64K
ok "max_bytes=0: nothing can be made" has "$code $err" '1 *64 KiB asked for, and all users together may have 0 *(max_bytes'
run cat /sys/module/mmapdemo/parameters/max_bytes /sys/module/mmapdemo/parameters/user_max_bytes
ok "max_bytes=0: nor of one user" [ "$out" = "0${tap_newline}0" ]
run rmmod mmapdemo
run insmod $module max_bytes=18446744073709551615
run cat /sys/module/mmapdemo/parameters/max_bytes
ok "max_bytes=18446744073709551615 is no limit" [ "$out" = 18446744073709551615 ]
run rmmod mmapdemo
run insmod $module user_max_bytes=0
run cat /sys/module/mmapdemo/parameters/user_max_bytes
ok "user_max_bytes=0 is none" [ "$out" = 0 ]
run setpriv --inh-caps=-sys_resource --bounding-set=-sys_resource mmapdemo create news 64K
ok "user_max_bytes=0: who is bound by it can make none" has "$code $err" '1 *64 KiB asked for, and you may have 0 *(user_max_bytes'
run mmapdemo create news 64K
ok "user_max_bytes=0: CAP_SYS_RESOURCE is not bound by it" [ "$code" -eq 0 ]
run rmmod mmapdemo

# A cgroup's limit: the pages count there, and refused is refused, not killed.
mkdir /tmp/cgroup
if mount -t cgroup2 none /tmp/cgroup && echo +memory >/tmp/cgroup/cgroup.subtree_control; then
	mkdir /tmp/cgroup/small
	echo 16M >/tmp/cgroup/small/memory.max
	dmesg -c >/dev/null
	run sh -c 'echo $$ >/tmp/cgroup/small/cgroup.procs && exec insmod "$0" size=64M' $module
	ok "beyond the cgroup's limit: insmod says Cannot allocate memory" has "$err" 'Cannot allocate'
	ok "beyond the cgroup's limit: nobody is killed" [ "$code:$(dmesg | grep -ci 'kill')" = 1:0 ]
	rmdir /tmp/cgroup/small
	umount /tmp/cgroup
else
	ok "beyond the cgroup's limit # SKIP no memory cgroups in this kernel" true
fi

has_kasan() {
	grep -q ' kasan_report$' /proc/kallsyms
}
# Sets $available to the KiB that are available, when what was freed has come back.
settle() {
	available=0
	for _ in 1 2 3 4 5 6 7 8 9; do
		before=$available
		available=$(awk '/MemAvailable/ { print $2 }' /proc/meminfo)
		[ $((available - before)) -ge 256 ] || break
		sleep 2
	done
}
# Almost all memory, but for what the driver leaves to others: given or refused, but
# nobody is killed for it, and the log stays quiet. In pieces: what is left between the
# files can be had only in blocks of 2 MiB, since pages of ramfs cannot be moved.
mkdir /tmp/ramfs
mount -t ramfs none /tmp/ramfs
unevictable=/proc/sys/vm/compact_unevictable_allowed # is there where memory can be moved
[ ! -e $unevictable ] || echo 0 >$unevictable
for n in 0 1 2 3 4 5 6 7 8 9; do
	for half in a b c d e f; do
		dd if=/dev/zero of=/tmp/ramfs/$half$n bs=2M count=1 status=none
	done
done
rm /tmp/ramfs/[ace]*
sleep 100000 &
sleeper=$!
left=$(awk '/MemTotal/ { print int($2 / 64) }' /proc/meminfo)
settle
available=$((available - left))
# KASAN wants a byte more for each eight of the kernel view, and does call the killer.
if has_kasan; then
	available=$((available * 4 / 5))
else
	refuses $((available + left - 1024))K 'only' 'Cannot allocate memory'
fi
dmesg -c >/dev/null
run insmod $module size=$((available - 2048))K
ok "almost all memory: loaded or refused" has "$code$err" '[01]'
run rmmod mmapdemo
ok "almost all memory: no process was killed" kill -0 $sleeper
ok "almost all memory: the OOM killer stayed away" [ "$(dmesg | grep -ci 'out of memory: kill')" -eq 0 ]
ok "almost all memory: no complaint in the log" [ "$(dmesg | grep -c 'allocation failure')" -eq 0 ]
umount /tmp/ramfs
[ ! -e $unevictable ] || echo 1 >$unevictable

# 256 MiB in a guest of 1 GiB: 64 blocks or more, one view.
run insmod $module size=256M
ok "256 MiB load" [ "$code" -eq 0 ]
ok "256 MiB make 256 MiB" size_is 268435456
run mmapdemo fill 170
ok "256 MiB are filled through a map" [ "$code" -eq 0 ]
# All are as the MiB before, and the first ones as they were filled.
run sh -c 'dd if=/dev/mmapdemo bs=1M count=1 status=none | tr -d "\252" | wc -c'
first=$out
run cmp -n 267386880 -i 0:1048576 /dev/mmapdemo /dev/mmapdemo
ok "256 MiB were reached, each extent at its place" [ "$code:$first" = 0:0 ]
for mib in 0 4 100 255; do
	run mmapdemo write -o $((mib * 1048576 + 1048570)) -n 6 "M$mib"
	run dd if=/dev/mmapdemo bs=1 skip=$((mib * 1048576 + 1048570)) count=4 status=none
	ok "a store at the end of MiB $mib is read there" has "$out" "M$mib"
done

# The driver copies a long read or write in parts; a map shows what it did.
run sh -c 'dd if=/dev/mmapdemo of=/tmp/bytes bs=8M count=1 status=none &&
	mmapdemo read -n 8M | cmp - /tmp/bytes'
ok "a read of 8 MiB returns each part" [ "$code" -eq 0 ]
run sh -c 'dd if=/tmp/bytes of=/dev/mmapdemo bs=8M seek=4 status=none &&
	mmapdemo read -o 32M -n 8M | cmp - /tmp/bytes'
ok "a write of 8 MiB stores each part" [ "$code" -eq 0 ]
rm -f /tmp/bytes

# Extents end where blocks of 4 MiB meet: windows from one into the next.
mib=4
while [ $mib -lt 256 ]; do
	printf 'MiB %03d' $mib | dd of=/dev/mmapdemo bs=1M seek=$mib status=none
	mib=$((mib + 4))
done
wrong=
mib=4
while [ $mib -lt 256 ]; do
	run mmapdemo read -o $((mib * 1024 - 4))K -n 4103
	has "$out" "$(printf 'MiB %03d' $mib)" || wrong="$wrong $mib"
	mib=$((mib + 4))
done
out="wrong at MiB:$wrong"
ok "a map from the middle of an extent goes on in the next one" [ -z "$wrong" ]

run sh -c 'sleep 100000 </dev/mmapdemo & echo $!'
reader=$out
run rmmod mmapdemo
ok "rmmod is refused while the node is open" has "$err" "in use"
ok "the node stays" [ -c /dev/mmapdemo ]
kill "$reader" $sleeper
wait
# The pages of the next load are those that were just filled.
n=0
while ! rmmod mmapdemo 2>/dev/null && [ $n -lt 50 ]; do
	n=$((n + 1))
	usleep 100000
done
ok "rmmod works when the reader is gone" [ ! -e /sys/module/mmapdemo ]
run insmod $module size=256M
run cmp -n 268435456 /dev/mmapdemo /dev/zero
ok "memory that was used before is zero again" [ "$code" -eq 0 ]
run rmmod mmapdemo

# A leak of one page a cycle would be 100 pages; other users move some 25. KASAN keeps
# what was freed for a while, megabytes of it.
margin=80
has_kasan && margin=2000
# Freed pages may wait in the lists of each CPU, where MemFree does not see them.
free_pages() {
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree/ { n += $2 / 4 } / count:/ { n += $2 } END { print n }' \
		/proc/meminfo /proc/zoneinfo
}
# By busybox, which starts sooner than kmod.
cycle() {
	busybox insmod $module size="$1" && mmapdemo fill 1 && busybox rmmod mmapdemo
}
# cycles NUMBER SIZE: leaves the pages that went in $lost, how often it worked
# in $cycles.
cycles() {
	before=$(free_pages)
	cycles=0
	while [ $cycles -lt "$1" ] && cycle "$2"; do
		cycles=$((cycles + 1))
	done
	after=$(free_pages)
	out="pages free before: $before, after: $after"
	lost=$((${before%.*} - ${after%.*}))
}
kernel_views() {
	grep -c vmap /proc/vmallocinfo
}
for _ in 1 2 3 4 5; do cycle 8192; done
views=$(kernel_views)
cycles 100 8192
ok "100 loads and unloads work" [ $cycles -eq 100 ]
ok "100 loads and unloads leak no page" [ $lost -lt $margin ]
ok "100 loads and unloads leave no kernel view" [ $(($(kernel_views) - views)) -lt 20 ]
# What is kept beside the pages is 32 pages long here.
cycles 8 64M
ok "8 loads of 64 MiB leak no page" [ "$cycles:$((lost < margin))" = 8:1 ]
finish
