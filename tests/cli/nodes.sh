# SPDX-License-Identifier: BSD-2-Clause
# Names and their nodes, one of which is there without the other: each state has one text,
# and none has no way out.
. /root/tap.sh
cd /tmp || exit
sys=/sys/class/mmapdemo
as_alice() {
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}

# each WHAT TEXT NAME: verbs that want the buffer say the same of it.
each() {
	for verb in "watch $3" "publish $3" "resize $3 4K" "wait $3 0" "wake $3" "lock $3 -- true" \
		"send $3 text" "recv $3" "record $3 file" "info -d /dev/mmapdemo-$3" \
		"read -d /dev/mmapdemo-$3"; do
		# shellcheck disable=SC2086 # words
		refused "$1: $verb" 1 "$2" mmapdemo $verb
	done
}

# A name without a node.
mmapdemo create lost 64K
rm /dev/mmapdemo-lost
missing="its node is not in this /dev"
each "a name without a node" "$missing ('mmapdemo rm lost' takes the name away)" lost
run mmapdemo ls
ok "ls shows that there is no node" has "$out" "/dev/mmapdemo-lost *65536 *($missing)"
run mmapdemo ls --json
ok "ls --json, too" has "$out" '"name":"lost",*"node":false'
ok "ls --json of a node that is there" has "$out" '"name":"",*"node":true'
run mmapdemo doctor
ok "doctor shows it" has "$code$out" "0*note*names and nodes*lost: $missing; 1 such*mmapdemo rm NAME"
refused "create of this name" 1 "lost: there is such a buffer already" mmapdemo create lost 4K
run mmapdemo rm lost
ok "rm takes the name away" [ "$code$out$err" = 0 ]
ok "it is gone" [ ! -e $sys/mmapdemo-lost ]
refused "rm twice" 1 "lost: no such buffer ('mmapdemo ls' lists all)" mmapdemo rm lost
run mmapdemo doctor
ok "doctor has nothing to show" has "$code$out" "0*ok*names and nodes*each name has its node"

# Another file in its place.
echo precious >/dev/mmapdemo-taken
refused "create where a file is" 1 \
	"taken: another file is in the place of its node: remove /dev/mmapdemo-taken first" \
	mmapdemo create taken 4K
ok "nothing was made" [ ! -e $sys/mmapdemo-taken ]
ok "the file stays" [ "$(cat /dev/mmapdemo-taken)" = precious ]
stray="no such buffer, though there is a file of its name in /dev"
for verb in "watch taken" "publish taken" "resize taken 4K" "wait taken 0" "lock taken -- true" \
	"send taken text" "recv taken" "rm taken"; do
	# shellcheck disable=SC2086 # words
	refused "a file without a name: $verb" 1 "taken: $stray (see" mmapdemo $verb
done
ok "the file stays as it is" [ "$(cat /dev/mmapdemo-taken)" = precious ]
run mmapdemo ls
ok "ls shows the file" has "$out" "/dev/mmapdemo-taken * - *($stray)"
run mmapdemo ls --json
ok "ls --json shows the file" has "$out" '"strays":*"/dev/mmapdemo-taken"'
run mmapdemo doctor
ok "doctor shows the file" has "$code$out" "0*note*names and nodes*/dev/mmapdemo-taken: $stray*remove that file"
rm /dev/mmapdemo-taken
mmapdemo create taken 4K
rm /dev/mmapdemo-taken
echo precious >/dev/mmapdemo-taken
refused "a name whose node is another file" 1 "taken: another file is in the place of its node (see" \
	mmapdemo watch taken
run mmapdemo ls
ok "ls shows that it is another file" has "$out" "/dev/mmapdemo-taken *(another file is in"
run mmapdemo rm taken
ok "rm takes that name away" [ "$code$out$err" = 0 ]
ok "and leaves the file" [ "$(cat /dev/mmapdemo-taken)" = precious ]
rm /dev/mmapdemo-taken

# A node that outlived its buffer.
mmapdemo create old 4K
cp -a /dev/mmapdemo-old kept
mmapdemo rm old
cp -a kept /dev/mmapdemo-old
each "a node of nobody" "$stray (see" old
rm kept /dev/mmapdemo-old

# Who may not make names removes his own by the node.
chmod 666 /dev/mmapdemo
as_alice mmapdemo create alice 4K
as_alice mmapdemo create gone 4K
chmod 600 /dev/mmapdemo
run as_alice mmapdemo rm alice
ok "rm by the node" [ "$code$out$err" = 0 ]
rm /dev/mmapdemo-gone
refused "rm by neither" 1 "gone: $missing, and without it one must be allowed to write to /dev/mmapdemo" \
	as_alice mmapdemo rm gone
mmapdemo rm gone

# A container's /dev, which has the driver's node only.
cat >container <<-'END'
	mkdir -p /tmp/dev && mount -t tmpfs none /tmp/dev &&
	cp -a /dev/null /dev/mmapdemo /tmp/dev/ && mount --move /tmp/dev /dev || exit 9
	exec "$@"
END
run unshare -m sh container mmapdemo create boxed 4K
ok "create in a container fails" [ "$code" = 1 ]
ok "create in a container says why" has "$err" \
	"boxed: $missing, which is not the kernel's; make it where /dev is devtmpfs*Nothing was made"
ok "and leaves nothing" [ ! -e $sys/mmapdemo-boxed ]
mmapdemo create outside 4K
run unshare -m sh container mmapdemo ls
ok "ls in a container shows what it cannot open" has "$out" "/dev/mmapdemo-outside *($missing)"
run unshare -m sh container mmapdemo doctor
ok "doctor in a container works" has "$code$out" "0*note*outside: $missing"
run unshare -m sh container mmapdemo rm outside
ok "rm in a container works" [ "$code$out$err" = 0 ]
ok "and has removed it" [ ! -e $sys/mmapdemo-outside ]

# No node of the driver, though the module is loaded.
for command in "create x 4K" read "write x" "watch" "publish"; do
	run unshare -m sh container sh -c "rm /dev/mmapdemo; mmapdemo $command"
	ok "without the driver's node: $command" has "$code$err" \
		"1*/dev/mmapdemo: $missing, though the module is loaded ('mmapdemo doctor' tells more)"
done
run unshare -m sh container sh -c "rm /dev/mmapdemo; mmapdemo doctor"
ok "doctor without the driver's node" has "$code$out" "1*FAIL*node exists"

# A /dev where devices cannot be opened, but for the driver's own node.
run unshare -m sh -c 'mount --bind /dev/mmapdemo /dev/mmapdemo && mount -o remount,bind,nodev /dev &&
	mmapdemo create closed 4K'
ok "create where nodes cannot be opened" has "$code$err" "1*closed: its node cannot be opened here"
ok "leaves nothing there" [ ! -e $sys/mmapdemo-closed ]
run as_alice mmapdemo create x 4K
chmod 666 /dev/mmapdemo
run as_alice mmapdemo create secret 4K --mode 0040
ok "a mode that keeps its maker out is his affair" [ "$code$out$err" = 0 ]
run mmapdemo rm secret
ok "rm works on it, too" [ "$code$out$err" = 0 ]
run as_alice unshare -U mmapdemo create x 4K
ok "create in a user namespace" has "$code$err" "1*x: names cannot be made in a user namespace"
chmod 600 /dev/mmapdemo

# Engines.
mmapdemo create --channel open 64K --mode 0666
refused "an engine by a user who may not" 1 "sink: to start engines one must be allowed to write to /dev/mmapdemo" \
	as_alice mmapdemo engine start sink --in open
mmapdemo rm open
rm container
finish
