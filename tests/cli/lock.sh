# SPDX-License-Identifier: BSD-2-Clause
# Processes that wait for each other by the tool: lock, wait, wake.
. /root/tap.sh
cd /tmp || exit
as_alice() {
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}
# count NAME: steps that are lost if somebody comes between.
count() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		# shellcheck disable=SC2016 # the command's
		mmapdemo lock "$1" -- sh -c 'n=$(cat count); echo $((n + 1)) >count'
	done
}
# hold NAME: tool $holder holds it, with a command $held that does not end.
hold() {
	rm -f held
	mmapdemo lock "$1" -- sh -c 'echo $$ >held; exec sleep 100000' 2>holder.err &
	holder=$!
	soon [ -s held ]
	held=$(cat held)
}
let_go() {
	kill "$held"
	wait $holder 2>/dev/null
}

mmapdemo create news 4K
node=/dev/mmapdemo-news

run mmapdemo lock news -- echo hello
ok "lock runs the command" [ "$code$out$err" = 0hello ]
run cmp -n 4 $node /dev/zero
ok "lock leaves the mutex unlocked" [ "$code" -eq 0 ]
run cmp -i 64 -n 4032 $node /dev/zero
ok "lock changes nothing else" [ "$code" -eq 0 ]
run mmapdemo lock news -- echo -o --json -- -h
ok "options after -- are the command's" [ "$out" = "-o --json -- -h" ]
run sh -c 'echo from a pipe | mmapdemo lock news -- cat'
ok "the command has the tool's stdin" [ "$out" = "from a pipe" ]
run mmapdemo lock news -- sh -c 'exit 7'
ok "the exit code is the command's" [ "$code$out$err" = 7 ]
run mmapdemo lock news -- sh -c 'kill -9 $$'
ok "the exit code of a killed command" [ "$code$out$err" = 137 ]
refused "a command that is not there" 127 "no-such: No such file" mmapdemo lock news -- no-such
run sh -c 'mmapdemo lock news -- no-such 2>/dev/full'
ok "a command that is not there, and nowhere to say so" [ "$code" -eq 127 ]
refused "a command that cannot be run" 126 "/tmp: Permission denied" mmapdemo lock news -- /tmp
# shellcheck disable=SC2016 # the command's
run mmapdemo lock news -- sh -c 'kill -INT $PPID; kill -QUIT $PPID; exit 3'
ok "SIGINT and SIGQUIT do not stop the tool" [ "$code" -eq 3 ]
run mmapdemo lock news -- sh -c 'kill -INT $$'
ok "SIGINT stops the command" [ "$code" -eq 130 ]
run mmapdemo lock /dev/mmapdemo -o 8 -- echo default
ok "lock in the default buffer" [ "$code$out$err" = 0default ]

# Wrong command lines.
refused "lock of nothing" 2 "NAME -- COMMAND: needed" mmapdemo lock
refused "lock without a command" 2 "NAME -- COMMAND: needed" mmapdemo lock news --
refused "lock without --" 2 "'--': needed before COMMAND" mmapdemo lock news true
refused "lock --json" 2 "--json: not an option of this verb" mmapdemo lock --json news -- true
for seconds in x -1 1e3 '' . 1.2.3 1s inf; do
	refused "--timeout '$seconds'" 2 "--timeout '$seconds': not seconds" \
		mmapdemo lock news --timeout "$seconds" -- true
done
refused "--offset not of a word" 2 "--offset 2: not a multiple of 8" \
	mmapdemo lock news -o 2 -- true
refused "--offset too near the end" 2 "--offset 4040: past the end of news (4096 bytes; 64 are" \
	mmapdemo lock news -o 4040 -- true
refused "--offset past the end" 2 "--offset 4104: past the end" mmapdemo lock news -o 4104 -- true
run mmapdemo lock news -o 4032 -- true
ok "lock at the very end" [ "$code" -eq 0 ]
refused "lock of what is not there" 1 "none: no such buffer" mmapdemo lock none -- true
refused "lock in a device of others" 1 "neither a buffer of the mmapdemo driver nor a regular" \
	mmapdemo lock /dev/zero -- true

# What has other uses is not spoiled.
seq 100 >text
cp text same
refused "lock in a text" 1 "./text: the 64 bytes at 8 are no mutex" mmapdemo lock ./text -o 8 -- true
ok "a text stays as it is" cmp text same

# text BYTES: at 1024 of the node.
text() {
	mmapdemo fill -d $node -o 1024 -n 64
	printf %s "$1" | mmapdemo write -d $node -o 1024
	mmapdemo save before -d $node
}
for text in text "a text" "a text that is longer than the sixty-four bytes of a mutex, by far"; do
	text "$text"
	refused "lock in '$text' on a node" 1 "news: the 64 bytes at 1024 are no mutex" \
		mmapdemo lock news -o 1024 -- true
	ok "'$text' stays as it is" mmapdemo compare before -d $node
done
run sh -c "$(echo "$err" | sed "s/.* or '\(.*\)' makes.*/\1/")"
run mmapdemo lock news -o 1024 -- echo new
ok "what the message says makes it one" [ "$code$out$err" = 0new ]
refused "a text over a mutex that is held" 1 "news: somebody has overwritten the mutex meanwhile" \
	mmapdemo lock news -o 1024 -- mmapdemo write -d $node -o 1024 "a text"

# Held by somebody: on the driver, by the driver, and on a file, by futex(2).
truncate -s 4 short
refused "lock in a file that is too short" 2 "past the end of ./short (4 bytes; 64 are needed" \
	mmapdemo lock ./short -- true
truncate -s 4096 file
for name in news ./file; do
	hold $name
	refused "$name: --timeout 0 tries once" 1 "$name: somebody holds it" \
		mmapdemo lock $name --timeout 0 -- echo ran
	refused "$name: --timeout 0.2 waits no longer" 1 "$name: somebody holds it" \
		mmapdemo lock $name --timeout 0.2 -- echo ran
	run mmapdemo lock $name -o 64 --timeout 0 -- echo ran
	ok "$name: another mutex is another" [ "$code$out$err" = 0ran ]
	mmapdemo lock $name --timeout 100000 -- echo finished >waited 2>&1 &
	ok "$name: a waiter sleeps" soon asleep $!
	mmapdemo lock $name -- echo ran >other 2>&1 &
	other=$!
	soon asleep $other
	kill $other
	wait $other 2>/dev/null
	ok "$name: SIGTERM ends a waiter" has "$?$(cat other)" \
		"143mmapdemo lock: $name: interrupted; COMMAND was not run"
	let_go
	wait
	ok "$name: the waiter comes next" [ "$(cat waited)" = finished ]
	ok "$name: the tool said nothing" [ ! -s holder.err ]

	# The tool is told to end: its command is told, and the mutex is free.
	hold $name
	kill $holder
	wait $holder 2>/dev/null
	ok "$name: SIGTERM ends the tool" has "$?$(cat holder.err)" \
		"143mmapdemo lock: $name: interrupted; the mutex is free"
	ok "$name: and its command" gone "$held"
	run mmapdemo lock $name --timeout 0 -- echo next
	ok "$name: the next one hears of no death" [ "$code$out$err" = 0next ]

	# The tool is killed: its command goes, too, and the next one is told.
	hold $name
	kill -9 $holder
	ok "$name: a killed tool takes its command along" soon gone "$held"
	run mmapdemo lock $name --timeout 0 -- echo next
	ok "$name: after a kill the next one goes on" [ "$code$out" = 0next ]
	ok "$name: and is told" [ "$err" = "mmapdemo lock: $name: the last holder died holding it" ]
	run mmapdemo lock $name -- echo next
	ok "$name: the one after is told nothing" [ "$code$out$err" = 0next ]
	hold $name
	mmapdemo lock $name -- echo finished >waited 2>&1 &
	waiter=$!
	soon asleep $waiter
	kill -9 $holder
	wait $waiter
	ok "$name: a kill wakes the waiter" has "$(cat waited)" "$name: the last holder died*finished"
	soon gone "$held"

	echo 0 >count
	count $name &
	count $name &
	wait
	ok "$name: two processes count without a loss" [ "$(cat count)" = 30 ]
done

hold news
run mmapdemo info -d $node
ok "info counts who holds" has "$out" "clients      1 "
run mmapdemo info -d $node --json
ok "info --json counts who holds" has "$out" '"clients":1'
let_go

# Somebody stored to the mutex.
refused "a mutex that was overwritten" 1 "news: somebody has overwritten the mutex meanwhile" \
	mmapdemo lock news -- mmapdemo fill -d $node -n 8
mmapdemo lock news -o 128 -- true
printf '\377\377\377\177' | mmapdemo write -d $node -o 128
refused "a mutex that is not recoverable" 1 "news: its mutex is not recoverable" \
	mmapdemo lock news -o 128 -- echo ran
run sh -c "$(echo "$err" | sed "s/.*then '\(.*\)' makes.*/\1/")"
run mmapdemo lock news -o 128 -- echo new
ok "what the message says makes it new" [ "$code$out$err" = 0new ]

# Words.
word() {
	# shellcheck disable=SC2059 # octal digits
	printf "\\00$1\\000\\000\\000" | mmapdemo write -d "${2:-$node}" -o 256
}
word 5
run mmapdemo wait news 0 -o 256
ok "wait prints what the word is" [ "$code$out$err" = 05 ]
run mmapdemo wait news 0 -o 256 --json
ok "wait --json" has "$code$out" '0*"offset":256,*"value":5
}'
run mmapdemo wait 7
ok "wait in the default buffer" [ "$code$out$err" = 00 ]
run mmapdemo wake
ok "wake in the default buffer, nobody there" [ "$code$out$err" = 00 ]
run mmapdemo wake news -o 256 --json
ok "wake --json" has "$code$out" '0*"offset":256,*"woken":0
}'
refused "wait --timeout" 1 "news: the word at 256 is still 5" \
	mmapdemo wait news 5 -o 256 --timeout 0.1
refused "wait --timeout 0, VALUE in hexadecimal" 1 "news: the word at 256 is still 5" \
	mmapdemo wait news 0x5 -o 256 --timeout 0
for value in x 4294967296 '' 1.5; do
	refused "VALUE '$value'" 2 "VALUE '$value': not a number from 0" mmapdemo wait news "$value"
done
refused "wait without VALUE" 2 "[[]NAME] VALUE: needed" mmapdemo wait
refused "wait past the end" 2 "--offset 4096: past the end" mmapdemo wait news 0 -o 4096
refused "wait not for a word" 2 "--offset 257: not a multiple of 4" mmapdemo wait news 0 -o 257
refused "wait in a device of others" 1 "neither a buffer" mmapdemo wait /dev/zero 0
refused "wake of nobody" 2 "--count '0': at least 1" mmapdemo wake news --count 0
refused "wake in a device of others" 1 "neither a buffer" mmapdemo wake /dev/zero

wakes() {
	[ "$(mmapdemo wake "$2" -o 256)" = "$1" ]
}
for name in news ./file; do
	place=$node
	[ $name = news ] || place=./file
	word 5 $place
	waiters=
	rm -f woken.*
	for i in 1 2 3; do
		mmapdemo wait $name 5 -o 256 --timeout 100000 >woken.$i &
		waiters="$waiters $!"
	done
	ok "$name: wake prints how many wait" soon wakes 3 $name
	# Woken for no reason: they look and sleep again.
	for waiter in $waiters; do soon asleep "$waiter"; done
	ok "$name: who is woken for no reason waits on" [ ! -s woken.1 -a ! -s woken.2 -a ! -s woken.3 ]
	run mmapdemo wake $name -o 260
	ok "$name: wake of another word wakes nobody" [ "$code$out$err" = 00 ]
	run mmapdemo wake $name -o 256 --count 2
	ok "$name: wake --count wakes that many" [ "$code$out$err" = 02 ]
	word 6 $place
	run mmapdemo wake $name -o 256
	# shellcheck disable=SC2086 # one word each
	wait $waiters
	ok "$name: all see the new value" [ "$(cat woken.1 woken.2 woken.3)" = "6
6
6" ]
done

# As flock(1) has them.
for option in -n --nonblock '-w 0.1' '--wait 0'; do
	# shellcheck disable=SC2086 # several words
	refused "$option: somebody holds it" 1 "somebody holds it" \
		mmapdemo lock news -o 512 -- mmapdemo lock news -o 512 $option -- echo ran
done
run mmapdemo lock news -o 512 -- mmapdemo lock news -o 512 -n -E 75 -- echo ran
ok "-E is the exit code when the time is over" [ "$code$out" = 75 ]
run mmapdemo lock news -o 512 -n -E 75 -- sh -c 'exit 3'
ok "-E is not the command's exit code" [ "$code" = 3 ]
refused "-E of no exit code" 2 "--conflict-exit-code '256': not an exit code" \
	mmapdemo lock news -E 256 -- true
refused "-s, which this lock has not" 2 "-s: unknown option" mmapdemo lock news -s -- true

mmapdemo wait news 0 -o 768 >woken &
waiter=$!
soon asleep $waiter
run mmapdemo wake news -o 768 --set 7
wait $waiter
ok "wake --set stores first, and wakes then" [ "$code$out$err:$(cat woken)" = 01:7 ]

# Rights.
refused "lock by a user who may not" 1 "news: Permission denied" as_alice mmapdemo lock news -- true
refused "wait by a user who may not" 1 "news: Permission denied" as_alice mmapdemo wait news 0
chmod 444 $node
run as_alice mmapdemo wait news 0 -o 256
ok "a reader may wait" [ "$code$out$err" = 06 ]
refused "a reader may wait until a time" 1 "is still 6" \
	as_alice mmapdemo wait news 6 -o 256 --timeout 0.1
refused "a reader may not wake" 1 "news: Permission denied" as_alice mmapdemo wake news
refused "a reader may not lock" 1 "news: Permission denied" as_alice mmapdemo lock news -- true
chmod 444 file
run as_alice mmapdemo wait ./file 0 -o 256
ok "a reader of a file may wait" [ "$code$out$err" = 06 ]
refused "a reader of a file may wait until a time" 1 "is still 6" \
	as_alice mmapdemo wait ./file 6 -o 256 --timeout 0.1
chmod 666 $node
run as_alice mmapdemo lock news -- id -u
ok "who may write may lock" [ "$code$out$err" = 01001 ]

run sh -c 'mmapdemo --help | grep "^.\{81\}"'
ok "--help is no wider than a terminal" [ -z "$out" ]
mmapdemo rm news
rm -f before other held holder.err short file waited count woken.*
finish
