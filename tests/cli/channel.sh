# SPDX-License-Identifier: BSD-2-Clause
# Channels by the tool, and by echo and cat: make them, send, receive, die, go on.
. /root/tap.sh
cd /tmp || exit
as_alice() {
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}
node=/dev/mmapdemo-news
# role NAME: has the channel news somebody in it? 1: a channel, 16: a sender, 32: a receiver.
role() {
	read -r bits </sys/class/mmapdemo/mmapdemo-news/channel
	case $1$bits in
	sender17 | sender49 | receiver33 | receiver49) ;;
	*) return 1 ;;
	esac
}
free_roles() {
	! role sender && ! role receiver
}
# waits PID ROLE: it has the role, and sleeps.
waits() {
	soon role "$2" && soon asleep "$1"
}
# is_full [PATH]: it was full once more than $before.
is_full() {
	[ "$(stat_of full "$@")" -gt "$before" ]
}
stat_of() { # MEMBER [PATH]
	mmapdemo info -d "${2:-$node}" --json | sed -n "s/^ *\"$1\":\([0-9]*\),*$/\1/p"
}
# numbers FILE...: "FIRST LAST MISSING AGAIN" of lines that count up by 1.
numbers() {
	cat "$@" | awk 'NR == 1 { first = $1 } NR > 1 && $1 == last { again++ }
		NR > 1 && $1 != last && $1 != last + 1 { missing++ } { last = $1 }
		END { print first, last, missing + 0, again + 0 }'
}

# Made, and told of.
run mmapdemo create --channel news 64K
ok "create --channel is silent" [ "$code$out$err" = 0 ]
run mmapdemo create --channel --lines wide 1M --mode 0660 --json
ok "create --channel --lines --json" has "$code$out" '0*"size":1048576,*"channel":true,*"lines":true,'
run mmapdemo info -d $node
ok "info tells of the ring" has "$out" "a ring of 64 KiB, messages aligned to 8 bytes"
ok "info tells that nobody is there" has "$out" "nobody sends*nobody receives"
run mmapdemo info -d /dev/mmapdemo-wide
ok "info tells of lines" has "$out" "a ring of 1 MiB, messages aligned to 64 bytes"
run mmapdemo info
ok "info of other buffers tells of no channel" [ -z "$(echo "$out" | grep -E 'channel|sent')" ]
run mmapdemo ls
ok "ls marks channels" has "$out" "/dev/mmapdemo-news * idle"
ok "ls marks nothing else" [ "$(echo "$out" | grep -c idle)" = 2 ]
run mmapdemo ls --json
ok "ls --json marks channels" has "$out" '"name":"news",*"channel":true,*"lines":false,*"sender":false,*"receiver":false*"name":"wide",*"lines":true'
ok "/sys tells, too" [ "$(cat /sys/class/mmapdemo/mmapdemo*/channel | tr '\n' ' ')" = "1 3 0 " ]
mmapdemo rm wide
for size in 100000 32K 2G; do
	refused "a channel of $size" 2 "SIZE: of a channel it is a power of two, 64K to 1G, such as" \
		mmapdemo create --channel x $size
done
refused "--lines without --channel" 2 "--lines: only with --channel" mmapdemo create --lines x 64K
refused "--lines of another verb" 2 "--lines: not an option of this verb" mmapdemo ls --lines
refused "a name that is there" 1 "news: there is such a buffer already" \
	mmapdemo create --channel news 64K

# What is for buffers of bytes.
refused "read of a channel" 1 "is a channel, which has messages only" mmapdemo read -d $node
refused "write to a channel" 1 "is a channel, which has messages only" mmapdemo write -d $node x
refused "resize of a channel" 1 "is a channel, which has messages only" mmapdemo resize news 128K
refused "publish of a channel" 1 "is a channel, which has messages only" mmapdemo publish news
refused "watch of a channel" 1 "is a channel, which has messages only" mmapdemo watch news
refused "lock in a channel" 1 "is a channel, which has messages only" mmapdemo lock news -- true
refused "wait in a channel" 1 "is a channel, which has messages only" mmapdemo wait news 0

# Messages there and back.
run mmapdemo send news one '' 'two words'
ok "send is silent" [ "$code$out$err" = 0 ]
run mmapdemo recv news
ok "recv prints a line for each, and ends when the sender is gone" [ "$code$out$err" = "0one

two words" ]
printf 'first\n\nwith a \000\nno newline' >lines
run mmapdemo send news <lines
mmapdemo recv news >got
echo >>lines
ok "send takes lines of stdin, recv gives them back" cmp lines got
head -c 20000 /dev/urandom >random
mmapdemo send news --files random lines
mmapdemo recv news --raw >got
cat random lines >both
ok "send --files: a message of all bytes" cmp both got
run sh -c 'mmapdemo send news --files lines - <random && mmapdemo recv news --json'
ok "recv --json: a line for each" [ "$(echo "$out" | wc -l)" = 2 ]
ok "recv --json: the length" has "$out" '"length":20000,"hex":"'
ok "recv --json: all bytes" has "$out" "\"hex\":\"$(xxd -p -c 0 random)\"}"
run mmapdemo send news -n 3000 <random
ok "send --length cuts stdin" [ "$(stat_of sent)" = $((3 + 4 + 2 + 2 + 7)) ]
mmapdemo recv news --raw >got
ok "send --length loses nothing" cmp random got
run mmapdemo send news </dev/null
ok "send of nothing" [ "$code$out$err" = 0 ]
run sh -c "mmapdemo send news 1 2 3; mmapdemo recv news --count 2"
ok "recv --count takes that many" [ "$out" = "1
2" ]
run mmapdemo recv news --count 2
ok "recv --count of more than come prints them" [ "$code$out" = 13 ]
ok "recv --count of more than come says so" has "$err" "news: the sender is gone; 1 received"
refused "recv --timeout 0 of nothing" 1 "news: no message came in time; 0 received" \
	mmapdemo recv news --timeout 0
refused "recv --timeout" 1 "news: no message came in time; 0 received" \
	mmapdemo recv news --timeout 0.1

# Real echo and cat, a message for each write and read.
/bin/echo hello >$node
ok "echo sends" [ "$(stat_of sent)" = 22 ]
run /bin/cat $node
ok "cat receives, and ends" [ "$code$out$err" = 0hello ]
# shellcheck disable=SC2016 # the command's
sh -c 'for i in 1 2 3; do echo $i; done' >$node
run mmapdemo recv news --json
ok "each echo of a shell is a message" [ "$(echo "$out" | grep -c '"length":2,')" = 3 ]
mmapdemo send news a b
run cat $node
ok "cat receives what the tool sent" [ "$out" = ab ]
run dd if=/dev/zero of=$node bs=32769 count=1 status=none
ok "dd cannot send more than half the ring" has "$code$err" "1*Message too long"

# What does not go.
refused "send to nothing" 2 "NAME [[]TEXT]...: needed" mmapdemo send
refused "send to what is not there" 1 "none: no such buffer" mmapdemo send none x
refused "send to what is no channel" 1 "/dev/mmapdemo: not a channel" mmapdemo send /dev/mmapdemo x
refused "recv from what is no channel" 1 "/dev/zero: not a channel" mmapdemo recv /dev/zero
refused "send --files without files" 2 "--files: needs the names" mmapdemo send news --files
refused "send --length and TEXT" 2 "--length: cuts stdin" mmapdemo send news x -n 3
refused "send --length 0" 2 "--length '0': at least 1" mmapdemo send news -n 0
refused "recv --raw --json" 2 "--raw: not with --json" mmapdemo recv news --raw --json
refused "recv --raw --time" 2 "--raw: not with --time" mmapdemo recv news --raw --time
refused "send --files of nothing" 1 "nothing: No such file" mmapdemo send news --files nothing
refused "send --files of a directory" 1 "/tmp: is a directory" mmapdemo send news --files /tmp
head -c 32769 /dev/zero >long
refused "send of more than half the ring" 1 "news: a message is longer than 32768 bytes; 0 sent" \
	mmapdemo send news --files long
refused "send --length of more than half the ring" 1 "longer than 32768 bytes; 0 sent" \
	mmapdemo send news -n 32769
run sh -c '{ seq 3; tr "\000" x <long; echo; echo 5; } | mmapdemo send news'
ok "send says how far it came" has "$code$err" "1*a message is longer than 32768 bytes; 3 sent"
run mmapdemo recv news
ok "what was sent before is there" [ "$(echo "$out" | tr '\n' ' ')" = "1 2 3 " ]
head -c 32768 /dev/zero | mmapdemo send news --files -
ok "send of the longest message" [ "$(mmapdemo recv news --raw | wc -c)" = 32768 ]
refused "send by a user who may not" 1 "news: Permission denied" as_alice mmapdemo send news x
refused "recv by a user who may not" 1 "news: Permission denied" as_alice mmapdemo recv news
chmod 666 $node
run as_alice mmapdemo send news 'by alice'
ok "send by a user who may" [ "$code$out$err" = 0 ]
run sh -c 'mmapdemo recv news >/dev/full'
ok "a full disk on stdout is told" has "$code$err" "1*cannot write to stdout: No space left"
run mmapdemo recv news
ok "what was not printed is still there" [ "$code$out$err" = "0by alice" ]

# How messages are printed.
stamped() { # LINE: a time and the message
	echo "$1" | grep -qxE '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}[+-][0-9]{2}:[0-9]{2} with a time'
}
mmapdemo send news 'with a time' more
run mmapdemo recv news --time --count 1
ok "recv --time: the time is before the message" stamped "$out"
run mmapdemo recv news --time --json
ok "recv --time --json: the time is a member" has "$out" '"length":4,"time":"[0-9]*T*.*","hex":"6d6f7265"}'
printf 'a\033[31m\nb' | mmapdemo send news --files -
run mmapdemo recv news
ok "recv into a pipe escapes nothing" [ "$out" = "$(printf 'a\033[31m\nb')" ]

# The ring is full.
run sh -c 'seq 100000 | mmapdemo send news --timeout 0'
sent=$(stat_of sent)
ok "send --timeout 0 stops when there is no room" has "$code$err" "1*news: no room; 4095 sent"
run sh -c 'seq 100000 | mmapdemo send news --timeout 0.1'
ok "send --timeout waits no longer" has "$code$err" "1*news: no room; 0 sent"
ok "what found no room is not there" [ "$(stat_of sent)" = "$sent" ]
mmapdemo recv news --count 4000 >got
mmapdemo recv news >>got
ok "what was sent is all there" [ "$(numbers got)" = "1 4095 0 0" ]

# Each waits for the other.
mmapdemo recv news >got &
receiver=$!
ok "the receiver waits" waits $receiver receiver
ok "ls shows the receiver" has "$(mmapdemo ls)" "news * receiver"
refused "a second receiver" 1 "news: it has a receiver already" mmapdemo recv news
run cat $node
ok "a second receiver by cat" has "$code$err" "1*busy"
mmapdemo send news wake
wait $receiver
ok "a message wakes the receiver, a hang-up ends it" [ "$?$(cat got)" = 0wake ]
mmapdemo recv news >got &
receiver=$!
waits $receiver receiver
sh -c 'echo a; echo b' >$node
wait $receiver
ok "a shell's end is a hang-up, too" [ "$?$(tr '\n' ' ' <got)" = "0a  b  " ]
before=$(stat_of full)
seq 30000 | mmapdemo send news &
sender=$!
soon role sender
ok "the sender waits" soon is_full
ok "ls shows the sender" has "$(mmapdemo ls)" "news * sender"
refused "a second sender" 1 "news: it has a sender already" mmapdemo send news x
mmapdemo recv news >got
wait $sender
ok "all go through a ring that is too small for them" [ "$?$(numbers got)" = "01 30000 0 0" ]

# The receiver goes in the middle.
seq 30000 | mmapdemo send news 2>err &
sender=$!
soon role sender
mmapdemo recv news --count 100 >got
wait $sender
code=$?
sent=$(sed -n 's/.*news: the receiver is gone; \([0-9]*\) sent, and what it left is for the next one$/\1/p' err)
ok "a sender is told that the receiver is gone" [ $code -eq 1 -a "$sent" -gt 100 ]
mmapdemo recv news >>got
ok "the next one receives what was left" [ "$(numbers got)" = "1 $sent 0 0" ]

# After a signal, what was done is in order, and the tool dies of it: see ends.sh.
for signal in INT TERM; do
	number=130
	[ $signal = INT ] || number=143
	mmapdemo recv news >got 2>err &
	receiver=$!
	waits $receiver receiver
	kill -s $signal $receiver
	wait $receiver 2>/dev/null
	ok "SIG$signal ends recv" has "$?$(cat got err)" "${number}mmapdemo recv: news: interrupted; 0 received"
	mmapdemo recv news --count 2 2>err &
	receiver=$!
	waits $receiver receiver
	kill -s $signal $receiver
	wait $receiver 2>/dev/null
	ok "SIG$signal ends recv --count" has "$?$(cat err)" "$number*news: interrupted; 0 received"
	before=$(stat_of full)
	seq 30000 | mmapdemo send news 2>err &
	sender=$!
	# Before, it may sleep until seq writes.
	soon is_full
	waits $sender sender
	kill -s $signal $sender
	wait $sender 2>/dev/null
	ok "SIG$signal: send says how far it came" has "$?$(cat err)" "$number*news: interrupted; 4095 sent"
	mmapdemo recv news >got
	ok "SIG$signal: what was sent is there" [ "$(numbers got)" = "1 4095 0 0" ]
done

# Killed in the middle: nothing is lost, and a message that comes twice was about to be printed.
rm got
seq 10000000 | mmapdemo send news &
sender=$!
mmapdemo recv news >got &
receiver=$!
soon [ -s got ]
kill -9 $sender
wait $receiver
ok "a receiver ends when the sender is killed" [ $? -eq 0 ]
last=$(tail -n 1 got)
ok "all that was sent was received" [ "$(numbers got)" = "1 $last 0 0" ]
wait $sender
rm got
seq 10000000 | mmapdemo send news 2>err &
sender=$!
soon role sender
mmapdemo recv news >got &
receiver=$!
soon [ -s got ]
kill -9 $receiver
wait $sender
# shellcheck disable=SC2181 # of the one waited for
ok "a sender is told when the receiver is killed" [ $? -ne 0 ]
soon free_roles
sent=$(sed -n 's/.* gone; \([0-9]*\) sent, .*/\1/p' err)
# A line that was cut is printed as a whole by the next one.
[ -z "$(tail -c 1 got)" ] || sed -i '$d' got
mmapdemo recv news >>got
# shellcheck disable=SC2046 # four words
set -- $(numbers got)
ok "the next receiver goes on where the killed one was" [ "$1 $2 $3" = "1 $sent 0" -a "$4" -le 1 ]

# The same on a file, where nobody knows of a death.
run mmapdemo create --channel ./file 64K
ok "create --channel of a file" [ "$code$out$err" = 0 ]
ok "the file is two pages longer than the ring" [ "$(stat -c %s file)" = 73728 ]
refused "create --channel of a file that is there" 1 "./file: File exists" \
	mmapdemo create --channel ./file 64K
refused "create --channel --mode of a file" 2 "--mode: a file's is by the umask" \
	mmapdemo create --channel ./x 64K --mode 0600
mkdir full
mount -t tmpfs -o size=32k tmpfs full
refused "create --channel of a file on a full disk" 1 "full/file: No space left" \
	mmapdemo create --channel ./full/file 64K
ok "create --channel on a full disk leaves nothing" [ -z "$(ls full)" ]
umount full
rmdir full
refused "send to a file that is no channel" 1 "./long: not a channel" mmapdemo send ./long x
seq 30000 | mmapdemo send ./file &
sender=$!
run mmapdemo info -d ./file
ok "info of a file" has "$out" "a ring of 64 KiB, messages aligned to 8 bytes
sent * messages, *
received *"
mmapdemo recv ./file >got
wait $sender
ok "all go through a file" [ "$?$(numbers got)" = "01 30000 0 0" ]
mmapdemo recv ./file >got &
receiver=$!
soon asleep $receiver
refused "a second receiver from a file" 1 "./file: it has a receiver already" \
	mmapdemo recv ./file --timeout 0
kill -9 $receiver
wait $receiver
refused "a killed receiver from a file leaves its role" 1 "./file: no message came in time" \
	mmapdemo recv ./file --timeout 0
before=$(stat_of full ./file)
seq 30000 | mmapdemo send ./file 2>err &
sender=$!
soon is_full ./file
refused "a second sender to a file" 1 "./file: it has a sender already" mmapdemo send ./file x
kill -9 $sender
wait $sender
run mmapdemo send ./file --timeout 0 x
ok "a killed sender to a file leaves its role" has "$code$err" "1*./file: no room; 0 sent"

run mmapdemo rm news
ok "rm of a channel" [ "$code$out$err" = 0 ]
for verb in send recv engine top record replay; do
	run mmapdemo --help
	ok "--help names $verb" has "$out" "  $verb "
	run mmapdemo $verb --help
	ok "$verb --help" has "$code$out" "0usage: mmapdemo $verb"
done
run sh -c 'for verb in create send recv engine top record replay; do mmapdemo $verb --help; done | grep "^.\{101\}"'
ok "--help of the verbs is no wider than 100" [ -z "$out" ]
rm -f lines random both got err long file
finish
