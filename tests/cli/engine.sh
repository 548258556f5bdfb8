# SPDX-License-Identifier: BSD-2-Clause
# Engines by the tool: started, listed, stopped, killed.
. /root/tap.sh
cd /tmp || exit
as_alice() {
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}
runs() { # PID KIND
	mmapdemo engine list | grep -q "^ *$1 $2 "
}
none_runs() {
	! mmapdemo engine list | grep -q ' works$'
}

for name in a b; do mmapdemo create --channel $name 64K; done

run mmapdemo engine list
ok "list has the kinds" has "$code$out" "0kinds: source sink echo
*PID*KIND*IN*OUT*STATE"
ok "list: none runs" [ "$(echo "$out" | wc -l)" = 2 ]

# In the foreground, to the end.
run mmapdemo engine start source --out a --rate 1000 --length 24 --count 10
ok "a source ends when it has made all" has "$code$out" "0engine       source, ended: it has made all
*sent         10 messages, 240 bytes"
mmapdemo recv a --json >got
ok "its records are there" [ "$(grep -c '"length":24' got)" = 10 ]
numbered() {
	[ "$(sed 's/.*"hex":"\(..\)00000000000000.*/\1/' got | tr '\n' ' ')" = \
		"00 01 02 03 04 05 06 07 08 09 " ]
}
ok "its records are numbered" numbered
mmapdemo send a 123456789
run mmapdemo engine start sink --in a
ok "a sink ends when the sender is gone" has "$code$out" "0engine       sink, ended: the other side is gone
received     1 messages, 9 bytes"
ok "a sink makes the checksum that the book has" has "$out" "crc32c       e3069283"
mmapdemo send a 1234 56789
run mmapdemo engine start sink --in a --json
ok "--json" has "$code$out" '0*"kind":"sink",*"received":2,*"received_bytes":9,*"value":3808858755,*"ended":true'

# In the background.
run mmapdemo engine start echo --in a --out b --background
pid=$out
ok "--background prints a PID" [ "$code$err" = 0 -a "$pid" -gt 1 ]
ok "list has it" runs "$pid" echo
run mmapdemo engine list --json
ok "list --json has it" has "$out" '"kinds":*"echo"*"kind":"echo",*"in":"a",*"out":"b",*"ended":false,*"state":"works",*"pid":'"$pid"
run mmapdemo engine list
ok "list has its channels" [ "$(echo "$out" | awk -v pid="$pid" '$1 == pid { print $2, $3, $4, $8 }')" = "echo a b works" ]
ok "ls shows its roles" has "$(mmapdemo ls)" "mmapdemo-a * receiver
* sender"
mmapdemo recv b >got &
receiver=$!
run mmapdemo send a x y z
wait $receiver
ok "an echo sends all back, and ends with its sender" [ "$?$(tr '\n' ' ' <got)" = "0x y z " ]
ok "its process ends, too" soon gone "$pid"
run mmapdemo engine list
ok "list tells why" [ "$(echo "$out" | awk -v pid="$pid" '$1 == pid { $1 = ""; print }')" = \
	" echo a b 3 3 0 ended: the other side is gone" ]
run mmapdemo engine list
ok "list tells it once" [ "$(echo "$out" | wc -l)" = 2 ]
run mmapdemo engine start sink --in a --background
pid=$out
run mmapdemo engine stop "$pid"
ok "stop is silent" [ "$code$out$err" = 0 ]
ok "stop waits for the end" gone "$pid"
ok "the role is free again" has "$(mmapdemo ls)" "mmapdemo-a * idle"

mmapdemo engine start sink --in a >out &
pid=$!
soon runs $pid sink
mmapdemo engine stop $pid
wait $pid 2>/dev/null
ok "what is stopped in the foreground tells what it did" has "$?$(cat out)" "143engine       sink, stopped*received     0 messages"
mmapdemo engine start sink --in a >out &
pid=$!
soon runs $pid sink
kill -INT $pid
wait $pid 2>/dev/null
ok "so does what is interrupted" has "$?$(cat out)" "130engine       sink, stopped*received     0 messages"
mmapdemo engine start sink --in a &
pid=$!
soon runs $pid sink
kill -9 $pid
wait $pid
ok "a kill ends the engine" soon none_runs
run mmapdemo send a after
run mmapdemo recv a
ok "and frees its role" [ "$code$out$err" = 0after ]

# Much, from the one to the other.
mmapdemo engine start sink --in a --json >sunk &
pid=$!
soon runs $pid sink
run mmapdemo engine start source --out a --rate 100000 --length 64 --count 20000 --json
wait $pid
value() {
	sed -n "s/^ *\"$2\":\([0-9]*\),*$/\1/p" "$1"
}
echo "$out" >made
ok "a source and a sink: each record is taken or counted as dropped" \
	[ $(($(value made sent) + $(value made dropped))) = 20000 -a "$(value made sent)" = "$(value sunk received)" ]

# What does not go.
refused "no action" 2 "ACTION [[]WHAT]: needed" mmapdemo engine
refused "another action" 2 "'frob': not start, stop or list" mmapdemo engine frob
refused "start of nothing" 2 "start: KIND is needed" mmapdemo engine start
refused "stop of nothing" 2 "stop: a PID, channel or kind is needed" mmapdemo engine stop
refused "list of something" 2 "'x': one argument too many" mmapdemo engine list x
refused "a kind that there is not" 1 "'frob': no such kind ('mmapdemo engine list' has them)" \
	mmapdemo engine start frob --in a
refused "a source to nowhere" 2 "--out: needed, a channel that the source sends to" \
	mmapdemo engine start source --length 64
refused "a source that receives" 2 "--out: needed, a channel that the source sends to" \
	mmapdemo engine start source --in a --rate 10 --length 64
refused "a source at too high a rate" 2 "--rate 1000001: a source has 1 to 1000000" \
	mmapdemo engine start source --out a --rate 1000001 --length 64
refused "an echo to nowhere" 2 "--out: needed, a channel that the echo sends to" mmapdemo engine start echo --in a
refused "an engine without a channel" 2 "--in: needed, a channel that the sink receives from" mmapdemo engine start sink
refused "--rate 0" 2 "--rate '0': at least 1" mmapdemo engine start source --out a --rate 0
refused "--interval is not its option" 2 "--interval: not an option" mmapdemo engine list --interval 1
refused "a channel that is not there" 1 "none: no such buffer" mmapdemo engine start sink --in none
refused "what is no channel" 1 "/dev/mmapdemo: not a channel" mmapdemo engine start sink --in /dev/mmapdemo
refused "a device of others" 1 "/dev/zero: not a buffer of the mmapdemo" mmapdemo engine start sink --in /dev/zero
refused "a channel of others" 1 "a: Permission denied" as_alice mmapdemo engine start sink --in a
run mmapdemo engine start sink --in a --background
pid=$out
refused "a role that is taken" 1 "sink: the channel has a receiver already" \
	mmapdemo engine start sink --in a
refused "recv beside an engine" 1 "a: it has a receiver already" mmapdemo recv a
run as_alice mmapdemo engine list
ok "others do not see it" [ "$(echo "$out" | wc -l)" = 2 ]
for what in "$pid" sink a; do
	refused "others do not stop it by $what" 1 "$what: no engine of that PID" as_alice mmapdemo engine stop "$what"
done
mmapdemo engine stop "$pid"
for what in 1 "$pid" x 1K 0x1 sink a /dev/mmapdemo-a /dev/mmapdemo- '' 18446744073709551617; do
	refused "stop of '$what', which there is not" 1 "$what: no engine of that PID, channel or kind" \
		mmapdemo engine stop "$what"
done
chmod 666 /dev/mmapdemo-a /dev/mmapdemo
echo 0 >/sys/module/mmapdemo/parameters/user_max_engines
refused "more engines than one may have" 1 "sink: you have as many as you may" \
	as_alice mmapdemo engine start sink --in a
chmod 600 /dev/mmapdemo
echo 0 >/sys/module/mmapdemo/parameters/max_engines
refused "more engines than all may have" 1 "sink: all users together have as many as they may" \
	mmapdemo engine start sink --in a
ok "after all that nothing runs" none_runs
for name in a b; do mmapdemo rm $name; done
rm -f got out made sunk
finish
