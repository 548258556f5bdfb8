# SPDX-License-Identifier: BSD-2-Clause
# The buffer is charged to the memory cgroup of who loads the module: a limit
# there holds for it, and nobody is killed.
. /root/tap.sh
module=/root/mmapdemo.ko
groups=/tmp/cgroup
mkdir $groups
mount -t cgroup2 none $groups
echo +memory >$groups/cgroup.subtree_control
mkdir $groups/loader

# load_in_group SIZE: insmod as a member of the group.
load_in_group() {
	# shellcheck disable=SC2016 # for the inner shell
	run sh -c 'echo $$ >"$1/loader/cgroup.procs" && exec insmod "$2" size="$3"' sh \
		$groups $module "$1"
}
charged_mib() {
	echo $(($(cat $groups/loader/memory.current) / 1048576))
}

before=$(charged_mib)
load_in_group 64M
ok "64 MiB load" [ "$code" -eq 0 ]
out="charged before: $before MiB, after: $(charged_mib) MiB"
ok "64 MiB are charged" [ $(($(charged_mib) - before)) -ge 64 ]
run rmmod mmapdemo
out="charged before: $before MiB, after: $(charged_mib) MiB"
ok "nothing is charged after rmmod" [ $(($(charged_mib) - before)) -lt 16 ]

echo 32M >$groups/loader/memory.max
load_in_group 64M
ok "more than the limit is refused" has "$err" "Cannot allocate memory"
run cat $groups/loader/memory.events
ok "more than the limit: nobody is killed" has "$out" "oom_kill 0"
ok "more than the limit: nothing is left" [ ! -e /sys/module/mmapdemo -a ! -e /dev/mmapdemo ]
load_in_group 16M
ok "less than the limit loads" [ "$code" -eq 0 ]
rmmod mmapdemo
rmdir $groups/loader
umount $groups
rmdir $groups
finish
