# SPDX-License-Identifier: BSD-2-Clause
# mmapdemo check: our node passes, others get through it whatever they answer,
# nothing is changed or left.
. /root/tap.sh
node=/dev/mmapdemo
cd /tmp || exit
checks=31
dd if=/dev/urandom of=$node bs=64K count=16 status=none
mmapdemo save before

# rows RESULT: how many checks had this result.
rows() {
	printf '%s\n' "$out" | grep -cE "^$1 "
}

# The row of a check, its result first.
row() {
	printf '%s\n' "$out" | grep -F "$1"
}

# Every check has a row, every failure is explained, the exit code fits, no noise.
all_rows() {
	[ -z "$err" ] && [ "$(rows '(ok  |FAIL|note|skip)')" -eq $checks ] &&
		[ "$(rows FAIL)" -eq "$(rows '      ->')" ] &&
		[ "$code" -eq $(($(rows FAIL) > 0)) ]
}

# names RESULT: the checks with this result, a ';' after each.
names() {
	printf '%s\n' "$out" | grep -E "^$1 " | cut -c 7-60 | sed 's/ *$//' | tr '\n' ';'
}

# Our node: everything it can be asked.
run mmapdemo check $node
ok "the node passes" [ "$code" -eq 0 ]
ok "the node passes: each check has a row" all_rows
ok "the node passes: only stores are skipped" has "$out" "28 ok, 0 failed, 0 to note, 3 skipped"
ok "the node passes: its size is told" has "$out" "1048576 bytes; checking 1048576 at offset 0"
run mmapdemo check --write $node
ok "--write: the node passes" [ "$code" -eq 0 ]
ok "--write: nothing is skipped" has "$out" "31 ok, 0 failed, 0 to note, 0 skipped"
run mmapdemo compare before
ok "--write: the bytes are as they were" [ "$code" -eq 0 ]
run mmapdemo info --json
ok "no map is left" has "$out" '"maps":0'
ok "no open file is left" has "$out" '"opens":1'

run mmapdemo check $node -o 64K -n 8K --write
ok "a small window passes" [ "$code" -eq 0 ]
ok "a small window: what needs more pages is skipped" \
	has "$out" "29 ok, 0 failed, 0 to note, 2 skipped"
ok "a small window: /proc shows the offset in it" has "$(row 'shared map: /proc')" 0x11000
run mmapdemo check $node -o 1044480
ok "the last page passes" [ "$code" -eq 0 ]

run mmapdemo check --json $node
ok "--json: exit code 0" [ "$code" -eq 0 ]
for key in '"node":"/dev/mmapdemo"' '"size":1048576' '"offset":0' '"length":1048576' \
	'"write":false' '"checks":[' '"check":"it can be mapped"' '"result":"ok"' \
	'"result":"skip"' '"counts":{' '"FAIL":0'; do
	ok "--json: has $key" has "$out" "$key"
done
ok "--json: has all checks" [ "$(printf '%s\n' "$out" | grep -c '"check":')" -eq $checks ]

# answers FAILURES NOTES COUNTS NODE OPTION...: another device, whose answers are
# known. userspace/cli/check/README.md says why they are so.
answers() {
	failures=$1 notes=$2 counts=$3
	shift 3
	run mmapdemo check "$@"
	ok "$*: each check has a row" all_rows
	ok "$*: what fails" [ "$(names FAIL)" = "$failures" ]
	ok "$*: what is to note" [ "$(names note)" = "$notes" ]
	ok "$*: counts" has "$out" "$counts"
}

execute='PROT_EXEC is refused;mprotect() to PROT_EXEC is refused;'
address='private map: /proc/PID/maps shows the offset;'
apart='a store is seen by other maps;a store is seen by read();'
larger='a window across the end is refused;a window after the end is refused;a window longer than the buffer is refused;'
wide='numbers over 32 bits are refused;'
endless="$larger${wide}offsets from 2^63 on are refused;mremap() past the end is refused;"
answers "$execute" "$endless" '20 ok, 2 failed, 6 to note, 3 skipped' /dev/zero -n 64K
answers "$apart$execute" "$endless" '21 ok, 4 failed, 6 to note, 0 skipped' \
	/dev/zero -n 64K --write
if [ "$(uname -m)" = x86_64 ]; then
	answers "$execute$address" "$larger" '21 ok, 3 failed, 3 to note, 4 skipped' /dev/fb0 -n 1M
	ok "/dev/fb0: the failure names its class" has "$(row 'remap_pfn_range')" CWE-200
	answers "$execute$address" "$larger" '24 ok, 3 failed, 3 to note, 1 skipped' \
		/dev/fb0 -n 1M --write
	ok "/dev/fb0: debuggers cannot read it" has "$(row 'stops at the end')" "skip*Input/output error"
	ok "/dev/fb0 shows a physical address" has "$(row "${address%;}")" "0xff000 was asked for, 0x"
	beyond='/proc/self/mem stops at the end of a map;'
	answers "$beyond$execute" "$wide" '24 ok, 3 failed, 1 to note, 3 skipped' \
		/dev/mem -n 64K -o 0xf0000
	ok "/dev/mem ends where RAM begins" has "$(row 'after the end')" "ok*Operation not permitted"
	answers "$beyond$execute" "$wide" '25 ok, 3 failed, 1 to note, 2 skipped' \
		/dev/mem -n 64K -o 0xf0000 --write
	ok "/dev/mem: a ROM keeps no store" has "$(row 'seen by other maps')" "skip*a register?"
	answers "$beyond$execute" "$larger$wide" '21 ok, 3 failed, 4 to note, 3 skipped' \
		/dev/mem -n 64K
else
	skip "/dev/fb0" "this guest has no frame buffer"
	# generic_access_phys() of 6.1 maps with the user's rights, which the CPU refuses.
	skip "/dev/mem" "Linux 6.1 on arm64 oopses when a debugger looks at it"
fi
answers 'it can be mapped;' '' '1 ok, 1 failed, 0 to note, 29 skipped' /dev/null -n 4096
ok "/dev/null has no mmap" has "$(row 'it can be mapped')" "the driver has no mmap"
# Without hpet=disable it can be opened, and without an HPET it is not there.
case $(mmapdemo check /dev/hpet -n 4096 2>&1) in
*': Device or resource busy')
	refused "/dev/hpet is busy" 1 "/dev/hpet: Device or resource busy" \
		mmapdemo check /dev/hpet -n 4096
	;;
*': No such file or directory')
	refused "/dev/hpet is not there" 1 "/dev/hpet: No such file" \
		mmapdemo check /dev/hpet -n 4096
	;;
*) answers "$execute$address" '' '22 ok, 3 failed, 0 to note, 6 skipped' /dev/hpet -n 4096 ;;
esac

# A regular file breaks the rules of devices, by design: failures are found.
head -c 20000 $node >file
cp file copy
run mmapdemo check ./file --write
ok "a file fails" [ "$code" -eq 1 ]
ok "a file: each check has a row" all_rows
ok "a file is no device" has "$(row 'character device')" "note*a regular file"
for name in 'across the end' 'after the end' 'longer than' 'over 32 bits' 'mremap() past' \
	'PROT_EXEC is refused'; do
	ok "a file: '$name' fails" has "$(row "$name")" FAIL
done
ok "a file: the failure names its class" has "$out" "CWE-787; as CVE-2013-6763"
run mmapdemo check ./file --json
ok "a file, --json: exit code 1" [ "$code" -eq 1 ]
ok "a file, --json: failures have a meaning" has "$out" '"result":"FAIL",*"meaning":*"known":"CWE'
run cmp file copy
ok "a file is as it was" [ "$code" -eq 0 ]
mkdir noexec
mount -t tmpfs -o noexec tmpfs noexec
cp file noexec
run mmapdemo check ./noexec/file
ok "noexec: the driver is not asked" has "$(row 'mprotect() to PROT_EXEC')" "note*noexec"
umount noexec

# A user who can only read.
chmod 444 $node
run setpriv --reuid 65534 --regid 65534 --clear-groups mmapdemo check $node --write
ok "a reader: the node passes" [ "$code" -eq 0 ]
ok "a reader cannot store" has "$(row 'seen by other maps')" "skip*Permission denied"
ok "a reader's private store stays private" has "$(row 'private store')" "ok "
chmod 600 $node
refused "a user without rights" 1 "permission denied; be root" \
	setpriv --reuid 65534 --regid 65534 --clear-groups mmapdemo check $node

# Wrong command lines, and things that are no devices.
run mmapdemo check
ok "without NAME it is the driver's buffer" has "$code$out" "0/dev/mmapdemo: 1048576 bytes"
refused "two NAMEs" 2 "one argument too many" mmapdemo check $node $node
refused "a NAME twice" 2 "--device names the buffer already" mmapdemo check $node --device $node
refused "--write of another verb" 2 "--write: not an option" mmapdemo read --write
refused "no size" 2 "--length: needed, as /dev/zero does not tell" mmapdemo check /dev/zero
refused "--offset inside a page" 2 "--offset 1: not a multiple" mmapdemo check $node -o 1
refused "--offset at the end" 2 "--offset 1048576: nothing of" mmapdemo check $node -o 1M
refused "--length past the end" 2 "past the end" mmapdemo check $node -o 4096 -n 1M
refused "--length 0" 2 "--length 0: too small" mmapdemo check $node -n 0
refused "--length without measure" 2 "too large" mmapdemo check /dev/zero -n 0xffffffffffffffff
mkfifo fifo
refused "a FIFO" 1 "fifo: cannot be mapped" timeout 10 mmapdemo check ./fifo
refused "a directory" 1 "/tmp: Is a directory" mmapdemo check /tmp
refused "nothing" 1 "/dev/gone: No such file" mmapdemo check /dev/gone -n 1
: >empty
refused "an empty file" 2 "nothing of ./empty" mmapdemo check ./empty
run sh -c 'mmapdemo check /dev/mmapdemo >/dev/full'
ok "a full disk on stdout exits with 1" [ "$code" -eq 1 ]
run mmapdemo compare before
ok "at the end the bytes are as they were" [ "$code" -eq 0 ]
rm -rf before fifo file copy noexec empty
finish
