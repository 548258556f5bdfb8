#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# own.sh KERNEL DIR: "make test-new-driver": writes a driver named foo into DIR, and does
# there what its author does next.
set -eu

rm -rf "$2"
"$(dirname "$0")/../../userspace/new-driver/new-driver.sh" foo "$2"
unset MAKEFLAGS MAKELEVEL
exec make -C "$2" test KERNEL="$1"
