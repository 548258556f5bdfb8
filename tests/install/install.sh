#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# "make install" into a folder, a program built from it, "make uninstall". Runs
# on this machine, from the root of the tree.
. tests/tap.sh
dest=$tap_dir/dest
prefix=/opt/mmapdemo

run make install DESTDIR="$dest" PREFIX=$prefix
ok "install works" [ "$code" -eq 0 ]
ok "the tool runs" "$dest$prefix/bin/mmapdemo" --version
ok "the header is there" [ -e "$dest$prefix/include/mmapdemo.h" ]
ok "the header of channels is there" [ -e "$dest$prefix/include/mmapdemo_channel.h" ]
ok "the header of the ABI is there" [ -e "$dest$prefix/include/linux/mmapdemo.h" ]
version=$(sed -n 's/^.define MMAPDEMO_VERSION "\(.*\)"/\1/p' driver/uapi/linux/mmapdemo.h)
run sed -n 's/^Version: //p' "$dest$prefix/lib/pkgconfig/libmmapdemo.pc"
ok "the pkg-config file has the version" [ "$out" = "$version" ]
run "$dest$prefix/bin/mmapdemo" --version
ok "the tool has the version" has "$out" "$version"

# The module needs headers, and not those of any kernel.
mkdir "$tap_dir/headers"
run make module KDIR="$tap_dir/headers"
ok "without headers make module says so" has "$code $err" "2 *no kernel headers in $tap_dir/headers"
ok "without headers it says what to do" has "$err" "apt-get install linux-headers-"
for release in 5.10.200 6.0.1 6.0; do
	printf 'kernelversion:\n\t@echo %s\n' $release >"$tap_dir/headers/Makefile"
	run make module KDIR="$tap_dir/headers"
	ok "headers of $release: make module says so" has "$code $err" \
		"2 *are of kernel $release, which is too old: the module needs 6.1"
done

# The module's compiler is the kernel's, which the headers tell, or the one that is asked for.
config=$tap_dir/headers/include/config/auto.conf
mkdir -p "${config%/*}" "$tap_dir/bin"
cat >"$tap_dir/headers/Makefile" <<'MAKE'
CC = its own
kernelversion:
	@echo 6.1.0
modules:
	@echo "CC '$(CC)', LLVM '$(LLVM)'"
	@test '$(CC)' != broken
MAKE
make_module() {
	run env PATH="$tap_dir/bin:$PATH" make -s module V=1 KDIR="$tap_dir/headers" "$@"
}
echo 'CONFIG_CC_VERSION_TEXT="gcc 98.1"' >"$config"
make_module
ok "a kernel built by gcc has its own compiler" has "$out" "CC 'its own', LLVM ''"
make_module CC=other
ok "make module passes CC on" has "$out" "CC 'other', LLVM ''"
make_module LLVM=-15
ok "make module passes LLVM on" has "$out" "LLVM '-15'"
make_module CC=broken
ok "if that CC fails, make module says what built the kernel" has "$err" \
	"CC=broken was asked for; the kernel was built by gcc 98.1"
run env CC=other LLVM=1 V=1 tests/qemu/module.sh "$tap_dir/headers" "$tap_dir/module"
ok "CC and LLVM of programs are not for the modules of the guest" has "$out" \
	"CC 'its own', LLVM ''"

printf '%s\n' 'CONFIG_CC_IS_CLANG=y' 'CONFIG_CLANG_VERSION=990102' \
	'CONFIG_CC_VERSION_TEXT="clang version 99.1.2"' >"$config"
ln -s /bin/true "$tap_dir/bin/clang-99"
make_module
ok "for a kernel built by clang it is clang of that version" has "$out" "CC 'clang-99', LLVM ''"
make_module CC=other
ok "CC goes before what the headers tell" has "$out" "CC 'other', LLVM ''"
echo CONFIG_LD_IS_LLD=y >>"$config"
make_module
ok "make module says what is missing" has "$code $err" \
	"2 *built by clang version 99.1.2; here is no ld.lld-99"
ok "and which packages have it" has "$err" "apt-get install clang-99 lld-99 llvm-99"
ln -s clang-99 "$tap_dir/bin/ld.lld-99"
ln -s clang-99 "$tap_dir/bin/llvm-ar-99"
make_module
ok "for a kernel linked by lld it is all of LLVM" has "$out" "LLVM '-99'"

# As kernels and compilers call them.
for arch in x86_64=build aarch64=build/arm64; do
	run env -u MAKEFLAGS ARCH="${arch%=*}" make -sn clean
	ok "ARCH=${arch%=*} is accepted" [ "$out" = "rm -rf ${arch#*=}" ]
done

# What systemd and udev read. The rule is for one node only, not for those of named buffers.
run grep -v '^#' "$dest$prefix/lib/udev/rules.d/60-mmapdemo.rules"
ok "the udev rule is of the one node" has "$out" 'KERNEL=="mmapdemo",'
ok "the udev rule gives it to the group" has "$out" 'GROUP="%k", MODE="0660"'
run grep -v '^#' "$dest$prefix/lib/modules-load.d/mmapdemo.conf"
ok "systemd is to load the module" [ "$out" = mmapdemo ]
run grep -v '^#' "$dest$prefix/lib/sysusers.d/mmapdemo.conf"
ok "systemd is to make the group" [ "$out" = "g mmapdemo -" ]

# What the headers declare, or define with "static inline" in front; those for ThreadSanitizer
# take the places of others.
functions() {
	grep -hE '^[a-z].*\bmmapdemo_[a-z_]+\(' userspace/lib/mmapdemo*.h |
		grep -v "^${1:-nothing}" | grep -v mmapdemo_tsan_ | grep -oE '\bmmapdemo_[a-z_]+\(' | tr -d '(' | sort -u
}

# Each page in the folder of its section, and each verb and each call of the library by its own name.
man=$dest$prefix/share/man
wanted_pages() {
	for page in userspace/man/*.[1-9]; do
		echo "man${page##*.}/${page##*/}"
	done
	"$dest$prefix/bin/mmapdemo" --help | sed -nE 's,^  ([a-z]+) .*,man1/mmapdemo-\1.1,p'
	sed -n 's,^\.Fo \(.*\),man9/\1.9,p' userspace/man/*.9
	functions | grep -vE '_(producer_publish|consumer_begin|consumer_end)$' | sed 's,.*,man3/&.3,'
	for section in 1 9; do
		sed -n "s,^\.Nm \(mmapdemo[-_][a-z_-]*\).*,man$section/\1.$section,p" userspace/man/*.$section
	done
}
wanted_pages | sort -u >"$tap_dir/wanted"
(cd "$man" && find . ! -type d | sed 's,^\./,,' | sort) >"$tap_dir/pages"
run diff "$tap_dir/wanted" "$tap_dir/pages"
ok "the manual is there, each page in its section" [ "$code" -eq 0 ]
wrong_pages() {
	functions | grep -vE '_(producer_publish|consumer_begin|consumer_end)$' | while read -r name; do
		grep -q "^\.Fo $name\$" "$man/man3/$name.3" || echo "$name"
	done
}
run wrong_pages
ok "the page of each call explains it" [ -z "$out$err" ]
run find -L "$man" -type l
ok "no manual page points nowhere" [ -z "$out$err" ]

for completion in bash-completion/completions/mmapdemo zsh/site-functions/_mmapdemo \
	fish/vendor_completions.d/mmapdemo.fish; do
	ok "there is ${completion%%/*}" grep -q Completion "$dest$prefix/share/$completion"
done

# Here, for the guest has no shell that can ignore SIGCHLD.
truncate -s 64 "$tap_dir/mutex"
# shellcheck disable=SC2016 # bash expands them
run bash -c 'trap "" CHLD; exec "$0" lock "$1" -- sh -c "exit 5"' "$dest$prefix/bin/mmapdemo" \
	"$tap_dir/mutex"
ok "lock has the exit code where SIGCHLD was ignored" [ "$code" -eq 5 ]

cat >"$tap_dir/user.c" <<'C'
#include <mmapdemo.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	int err = mmapdemo_open_anon(&buffer, 4096);

	if (!err)
		err = mmapdemo_view_open(&view, buffer, 0, 0, 0);
	if (!err)
		strcpy(view.data, "shared");
	if (!err)
		puts(view.data);
	return err != 0;
}
C
for how in shared static; do
	case $how in
	shared) libs="-lmmapdemo" ;;
	static) libs="$dest$prefix/lib/libmmapdemo.a" ;;
	esac
	# shellcheck disable=SC2086 # one word or two
	run cc -Wall -Werror "$tap_dir/user.c" -I"$dest$prefix/include" -L"$dest$prefix/lib" $libs \
		-o "$tap_dir/user"
	ok "a program builds, $how" [ "$code" -eq 0 ]
	run env LD_LIBRARY_PATH="$dest$prefix/lib" "$tap_dir/user"
	ok "a program runs, $how" [ "$out" = shared ]
done

# What the library exports is what its headers declare, and nothing else.
nm -D --defined-only "$dest$prefix/lib/libmmapdemo.so" |
	sed -n 's/.* T \(mmapdemo_[a-z_]*\)@.*/\1/p' | sort >"$tap_dir/exported"
functions static >"$tap_dir/declared"
run diff "$tap_dir/declared" "$tap_dir/exported"
ok "the library exports what the headers declare" [ "$code" -eq 0 ]

# An older version stays when a newer one comes; what else is there already is of others.
touch "$dest$prefix/lib/libmmapdemo.so.0.0.9"
echo other >"$dest$prefix/lib/modules-load.d/other.conf"
run make uninstall DESTDIR="$dest" PREFIX=$prefix
ok "uninstall works" [ "$code" -eq 0 ]
run find "$dest" -type f -o -type l
ok "uninstall leaves no file, but those of others" [ "$out" = "$dest$prefix/lib/modules-load.d/other.conf" ]

# As distributions do, with a folder of libraries for each architecture.
run make install DESTDIR="$dest/usr" PREFIX=/usr LIBDIR=/usr/lib/somewhere
ok "install into another LIBDIR works" [ "$code" -eq 0 ]
run sed -n 's/^libdir=//p' "$dest/usr/usr/lib/somewhere/pkgconfig/libmmapdemo.pc"
ok "the pkg-config file names that LIBDIR" [ "$out" = /usr/lib/somewhere ]
ok "the library is in that LIBDIR" [ -e "$dest/usr/usr/lib/somewhere/libmmapdemo.so" ]
run make uninstall DESTDIR="$dest/usr" PREFIX=/usr LIBDIR=/usr/lib/somewhere
run find "$dest/usr" -type f -o -type l
ok "uninstall leaves no file in that LIBDIR" [ -z "$out" ]

dest="$tap_dir/a folder"
run sh -c 'umask 077 && make install install-dkms DESTDIR="$1" PREFIX=/usr' sh "$dest"
ok "install into a folder with a space works" [ "$code" -eq 0 ]
run find "$dest" -type f ! -perm -444 -o -type d ! -perm -555
ok "all may read what is installed with a umask of 077" [ -z "$out$err" ]
ok "the pkg-config file is there" [ -s "$dest/usr/lib/pkgconfig/libmmapdemo.pc" ]
ok "DKMS finds its file" [ -s "$dest/usr/src/mmapdemo-$version/dkms.conf" ]
run make uninstall uninstall-dkms DESTDIR="$dest" PREFIX=/usr
run find "$dest" ! -type d
ok "uninstall leaves no file in a folder with a space" [ -z "$out$err" ]
finish
