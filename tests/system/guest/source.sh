# SPDX-License-Identifier: BSD-2-Clause
# Without packages: from the tarball, by "make install" and DKMS, and away again.
. /mnt/system.sh
export PATH="/usr/local/bin:$PATH"
tar -xf /mnt/mmapdemo-"$version".tar.gz -C /root
cd /root/mmapdemo-"$version" || exit
find / -xdev -name '*mmapdemo*' | sort >/root/before

run make userspace
ok "make installs what it needs, and builds" [ "$code" -eq 0 ]
printf '%s\n' "$out" "$err" >/dev/ttyS0
run make install install-dkms
ok "make install works" [ "$code" -eq 0 ]
run dkms install "mmapdemo/$version"
printf '%s\n' "$out" "$err" >/dev/ttyS0
ok "DKMS builds the module" built "$version" "$kernel"
run systemd-sysusers
ok "systemd makes the group" getent group mmapdemo
ldconfig
run modprobe mmapdemo
ok "modprobe finds it" [ "$code" -eq 0 ]
run node
ok "the node is the group's" [ "$out" = crw-rw----:root:mmapdemo ]
run mmapdemo doctor
ok "doctor finds all well" [ "$code" -eq 0 ]
usermod -aG mmapdemo member
ok "a member of the group uses it" runuser -u member -- mmapdemo write hello

# As the manual says: what DKMS has is enough for a separate module.
cp -r "/usr/src/mmapdemo-$version" /root/driver
run make -C "/lib/modules/$kernel/build" M=/root/driver modules
ok "what the driver exports can be made of its sources" [ -s /root/driver/Module.symvers ]
cp -r userspace/examples/engine /root/engine
run make -C "/lib/modules/$kernel/build" M=/root/engine DRIVER="/usr/src/mmapdemo-$version/driver" \
	KBUILD_EXTRA_SYMBOLS=/root/driver/Module.symvers modules
ok "a separate engine is built with them" [ "$code" -eq 0 ]
run insmod /root/engine/shout.ko
ok "the driver has its engine" grep -qw shout /sys/module/mmapdemo/parameters/engines
rmmod shout

# An older version was there.
touch /usr/local/lib/libmmapdemo.so.0.0.9
cp -r "/usr/src/mmapdemo-$version" "/usr/src/mmapdemo-$older"
sed -i "s/$version/$older/" "/usr/src/mmapdemo-$older/dkms.conf"
dkms add "mmapdemo/$older" >/dev/null 2>&1
modprobe -r mmapdemo
run make uninstall uninstall-dkms
printf '%s\n' "$out" "$err" >/dev/ttyS0
ok "make uninstall works" [ "$code" -eq 0 ]
groupdel mmapdemo
rm -rf build /root/driver
find / -xdev -name '*mmapdemo*' | sort >/root/after
run diff /root/before /root/after
ok "it leaves no file" [ "$code" -eq 0 ]
ok "nor anything that DKMS knows" [ -z "$(dkms status mmapdemo 2>/dev/null)" ]
finish
