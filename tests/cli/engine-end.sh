# SPDX-License-Identifier: BSD-2-Clause
# Engines in the background: what ended, and why, is told; they are stopped by what one knows;
# and they take the time and the place of their processes.
. /root/tap.sh
cd /tmp || exit
as_alice() {
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}
# line PID: of the list that was run, what follows the PID.
line() {
	echo "$out" | awk -v pid="$1" '$1 == pid { $1 = ""; print }'
}
lists() { # NUMBER
	[ "$(echo "$out" | wc -l)" = $(($1 + 2)) ]
}
start() {
	run mmapdemo engine start "$@" --background
	pid=$out
}
# Nobody has been there, and nothing was left: so nobody is missed.
fresh() {
	mmapdemo rm "$1"
	mmapdemo create --channel "$1" 64K
}
reports() {
	find "$1" -name 'engine-*' | wc -l
}

for name in a b c; do mmapdemo create --channel $name 64K; done

# What the issue began with: the receiver of a source goes, and later somebody asks.
start source --out a --rate 1000 --length 16
source=$pid
mmapdemo recv a --count 3 >got
ok "a source ends with its receiver" soon gone "$source"
run mmapdemo engine list --json
ok "its end is told, --json" has "$out" \
	'"kind":"source",*"in":null,*"out":"a",*"error":32,*"ended":true,*"state":"ended: the other side is gone",*"pid":'"$source"
ok "it is told how much it sent" [ "$(echo "$out" | sed -n 's/.*"sent":\([0-9]*\),/\1/p')" -ge 3 ]
run mmapdemo engine list
ok "and that is told once" lists 0

# A source that is stopped ends its sink, which says why.
start sink --in b
sink=$pid
start source --out b --rate 1000 --length 16
source=$pid
received() {
	run mmapdemo engine list
	[ "$(line "$sink" | cut -d ' ' -f 5)" -gt 0 ]
}
ok "the sink receives" soon received
run mmapdemo engine stop "$source"
ok "stop of the source" [ "$code$out$err" = 0 ]
ok "the sink ends with it" soon gone "$sink"
run mmapdemo engine list
ok "the sink tells why; who was stopped has been heard of" lists 1
ok "why: the other side is gone" has "$(line "$sink")" "sink b - [1-9]* 0 0 ended: the other side is gone"

# Other ends.
start source --out c --rate 1000 --length 16 --count 5
soon gone "$pid"
run mmapdemo engine list
ok "the end of a count is told" [ "$(line "$pid")" = " source - c 0 5 0 ended: it has made all" ]
start source --out c --rate 1 --length 40000
soon gone "$pid"
run mmapdemo engine list
ok "an error is told" [ "$(line "$pid")" = " source - c 0 0 0 ended: Message too long" ]
fresh a
start sink --in a
kill -9 "$pid"
soon gone "$pid"
run mmapdemo engine list
ok "a kill is told" [ "$(line "$pid")" = " sink a - 0 0 0 killed: what it did is not known" ]
start sink --in a
kill "$pid"
soon gone "$pid"
run mmapdemo engine list
ok "a signal is told" has "$(line "$pid")" "sink a - * 0 0 stopped by a signal"
start sink --in a
kill -9 "$pid"
soon gone "$pid"
run mmapdemo engine stop "$pid"
ok "stop of what has ended" [ "$code$out$err" = 0 ]
run mmapdemo engine list
ok "has heard of it" lists 0

# Stopped by what one knows.
many() {
	start sink --in a
	first=$pid
	start source --out a --rate 10 --length 16
	second=$pid
	start sink --in b
	third=$pid
}
many
run mmapdemo engine stop sink
ok "stop of a kind ends all of it" gone "$first"
ok "of all channels" gone "$third"
soon gone "$second"
run mmapdemo engine list
ok "and no other kind" [ "$(line "$second" | cut -d ' ' -f 2,3,4,8-)" = "source - a ended: the other side is gone" ]
many
run mmapdemo engine stop a
ok "stop of a channel ends both its sides" [ "$code$out$err" = 0 ]
ok "the receiver" gone "$first"
ok "the sender" gone "$second"
run mmapdemo engine list
ok "and no other channel's" has "$(line "$third")" "sink b * works"
run mmapdemo engine stop /dev/mmapdemo-b
ok "stop of a path" gone "$third"
run mmapdemo engine list
ok "all that was stopped has been heard of" lists 0

# Where reports are.
ok "they are in a directory of the user's" [ "$(stat -c %a:%u /tmp/mmapdemo-0)" = 700:0 ]
ok "nothing is left there" [ "$(reports /tmp/mmapdemo-0)" = 0 ]
mkdir -m 755 run
XDG_RUNTIME_DIR=$PWD/run
export XDG_RUNTIME_DIR
start source --out c --rate 1000 --length 16 --count 1
soon gone "$pid"
ok "XDG_RUNTIME_DIR is where they are" [ "$(reports run/mmapdemo)" = 1 ]
run sh -c 'mmapdemo engine list >/dev/full'
ok "what could not be printed" [ "$code" = 1 ]
ok "was not heard" [ "$(reports run/mmapdemo)" = 1 ]
chmod 750 run/mmapdemo
refused "no report beside others" 1 "run/mmapdemo: no place for the engine's report: not yours alone" \
	mmapdemo engine start sink --in a --background
unset XDG_RUNTIME_DIR
rm -r run
fresh a
chmod 666 /dev/mmapdemo /dev/mmapdemo-a
mkdir /tmp/mmapdemo-1001
refused "none in a place of somebody else's" 1 "/tmp/mmapdemo-1001: no place for the engine's report: not yours" \
	as_alice mmapdemo engine start sink --in a --background
rmdir /tmp/mmapdemo-1001
ln -s mmapdemo-0 /tmp/mmapdemo-1001
refused "nor through a link" 1 "/tmp/mmapdemo-1001: no place for the engine's report: Not a directory" \
	as_alice mmapdemo engine start sink --in a --background
rm /tmp/mmapdemo-1001
ok "what was refused has no role" has "$(mmapdemo ls)" "mmapdemo-a * idle"
ok "and leaves nothing" [ "$(reports /tmp/mmapdemo-0)" = 0 ]

# Whose process it is.
start sink --in a
ok "its command line says what it is" \
	[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "mmapdemo engine start sink --in a --background " ]
ok "it is one task" [ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
spent() {
	[ "$(cut -d ' ' -f 15 "/proc/$pid/stat")" -gt 0 ]
}
mmapdemo engine start source --out a --rate 1000000 --length 1000 --count 300000 >got &
source=$!
ok "its time is that of its process" soon spent
wait $source
ok "so is a source's in the foreground" has "$(cat got)" "source, ended: it has made all"
soon gone "$pid"

# Beneath a limit of processes.
mkdir group
mount -t cgroup2 none group
echo +pids >group/cgroup.subtree_control
mkdir group/held
echo 1 >group/held/pids.max
# held COMMAND...: its process is the only one that may be in the group.
held() {
	sh -c 'echo 0 >group/held/cgroup.procs; exec "$@"' held "$@"
}
run held mmapdemo engine start source --out c --rate 1000 --length 16 --count 5
ok "in the foreground an engine needs no other process" has "$code$out" "0engine       source, ended: it has made all"
refused "in the background it needs one" 1 "no process for it: Resource temporarily unavailable" \
	held mmapdemo engine start sink --in a --background
ok "no process came beyond the limit" [ "$(cat group/held/pids.current)" = 0 ]
ok "what was refused leaves no report" [ "$(reports /tmp/mmapdemo-0)" = 1 ]
mmapdemo engine list >/dev/null
soon rmdir group/held
umount -l group
rmdir group
for name in a b c; do mmapdemo rm $name; done
rm -f got
finish
