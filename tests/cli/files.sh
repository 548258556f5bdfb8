# SPDX-License-Identifier: BSD-2-Clause
# Files where there could be a node: whose they are, links, long paths, channels, little memory.
. /root/tap.sh
mkdir /tmp/files && cd /tmp/files || exit
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}
looks() { # FILE MODE:USER:GROUP
	[ "$(stat -c %a:%u:%g "$1")" = "$2" ]
}

# What is saved over another one's file is still that one's, and no program of that one's.
printf hello >file
printf old >saved
chown 65534:65533 saved
chmod 6754 saved
run mmapdemo save saved -d ./file
ok "save keeps owner and permissions, and no setuid or setgid" looks saved 754:65534:65533
ok "it is saved" [ "$code$err$(cat saved)" = 0hello ]
(umask 027 && mmapdemo save new -d ./file)
ok "a new file is by the umask" looks new 640:0:0
chmod 777 .
printf old >saved
chown 0:0 saved
run as_nobody mmapdemo save saved -d ./file
ok "who may not give it away keeps it" looks saved 754:65534:65534
ok "and it is saved" [ "$code$err$(cat saved)" = 0hello ]
ln -s nowhere link
refused "save onto a link to nothing" 1 "link: is a symbolic link to nothing" \
	mmapdemo save link -d ./file
ok "that stays a link to nothing" [ -L link -a ! -e nowhere ]

# A user who can only read may ask.
printf '' >empty
chmod 644 empty file
run as_nobody mmapdemo info -d ./file
ok "info for a reader" has "$code$out$err" "0device *access       read only"
run as_nobody mmapdemo info -d ./file --json
ok "info --json for a reader" has "$out" '"writable":false'
run mmapdemo info -d ./file
ok "info for a writer" has "$out" "access       read and write"
run mmapdemo info -d ./empty
ok "info of an empty file" has "$out" "size         0 bytes"
refused "info of nothing" 1 "nothing: No such file" mmapdemo info -d ./nothing

# A path that is longer than others, and a file by the name of its first part.
directory=a123456789b123456789c123456789d123456789e123456789
directory=$directory/$directory/$directory
mkdir -p $directory
truncate -s 1M $directory/file zeroes
path=$directory/file
other=$(echo $path | cut -c 1-63)
cp zeroes "$other"
for name in share fork cow; do
	run mmapdemo scenario $name -d $path
	ok "$name on a long path" has "$code$out" "0*scenario $name: ok"
	ok "$name on a long path changes no other file" cmp "$other" zeroes
done
run mmapdemo scenario maps -d "$PWD/$path"
ok "maps on a long path" has "$out" "finds the row in /proc/self/maps * ok"
TMPDIR=$PWD/$directory
export TMPDIR
run mmapdemo scenario fork --on file
unset TMPDIR
ok "a long TMPDIR" [ "$code$err" = 0 ]

# A channel is no memory for others.
mmapdemo create --channel ./news 64K
mmapdemo send ./news kept
for verb in "write x" fill "load file" "copy -n 1 --to 9" read dump "find x" "save x" \
	"compare file" "scenario share"; do
	# shellcheck disable=SC2086 # several words
	refused "$verb: not of a channel" 1 "news: is a channel, which has messages only" \
		mmapdemo $verb -d ./news
done
for verb in "lock ./news -- true" "wait ./news 1" "wake ./news" "resize ./news 4K"; do
	# shellcheck disable=SC2086 # several words
	refused "$verb: not of a channel" 1 "news: is a channel, which has messages only" \
		mmapdemo $verb
done
refused "record of a channel into itself" 1 "news: is the channel itself" \
	mmapdemo record ./news news
ln news other
refused "record into another name of it" 1 "other: is the channel itself" \
	mmapdemo record ./news other
run mmapdemo recv ./news
ok "the message is still there" [ "$code$out$err" = 0kept ]

# What is printed needs no memory, however much it is.
limited() { # COMMAND...: with 30000 KiB of address space
	sh -c 'ulimit -v 30000 && exec "$@"' sh "$@"
}
limited mmapdemo dump -d ./zeroes --json >out
ok "dump --json with little memory" [ "$(grep -c '"hex":' out):$(tail -n 1 out)" = "65536:}" ]
limited mmapdemo find --hex 00 -d ./zeroes --json >out
ok "find --json with little memory" [ "$(wc -l <out):$(tail -n 2 out | head -n 1)" = "1048582:  ]" ]
head -c 4194304 /dev/urandom >long
mmapdemo create --channel ./wide 8M
mmapdemo send ./wide --files long
limited mmapdemo recv ./wide --timeout 0 --json >out 2>err
ok "recv --json with little memory" [ "$(wc -c <out)" = $((41 + 2 * 4194304)) ]
cd /tmp || exit
rm -rf files
finish
