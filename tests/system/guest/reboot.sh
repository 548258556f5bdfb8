# SPDX-License-Identifier: BSD-2-Clause
# After a reboot.
. /mnt/system.sh
run uname -r
ok "the newest kernel runs" [ "$out" = "$(find /lib/modules/* -prune -printf '%f\n' | sort -V | tail -n 1)" ]
ok "the module is loaded" [ "$(cat /sys/module/mmapdemo/version)" = "$version" ]
run node
ok "the node is the group's" [ "$out" = crw-rw----:root:mmapdemo ]
run systemctl --failed --plain --no-legend
ok "no unit of systemd failed" [ -z "$out" ]
finish
