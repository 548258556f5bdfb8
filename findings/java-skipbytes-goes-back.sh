#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# RandomAccessFile.skipBytes() of Java goes back, and returns a negative number, in a file whose size
# the kernel does not tell.
#
# Versions: openjdk-17-jdk-headless and -jre-headless 17.0.21.1+2-1~deb12u1 (Debian 12, amd64).
# Input: /proc/self/status, a regular file that can be read and sought in, and whose length() is 0. The
#	program seeks to 3 and calls skipBytes(10).
# Seen: skipBytes() moves to the smaller of the two, 13 and length(): the position is 0, and the
#	result is -3. Its documentation promises the number of bytes skipped, and that it never
#	skips for a negative number. read() after that returns the first byte of the file again.
#	The same happens with character devices of which fstat(2) tells no size.
#
# Exits with 0 if this is as stated, 1 if it has changed, 2 if it cannot be tried here.
set -u

version=17.0.21.1+2-1~deb12u1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

if [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ] ||
	! apt-get download "openjdk-17-jdk-headless=$version" "openjdk-17-jre-headless=$version" >log 2>&1; then
	echo "cannot be tried: no Debian packages of OpenJDK $version for amd64"
	exit 2
fi
for package in *.deb; do
	dpkg-deb -x "$package" root || exit 2
done
java=root/usr/lib/jvm/java-17-openjdk-amd64
# Its configuration is in /etc, to which the package has links.
find "$java" -type l | while read -r link; do
	to=$(readlink "$link")
	[ "${to#/etc/}" = "$to" ] || ln -sfn "$work/root$to" "$link"
done

cat >Skip.java <<'END'
import java.io.RandomAccessFile;

public class Skip {
	public static void main(String[] arguments) throws Exception {
		RandomAccessFile file = new RandomAccessFile("/proc/self/status", "r");

		file.seek(3);
		System.out.println("length " + file.length());
		System.out.println("skipBytes(10) at 3: " + file.skipBytes(10));
		System.out.println("position " + file.getFilePointer());
		System.out.println("read: " + (char) file.read());
	}
}
END
said=$($java/bin/java Skip.java 2>log)
[ -n "$said" ] || {
	cat log
	echo "cannot be tried: Java does not start here"
	exit 2
}
echo "$said"
[ "$said" = 'length 0
skipBytes(10) at 3: -3
position 0
read: N' ]
