#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# lint.sh BUILD: everything that can be said about the sources without running
# them. Prints a line per check, the complaints, and exits 1 if there are any.
set -u

build=$1
cd "$(dirname "$0")/../.." || exit
code=0

# check NAME COMMAND...: silence and exit code 0 are good.
check() {
	name=$1
	shift
	if ! out=$("$@" 2>&1) || [ -n "$out" ]; then
		printf '%s\n' "$out"
		echo "  lint    $name: FAILED"
		code=1
	else
		echo "  lint    $name: ok"
	fi
}

checkpatch() {
	perl "$patch/checkpatch.pl" --strict --no-tree --terse --no-summary -f driver/*.[ch] \
		driver/uapi/linux/*.h userspace/examples/*/*.c tests/engine/*.c
}

# What is generated is as clean.
new_driver() {
	userspace/new-driver/new-driver.sh foo "$foo" >/dev/null &&
		perl "$patch/checkpatch.pl" --strict --no-tree --terse --no-summary \
			-f "$foo"/driver/*.[ch] "$foo"/driver/uapi/linux/*.h
}

# module LINE KERNEL: W=1 makes gcc, C=1 makes sparse speak.
module() {
	touch driver/*.c userspace/examples/*/*.c tests/engine/*.c && W=1 C=1 \
		tests/qemu/module.sh "$2/headers" "$build/lint-$1" userspace/examples/engine tests/engine
}

# For a kernel that clang has built, it is clang that module.sh takes. Of its warnings, those
# about the kernel's headers are not ours.
module_by_clang() {
	tests/lint/clang-headers.sh "$1/headers" "$build/lint-clang-headers" || return
	tests/qemu/module.sh "$build/lint-clang-headers" "$build/lint-clang" >"$build/lint-clang.log" 2>&1 || {
		cat "$build/lint-clang.log"
		return 1
	}
	grep -E "^[^ ]*lint-clang/driver/.*(warning|error):" "$build/lint-clang.log"
	readelf -p .comment "$build/lint-clang/mmapdemo.ko" | grep -q clang ||
		echo "clang has not built the module"
}

# compile_with COMPILER...
compile_with() {
	for file in $sources; do
		"$@" -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O2 -Wall -Wextra -Wshadow \
			-Wstrict-prototypes -Wmissing-prototypes -Idriver/uapi -Iuserspace/lib \
			-Iuserspace/cli -c "$file" -o /dev/null || return
	done
}

# Library, tool and unit tests need no more than other libcs have. The headers of the kernel
# and of the libraries are this machine's, those of its libc must not be found.
musl() {
	include=$build/lint-musl
	rm -rf "$include"
	mkdir -p "$include" || return
	ln -s /usr/include/linux /usr/include/asm-generic /usr/include/json-c /usr/include/cmocka.h \
		"/usr/include/$(gcc -print-multiarch)/asm" "$include"
	sources=$(git ls-files 'userspace/lib/*.c' 'userspace/cli/*.c' 'tests/unit/*.c')
	compile_with musl-gcc -isystem "$include" || return
	# shellcheck disable=SC2046 # one word per file
	musl-gcc -D_GNU_SOURCE -isystem "$include" -Idriver/uapi -shared -fPIC -Wl,-z,defs \
		$(git ls-files 'userspace/lib/*.c') -o "$include/libmmapdemo.so"
}

# Each header that a program includes, alone, in the oldest language that will do and in C++,
# and with those for ThreadSanitizer.
headers() {
	for header in linux/mmapdemo.h mmapdemo.h mmapdemo_channel.h mmapdemo_engine.h; do
		for compiler in 'gcc -x c -std=c99' 'clang -x c -std=c99' 'clang -x c++ -std=c++11'; do
			for sanitizer in '' -fsanitize=thread; do
				# shellcheck disable=SC2086 # several words
				echo "#include <$header>" | $compiler $sanitizer -Wall -Wextra -pedantic \
					-Idriver/uapi -Iuserspace/lib -fsyntax-only -
			done
		done
	done
}

licences() {
	git ls-files | grep -vE '^LICENSE|\.md$|\.in$|^\.gitignore$|^debian/(changelog|copyright|source)' | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier:' || echo "$file: no SPDX tag"
	done
}

# A release has one version, which all that is made takes from the header; what is
# written by hand agrees.
version() {
	version=$(sed -n 's/^.define MMAPDEMO_VERSION "\(.*\)"/\1/p' driver/uapi/linux/mmapdemo.h)
	head -n 1 debian/changelog | grep -qF "mmapdemo ($version)" ||
		echo "debian/changelog is not of version $version"
	grep -m 1 '^## ' CHANGELOG.md | grep -qF "## [$version]" ||
		echo "CHANGELOG.md does not begin with version $version"
	grep -oE 'mmapdemo/[0-9]+[0-9.]*' README.md | grep -vxF "mmapdemo/$version"
	# Elsewhere it must not stand at all, but where it is said since when something is there.
	git grep -nF "\"$version\"" -- ':!driver/uapi' ':!userspace/new-driver/template' ':!userspace/lib/*.h'
	true
}

symbols() {
	sed -n 's/^\t\(mmapdemo_[a-z_]*\);.*/\1/p' userspace/lib/libmmapdemo.map | while read -r name; do
		grep -q "^ $name@" debian/libmmapdemo0.symbols ||
			echo "debian/libmmapdemo0.symbols does not know $name"
	done
}

# Where a position cannot be loaded at once, the first that a build says is why.
only_64_bits() {
	echo '#include "driver/compat.h"' | gcc -E -I. -x c - 2>&1 >/dev/null | grep -m 1 'error' |
		grep -q '#error "mmapdemo needs a 64-bit kernel' ||
		echo "driver/compat.h says nothing to a 32-bit kernel"
}

# Each text of a scenario has its translation, and nothing else has.
translated() {
	userspace/po/update.sh --check
}

# Examples are to be read at a glance.
short() {
	wc -l userspace/examples/*.* userspace/examples/*/*.c | awk '$2 != "total" && $1 >= 80 { print $2 ": " $1 " lines" }'
}

# Planted bugs follow the sources.
mutants_apply() {
	for mutant in tests/mutants/*.patch; do
		patch --dry-run --force --silent --fuzz=0 -p1 <"$mutant" >/dev/null ||
			echo "$mutant does not apply"
	done
}

# The tests that notice them are there.
mutants_noticed() {
	sed -n 's/^killed-by: device-\([a-z-]*\): \([A-Za-z0-9]*_\)/\1 \2/p' tests/mutants/*.patch |
		while read -r suite test; do
			grep -qw "$test" "tests/device/$suite.c" ||
				echo "tests/device/$suite.c has no $test, which a mutant names"
		done
}

# Each question of "mmapdemo check" is explained.
explained() {
	sed -nE 's/^\t\{ "(.*)", [a-z_0-9]+, .*/\1/p' userspace/cli/check/*.c | while read -r name; do
		grep -qF "| $name |" userspace/cli/check/README.md || echo "no row for: $name"
	done
}

# CONTRIBUTING.md says what each room of the driver is for.
rooms() {
	for file in driver/*.c driver/compat.h; do
		name=${file##*/}
		grep -q "^| \[driver/\].*\`${name%.*}\`" CONTRIBUTING.md || echo "CONTRIBUTING.md has no room $name"
	done
}

# What the documents point to is there.
links() {
	git ls-files '*.md' ':!userspace/new-driver/template' | while read -r page; do
		grep -oE '\]\([^)#:]+[)#]' "$page" | sed 's/^..//; s/.$//' | while read -r path; do
			[ -e "$(dirname "$page")/$path" ] || echo "$page: no $path"
		done
	done
}

export CHECK=sparse
sources=$(git ls-files 'userspace/*.c' 'tests/*.c' ':!*/engine/*' ':!*/template/*')
scripts=$(git ls-files '*.sh' 'tests/*/guest/*' debian/*.p* ':!tests/jobs.sh')
# What is fetched speaks of its progress: not a complaint of a check.
patch=$(tests/lint/checkpatch.sh) || exit

check "checkpatch --strict" checkpatch
foo=$(mktemp -d)
trap 'rm -rf "$foo"' EXIT
check "checkpatch --strict, of a new driver" new_driver
for line in 6.1 6.12 7.2; do
	kernel=$(tests/qemu/kernel.sh $line) || exit
	check "module, $line, W=1 and sparse" module $line "$kernel"
done
check "module, 6.1, by clang" module_by_clang "$(tests/qemu/kernel.sh 6.1)"
check "gcc" compile_with gcc
check "clang" compile_with clang
check "musl-gcc" musl
check "headers, in C99 and C++" headers
# SC1091, SC2154: names that come from a sourced file, which lies elsewhere.
# SC2317: functions that "check" calls. Fo and Nd are macros of manual pages.
# shellcheck disable=SC2046,SC2086 # one word per file
{
	check "layout (clang-format)" clang-format --dry-run -Werror $(git ls-files '*.c' '*.h')
	check "scripts (shellcheck)" shellcheck --shell=sh --exclude=SC1091,SC2154,SC2317 $scripts
	check "scripts (shellcheck, bash)" shellcheck tests/jobs.sh userspace/completions/mmapdemo.bash
	check "spelling (codespell)" codespell --ignore-words-list=parm,fo,nd,crate,frok $(git ls-files)
}
check "completions (zsh)" zsh -n userspace/completions/_mmapdemo
check "completions (fish)" fish -n userspace/completions/mmapdemo.fish
check "manual (mandoc)" mandoc -Tlint -W warning userspace/man/*.[1-9]
check "licences (SPDX)" licences
check "one version" version
check "Debian: symbols" symbols
check "64-bit kernels only" only_64_bits
check "examples have less than 80 lines" short
check "translations" translated
check "words" tests/lint/words.sh
check "manual as HTML" docs/html.sh "$build/lint-docs"
check "mutants apply" mutants_apply
check "mutants are noticed by tests that exist" mutants_noticed
check "userspace/cli/check/README.md" explained
check "rooms" rooms
check "links" links
check "include directions" tests/lint/include-direction.sh "$build"
exit $code
