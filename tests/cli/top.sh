# SPDX-License-Identifier: BSD-2-Clause
# What goes through buffers and channels, live.
. /root/tap.sh
cd /tmp || exit
as_alice() {
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}
mmapdemo create --channel news 64K
mmapdemo create plain 4K
mmapdemo send news one two three

run mmapdemo top --count 2 --interval 0.05
ok "a table for each interval" [ "$code$(echo "$out" | grep -c '^NODE ')" = 02 ]
ok "with a line for each buffer" [ "$(echo "$out" | grep -c '^mmapdemo')" = 6 ]
ok "no escape sequence in a pipe" [ "$(echo "$out" | tr -cd '\033' | wc -c)" = 0 ]
ok "messages that wait" has "$out" "mmapdemo-news        --       0.0       0.0       0.0        3 "
ok "it is not wider than a terminal" [ -z "$(echo "$out" | grep '^.\{81\}')" ]
run mmapdemo top --count 1 --interval 0.05 --json
ok "--json is a line" [ "$(echo "$out" | wc -l)" = 1 ]
ok "--json" has "$out" '{"seconds":0.*,"buffers":[[]{"name":"","published":0.0},{"name":"news","channel":true,"lines":false,"sender":false,"receiver":false,"sent":0.0,"received":0.0,"bytes":0.0,"full":0.0,"empty":0.0,"waiting":3},{"name":"plain","published":0.0}]}'
run as_alice mmapdemo top --count 1 --interval 0.05
ok "who may not read a channel sees no rates of it" has "$out" "mmapdemo-news        -- may not be read"
mmapdemo recv news >got

# Rates: of an engine that sends, and one that receives.
run mmapdemo engine start sink --in news --background
sink=$out
run mmapdemo engine start source --out news --rate 1000 --length 100 --background
source=$out
mmapdemo top --interval 0.2 >table 2>err &
top=$!
shown() {
	grep -qE '^mmapdemo-news +SR +[1-9][0-9.]* +[1-9][0-9.]* +[1-9]' table
}
ok "rates, and who is there" soon shown
while mmapdemo publish plain; do usleep 1000; done &
publisher=$!
published() {
	grep -qE '^mmapdemo-plain +-- +[1-9]' table
}
ok "the rate of publications" soon published
kill $publisher
kill -INT $top
wait $top 2>/dev/null
ok "a signal ends it" [ $? -eq 130 ]
mmapdemo engine stop "$source"
soon gone "$sink"

# A buffer that goes, and another one of the same name.
rm table
mmapdemo top --interval 0.05 >table 2>err &
top=$!
soon [ -s table ]
mmapdemo rm news
gone_from_table() {
	[ "$(tail -n 3 table | grep -c news)" = 0 ] && grep -q news table
}
ok "a buffer that is gone is not shown" soon gone_from_table
mmapdemo create --channel news 64K
back_in_table() {
	tail -n 4 table | grep -q news
}
ok "a new one is" soon back_in_table
kill $top
wait $top 2>/dev/null
# Within one interval, unless the machine is very slow.
mmapdemo send news a b c
mmapdemo top --interval 3 --count 1 >table &
top=$!
soon asleep $top
mmapdemo rm news
mmapdemo create --channel news 64K
wait $top
ok "a new one that counts less has no negative rates" [ -z "$(grep -e ' -[0-9]' table)" ]

refused "--interval 0" 2 "--interval '0': at least 0.01" mmapdemo top --interval 0
refused "--interval x" 2 "--interval 'x': not seconds such as 10 or 0.5" mmapdemo top --interval x
refused "--count 0" 2 "--count '0': at least 1" mmapdemo top --count 0
run sh -c 'mmapdemo top --interval 0.01 >/dev/full'
ok "a full disk on stdout ends it" has "$code$err" "1*cannot write to stdout: No space left"
mmapdemo rm news
mmapdemo rm plain
rm -f got err table
finish
