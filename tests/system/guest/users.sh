# SPDX-License-Identifier: BSD-2-Clause
# A member of the group uses each verb; somebody else is told how to become one.
. /mnt/system.sh
id -u member >/dev/null 2>&1 || useradd --create-home --groups mmapdemo member
id -u stranger >/dev/null 2>&1 || useradd --create-home stranger
cd /home/member || exit

# as USER ARGUMENT...: that user's mmapdemo.
as() {
	user=$1
	shift
	runuser -u "$user" -- mmapdemo "$@"
}

# member NAME ARGUMENT...: one test that it works.
member() {
	name=$1
	shift
	run as member "$@"
	ok "a member: $name" [ "$code" -eq 0 ]
}

# What has no try here is missed.
try() {
	case $1 in
	info) member info info ;;
	write) member write write 'mmapdemo is here' ;;
	read) member read read -n 16 && ok "a member reads what was written" [ "$out" = 'mmapdemo is here' ] ;;
	dump) member dump dump -n 16 ;;
	fill) member fill fill 0x61 -o 4096 -n 16 ;;
	copy) member copy copy -n 16 --to 8192 ;;
	compare) printf aaaa >/tmp/a && member compare compare /tmp/a -o 4096 -n 4 ;;
	find) member find find here -n 16 ;;
	save) member save save /home/member/saved -n 64 ;;
	load) member load load /home/member/saved -n 64 ;;
	ls) member ls ls ;;
	create) member create create news 64K --mode 0640 ;;
	resize) member resize resize news 128K ;;
	publish) member publish publish news ;;
	watch) watched ;;
	lock) member lock lock jobs -- true ;;
	wait) member wait wait jobs 1 -o 64 ;;
	wake) member wake wake jobs -o 64 ;;
	send) member send send mail hello ;;
	recv) member recv recv mail --count 1 && ok "a member receives what was sent" [ "$out" = hello ] ;;
	record) as member send mail again && member record record mail /home/member/recorded --count 1 ;;
	replay) member replay replay /home/member/recorded mail --speed 0 ;;
	engine) member engine engine list ;;
	top) member top top --count 1 ;;
	scenario) member scenario scenario fork ;;
	check) member check check /dev/mmapdemo ;;
	doctor) member doctor doctor ;;
	help | version) member "$1" "$1" ;;
	rm) member rm rm news ;;
	*) ok "verb $1 has a try here" false ;;
	esac
}

watched() {
	runuser -u member -- timeout 60 mmapdemo watch news --count 1 >/tmp/watched &
	tries=0
	until grep -q . /tmp/watched || [ $tries -gt 50 ]; do
		as member publish news
		tries=$((tries + 1))
		sleep 0.2
	done
	wait
	run cat /tmp/watched
	ok "a member: watch" [ -n "$out" ]
}

run as member create jobs 4K
ok "a member makes a buffer with a name" [ "$code" -eq 0 ]
run as member create --channel mail 64K
ok "a member makes a channel" [ "$code" -eq 0 ]
rm -f /home/member/recorded
verbs=$(mmapdemo --help | sed -nE 's/^  ([a-z]+) .*/\1/p' | grep -vx 'mmapdemo\|rm')
# "write" goes before "read", and "rm" comes last.
for verb in write $(echo "$verbs" | grep -vx write); do
	try "$verb"
done
run node /dev/mmapdemo-news
ok "a named node is its maker's" [ "$out" = crw-r-----:member:member ]
udevadm trigger --action=change --subsystem-match=mmapdemo
run node /dev/mmapdemo-news
ok "udev leaves it so" [ "$out" = crw-r-----:member:member ]
run node
ok "udev keeps the node for the group" [ "$out" = crw-rw----:root:mmapdemo ]
try rm
as member rm jobs
as member rm mail

run as stranger create mine 4K
ok "a stranger makes no names" has "$err" "one must be allowed to write to /dev/mmapdemo"
for verb in read dump "write x" "fill 0" info; do
	# shellcheck disable=SC2086 # a verb with its arguments
	run as stranger $verb
	ok "a stranger is refused: $verb" [ "$code" -eq 1 ]
	ok "a stranger is told where help is: $verb" has "$err" "mmapdemo doctor"
done
run as stranger doctor
ok "doctor refuses a stranger" [ "$code" -eq 1 ]
ok "doctor tells a stranger what to do" has "$out" "usermod -aG mmapdemo"
usermod -aG mmapdemo stranger
run as stranger doctor
ok "what doctor says helps" [ "$code" -eq 0 ]
gpasswd -d stranger mmapdemo >/dev/null
finish
