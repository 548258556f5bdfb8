#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# "make dist", and what can be made of the tarball where there is no git.
. tests/tap.sh
tarball=$(pwd)/build/mmapdemo-$(sed -n 's/^.define MMAPDEMO_VERSION "\(.*\)"/\1/p' \
	driver/uapi/linux/mmapdemo.h).tar.gz
tests/package/sources.sh "$tap_dir/sources"

rm -f "$tarball"
run make dist
ok "make dist makes a tarball" [ -e "$tarball" ]
mkdir "$tap_dir/dist"
run tar -xzf "$tarball" -C "$tap_dir/dist"
ok "it can be unpacked" [ "$code" -eq 0 ]
tree=$(echo "$tap_dir"/dist/*)
ok "it holds one folder" [ -d "$tree" ]
run diff -r "$tap_dir/sources" "$tree"
ok "it holds the sources" [ "$code" -eq 0 ]
ok "it holds nothing of git's" [ ! -e "$tree/.git" ]

mkdir "$tap_dir/bin"
printf '#!/bin/sh\necho "there is no git here" >&2\nexit 1\n' >"$tap_dir/bin/git"
chmod +x "$tap_dir/bin/git"
unset MAKEFLAGS MAKELEVEL
run env PATH="$tap_dir/bin:$PATH" make -C "$tree" install install-dkms DESTDIR="$tap_dir/dest"
ok "it builds and installs without git" [ "$code" -eq 0 ]
ok "its tool runs" "$tap_dir/dest/usr/local/bin/mmapdemo" --version
conf=$(echo "$tap_dir"/dest/usr/src/mmapdemo-*/dkms.conf)
run sh -c ". '$conf' && echo \$PACKAGE_NAME-\$PACKAGE_VERSION"
ok "DKMS finds its sources" [ "$conf" = "$tap_dir/dest/usr/src/$out/dkms.conf" ]
run diff -r -x dkms.conf "$tree/driver" "$(dirname "$conf")/driver"
ok "DKMS has all of the driver" [ -z "$(echo "$out" | grep -v 'driver: sysfs-class-mmapdemo$')" ]
run env PATH="$tap_dir/bin:$PATH" make -C "$tree" dist
ok "its own tarball is the same" cmp "$tarball" "$tree/build/${tarball##*/}"
mkdir "$tap_dir/dest/usr/src/mmapdemo-0.0.9" "$tap_dir/dest/usr/src/other-1"
run make uninstall-dkms DESTDIR="$tap_dir/dest"
ok "uninstall-dkms leaves nothing of the module" [ "$(ls "$tap_dir/dest/usr/src")" = other-1 ]
finish
