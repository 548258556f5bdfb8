# SPDX-License-Identifier: BSD-2-Clause
# Packages that cannot be installed now: on a full disk, without headers.
. /mnt/system.sh
run apt-get -qq update
ok "apt finds the packages" [ "$code" -eq 0 ]

# What it would have touched.
state() {
	find /usr/src /lib/modules /var/lib/dkms /usr/lib/udev /usr/lib/modules-load.d 2>/dev/null | sort
	getent group mmapdemo
}
state >/root/state
mount -t tmpfs -o size=1m tmpfs /var/lib/dkms
apt install "mmapdemo-dkms=$older"
umount /var/lib/dkms
ok "on a full disk apt fails" [ "$code" -ne 0 ]
ok "on a full disk it says which is full" has "$err" "/var/lib/dkms has 1 MB free"
ok "on a full disk it says what to do" has "$err" "make room there"
ok "on a full disk the package is not there, not even half" [ "$(status mmapdemo-dkms)" = not-installed ]
state >/root/after
run diff /root/state /root/after
ok "on a full disk all is as it was" [ "$code" -eq 0 ]
finish
