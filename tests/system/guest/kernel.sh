# SPDX-License-Identifier: BSD-2-Clause
# Another kernel is installed, with its headers: it gets its module, and an initramfs.
. /mnt/system.sh
second=$(find /mnt/repo -printf '%f\n' | sed -n 's/^linux-image-\([0-9]*\.[0-9]*\)-amd64_.*/\1/p')
if [ -z "$second" ]; then
	skip "another kernel is installed" "this Debian has one kernel"
	finish
fi
apt install "linux-image-$second-amd64" "linux-headers-$second-amd64"
ok "apt installs kernel $second" [ "$code" -eq 0 ]
run sh -c "ls /lib/modules | grep '^$second'"
new=$out
ok "it has its folder of modules" [ -n "$new" ]
ok "DKMS builds the module for it" built "$version" "$new"
ok "the other kernel keeps its own" built "$version" "$kernel"
ok "the next boot is of the new kernel" [ "$(readlink /vmlinuz)" = "boot/vmlinuz-$new" ]
ok "it has an initramfs" [ -s "/boot/initrd.img-$new" ]
finish
