# SPDX-License-Identifier: BSD-2-Clause
# Recordings of channels: there and back, cut short, spoilt, on a full disk, killed.
. /root/tap.sh
cd /tmp || exit
waits() { # until PID sleeps as the receiver
	soon role && soon asleep "$1"
}
role() {
	read -r bits </sys/class/mmapdemo/mmapdemo-news/channel
	[ "$bits" -ge 33 ]
}
# numbers FILE: "FIRST LAST MISSING AGAIN" of lines that count up by 1.
numbers() {
	awk 'NR == 1 { first = $1 } NR > 1 && $1 == last { again++ }
		NR > 1 && $1 != last && $1 != last + 1 { missing++ } { last = $1 }
		END { print first, last, missing + 0, again + 0 }' "$1"
}
# header VERSION [ORDER]: of a recording. message TIME LENGTH, both as 16 digits, the bytes by stdin.
header() {
	printf 'mmapmsg\r\n\032\n\000'
	echo "0${1}000000 0000000000000000 ${2:-04030201}00000000" | xxd -r -p
}
message() {
	echo "$1 $2" | xxd -r -p
	cat
}

mmapdemo create --channel news 64K
head -c 5000 /dev/urandom >random
printf '' >empty
mmapdemo send news --files random empty random
run mmapdemo record news rec
ok "record is silent" [ "$code$out$err" = 0 ]
ok "the file is as its format says" [ "$(stat -c %s rec)" = $((32 + 3 * 16 + 10000)) ]
ok "it begins with the magic and the version" [ "$(xxd -p -l 16 rec)" = 6d6d61706d73670d0a1a0a0002000000 ]
ok "it says its byte order" [ "$(xxd -p -s 24 -l 8 rec)" = 0403020100000000 ]
run mmapdemo replay rec news
ok "replay is silent" [ "$code$out$err" = 0 ]
run mmapdemo recv news --json
ok "replay brings all messages back" [ "$(echo "$out" | sed 's/.*"length":\([0-9]*\),.*/\1/' | tr '\n' ' ')" = "5000 0 5000 " ]
ok "replay brings all bytes back" has "$out" "\"hex\":\"$(xxd -p -c 0 random)\"}
*\"hex\":\"\"}
*\"hex\":\"$(xxd -p -c 0 random)\"}"
mmapdemo send news a b c
cp rec before
refused "a recording that is there is not overwritten" 1 "rec: is there already; --append goes on with it, --force overwrites it" \
	mmapdemo record news rec
ok "it stays as it is" cmp rec before
run mmapdemo record news rec --count 2 --json --force
ok "record --count --json, and --force overwrites" has "$code$out" '0*"messages":2,*"bytes":2
}'
run mmapdemo recv news
ok "record --count leaves the rest" [ "$out" = c ]
mmapdemo send news a
run mmapdemo record news rec --count 2 --force
ok "record --count of more than come" has "$code$err" "1*news: the sender is gone; 1 recorded"
run mmapdemo replay rec news --speed 0 --json
ok "a recording takes the place of the one before; replay --json" has "$code$out" '0*"messages":1,*"bytes":1
}'
mmapdemo recv news >got

# By a pipe: stdout and stdin.
seq 1000 | mmapdemo send news
mmapdemo record news - 2>err | cat >rec
ok "record to a pipe is silent" [ ! -s err ]
seq 1000 >all
run sh -c 'cat rec | mmapdemo replay - news --speed 0'
ok "replay of a pipe is silent" [ "$code$out$err" = 0 ]
mmapdemo recv news >got
ok "all come through pipes" cmp all got
mmapdemo send news a b
printf before >rec
run sh -c 'mmapdemo record news - --json >>rec'
ok "record - --json tells by a line on stderr" [ "$code$out$err" = '0{"messages":2,"bytes":2}' ]
ok "record - cuts nothing that stdout had" [ "$(head -c 13 rec)" = beforemmapmsg ]
mmapdemo send news kept
run sh -c 'mmapdemo record news - >/dev/full'
ok "record - to a full disk" has "$code$err" "1*stdout: No space left on device"
run mmapdemo recv news
ok "what could not be recorded to stdout is still there" [ "$out" = kept ]
refused "replay of stdin that is no recording" 1 "stdin: not made by 'mmapdemo record'" \
	sh -c 'mmapdemo replay - news <random'
rm rec

# Times: as they came, faster, at once.
{
	header 2
	printf x | message 0000000000000000 0100000000000000
	printf y | message 00ca9a3b00000000 0100000000000000 # after a second
} >rec
took() { # COMMAND...: hundredths of a second
	begin=$(sed 's/ .*//; s/\.//' /proc/uptime)
	"$@"
	echo $(($(sed 's/ .*//; s/\.//' /proc/uptime) - begin))
}
ok "replay takes the time that it took" [ "$(took mmapdemo replay rec news)" -ge 99 ]
ok "--speed 5 takes a fifth" [ "$(took mmapdemo replay rec news --speed 5)" -ge 19 ]
run mmapdemo recv news
ok "both bring all" [ "$(echo "$out" | tr '\n' ' ')" = "x y x y " ]
{
	header 2
	printf z | message 0000000000000080 0100000000000000 # after 292 years
} >rec
run timeout 60 mmapdemo replay rec news --speed 0
ok "--speed 0 waits for no time" [ "$code$out$err" = 0 ]
run mmapdemo recv news
ok "--speed 0 brings all" [ "$out" = z ]
mmapdemo replay rec news 2>err &
player=$!
soon asleep $player
kill -TERM $player
wait $player 2>/dev/null
ok "a signal ends replay" has "$?$(cat err)" "143*news: interrupted; 0 messages sent"

# Cut short somewhere: what is whole is sent.
{
	header 2
	printf 12345 | message 0000000000000000 0500000000000000
	printf 678 | message 0000000000000000 0300000000000000
} >rec
cut_at() { # LENGTH CODE WHAT: one cut, and what is to be sent
	head -c "$1" rec >short
	mmapdemo replay short news 2>err
	code=$?
	[ "$code:$(mmapdemo recv news --timeout 0 2>/dev/null | paste -sd ,)" = "$2:$3" ]
}
cut_anywhere() {
	for length in 1 12 31; do cut_at $length 1 '' || return; done
	cut_at 32 0 '' || return
	for length in 33 40 47 48 52; do cut_at $length 1 '' || return; done
	cut_at 53 0 12345 || return
	for length in 54 61 68 69 71; do cut_at $length 1 12345 || return; done
	cut_at 72 0 12345,678
}
ok "a recording that was cut gives what is whole" cut_anywhere
head -c 60 rec >short
refused "a recording that was cut says so" 1 \
	"short: cut short in the middle of message 2; 1 messages sent" \
	mmapdemo replay short news
mmapdemo recv news >got

# What a recording holds.
played() { # what replay sent, in one line
	mmapdemo recv news --timeout 0 2>/dev/null | paste -sd ,
}
run mmapdemo record info rec
ok "info tells of a recording" [ "$code$out$err" = "0format       version 2, little-endian
recorded     unknown
duration     0.000000 s
messages     2
bytes        8" ]
run mmapdemo record info rec --json
ok "record info --json" has "$code$out" '0*"version":2,*"byte_order":"little",*"start":null,*"duration_ns":0,*"messages":2,*"bytes":8,*"cut_short":false,*"whole":72
}'
run sh -c 'head -c 60 rec | mmapdemo record info -'
ok "info tells that the end is missing" has "$code$out$err" "1*messages     1
bytes        5
cut short    after byte 53, in the middle of message 2"
refused "info of another file" 1 "random: not made by 'mmapdemo record'" mmapdemo record info random
refused "info takes no option of record" 2 "info: takes no option but --json" mmapdemo record info rec --force
{
	header 1 00000000
	printf 1 | message 00ca9a3b00000000 0100000000000000
} >old
run mmapdemo record info old
ok "info of version 1" has "$code$out" "0*version 1,*duration     1.000000 s*messages     1"
run mmapdemo replay old news --speed 0
ok "replay of version 1" [ "$code$out$err$(played)" = 01 ]

# Appended.
mmapdemo send news a b
run mmapdemo record news old --append
ok "record --append is silent" [ "$code$out$err" = 0 ]
run mmapdemo replay old news --speed 0
ok "record --append goes on with a recording" [ "$code$(played)" = 01,a,b ]
run mmapdemo record info old
ok "record --append goes on with its times" has "$out" "duration     1.0*messages     3"
rm -f fresh
mmapdemo send news a
mmapdemo record news fresh --append
mmapdemo send news b
mmapdemo record news fresh --append
run mmapdemo replay fresh news --speed 0
ok "record --append to no file begins one" [ "$code$(played)" = 0a,b ]
mmapdemo send news kept
head -c 60 rec >short
cp short before
refused "record --append to what was cut" 1 \
	"short: cut short in the middle of message 2; 'truncate -s 53 short' removes what there is of it" \
	mmapdemo record news short --append
ok "it is as it was" cmp short before
refused "record --append to another file" 1 "random: not made by 'mmapdemo record'" \
	mmapdemo record news random --append
refused "record --append --force" 2 "--append: not with --force" mmapdemo record news rec --append --force
refused "record --append to stdout" 2 "--append: not to stdout" mmapdemo record news - --append
truncate -s 53 short
mmapdemo record news short --append
run mmapdemo replay short news --speed 0
ok "what was cut is appended to after truncate" [ "$code$(played)" = 012345,kept ]
refused "record --timeout" 1 "news: no message came in time; 0 recorded" \
	mmapdemo record news rec --force --timeout 0.01 --follow

# A part, again and again.
{
	header 2
	printf a | message 0000000000000080 0100000000000000 # after 292 years
	printf b | message 0000000000000080 0100000000000000
	printf c | message 0000000000000080 0100000000000000
} >rec
run timeout 60 mmapdemo replay rec news --from 2
ok "replay --from sends its first message at once" [ "$code$(played)" = 0b,c ]
refused "replay --from after the end" 1 "rec: has 3 messages; there is nothing to send" \
	mmapdemo replay rec news --from 4
refused "replay --from 0" 2 "--from '0': at least 1" mmapdemo replay rec news --from 0
mmapdemo replay rec news --from 2 --loop 2>err &
player=$!
run mmapdemo recv news --count 5
ok "replay --loop begins again" [ "$(echo "$out" | paste -sd ,)" = b,c,b,c,b ]
wait $player
ok "replay --loop ends when the receiver is gone" has "$?$(cat err)" "1*news: the receiver is gone;"
mmapdemo recv news >got
refused "replay --timeout" 1 "news: no room; 4095 messages sent" \
	mmapdemo replay rec news --from 2 --loop --timeout 0
mmapdemo recv news >got
refused "replay --loop of a pipe" 1 "stdin: cannot be read again; --loop needs a regular file" \
	sh -c 'cat rec | mmapdemo replay - news --loop'
header 2 >bad
refused "replay --loop of nothing" 1 "bad: has 0 messages; there is nothing to send" \
	mmapdemo replay bad news --loop

# Spoilt.
refused "replay of nothing" 1 "none: No such file" mmapdemo replay none news
refused "replay of a directory" 1 "/tmp: is a directory; name a file" mmapdemo replay /tmp news
refused "replay of an empty file" 1 "empty: not made by 'mmapdemo record'" mmapdemo replay empty news
refused "replay of another file" 1 "random: not made by 'mmapdemo record'" mmapdemo replay random news
header 3 >bad
refused "another format" 1 "bad: has format 3; this tool reads 1 to 2" mmapdemo replay bad news
{
	printf 'mmapmsg\r\n\032\n\000'
	echo 00000002 0000000000000000 01020304 00000000 | xxd -r -p
} >bad
refused "the other byte order" 1 "bad: is a big-endian recording; this tool reads little-endian ones" \
	mmapdemo replay bad news
header 2 00000000 >bad
refused "no byte order" 1 "bad: not made by 'mmapdemo record'" mmapdemo replay bad news
{
	header 2
	printf 1 | message 0000000000000000 0100000000000000
	message 0000000000000000 0000000000010000 </dev/null
} >bad
refused "a message of a terabyte" 1 "bad: cut short in the middle of message 2; 1 messages sent" \
	mmapdemo replay bad news
refused "a message of a terabyte by a pipe" 1 \
	"stdin: message 2 has 1099511627776 bytes, and news takes 32768; 1 messages sent" \
	sh -c 'cat bad | mmapdemo replay - news'
mmapdemo recv news >got
refused "replay into what is no channel" 1 "/dev/mmapdemo: not a channel" mmapdemo replay rec /dev/mmapdemo
refused "record of what is no channel" 1 "/dev/mmapdemo: not a channel" mmapdemo record /dev/mmapdemo rec --force
refused "--speed of nothing" 2 "--speed 'x': not a factor such as 10 or 0.5" mmapdemo replay rec news --speed x
refused "--speed is not for record" 2 "--speed: not an option" mmapdemo record news rec --speed 1
refused "record without FILE" 2 "NAME|info FILE: needed" mmapdemo record news
mmapdemo send news kept
refused "record into a directory" 1 "/tmp: Is a directory" mmapdemo record news /tmp
refused "record into no directory" 1 "no/such: No such file" mmapdemo record news no/such
run mmapdemo recv news
ok "what could not be recorded is still there" [ "$out" = kept ]
run sh -c 'seq 10 | mmapdemo send news; mmapdemo record news /dev/full'
ok "record into a full device" has "$code$err" "1*/dev/full: No space left"
mmapdemo recv news >got
ok "nothing was lost" [ "$(numbers got)" = "1 10 0 0" ]

# A full disk in the middle: what fits is whole, and the rest is still in the channel.
mkdir small
mount -t tmpfs -o size=16k tmpfs small
seq 4000 | mmapdemo send news
run mmapdemo record news small/rec
ok "a full disk is told" has "$code$err" "1*small/rec: No space left on device; * messages are in it, the next ones still in news"
recorded=$(echo "$err" | sed 's/.*device; \([0-9]*\) messages.*/\1/')
mmapdemo recv news >rest
run mmapdemo replay small/rec news --speed 0
ok "what is on the full disk is whole" [ "$code$out$err" = 0 ]
mmapdemo recv news >got
ok "as much as it said" [ "$(wc -l <got)" = "$recorded" ]
cat rest >>got
ok "and nothing is lost" [ "$(numbers got)" = "1 4000 0 0" ]
umount small
rmdir small

# Ended by a signal, killed.
for signal in INT TERM; do
	number=130
	[ $signal = INT ] || number=143
	mmapdemo record news rec --force --json >out 2>err &
	recorder=$!
	waits $recorder
	kill -s $signal $recorder
	wait $recorder 2>/dev/null
	ok "SIG$signal ends record" has "$?$(cat err)" "${number}mmapdemo record: news: interrupted; 0 recorded"
	ok "SIG$signal: record --json tells what is there" has "$(cat out)" '"messages":0,'
done
seq 10000000 | mmapdemo send news 2>err &
sender=$!
mmapdemo record news rec --force 2>err.record &
recorder=$!
grown() {
	[ "$(stat -c %s rec)" -gt 1000 ]
}
soon grown
kill -TERM $recorder
wait $recorder 2>/dev/null
ok "SIGTERM keeps what was got so far" has "$?$(cat err.record)" "143*news: interrupted; [1-9]* recorded"
wait $sender
sent=$(sed -n 's/.* gone; \([0-9]*\) sent, .*/\1/p' err)
mmapdemo recv news >rest
mmapdemo replay rec news --speed 0 &
mmapdemo recv news >got
wait
cat rest >>got
ok "SIGTERM loses nothing" [ "$(numbers got)" = "1 $sent 0 0" ]
rm rec
seq 10000000 | mmapdemo send news 2>err &
sender=$!
mmapdemo record news rec &
recorder=$!
soon [ -e rec ]
soon grown
kill -9 $recorder
wait $sender
sent=$(sed -n 's/.* gone; \([0-9]*\) sent, .*/\1/p' err)
mmapdemo recv news >rest
mmapdemo replay rec news --speed 0 &
mmapdemo recv news >got
wait
cat rest >>got
# shellcheck disable=SC2046 # four words
set -- $(numbers got)
ok "a kill loses nothing, and one message at most is there twice" \
	[ "$1 $2 $3" = "1 $sent 0" -a "$4" -le 1 ]
mmapdemo rm news
rm -f random empty all rec before old fresh got err err.record short bad rest out
finish
