# SPDX-License-Identifier: BSD-2-Clause
# Buffers made at run time, and publications, by the tool and by other tools.
. /root/tap.sh
cd /tmp || exit
as_alice() {
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}

run mmapdemo create news 10000
ok "create is silent" [ "$code$out$err" = 0 ]
ok "create makes a node" [ "$(stat -c %a:%u:%g /dev/mmapdemo-news)" = 600:0:0 ]
run mmapdemo info -d /dev/mmapdemo-news
ok "create rounds up to pages" has "$out" "12288 bytes"
run mmapdemo create group 4K --mode 0660 --json
ok "create --json tells the size" has "$out" '"size":4096'
ok "create --mode" [ "$(stat -c %a /dev/mmapdemo-group)" = 660 ]
refused "create of a name that is there" 1 "news: there is such a buffer already" \
	mmapdemo create news 4K
refused "create without a size" 2 "NAME SIZE: needed" mmapdemo create x
refused "create with a wrong size" 2 "SIZE '4X': not a size" mmapdemo create x 4X
refused "create with no bytes" 2 "SIZE '0': not a size" mmapdemo create x 0
refused "create of more than there are bytes" 2 "SIZE '99999999T': too large" mmapdemo create x 99999999T
refused "create of more than a buffer may have" 2 "SIZE '2T': too large" mmapdemo create x 2T
refused "create with a wrong name" 2 "'.x': not a name" mmapdemo create .x 4K
refused "create with a wrong mode" 2 "--mode '0999': not permissions" \
	mmapdemo create x 4K --mode 0999
refused "create of more than there may be" 1 "x: 900 GiB asked for, and all users together may have" mmapdemo create x 900G
refused "create by a user who may not" 1 "x: to make names" as_alice mmapdemo create x 4K

run mmapdemo write -d /dev/mmapdemo-news 'Shared memory message'
run dd if=/dev/mmapdemo-news bs=21 count=1 status=none
ok "dd reads what the tool wrote" [ "$out" = 'Shared memory message' ]
run sh -c 'xxd -l 6 -p /dev/mmapdemo-news'
ok "xxd reads it, too" [ "$out" = 536861726564 ]

for args in "info news" "info -d news" "info /dev/mmapdemo-news" "-d news info" "doctor news --json"; do
	# shellcheck disable=SC2086 # several words
	run mmapdemo $args
	ok "$args: a name is a name" [ "$code" -eq 0 ]
done
run mmapdemo doctor none
ok "doctor of a name that there is not" has "$code$out" "1*FAIL*none: no such buffer*'mmapdemo ls'"
run mmapdemo read news -n 6
ok "read NAME" [ "$out" = Shared ]
run mmapdemo dump news -n 6
ok "dump NAME" has "$out" "5368 6172 6564*Shared"
run mmapdemo check news
ok "check NAME" has "$code$out" "0/dev/mmapdemo-news: 12288 bytes"
refused "a name near another one" 1 "nwes: no such buffer; did you mean 'news'? ('mmapdemo ls' lists all)" \
	mmapdemo info nwes
refused "a name near another one, of a verb that takes no path" 1 "groop: no such buffer; did you mean 'group'?" \
	mmapdemo rm groop
: >plain
refused "a name of a file" 1 "plain: no such buffer; the file of this name is ./plain" mmapdemo read -d plain
rm plain
refused "NAME too long for a path" 2 "too long for a path" mmapdemo info "$(head -c 5000 /dev/zero | tr '\0' x)"

run mmapdemo ls
ok "ls has a line for each" [ "$(echo "$out" | wc -l)" -eq 4 ]
ok "ls begins with the default buffer" has "$out" "OWNER  CHANNEL
/dev/mmapdemo  *1048576*/dev/mmapdemo-group"
ok "ls tells sizes" has "$out" "/dev/mmapdemo-news * 12288 "
run mmapdemo ls --json
ok "ls --json" has "$out" '"name":"news",*"path":"/dev/mmapdemo-news",*"size":12288,*"opens":0,*"maps":0,'

run mmapdemo resize news 64K
ok "resize is silent" [ "$code$out$err" = 0 ]
ok "resize grows" [ "$(cat /sys/class/mmapdemo/mmapdemo-news/size)" = 65536 ]
run sh -c 'tail -c +22 /dev/mmapdemo-news | cmp -n 65515 - /dev/zero'
ok "resize adds zeroes" [ "$code" -eq 0 ]
run dd if=/dev/mmapdemo-news bs=21 count=1 status=none
ok "resize keeps the bytes" [ "$out" = 'Shared memory message' ]
refused "resize to more than a buffer may have" 2 "SIZE '2T': too large" \
	mmapdemo resize news 2T
refused "resize of what is not ours" 1 "not a buffer of the mmapdemo driver" \
	mmapdemo resize /dev/zero 4K
refused "resize of what is not there" 1 "none: no such buffer" mmapdemo resize none 4K

mmapdemo watch news --count 3 >watched 2>&1 &
until [ "$(cat /sys/class/mmapdemo/mmapdemo-news/opens)" = 1 ]; do usleep 10000; done
run mmapdemo publish news
ok "publish is silent" [ "$code$out$err" = 0 ]
dd if=/dev/zero of=/dev/mmapdemo-news bs=1 count=1 conv=fsync status=none
mmapdemo publish news
wait
ok "watch ends after its count" [ "$(awk '{ n += $1 } END { print n, $2 }' watched)" = '3 3' ]
ok "ls counts publications" [ "$(cat /sys/class/mmapdemo/mmapdemo-news/publications)" = 3 ]
refused "publish to what is not ours" 1 "not a buffer of the mmapdemo driver" \
	mmapdemo publish /dev/zero
refused "watch of what is not ours" 1 "not a buffer of the mmapdemo driver" \
	mmapdemo watch /dev/zero

run mmapdemo rm news
ok "rm is silent" [ "$code$out$err" = 0 ]
ok "rm takes the node away" [ ! -e /dev/mmapdemo-news ]
refused "rm twice" 1 "news: no such buffer" mmapdemo rm news
refused "rm of the default buffer" 1 "Operation not permitted" mmapdemo rm /dev/mmapdemo
mmapdemo rm group
mmapdemo create one 4K
mmapdemo create two 4K
run mmapdemo rm one none /dev/mmapdemo-two
ok "rm of several removes those that it can" [ ! -e /dev/mmapdemo-one ] && [ ! -e /dev/mmapdemo-two ]
ok "rm of several fails if one fails, which it names" has "$code$err" "1mmapdemo rm: none: no such buffer"

refused "who may not open it may not remove it" 1 "Permission denied" \
	as_alice mmapdemo rm /dev/mmapdemo
finish
