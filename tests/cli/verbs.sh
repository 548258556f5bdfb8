# SPDX-License-Identifier: BSD-2-Clause
# Every verb on the node, against the real dd, cmp and xxd.
. /root/tap.sh
node=/dev/mmapdemo
cd /tmp || exit

run mmapdemo info
ok "info tells the size" has "$out" "1048576 bytes (1 MiB, 256 pages of 4096)"
run mmapdemo info --json
ok "info --json tells the size" has "$out" '"size":1048576'
ok "info --json tells the ABI version" has "$out" '"abi_version":2'
ok "info --json counts this open file" has "$out" '"opens":1'

run mmapdemo write 'stored by a map'
ok "write TEXT exits with 0 and is silent" [ "$code$out$err" = 0 ]
run dd if=$node bs=15 count=1 status=none
ok "write TEXT: dd reads it" [ "$out" = 'stored by a map' ]
run sh -c 'echo -n "from a pipe" | mmapdemo write -o 4095'
run dd if=$node bs=1 skip=4095 count=11 status=none
ok "write from stdin crosses a page" [ "$out" = 'from a pipe' ]
run sh -c 'echo -n "stored by dd" | dd of=/dev/mmapdemo bs=1 seek=100 status=none conv=notrunc'
run mmapdemo read -o 100 -n 12
ok "read shows what dd wrote" [ "$out" = 'stored by dd' ]
run sh -c 'mmapdemo read | cmp - /dev/mmapdemo'
ok "read gives the whole buffer, as cmp sees it" [ "$code" -eq 0 ]
run mmapdemo read -o 1048576
ok "read at the very end gives nothing" [ "$code$out$err" = 0 ]
run mmapdemo read -n 0
ok "read of 0 bytes gives nothing" [ "$code$out$err" = 0 ]
run mmapdemo read -o 100 -n 6 --json
ok "read --json gives hexadecimal" has "$out" '"hex":"73746f726564"'

dd if=/dev/urandom of=random bs=64K count=16 status=none
run dd if=random of=$node bs=1M status=none
run sh -c 'mmapdemo dump >a; xxd /dev/mmapdemo >b; cmp a b'
ok "dump prints what xxd prints, all of it" [ "$code" -eq 0 ]
run sh -c 'mmapdemo dump -o 0x1003 -n 77 >a; xxd -s 0x1003 -l 77 /dev/mmapdemo >b; cmp a b'
ok "dump prints what xxd prints, a part that is not aligned" [ "$code" -eq 0 ]
run mmapdemo dump -n 4 --json
ok "dump --json has rows" has "$out" '"rows":['

run mmapdemo fill -o 10 -n 20 0x41
run dd if=$node bs=1 skip=10 count=20 status=none
ok "fill sets its window" [ "$out" = AAAAAAAAAAAAAAAAAAAA ]
run sh -c 'cmp -n 10 /dev/mmapdemo random && cmp -i 30 /dev/mmapdemo random'
ok "fill touches nothing else" [ "$code" -eq 0 ]
run mmapdemo fill
run cmp -n 1048576 $node /dev/zero
ok "fill without BYTE zeroes all" [ "$code" -eq 0 ]

# copy is memmove(): forwards and backwards, overlapping, over a chunk's border.
for places in '0 5 300' '5 0 300' '0 100 1000000' '100 0 1000000' '4000 500000 300000'; do
	# shellcheck disable=SC2086 # three words
	set -- $places
	cp random expected
	tail -c +$(($1 + 1)) random | head -c "$3" |
		dd of=expected bs=1M oflag=seek_bytes seek="$2" conv=notrunc iflag=fullblock status=none
	dd if=random of=$node bs=1M status=none
	run mmapdemo copy -o "$1" --to "$2" -n "$3"
	run cmp -n 1048576 $node expected
	ok "copy from $1 to $2, $3 bytes: as memmove" [ "$code" -eq 0 ]
done

dd if=random of=$node bs=1M status=none
run mmapdemo compare random
ok "compare finds no difference" [ "$code$out" = 0 ]
run mmapdemo write -o 70000 XX
run mmapdemo compare random
ok "compare finds the first difference, exit code 1" [ "$code:$out" = "1:first difference at offset 70000: 0x58, the file has 0x$(xxd -s 70000 -l 1 -p random)" ]
run mmapdemo compare random --json
ok "compare --json has both bytes" has "$out" '"byte":88,*"file_byte":'
ok "compare --json" has "$out" '"first_difference":70000'
run sh -c 'head -c 500 random | mmapdemo compare -'
ok "compare with stdin" [ "$code" -eq 0 ]
run mmapdemo compare -n 70000 random
ok "compare of a part" [ "$code" -eq 0 ]

run mmapdemo fill
run mmapdemo write -o 4090 'needle needle'
run mmapdemo find needle
ok "find gives every offset" [ "$out" = "4090
4097" ]
run mmapdemo find --hex 6e6565
ok "find --hex" has "$out" 4097
run mmapdemo find aaa
ok "find of nothing exits with 1, silent" [ "$code$out$err" = 1 ]
run mmapdemo fill 97 -n 5
run mmapdemo find aaa --json
ok "find --json finds overlapping matches" has "$(echo "$out" | tr -d ' \n')" '0,1,2'

dd if=random of=$node bs=1M status=none
run mmapdemo save saved
run cmp saved random
ok "save writes the buffer" [ "$code" -eq 0 ]
run mmapdemo fill
run mmapdemo load saved
run cmp -n 1048576 $node random
ok "load brings it back" [ "$code" -eq 0 ]
chmod 640 saved
run mmapdemo save saved -o 100 -n 50
ok "save of a part replaces the file" [ "$(stat -c %s saved)" -eq 50 ]
ok "save keeps the file's mode" [ "$(stat -c %a saved)" = 640 ]
run ln -s saved link
run mmapdemo save link -n 60
ok "save follows a symbolic link" [ -L link -a "$(stat -c %s saved)" -eq 60 ]
run mmapdemo load saved -n 60 -o 2000
run sh -c 'mmapdemo read -o 2000 -n 60 | cmp - saved'
ok "load of a part" [ "$code" -eq 0 ]

# By pipes: nothing else goes to stdout.
dd if=random of=$node bs=1M status=none
run sh -c 'mmapdemo save - | gzip >saved.gz; gunzip -c saved.gz | cmp - random'
ok "save - writes the buffer to stdout, and nothing else" [ "$code$out$err" = 0 ]
run mmapdemo fill
run sh -c 'gunzip -c saved.gz | mmapdemo load -'
ok "load - is silent" [ "$code$out$err" = 0 ]
run cmp -n 1048576 $node random
ok "load - brings it back from stdin" [ "$code" -eq 0 ]
run sh -c 'mmapdemo save - -n 16 --json >saved'
ok "save - --json tells by a line on stderr" [ "$code$out$err" = '0{"offset":0,"length":16}' ]
ok "save - --json writes the bytes to stdout" cmp -n 16 saved random
ok "no file is called -" [ ! -e - ]
run sh -c 'mmapdemo save - >/dev/full'
ok "save - to a full disk" has "$code$err" "1*cannot write to stdout: No space left"
refused "load - of too few" 1 "stdin: has 3 bytes for a window of 1048576; nothing was loaded" \
	sh -c 'printf abc | mmapdemo load -'
ok "nothing was loaded" cmp -n 1048576 $node random
rm saved.gz

# The same verbs elsewhere: a file, a frame buffer, the BIOS through /dev/mem.
run mmapdemo write -d ./random -o 3 abc
run mmapdemo read -d ./random -o 3 -n 3
ok "a regular file" [ "$out" = abc ]
if [ "$(uname -m)" = x86_64 ]; then
	run mmapdemo write -d /dev/fb0 -n 64 pixels
	run mmapdemo dump -d /dev/fb0 -n 16
	ok "/dev/fb0 with a length" has "$out" 'pixels'
	run sh -c 'mmapdemo dump -d /dev/mem -o 0xf0010 -n 20 >a; dd if=/dev/mem bs=1 skip=983056 count=20 status=none | xxd -o 0xf0010 >b; cmp a b'
	ok "/dev/mem with a length" [ "$code" -eq 0 ]
else
	skip "/dev/fb0 with a length" "this guest has no frame buffer"
	skip "/dev/mem with a length" "this guest has no BIOS"
fi
run mmapdemo read -d /dev/zero -n 4 --json
ok "/dev/zero with a length" has "$out" '"hex":"00000000"'

run mmapdemo write -o 8 --u32 0x41424344
run dd if=$node bs=4 skip=2 count=1 status=none
ok "write --u32 stores a number" [ "$out" = "$(printf 'DCBA')" ]
refused "--u32 of more than 32 bits" 2 "--u32 '4294967296': not a number" mmapdemo write --u32 4294967296
refused "--u32 and TEXT" 2 "'x': --u32 is written instead of TEXT" mmapdemo write --u32 1 x
refused "--u32 that does not fit" 1 "--u32 does not fit: room for 3" mmapdemo write -o 1048573 --u32 1
printf 'a.a.a' | mmapdemo write -o 4096
run mmapdemo find -o 4096 -n 5 -m 2 a
ok "find -m ends after so few" [ "$code:$out" = "0:4096
4098" ]

run mmapdemo doctor
ok "doctor finds all well" [ "$code" -eq 0 ]
run mmapdemo doctor --json
ok "doctor --json" has "$out" '"check":"may map it"'
for version in --version -V version; do
	run mmapdemo $version
	ok "$version" has "$code$out" "0mmapdemo 0."
done
mmapdemo --help >usage
for help in -h help; do
	run mmapdemo $help
	ok "$help is --help" [ "$code$out" = "0$(cat usage)" ]
done
run mmapdemo help dump
ok "help VERB is VERB --help" [ "$code$out" = "0$(mmapdemo dump --help)" ]
run mmapdemo -n 4 --offset 0 --json dump
ok "options before the verb" [ "$code$out" = "0$(mmapdemo dump -n 4 --json)" ]
run mmapdemo --device=./random -n 3 read -o 3
ok "options before the verb and after it" [ "$out" = abc ]
run mmapdemo --help
for verb in info read write dump fill copy compare find save load scenario check doctor lock wait wake; do
	run mmapdemo --help
	ok "--help names $verb" has "$out" "  $verb "
	run mmapdemo $verb --help
	ok "$verb --help" has "$code$out" "0usage: mmapdemo $verb"
done
rm -f random saved link a b expected
finish
