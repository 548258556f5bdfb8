#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ThreadSanitizer of gcc 12 does not know pthread_mutex_clocklock().
#
# Versions: gcc-12 and libtsan2 12.2.0-14+deb12u1 (Debian 12, amd64), glibc 2.36.
# Input: two threads add to a counter under one mutex. They lock it by
#	pthread_mutex_clocklock(), which glibc has had since 2.30, and unlock it by
#	pthread_mutex_unlock(). The program is correct.
# Seen: libtsan exports an interceptor for pthread_mutex_timedlock() and none for
#	pthread_mutex_clocklock(). So it misses the lock and sees the unlock: it reports an
#	"unlock of an unlocked mutex" and a "data race" on the counter. The counter is right.
#	With pthread_mutex_lock() the same program is silent.
# A program that wants deadlines of CLOCK_MONOTONIC for locks, and ThreadSanitizer, annotates its locks.
#
# Exits with 0 if this is as stated, 1 if it has changed, 2 if it cannot be tried here.
set -u

version=12.2.0-14+deb12u1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

if [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ] ||
	! apt-get download "gcc-12=$version" "cpp-12=$version" "libgcc-12-dev=$version" \
		"libtsan2=$version" >log 2>&1; then
	echo "cannot be tried: no Debian packages of gcc $version for amd64"
	exit 2
fi
for package in *.deb; do
	dpkg-deb -x "$package" root || exit 2
done

cat >counter.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count(void *arg)
{
	struct timespec until;

	for (int i = 0; i < 1000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += 60;
		if (LOCK)
			return arg;
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, count, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("counter: %ld\n", counter);
	return 0;
}
END

# try NAME LOCK: prints what the program and the sanitizer say, a line each.
try() {
	if ! root/usr/bin/x86_64-linux-gnu-gcc-12 -g -O1 -D_GNU_SOURCE -fsanitize=thread -pthread \
		"-DLOCK=$2" counter.c -Lroot/usr/lib/x86_64-linux-gnu -o "$1" >log 2>&1; then
		cat log
		echo "cannot be tried: the compiler does not work here"
		exit 2
	fi
	LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu "./$1" >"$1.log" 2>&1
	grep -oE '^counter: [0-9]+|WARNING: ThreadSanitizer: [a-z ]*[a-z]' "$1.log" | sort -u
}

clock=$(try clocklock 'pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &until)') || exit 2
plain=$(try lock 'pthread_mutex_lock(&mutex)') || exit 2
printf 'pthread_mutex_clocklock():\n%s\npthread_mutex_lock():\n%s\n' "$clock" "$plain"
[ "$plain" = 'counter: 2000' ] || exit 1
[ "$clock" = 'WARNING: ThreadSanitizer: data race
WARNING: ThreadSanitizer: unlock of an unlocked mutex
counter: 2000' ]
