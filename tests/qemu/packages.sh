#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# packages.sh PACKAGE...: makes sure that these Debian packages are installed.
# As root it installs what is missing and says so; otherwise it prints the
# command that does, and exits 1. Where there is no dpkg, it names them and hopes.
set -eu

if ! command -v dpkg-query >/dev/null; then
	echo "mmapdemo: no Debian; this wants what these packages hold: $*" >&2
	exit 0
fi
missing=
for package in "$@"; do
	case "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)" in
	*' installed') ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

command="apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
	echo "mmapdemo: packages are missing, and installing them needs root. Run this, then try again:" >&2
	echo "  sudo apt-get update && sudo $command" >&2
	exit 1
fi
echo "mmapdemo: installing:$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# A machine that never ran "apt-get update", or long ago, finds nothing at first.
# shellcheck disable=SC2086 # one word per package
if ! $command >"$log" 2>&1 && ! { apt-get update && $command; } >"$log" 2>&1; then
	cat "$log" >&2
	echo "mmapdemo: this failed: $command" >&2
	exit 1
fi
