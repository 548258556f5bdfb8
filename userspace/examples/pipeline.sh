#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A pipeline: the node is a file to dd, xxd and any other program, and the tool maps
# the same bytes. Give a file of a page as argument to do it without the driver.
#
#	sh pipeline.sh
#
# prints
#
#	Hello, shell!
#	00000000: 4865 6c6c 6f2c 2073 6865 6c6c 210a       Hello, shell!.
#	Jello, shell!
#	JELLO, SHELL!
set -eu
node=${1:-/dev/mmapdemo}

# In by write(2), out through a map.
echo 'Hello, shell!' | dd of="$node" conv=notrunc status=none
mmapdemo read -d "$node" -n 14

# In hexadecimal, by read(2); "mmapdemo dump" prints the same of a map.
xxd -l 14 "$node"

# One byte, in hexadecimal, to an offset.
echo '0: 4a' | xxd -r - "$node"
mmapdemo read -d "$node" -n 14

# Out, through a filter, and in again after it.
dd if="$node" bs=14 count=1 status=none | tr '[:lower:]' '[:upper:]' |
	mmapdemo write -d "$node" -o 14
dd if="$node" bs=14 skip=1 count=1 status=none
