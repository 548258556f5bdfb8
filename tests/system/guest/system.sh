# SPDX-License-Identifier: BSD-2-Clause
# For the suites: what all of them ask, and apt.
# shellcheck disable=SC2034 # the script that sources this uses them
. /mnt/tap.sh
version=$(cat /mnt/version)
older=0.0.9
kernel=$(uname -r)
packages='mmapdemo-dkms libmmapdemo0 libmmapdemo-dev mmapdemo-tools'

# apt ARGUMENT...: runs apt-get, with dpkg's complaints in $err; tells how long it took,
# and the console what it said.
apt() {
	apt_by '' "$@"
}

# apt_by COMMAND ARGUMENT...: the same, started by that command.
apt_by() {
	by=$1 before=$(cut -d. -f1 /proc/uptime)
	shift
	# shellcheck disable=SC2086 # a command with its arguments
	run $by apt-get -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@"
	printf '%4d s  %s\n' $(($(cut -d. -f1 /proc/uptime) - before)) "${by:+$by }apt-get $*"
	printf '%s\n' "$tap_command" "$out" "$err" >/dev/ttyS0
}

# of VERSION: our packages, as apt wants to hear it.
of() {
	for package in $packages; do
		printf '%s=%s ' "$package" "$1"
	done
}

# status PACKAGE: dpkg's word for it: installed, half-configured, not-installed...
status() {
	state=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)
	echo "${state:-not-installed}"
}

# are STATUS: all of our packages.
are() {
	for package in $packages; do
		[ "$(status "$package")" = "$1" ] || return
	done
}

# built VERSION KERNEL: that kernel has a module of that version.
built() {
	[ "$(modinfo -k "$2" -F version mmapdemo)" = "$1" ]
}

# The node, once udev has seen it.
node() {
	udevadm settle
	stat -c %A:%U:%G "${1:-/dev/mmapdemo}"
}
