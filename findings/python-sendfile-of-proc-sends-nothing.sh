#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# socket.sendfile() of Python sends nothing of a file whose size the kernel does not tell, and
# reports success, also when it is told how many bytes to send.
#
# Versions: python3.11-minimal, libpython3.11-minimal and libpython3.11-stdlib 3.11.2-6+deb12u9
#	(Debian 12, amd64).
# Input: /proc/version, opened in binary mode: a regular file for stat(2), of size 0, which has a line
#	of text. The documentation asks for a regular file in binary mode.
# Seen: sendfile(file) and sendfile(file, count=8) return 0 and send nothing. The method has a way for
#	files that the system call cannot send, by read() and send(), but a size of 0 ends it
#	before that. A file of the same text in /tmp is sent.
#
# Exits with 0 if this is as stated, 1 if it has changed, 2 if it cannot be tried here.
set -u

version=3.11.2-6+deb12u9
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

if [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ] ||
	! apt-get download "python3.11-minimal=$version" "libpython3.11-minimal=$version" \
		"libpython3.11-stdlib=$version" >log 2>&1; then
	echo "cannot be tried: no Debian packages of Python $version for amd64"
	exit 2
fi
for package in *.deb; do
	dpkg-deb -x "$package" root || exit 2
done

cat >send.py <<'END'
import shutil
import socket

shutil.copyfile("/proc/version", "copy")
ours, theirs = socket.socketpair()
for name in "copy", "/proc/version":
	for count in None, 8:
		with open(name, "rb") as file:
			sent = ours.sendfile(file, count=count)
		print(f"{name}, count {count}:", "nothing" if sent == 0 else "something")
END
said=$(env -i PYTHONHOME="$work/root/usr" root/usr/bin/python3.11 send.py 2>log)
[ -n "$said" ] || {
	cat log
	echo "cannot be tried: Python does not start here"
	exit 2
}
echo "$said"
[ "$said" = 'copy, count None: something
copy, count 8: something
/proc/version, count None: nothing
/proc/version, count 8: nothing' ]
