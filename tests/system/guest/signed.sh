# SPDX-License-Identifier: BSD-2-Clause
# A kernel that loads only modules whose key it knows, as with Secure Boot; it does not
# know the one by which DKMS signs.
. /mnt/system.sh
ok "the kernel wants signatures" [ "$(cat /sys/module/module/parameters/sig_enforce)" = Y ]
ok "at boot the module is not loaded" [ ! -e /sys/module/mmapdemo ]
run systemctl is-failed systemd-modules-load
ok "systemd says that it could not load it" [ "$out" = failed ]
ok "the module is signed" [ -n "$(modinfo -F signer mmapdemo)" ]
run modprobe mmapdemo
ok "modprobe is refused" [ "$code" -ne 0 ]
ok "modprobe says why" has "$err" "Key was rejected by service"
run mmapdemo doctor
ok "doctor finds no module" [ "$code" -eq 1 ]
ok "doctor says why" has "$out" "if its key is rejected"
ok "doctor says what to do" has "$out" "mokutil --import /var/lib/dkms/mok.pub"
ok "there is the key to import" [ -s /var/lib/dkms/mok.pub ]

# Configured again, but for DKMS's part, which needs minutes and ends as it did before.
mount --bind /bin/true /usr/lib/dkms/common.postinst
run /var/lib/dpkg/info/mmapdemo-dkms.postinst configure "$version"
umount /usr/lib/dkms/common.postinst
ok "the package can be configured" [ "$code" -eq 0 ]
ok "the package says why the module will not load" has "$out" "unless it knows the key"
ok "the package says what to do" has "$out" "mokutil --import /var/lib/dkms/mok.pub"
ok "the module is built" built "$version" "$kernel"
ok "it is not loaded" [ ! -e /sys/module/mmapdemo ]
run find /dev -name 'mmapdemo*'
ok "there is no node" [ -z "$out" ]
finish
