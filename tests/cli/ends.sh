# SPDX-License-Identifier: BSD-2-Clause
# How verbs end before they are done: by signals, by a reader who goes, with descriptors closed.
. /root/tap.sh
mkdir /tmp/ends && cd /tmp/ends || exit
# stuffed ROOM: a pipe that takes ROOM bytes and no more, because nobody reads. Closing 3 breaks it.
stuffed() {
	rm -f pipe
	mkfifo pipe
	exec 3<>pipe
	head -c $((65536 - $1)) /dev/zero >&3
}
# ends PID: within a time; its exit code.
ends() {
	soon gone "$1" || kill -9 "$1"
	wait "$1"
}
# signalled SIGNAL PID: as run, of what sleeps until SIGNAL comes.
signalled() {
	soon asleep "$2"
	kill -s "$1" "$2"
	run ends "$2"
	err=$(cat err)
}
# died SIGNAL [PATTERN]: of that, and said so in one line.
died() {
	case $1 in
	INT) number=2 ;;
	HUP) number=1 ;;
	TERM) number=15 ;;
	esac
	[ "$code" -eq $((128 + number)) ] && has "$err" "$2" && ! has "$err" "$tap_newline"
}
there() {
	[ -n "$(find . -name "$1")" ]
}

mmapdemo create --channel ./news 64K
mkfifo input
exec 4<>input
for signal in INT TERM HUP; do
	# Input that does not come.
	mmapdemo send ./news --files - <input 2>err &
	signalled $signal $!
	ok "SIG$signal ends send --files" died $signal "send: ./news: interrupted; 0 sent"
	printf 'one\nhalf' >input
	mmapdemo send ./news <input 2>err &
	signalled $signal $!
	ok "SIG$signal ends send in the middle of a line" died $signal "send: ./news: interrupted; 1 sent"
	run mmapdemo recv ./news --timeout 0
	ok "SIG$signal: half a line is no message" [ "$out" = one ]

	# Output that is not taken: there is room for the header of a recording, and no message.
	stuffed 40
	mmapdemo send ./news kept
	mmapdemo record ./news pipe 2>err &
	signalled $signal $!
	ok "SIG$signal ends record into a full pipe" \
		died $signal "record: ./news: interrupted; 0 recorded"
	run mmapdemo recv ./news
	ok "SIG$signal: what could not be recorded is still there" [ "$out" = kept ]

	# A line of more than a pipe has: its first part is taken, and the rest lost.
	stuffed 5000
	head -c 20000 /dev/zero | mmapdemo send ./news --files -
	mmapdemo recv ./news >pipe 2>err 3>&- &
	signalled $signal $!
	ok "SIG$signal ends recv into a full pipe" died $signal "recv: ./news: interrupted; 0 received"
	run sh -c 'mmapdemo recv ./news | wc -c'
	ok "SIG$signal: what was not printed is still there" [ "$code$out$err" = 020001 ]

	mmapdemo save big -d /dev/zero -n 64G 2>err &
	saver=$!
	soon there 'big.*'
	kill -s $signal $saver
	run ends $saver
	err=$(cat err)
	ok "SIG$signal ends save" died $signal "save: big: interrupted; nothing was saved"
	ok "SIG$signal: save leaves nothing" [ -z "$(find . -name 'big*')" ]
done
run sh -c 'ulimit -f 8; mmapdemo save big -d /dev/zero -n 1M'
ok "save to a file that may not grow" has "$code$err" "1*big: File too large; nothing was saved"
ok "it leaves nothing" [ -z "$(find . -name 'big*')" ]
run sh -c 'ulimit -v 100000; head -c 200000000 /dev/zero | mmapdemo send ./news'
ok "send of a line that is longer than memory" has "$code$err" "1*longer than 32768 bytes; 0 sent"
exec 4>&-

# What waits, each verb alike.
truncate -s 4096 zeroes
mmapdemo fill -n 4
waits_and_dies() { # SIGNAL WHAT COMMAND...: one test
	ended_by=$1 what=$2
	shift 2
	mmapdemo "$@" >out 2>err &
	signalled "$ended_by" $!
	ok "SIG$ended_by ends $1" died "$ended_by" "mmapdemo $1: $what"
}
# A recording of a message that comes after 292 years.
{
	echo 6d6d61706d73670d0a1a0a00 01000000 0000000000000000 0000000000000000
	echo 0000000000000080 0000000000000000
} | xxd -r -p >late
for signal in INT TERM HUP; do
	waits_and_dies $signal "./news: interrupted; 0 received" recv ./news
	waits_and_dies $signal "./news: interrupted; 0 received" recv ./news --count 5
	waits_and_dies $signal "./news: interrupted; 0 recorded" record ./news rec --force
	waits_and_dies $signal "interrupted; 0 shown" top --interval 100000
	waits_and_dies $signal "/dev/mmapdemo: interrupted; 0 publications" watch
	waits_and_dies $signal "/dev/mmapdemo: interrupted; the word at 0 is still 0" wait 0
	waits_and_dies $signal "./zeroes: interrupted; the word at 0 is still 0" wait ./zeroes 0
	waits_and_dies $signal "./news: interrupted; 0 messages sent" replay late ./news
done
mkfifo lines
exec 5<>lines
mmapdemo send ./news <lines 2>err.send &
sender=$!
seq 3 >&5
mmapdemo recv ./news >out 2>err &
receiver=$!
received() {
	[ "$(wc -l <out)" -eq 3 ]
}
soon received
signalled TERM $receiver
ok "recv says how many it received" died TERM "recv: ./news: interrupted; 3 received"
kill $sender
ends $sender
exec 5>&-

# A scenario that waits for somebody to read its steps.
head -c 262144 /dev/urandom >marks
mkdir beside
export TMPDIR="$PWD/beside"
changed() {
	! cmp -s file marks
}
shared() {
	[ -e /dev/shm/mmapdemo-$player ]
}
# plays STATE OPTION...: as far as the pipe takes, and until STATE is there.
plays() {
	state=$1
	shift
	cp marks file
	stuffed 200
	mmapdemo scenario fork "$@" >pipe 2>err 3>&- &
	player=$!
	# shellcheck disable=SC2086 # several words
	soon $state
}
for signal in INT TERM; do
	plays changed -d ./file
	signalled $signal $player
	ok "SIG$signal ends a scenario" died $signal "fork: interrupted"
	ok "SIG$signal: what it has changed is put back" cmp file marks
	plays 'there mmapdemo-*' --on file
	signalled $signal $player
	ok "SIG$signal: a scenario leaves no file" [ -z "$(find beside -type f)" ]
	plays shared --on shm
	signalled $signal $player
	ok "SIG$signal: a scenario leaves no shared memory" [ -z "$(find /dev/shm -name "mmapdemo-$player")" ]
done
plays changed -d ./file
exec 3>&-
ends $player
ok "who no longer reads a scenario ends it" has "$?$(cat err)" "1*cannot write to stdout: Broken pipe"
ok "what it has changed is put back" cmp file marks
plays 'there mmapdemo-*' --on file
exec 3>&-
ends $player
ok "who no longer reads a scenario leaves no file" [ "$?$(find beside -type f)" = 1 ]

# A reader who goes ends the receiver, and that tells the sender, though in a file nobody watches.
seq 1000000 | mmapdemo send ./news 2>err &
sender=$!
run sh -c '{ mmapdemo recv ./news; echo "code $?" >&2; } | head -n 2'
ok "recv does not outlive its reader" has "$out:$err" "1
2:*cannot write to stdout: Broken pipe
code 1"
ends $sender
ok "its sender is told" has "$?$(cat err)" "1*the receiver is gone;"
sent=$(sed -n 's/.* gone; \([0-9]*\) sent, .*/\1/p' err)
mmapdemo recv ./news --timeout 0 >got
ok "what was not printed is still there" [ "$(tail -n 1 got)" = "$sent" ]

# What is closed is not the buffer.
printf aaaaaaaaaaaaaaaa >file
run sh -c 'mmapdemo write "too long for a buffer of 16" -d ./file 2>&-'
ok "with stderr closed, no message goes into the buffer" [ "$code$(cat file)" = 1aaaaaaaaaaaaaaaa ]
refused "with stdin closed, the buffer is not the input" 1 "stdin: Bad file descriptor" \
	sh -c 'mmapdemo write -d ./file -o 2 --truncate <&-'
run sh -c 'mmapdemo write bb -d ./file >&-'
ok "with stdout closed, what prints nothing works" [ "$code$err$(cat file)" = 0bbaaaaaaaaaaaaaa ]
refused "with stdout closed, what prints does not" 1 "cannot write to stdout: Bad file" \
	sh -c 'mmapdemo read -d ./file >&-'
cd /tmp || exit
rm -rf ends
finish
