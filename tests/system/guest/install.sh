# SPDX-License-Identifier: BSD-2-Clause
# An older version is installed, first without kernel headers, which then come.
. /mnt/system.sh

# shellcheck disable=SC2046 # one word per package
apt install $(of "$older")
ok "apt installs the packages" [ "$code" -eq 0 ]
ok "without headers it says that there is no module" has "$out" "no module for kernel $kernel yet"
ok "without headers it says what to do" has "$out" "sudo apt-get install linux-headers-$kernel"
ok "all packages are installed" are installed
# shellcheck disable=SC2046
apt install $(of "$older")
ok "apt installs the packages twice" [ "$code" -eq 0 ]
run mmapdemo doctor
ok "doctor says that no module is loaded" has "$out" "no /sys/module/mmapdemo"
ok "doctor says what to do" has "$out" "modprobe mmapdemo"

apt install "linux-headers-$kernel"
ok "apt installs the headers" [ "$code" -eq 0 ]
ok "DKMS builds the module when they come" built "$older" "$kernel"
ok "there is no node yet" [ ! -e /dev/mmapdemo ]
# As while packages are unpacked: udev reads its rules before the group is there.
groupdel mmapdemo
touch /usr/lib/udev/rules.d/60-mmapdemo.rules
udevadm control --reload
udevadm trigger --settle /sys/class/mem/null
systemd-sysusers
run modprobe mmapdemo
ok "modprobe finds it" [ "$code" -eq 0 ]
run node
ok "the node is the group's" [ "$out" = crw-rw----:root:mmapdemo ]
run mmapdemo doctor
ok "doctor finds all well" [ "$code" -eq 0 ]
finish
