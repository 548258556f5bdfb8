# SPDX-License-Identifier: BSD-2-Clause
# Every scenario, end to end, on every backing it names.
. /root/tap.sh
cd /tmp || exit

run mmapdemo scenario list
ok "the list has thirteen scenarios" [ "$(echo "$out" | wc -l)" -eq 13 ]
echo "$out" >list
head -c 300000 /dev/urandom >marks
dd if=marks of=/dev/mmapdemo bs=300000 status=none

while read -r line; do
	name=${line%% *}
	for on in device file shm anon; do
		case $line in
		*" $on"*) ;;
		*) continue ;;
		esac
		run mmapdemo scenario "$name" --on $on
		ok "$name on $on" has "$code$out" "0$name: *scenario $name: ok"
		run mmapdemo scenario "$name" --on $on --json
		ok "$name on $on, --json" has "$code$out" '0*"ok":true
}'
	done
done <list

run cmp -n 300000 marks /dev/mmapdemo
ok "the node has its bytes back" [ "$code" -eq 0 ]
ok "nothing is left" [ -z "$(find /dev/shm /tmp -name 'mmapdemo-*' ! -path "/tmp/mmapdemo-$(id -u)*")" ]

# What the steps must say, by the rows of the book.
run mmapdemo scenario fork
ok "fork: the child's x" has "$out" 'parent   reads "xANBIT BOOK"'
ok "fork: the parent's y" has "$out" 'child    reads "xyNBIT BOOK"'
run mmapdemo scenario bounds --on file
ok "bounds: a file gives SIGBUS" has "$out" "past the end: Bus error"
run mmapdemo scenario bounds
ok "bounds: the device refuses the map" has "$out" "one page past the end: Invalid argument"
run mmapdemo scenario faults
ok "faults: none on the device" has "$out" "shared map of the device: 0 page faults"
ok "faults: each page of a private map" has "$out" "a copy for each page: 64 page faults"
run mmapdemo scenario maps
ok "maps: the row names the device" has "$out" "00001000 /dev/mmapdemo"

run mmapdemo scenario publish
ok "publish: nothing but MS_SYNC tells" has "$out" "sees 0 new publications*MS_SYNC*sees 1 new publications"
run mmapdemo scenario named
ok "named: a view of a part" has "$out" 'second page alone*reads "Shared memory message"'
ok "named: nothing is left" [ ! -e /dev/mmapdemo-SharedObject ]
mmapdemo create SharedObject 4K
run mmapdemo scenario named
ok "named: a name that is taken is no success" has "$code$out" '1*File exists*FAILED'
mmapdemo rm SharedObject

# Row for row: who dies holding the lock costs nothing.
adds() {
	echo "$out" | grep -c "$1"
}
sums_up() {
	echo "$out" | awk '/ adds / { sum += $4; if ($5 != sum) wrong = 1 } END { exit wrong || sum != 40 }'
}
for on in device file shm anon; do
	for kill in '' ' --kill'; do
		# shellcheck disable=SC2086 # an option, or none
		run mmapdemo scenario counter --on $on$kill
		ok "counter on $on$kill: ends at exactly 40" has "$out" "parent   reads 40 after 25 steps * ok"
		ok "counter on $on$kill: a line for each step" \
			[ "$(adds 'parent   adds 2: ')$(adds 'child    adds 1: ')" = 1510 ]
		ok "counter on $on$kill: each step adds to the one before" sums_up
	done
	ok "counter on $on --kill: the next owner is told" \
		has "$out" "kills it with SIGKILL*learns that the last owner died, finds 1000, puts back * ok"
done
run mmapdemo scenario counter
ok "counter: they take turns" \
	[ "$(echo "$out" | sed -n 's/.* \([pc]\)[a-z]* *adds .*/\1/p' | tr -d '\n')" = pcpcpcpcpcpcpcpcpcpcppppp ]
ok "counter: futex(2) does not work on the device" has "$out" "FUTEX_WAIT on the map: Bad address * ok"
ok "counter: nobody is killed unless asked for" [ "$(adds 'kill')$(adds 'died')" = "10" ]
run mmapdemo scenario counter --on file
ok "counter: futex(2) works on a file" has "$out" "FUTEX_WAIT on the map sleeps * ok"
refused "--kill where nobody is killed" 2 "--kill: nobody is killed in 'fork'" \
	mmapdemo scenario fork --kill
run mmapdemo scenario counter --kill --json
ok "counter --kill --json" has "$code$out" '0*"text":"adds 2: 40"*"ok":true
}'

# Row for row: nothing is lost, nothing is counted twice, whichever process dies.
for on in device file shm; do
	for kill in '' ' --kill'; do
		# shellcheck disable=SC2086 # an option, or none
		run mmapdemo scenario messages --on $on$kill
		ok "messages on $on$kill: all of them, once" \
			has "$out" "parent   20 messages: none lost, none counted twice, all in order * ok"
		ok "messages on $on$kill: it is empty, and full" \
			has "$out" "receiver finds no message: it is empty * ok*no space for *: the ring is full * ok"
	done
	ok "messages on $on --kill: the sender's successor goes on" \
		has "$out" "kills the sender with SIGKILL*takes over; the position says that 5 were sent * ok"
	ok "messages on $on --kill: a message comes once more, and is not counted twice" \
		has "$out" "kills the receiver with SIGKILL*message 6 comes once more, at a position that was counted * ok"
done
run mmapdemo scenario messages --kill
ok "messages --kill: the driver tells of a death" has "$out" "receives up to 5, and learns that the sender is gone * ok"
run mmapdemo scenario messages --on file --kill
ok "messages --kill on a file: nobody tells" has "$out" "receives up to 5; here it does not learn of a death * ok"
# What earlier ones have to tell is told once.
run mmapdemo engine list
run mmapdemo scenario engine
ok "engine: all numbers are accounted for" has "$out" "accounts for all numbers from 0 to 999: * are missing * ok"
ok "engine: both have the same checksum" has "$out" "sink     has ended: * messages, crc32c * ok"
run mmapdemo engine list
ok "engine: none is left" [ "$(echo "$out" | wc -l)" -eq 2 ]

# A scenario that sees something else says so: a file is no device.
truncate -s 1M file
run mmapdemo scenario faults -d ./file
ok "a wrong sight exits with 1" [ "$code" -eq 1 ]
ok "a wrong sight is marked" has "$out" "WRONG"
ok "a wrong sight is the verdict" has "$out" "scenario faults: FAILED"
run mmapdemo scenario bounds -d ./file --json
ok "a wrong sight exits with 1, --json" [ "$code" -eq 1 ]
ok "a wrong sight is marked, --json" has "$out" '"ok":false
}'

# A user without rights plays on the other backings.
run setpriv --reuid 65534 --regid 65534 --clear-groups mmapdemo scenario rights --on shm
ok "an unprivileged user on shm" [ "$code" -eq 0 ]
refused "an unprivileged user on the device" 1 "permission denied" \
	setpriv --reuid 65534 --regid 65534 --clear-groups mmapdemo scenario rights

# The smallest device: two pages.
rmmod mmapdemo
insmod /root/mmapdemo.ko size=8192
for name in share fork cow rights unmap bounds faults maps counter messages engine; do
	run mmapdemo scenario $name
	ok "$name on a device of two pages" [ "$code" -eq 0 ]
done
rm -f list marks file
finish
