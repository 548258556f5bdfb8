#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# clang-headers.sh HEADERS DIR: makes DIR a copy of Debian's HEADERS, of kernel 6.1, that
# says that this machine's clang and lld have built the kernel. What their configuration
# would lack is left out; a module made with them is not loaded.
set -eu

version=$(clang --version | head -n 1)
number=$(echo __clang_major__ __clang_minor__ __clang_patchlevel__ | clang -E -P - |
	awk '{ printf "%d%02d%02d", $1, $2, $3 }')
rm -rf "$2"
cp -R "$1/" "$2"
for link in scripts tools; do
	rm "$2/$link"
	ln -s "$(readlink -f "$1/$link")" "$2/$link"
done
# Debian's headers name their compiler; others do not.
sed -i '/^CC = /d' "$2/.kernelvariables"
lacking='RETHUNK|CC_HAS_RETURN_THUNK|SLS|CC_HAS_SLS|FTRACE_MCOUNT_USE_CC|INIT_STACK_ALL_ZERO'
sed -i -E "s/^CONFIG_CC_IS_GCC=/CONFIG_CC_IS_CLANG=/; s/^CONFIG_LD_IS_BFD=/CONFIG_LD_IS_LLD=/
	s/^(CONFIG_GCC_VERSION)=.*/\1=0/; s/^(CONFIG_CLANG_VERSION)=.*/\1=$number/
	s/^(CONFIG_CC_VERSION_TEXT)=.*/\1=\"$version\"/; s/(fallthrough)=5/\1/
	/^CONFIG_($lacking)=/d" "$2/include/config/auto.conf"
sed -i -E "s/ CONFIG_CC_IS_GCC / CONFIG_CC_IS_CLANG /; s/ CONFIG_LD_IS_BFD / CONFIG_LD_IS_LLD /
	s/ (CONFIG_GCC_VERSION) .*/ \1 0/; s/ (CONFIG_CLANG_VERSION) .*/ \1 $number/
	/ CONFIG_($lacking) /d" "$2/include/generated/autoconf.h"
