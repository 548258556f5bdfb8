# SPDX-License-Identifier: BSD-2-Clause
# Scenarios speak the user's language: each text is there in Korean, where the locale is not.
. /root/tap.sh
cd /tmp || exit
LANG=ko_KR.UTF-8
export LANG

# english: the lines with a text that have no letter beyond ASCII. A row of /proc/PID/maps
# is no text.
english() {
	printf '%s\n' "$out" | LC_ALL=C grep -E '^ *[0-9]+  |^[a-z]+ +[A-Z]' | LC_ALL=C grep -v '[^ -~]'
}

run mmapdemo scenario list
ok "the list is in Korean" [ -z "$(english)" ]
ok "the list has a summary" has "$out" "fork *부모와 자식"
echo "$out" >list
while read -r line; do
	name=${line%% *}
	run mmapdemo scenario "$name"
	ok "$name: in Korean it plays as well" has "$code$out" "0$name: *시나리오 $name: 정상"
	ok "$name: each step is in Korean" [ -z "$(english)" ]
	if [ "$name" = counter ] || [ "$name" = messages ]; then
		run mmapdemo scenario "$name" --kill
		ok "$name --kill: each step is in Korean" [ "$code$(english)" = 0 ]
	fi
done <list
run mmapdemo scenario rights --on file
ok "on a file: each step is in Korean" [ "$code$(english)" = 0 ]

run mmapdemo scenario fork --json
ok "JSON is for programs, in English" has "$out" '"text":"stores '
for locale in C de_DE.UTF-8 ''; do
	run env LANG=$locale mmapdemo scenario fork
	ok "LANG='$locale': English" has "$code$out" "0fork: parent and child*scenario fork: ok"
done
run env LC_ALL=C mmapdemo scenario fork
ok "LC_ALL is before LANG" has "$out" "scenario fork: ok"
run env LANG=C.UTF-8 LANGUAGE=ko mmapdemo scenario fork
ok "LANGUAGE chooses, too" has "$out" "시나리오 fork: 정상"
run mmapdemo info /dev/gone
ok "other verbs speak English" has "$err" "No such file or directory"
rm list
finish
