# SPDX-License-Identifier: BSD-2-Clause
# Where the module cannot be had: on a full disk, and for a kernel that is too old.
. /mnt/system.sh
run apt-get -qq update
ok "apt finds the packages" [ "$code" -eq 0 ]

# What it would have touched.
state() {
	find /usr/src /lib/modules /var/lib/dkms /usr/lib/udev /usr/lib/modules-load.d 2>/dev/null | sort
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
ok "on a full disk all files are as they were" [ "$code" -eq 0 ]
run getent group mmapdemo
ok "on a full disk there is no group" [ -z "$out" ]

# By its name alone, which programs see: 2.6.61 is 6.1.
too_old="setarch $(uname -m) --uname-2.6"
old=$($too_old uname -r)
mkdir -p "/lib/modules/$old/build/include"
state >/root/state
apt_by "$too_old" install "mmapdemo-dkms=$older"
ok "on an old kernel apt installs the package" [ "$code" -eq 0 ]
ok "on an old kernel it says that it is too old" has "$out" "kernel $old is too old: the module needs 6.1"
ok "on an old kernel it says what to do" has "$out" "sudo apt-get install linux-image-"
run find /lib/modules /var/lib/dkms/mmapdemo -name '*.ko*' -path '*mmapdemo*'
ok "on an old kernel DKMS builds nothing" [ -z "$out" ]
ok "on an old kernel DKMS fails for no other" [ "$(status mmapdemo-dkms)" = installed ]
apt purge mmapdemo-dkms
ok "on an old kernel apt removes it" [ "$code" -eq 0 ]
state >/root/after
run diff /root/state /root/after
ok "on an old kernel all files are as they were" [ "$code" -eq 0 ]
rm -r "/lib/modules/$old"
finish
