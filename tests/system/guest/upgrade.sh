# SPDX-License-Identifier: BSD-2-Clause
# A newer version is installed, and is to be removed, while the module is in use.
. /mnt/system.sh
runuser -u member -- mmapdemo write 'still here'
runuser -u member -- timeout 1200 mmapdemo wait 0 -o 64 >/root/waited &
user() {
	grep -lx mmapdemo /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3
}

# The others of the same source are upgraded beside it.
files() {
	find /usr/src /var/lib/dkms /lib/modules /usr/lib/udev -name '*mmapdemo*' | sort
}
files >/root/before
mount -t tmpfs -o size=1m tmpfs /usr/src
apt install "mmapdemo-dkms=$version"
umount /usr/src
ok "on a full disk apt fails" [ "$code" -ne 0 ]
ok "on a full disk it says which is full" has "$err" "/usr/src has 1 MB free"
ok "on a full disk the older package stays installed" [ "$(status mmapdemo-dkms)" = installed ]
files >/root/after
run diff /root/before /root/after
ok "on a full disk all its files are there as before" [ "$code" -eq 0 ]
ok "on a full disk the module is there as before" built "$older" "$kernel"

# shellcheck disable=SC2046 # one word per package
apt install $(of "$version")
ok "apt installs over an older version" [ "$code" -eq 0 ]
ok "it says that the older one stays loaded" has "$out" "version $older stays loaded"
ok "it says what to do" has "$out" "modprobe -r mmapdemo"
ok "DKMS builds the newer version" built "$version" "$kernel"
run dkms status
ok "DKMS knows no older version" [ "$(echo "$out" | grep -c mmapdemo)" -eq 1 ]
ok "the older one is loaded" [ "$(cat /sys/module/mmapdemo/version)" = "$older" ]
run mmapdemo doctor
ok "doctor says that versions differ" has "$out" "module $older, tool and library $version"
run mmapdemo read -n 10
ok "what was written is there" [ "$out" = 'still here' ]
ok "who used it still does" [ -n "$(user)" ]

run modprobe -r mmapdemo
ok "while in use it cannot be unloaded" [ "$code" -ne 0 ]
find / -xdev -name '*mmapdemo*' | sort >/root/before
apt purge mmapdemo-dkms
ok "while in use it cannot be removed" [ "$code" -ne 0 ]
ok "it says who uses it" has "$out$err" "processes: $(user)"
ok "the package is installed as before" [ "$(status mmapdemo-dkms)" = installed ]
find / -xdev -name '*mmapdemo*' | sort >/root/after
run diff /root/before /root/after
ok "all files are there as before" [ "$code" -eq 0 ]
ok "the module is there as before" built "$version" "$kernel"

printf '\001' | dd of=/dev/mmapdemo bs=1 seek=64 conv=notrunc status=none
mmapdemo wake -o 64 >/dev/null
wait
run cat /root/waited
ok "who waited is woken" [ "$out" = 1 ]
run sh -c 'modprobe -r mmapdemo && modprobe mmapdemo'
ok "what it said can be done" [ "$code" -eq 0 ]
ok "the newer version is loaded" [ "$(cat /sys/module/mmapdemo/version)" = "$version" ]
run node
ok "the node is the group's" [ "$out" = crw-rw----:root:mmapdemo ]

# As Secure Boot locks the kernel: it wants a signature by a key that it knows.
echo integrity >/sys/kernel/security/lockdown
modprobe -r mmapdemo
run modprobe mmapdemo
ok "locked down, the kernel refuses the module" has "$err" "Operation not permitted"
run mmapdemo doctor
ok "locked down, doctor says what to do" has "$out" "mokutil --import /var/lib/dkms/mok.pub"
finish
