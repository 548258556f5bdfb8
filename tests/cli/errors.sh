# SPDX-License-Identifier: BSD-2-Clause
# What goes wrong: one clear line, the right exit code, old data as it was.
. /root/tap.sh
node=/dev/mmapdemo
cd /tmp || exit
mmapdemo fill 0x55
mmapdemo save before

unchanged() {
	ok "$1: the buffer is as it was" mmapdemo compare before
}

# Wrong command lines: exit code 2, and the argument is named.
run mmapdemo
ok "no verb: the list of verbs is on stderr, and it is wrong" has "$code$out$err" "2usage: mmapdemo VERB*  create "
refused "options and no verb" 2 "a verb is needed" mmapdemo --json -d news
refused "unknown verb, a letter is missing" 2 "'crate': no such verb; did you mean 'create'?" mmapdemo crate
refused "unknown verb, two letters are exchanged" 2 "did you mean 'dump'?" mmapdemo dmup
refused "what others call a verb" 2 "'delete': no such verb; did you mean 'rm'?" mmapdemo delete
refused "help of an unknown verb" 2 "'crate': no such verb; did you mean 'create'?" mmapdemo help crate
refused "unknown option near another one" 2 "--ofset: unknown option; did you mean '--offset'?" \
	mmapdemo read --ofset 3
refused "unknown scenario near another one" 2 "'frok': no such scenario; did you mean 'fork'?" \
	mmapdemo scenario frok
refused "unknown kind near another one" 1 "'surce': no such kind; did you mean 'source'?" \
	mmapdemo engine start surce --out news
refused "two names of one buffer" 2 "'news': --device names the buffer already" mmapdemo info news -d other
refused "unknown verb" 2 "'frobnicate': no such verb (see" mmapdemo frobnicate
refused "unknown option" 2 "--frob: unknown option" mmapdemo read --frob
refused "unknown letter" 2 "-z: unknown option" mmapdemo read -zj
refused "unknown letter after a word" 2 "-j: unknown option" mmapdemo read --length=1 -jz
refused "value that an option has not" 2 "--json=1: takes no value" mmapdemo read --json=1
refused "option of another verb" 2 "--truncate: not an option of this verb" mmapdemo read --truncate
refused "option without its value" 2 "--offset: needs a value" mmapdemo read --offset
refused "argument too many" 2 "'b': one argument too many" mmapdemo write a b
refused "argument missing" 2 "FILE: needed" mmapdemo save
for size in x 12x -1 1KB 0xg '' ' 1' 1e3; do
	refused "--offset '$size'" 2 "--offset '$size': not a size" mmapdemo read -o "$size"
	refused "--length '$size'" 2 "--length '$size': not a size" mmapdemo read -n "$size"
done
for count in x -1 1K 0x10 1.5 '' ' 1'; do
	refused "--count '$count'" 2 "--count '$count': not a number" mmapdemo recv news --count "$count"
	refused "--rate '$count'" 2 "--rate '$count': not a number" mmapdemo engine start source --out a --rate "$count"
done
refused "--count over 64 bits" 2 "too large" mmapdemo recv news --count 18446744073709551616
refused "--length over 64 bits" 2 "too large" mmapdemo read -n 99999999999999999999
refused "--length over 64 bits by its suffix" 2 "too large" mmapdemo read -n 17179869184G
refused "--offset past the end" 2 "--offset 1048577: past the end" mmapdemo read -o 1048577
refused "--length past the end" 2 "--length 2: past the end" mmapdemo read -o 1048575 -n 2
refused "--length past the end, wrapping" 2 "past the end" mmapdemo read -o 4096 -n 0xffffffffffffffff
refused "--offset past the end of all files" 2 "--offset 18446744073709551615: too large" \
	mmapdemo read -d /dev/zero -o 0xffffffffffffffff -n 1
refused "--device empty" 2 "NAME '': a buffer's name or a path is needed" mmapdemo read -d ''
refused "create of a path that is no channel" 2 "'./x': a path only with --channel" mmapdemo create ./x 64K
refused "--to past the end of all files" 2 "--to 18446744073709486080: no room there for 4" \
	mmapdemo copy -d /dev/zero -n 4 --to 0xffffffffffff0000
refused "--to missing" 2 "--to: needed" mmapdemo copy -n 5
refused "--length missing" 2 "--length: needed" mmapdemo copy --to 5
refused "--to past the end" 2 "--to 1048575: no room" mmapdemo copy --to 1048575 -n 2
refused "--to wrapping" 2 "no room" mmapdemo copy --to 0xffffffffffffffff -n 2
refused "BYTE too large" 2 "BYTE '256'" mmapdemo fill 256
refused "BYTE is no number" 2 "BYTE 'a'" mmapdemo fill a
refused "PATTERN empty" 2 "PATTERN ''" mmapdemo find ''
refused "PATTERN not hexadecimal" 2 "PATTERN '4g'" mmapdemo find --hex 4g
refused "PATTERN half a byte" 2 "PATTERN '414'" mmapdemo find --hex 414
refused "unknown scenario" 2 "'frob': no such scenario" mmapdemo scenario frob
refused "unknown backing" 2 "--on 'disk'" mmapdemo scenario fork --on disk
refused "scenario on two" 2 "--device: --on shm" mmapdemo scenario fork --on shm -d /dev/mmapdemo
refused "scenario not for this backing" 2 "--on anon" mmapdemo scenario cow --on anon
refused "a device that tells no size" 2 "--length: needed" mmapdemo read -d /dev/zero
unchanged "wrong command lines"

# Things that are not there, or not what they should be: exit code 1.
refused "a device that is gone" 1 "/dev/gone: No such file" mmapdemo read -d /dev/gone
refused "a directory as device" 1 "/tmp: Is a directory" mmapdemo read -d /tmp
mkfifo fifo
refused "a FIFO as device does not hang" 1 "fifo: cannot be mapped" timeout 10 mmapdemo read -d ./fifo
refused "send to a FIFO" 1 "./fifo: cannot be mapped" mmapdemo send ./fifo x
refused "a device without mmap" 1 "cannot be mapped" mmapdemo read -d /dev/ttyS0 -n 1
code=$(sed -n 's/^ *\([0-9a-f]*\)-.* : Kernel code$/0x\1/p' /proc/iomem)
refused "memory that the kernel guards" 1 "policy" mmapdemo read -d /dev/mem -o "$code" -n 1
refused "save into a directory" 1 "/tmp: is a directory" mmapdemo save /tmp
refused "save into a missing directory" 1 "no/such" mmapdemo save no/such
refused "save onto a device" 1 "/dev/full: not a regular file" mmapdemo save /dev/full
ok "save onto a device leaves the device" [ -c /dev/full ]
refused "load of a directory" 1 "/tmp: is a directory" mmapdemo load /tmp
refused "load of nothing" 1 "nothing: No such file" mmapdemo load nothing
refused "compare with nothing" 1 "nothing: No such file" mmapdemo compare nothing
unchanged "wrong files"

run sh -c 'mmapdemo read >/dev/full'
ok "a full disk on stdout exits with 1" [ "$code" -eq 1 ]
ok "a full disk on stdout is told" has "$err" "cannot write to stdout: No space left"
# What fails, or says no, and cannot say it.
head -c 1048576 /dev/urandom >other
for command in doctor "compare other" "check ./file" "check ./file --json" "scenario share -d ./file"; do
	cp before file
	run sh -c "mmapdemo $command >/dev/full"
	ok "$command: a full disk on stdout is told once" has "$code:$err" \
		"1:mmapdemo ${command%% *}: cannot write to stdout: No space left on device"
	ok "$command: in one line" [ "$(echo "$err" | wc -l)" = 1 ]
done

# A full disk on save: the old file stays, nothing is left beside it.
mkdir small
mount -t tmpfs -o size=64k tmpfs small
echo precious >small/file
refused "save on a full disk" 1 "small/file: No space left" mmapdemo save small/file
ok "save on a full disk keeps the old file" [ "$(cat small/file)" = precious ]
ok "save on a full disk leaves nothing beside" [ "$(ls small)" = file ]
umount small

# Files that do not fit: nothing is loaded, unless one asks for it.
head -c 1000 /dev/urandom >short
refused "load of a truncated file" 1 "short: has 1000 bytes" mmapdemo load short
cat before short >long
refused "load of a longer file" 1 "long: has more" mmapdemo load long
refused "load of a file shorter than --length" 1 "short: has 1000 bytes" mmapdemo load short -n 1001
unchanged "load of a wrong size"
run mmapdemo load --truncate -n 900 short
run sh -c 'head -c 900 short | cmp -n 900 - /dev/mmapdemo'
ok "load --truncate loads what fits" [ "$code" -eq 0 ]
mmapdemo load before

refused "write of TEXT that does not fit" 1 "TEXT does not fit: room for 3" \
	mmapdemo write -o 1048573 four
refused "write of TEXT longer than --length" 1 "room for 3" mmapdemo write -n 3 four
refused "write of stdin that does not fit" 1 "stdin does not fit" \
	sh -c 'cat long | mmapdemo write'
refused "write at the very end" 1 "room for 0" mmapdemo write -o 1M x
unchanged "write of what does not fit"
run mmapdemo write --truncate -o 1048573 four
run dd if=$node bs=1 skip=1048573 status=none
ok "write --truncate writes what fits" [ "$out" = fou ]
mmapdemo load before

# A file that is cut short while it is mapped: a line, not a crash.
# The pipe holds the tool up until the file is short.
for verb in dump read; do
	truncate -s 5M shrinking
	run sh -c "{ mmapdemo $verb -d ./shrinking; echo code \$? >&2; } |
		{ head -c 1 >/dev/null; truncate -s 4096 shrinking; cat >/dev/null; }"
	ok "$verb of a file cut short exits with 1" has "$err" "code 1"
	ok "$verb of a file cut short says so" has "$err" "the mapped memory is gone"
done

# A user without rights: told what to do; doctor too.
refused "a user without rights" 1 "permission denied; be root" \
	setpriv --reuid 65534 --regid 65534 --clear-groups mmapdemo read -n 1
run setpriv --reuid 65534 --regid 65534 --clear-groups mmapdemo doctor
ok "doctor of a user without rights exits with 1" [ "$code" -eq 1 ]
ok "doctor of a user without rights says what to do" has "$out" "sudo chown"
chmod 444 $node
run setpriv --reuid 65534 --regid 65534 --clear-groups mmapdemo read -n 2
ok "a user who may read can read" [ "$out" = UU ]
run setpriv --reuid 65534 --regid 65534 --clear-groups mmapdemo info
ok "a user who may read can ask" has "$code$out" "0*access       read only"
refused "a user who can only read cannot write" 1 "permission denied" \
	setpriv --reuid 65534 --regid 65534 --clear-groups mmapdemo write x
chmod 600 $node

# Without the module: the tool says how to load it.
rmmod mmapdemo
for command in read "write x" "create x 4K" "watch x" "publish" "rm x" "resize x 4K" ls top \
	"engine start source --out x" "engine list" "send x y" "recv x" "info -d /dev/mmapdemo-x"; do
	# shellcheck disable=SC2086 # words
	refused "no module: $command" 1 "the module is not loaded; load it: sudo modprobe" mmapdemo $command
done
run mmapdemo doctor
ok "doctor without the module exits with 1" [ "$code" -eq 1 ]
ok "doctor without the module says what to do" has "$out" "sudo modprobe"
insmod /root/mmapdemo.ko
rm -rf before fifo small short long shrinking other file
finish
