#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# libc.sh BUILD: library and tool, and their unit tests, with two other libcs: that of
# Debian 11 in a small Debian 11, which is made once and kept in the cache, and musl, for
# which json-c and cmocka are built from Debian's sources. Exits 1 if a test fails. Needs
# root.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmapdemo
build=$1/libc
if [ "$(id -u)" -ne 0 ]; then
	echo "mmapdemo: a chroot of Debian 11 needs root: sudo make test-libc" >&2
	exit 1
fi
mkdir -p "$cache" "$build"
build=$(cd "$build" && pwd)
work=$(mktemp -d "$cache/libc.XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$root/tests/qemu/debian.sh"

# quietly COMMAND...: what it prints is for when it fails.
quietly() {
	"$@" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		exit 1
	}
}

make_debian11() {
	[ ! -e "$cache/debian-11/usr/bin/msgfmt" ] || return 0
	rm -rf "$cache/debian-11"
	echo "mmapdemo: making a small Debian 11 (once, a minute)" >&2
	(
		apt_lists "$work/apt"
		mirrors bullseye | grep -v backports
	) >"$work/sources.list"
	quietly mmdebstrap --variant=apt --arch=amd64 \
		--include=make,gcc,libc6-dev,libjson-c-dev,libcmocka-dev,gettext \
		bullseye "$work/debian-11" "$work/sources.list"
	chmod 755 "$work/debian-11"
	mv "$work/debian-11" "$cache/debian-11"
}

fetch_sources() {
	mkdir -p "$work/lists/partial" "$work/archives/partial"
	mirrors "$debian" | grep -v backports | sed 's/^deb /deb-src /' >"$work/sources.list"
	# shellcheck disable=SC2016 # for the inner shell
	quietly sh -c 'cd "$1" && shift && apt-get "$@" update && apt-get "$@" source --download-only \
		json-c cmocka' sh "$work" -o Dir::Etc::sourcelist="$work/sources.list" \
		-o Dir::Etc::sourceparts=- -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work" \
		-o APT::Sandbox::User=root
	for tarball in "$work"/*.orig.tar.?z; do
		tar -C "$work" -xf "$tarball"
	done
}

# What their configure scripts would find out.
make_musl() {
	[ ! -e "$cache/musl" ] || return 0
	echo "mmapdemo: building json-c and cmocka for musl (once)" >&2
	fetch_sources
	mkdir -p "$work/musl/include" "$work/musl/lib" "$work/json-c"
	ln -s /usr/include/linux /usr/include/asm-generic /usr/include/json-c /usr/include/cmocka.h \
		"/usr/include/$(gcc -print-multiarch)/asm" "$work/musl/include"
	for name in STRINGS_H STDARG_H STDINT_H INTTYPES_H UNISTD_H LOCALE_H FCNTL_H SYS_STAT_H \
		SYS_TYPES_H LIMITS_H MALLOC_H SETJMP_H SIGNAL_H TIME_H STRERROR STRDUP STRNCASECMP \
		USELOCALE SETLOCALE VASPRINTF SNPRINTF VSNPRINTF OPEN STRSIGNAL CLOCK_GETTIME \
		CLOCK_REALTIME STRUCT_TIMESPEC GCC_THREAD_LOCAL_STORAGE ATOMIC_BUILTINS \
		DECL_INFINITY DECL_NAN DECL_ISNAN DECL_ISINF; do
		echo "#define HAVE_$name 1"
	done >"$work/json-c/config.h"
	printf '#define SIZEOF_%s %s\n' INT 4 INT64_T 8 LONG 8 LONG_LONG 8 SIZE_T 8 SSIZE_T 8 \
		>>"$work/json-c/config.h"
	for file in "$work"/json-c-*/*.c "$work"/cmocka-*/src/cmocka.c; do
		quietly musl-gcc -O2 -w -std=gnu99 -D_GNU_SOURCE -isystem "$work/musl/include" \
			-include "$work/json-c/config.h" -I"$work/json-c" -I/usr/include/json-c \
			-I"$(dirname "$file")/../include" -c "$file" -o "$work/json-c/$(basename "$file" .c).o"
	done
	mv "$work/json-c/cmocka.o" "$work"
	ar rcs "$work/musl/lib/libcmocka.a" "$work/cmocka.o"
	ar rcs "$work/musl/lib/libjson-c.a" "$work"/json-c/*.o
	mv "$work/musl" "$cache/musl"
}

# units.sh DIR ARGUMENT...: makes a copy of the sources, in DIR, with these arguments of make,
# and runs the unit tests.
units=$build/units.sh
cat >"$units" <<'UNITS'
cd "$1" || exit
shift
tests=$(ls tests/unit/*.c | sed 's,\(.*\)\.c,build/\1,')
make -s "$@" userspace $tests || exit
code=0
for test in $tests; do
	CMOCKA_MESSAGE_OUTPUT=TAP LD_LIBRARY_PATH=build/lib timeout 300 "$test" >log 2>&1 && continue
	cat log
	echo "$test FAILED"
	code=1
done
exit $code
UNITS

copy_sources() {
	mkdir -p "$1"
	(cd "$root" && cp -Rpu --parents Makefile driver/uapi userspace tests/unit tests/qemu/packages.sh \
		docs/docs.mk debian/packages.mk tests/*.mk tests/qemu/packages.mk "$1")
}

# told NAME COMMAND...: a line that says how it ended.
code=0
told() {
	name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		echo "  libc    $name: ok"
	else
		cat "$work/log"
		echo "  libc    $name: FAILED"
		code=1
	fi
}

make_debian11
make_musl
copy_sources "$build/debian-11"
cp "$units" "$build/debian-11"
# shellcheck disable=SC2016 # for the inner shell
told "Debian 11's glibc" unshare --mount sh -ec 'mount -t proc proc "$1/proc"
	mount --rbind /dev "$1/dev"
	mount --bind "$2" "$1/mnt"
	exec chroot "$1" sh /mnt/units.sh /mnt PACKAGES_GUEST= PACKAGES_TEST=libcmocka-dev' \
	sh "$cache/debian-11" "$build/debian-11"
copy_sources "$build/musl"
told musl sh "$units" "$build/musl" CC=musl-gcc CPPFLAGS="-isystem $cache/musl/include" \
	LDFLAGS="-L$cache/musl/lib" CFLAGS="-O2 -g -L$cache/musl/lib"
exit $code
