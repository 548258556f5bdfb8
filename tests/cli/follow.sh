# SPDX-License-Identifier: BSD-2-Clause
# recv and record that go on with the next sender: on a node, and in a file.
. /root/tap.sh
mkdir /tmp/follow && cd /tmp/follow || exit
lines() { # NUMBER FILE: it has as many
	[ "$(wc -l <"$2")" -eq "$1" ]
}
# grown FILE BYTES: it has as many, or more.
grown() {
	[ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -ge "$2" ]
}
# follows NAME: all tests, of one channel.
follows() {
	: >got
	mmapdemo recv "$1" --follow >got 2>err &
	receiver=$!
	mmapdemo send "$1" one
	ok "$1: recv --follow receives from a sender" soon lines 1 got
	refused "$1: recv --follow keeps its role after a hang-up" 1 "$1: it has a receiver already" \
		mmapdemo recv "$1" --timeout 0
	run mmapdemo send "$1" two
	ok "$1: the next sender is not told of a hang-up" [ "$code$out$err" = 0 ]
	run mmapdemo send "$1" three four
	ok "$1: recv --follow goes on with the next sender" soon lines 4 got
	ok "$1: recv --follow loses nothing" [ "$(paste -sd , got)" = one,two,three,four ]
	kill -INT $receiver
	wait $receiver 2>/dev/null
	ok "$1: SIGINT ends recv --follow" has "$?$(cat err)" "130mmapdemo recv: $1: interrupted; 4 received"

	mmapdemo recv "$1" --follow --count 2 >got &
	receiver=$!
	mmapdemo send "$1" one
	mmapdemo send "$1" two
	wait $receiver
	ok "$1: recv --follow --count ends after N" [ "$?$(paste -sd , got)" = 0one,two ]
	mmapdemo send "$1" last
	run mmapdemo recv "$1" --follow --timeout 0
	ok "$1: recv --follow --timeout waits no longer" \
		has "$code$out$err" "1last*$1: no message came in time; 1 received"

	rm -f rec
	mmapdemo record "$1" rec --follow --count 2 &
	recorder=$!
	mmapdemo send "$1" one
	ok "$1: record --follow records a message" soon grown rec 51
	mmapdemo send "$1" two
	wait $recorder
	ok "$1: record --follow goes on with the next sender" [ $? -eq 0 ]
	mmapdemo replay rec "$1" --speed 0
	run mmapdemo recv "$1"
	ok "$1: record --follow loses nothing" [ "$(echo "$out" | paste -sd ,)" = one,two ]
}

mmapdemo create --channel news 64K
follows news
mmapdemo rm news
mmapdemo create --channel ./file 64K
follows ./file
cd / && rm -rf /tmp/follow
finish
