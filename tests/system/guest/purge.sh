# SPDX-License-Identifier: BSD-2-Clause
# All is removed.
. /mnt/system.sh
# Loaded, while the kernel's next one finds no file of it.
run dkms remove "mmapdemo/$version" -k "$kernel"
ok "the module is loaded, and its file is gone" [ "$(modinfo -n mmapdemo 2>/dev/null)" = '' ]
# shellcheck disable=SC2086 # one word per package
apt purge $packages
ok "apt removes the packages" [ "$code" -eq 0 ]
ok "no package is left" are not-installed
ok "the module is not loaded" [ ! -e /sys/module/mmapdemo ]
udevadm settle
run find /dev -name 'mmapdemo*'
ok "no node is left" [ -z "$out" ]
run sh -c 'for kernel in $(ls /lib/modules); do modinfo -k $kernel -n mmapdemo 2>/dev/null; done'
ok "no kernel finds the module" [ -z "$out" ]
run find / -xdev -name '*mmapdemo*' ! -name 'mmapdemo-test.service'
ok "no file is left" [ -z "$out" ]
finish
