#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# completions.sh TOOL: what bash, zsh and fish complete on a command line of the tool. The
# tool is asked by all of them, but for the buffers and engines that it lists. Runs on this
# machine, from the root of the tree.
. tests/tap.sh
completions=$PWD/userspace/completions
tool=$(cd "$(dirname "$1")" && pwd)/${1##*/}

mkdir "$tap_dir/bin" "$tap_dir/files" "$tap_dir/home"
touch "$tap_dir/files/one" "$tap_dir/files/two"
cat >"$tap_dir/bin/mmapdemo" <<SH
#!/bin/sh
[ "\$1 \$2" != "engine list" ] || {
	echo "kinds: source sink echo"
	echo "    PID KIND     IN         OUT          RECEIVED       SENT    DROPPED  STATE"
	echo "    123 sink     words      -                   7          0          0  works"
	[ "\$XDG_RUNTIME_DIR" = /dev/null ] ||
		echo "    124 sink     seen       -                   7          0          0  ended"
	exit
}
[ "\$1" != ls ] || {
	echo "NODE                      BYTES"
	echo "/dev/mmapdemo           1048576"
	echo "/dev/mmapdemo-news         4096"
	echo "/dev/mmapdemo-next         4096"
	exit
}
exec $tool "\$@"
SH
cp "$tap_dir/bin/mmapdemo" "$tap_dir/bin/mmapdemo-command"
chmod +x "$tap_dir/bin"/*
export LC_ALL=C HOME="$tap_dir/home" PATH="$tap_dir/bin:$PATH"
unset XDG_CONFIG_HOME XDG_DATA_HOME

# Each prints, in any order, what may stand for the last WORD, or for the value in it. Bash
# gets "--option=value" as readline takes it apart.
offered_by_bash() {
	# shellcheck disable=SC2016 # bash expands them
	bash -c '
		. "$0"
		COMP_WORDS=(mmapdemo)
		for word; do
			[[ $word =~ ^(--[a-z]+)(=)(.*) ]] || BASH_REMATCH=("" "$word")
			COMP_WORDS+=("${BASH_REMATCH[@]:1:2}" ${BASH_REMATCH[3]:+"${BASH_REMATCH[3]}"})
		done
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_mmapdemo mmapdemo
		printf "%s\n" "${COMPREPLY[@]}"
	' "$completions/mmapdemo.bash" "$@"
}

# Of zsh nothing is there but the language: what the system of completion does with what it
# is given is done here, in short.
offered_by_zsh() {
	# shellcheck disable=SC2016 # zsh expands them
	zsh -f -c '
		compadd() {
			local fits=(${(M)@[2,-1]:#$words[CURRENT]*})
			(($#fits)) && print -rl -- $fits
		}
		_describe() { compadd -- ${${(P)@[-1]}%%:*} }
		compset() {
			case "$*" in
			"-P 1 *=") words[CURRENT]=${words[CURRENT]#*=} ;;
			*) words[CURRENT]=${words[CURRENT]##*=} ;;
			esac
		}
		_files() { print -rl -- $words[CURRENT]*(N) }
		_normal() { ((CURRENT == 1)) && compadd -- ${(k)commands} || _files }
		file=$1
		words=(mmapdemo "${@:2}") CURRENT=$#
		. "$file"
	' zsh "$completions/_mmapdemo" "$@"
}

offered_by_fish() {
	# shellcheck disable=SC2016 # fish expands them
	fish --no-config -c '
		source $argv[1]
		complete -C "mmapdemo $argv[2..]"
	' "$completions/mmapdemo.fish" "$@" | cut -f 1 | sed 's/^--[a-z]*=//'
}

# completes WHAT OFFERS WORD...: what each of the shells offers, in one line.
completes() {
	what=$1 offers=$2
	shift 2
	for shell in bash zsh fish; do
		run offered_by_$shell "$@"
		out=$(printf '%s\n' "$out" | sort -u | paste -sd ' ')$err
		ok "$shell completes $what" [ "$out" = "$offers" ]
	done
}

verbs=$(mmapdemo --help | sed -nE 's/^  ([a-z]+) .*/\1/p' | sort | paste -sd ' ')
for shell in bash zsh fish; do
	run offered_by_$shell ''
	out=$(printf '%s\n' "$out" | grep -v '^--' | sort | paste -sd ' ')$err
	ok "$shell completes each verb" [ "$out" = "$verbs" ]
done
completes "what has no verb" "--help --version" --
completes "a verb that is begun" "wait wake watch" wa
completes "options of the verb" "--count --help --json" watch --
completes "short options, too" "--device --help --hex --json --length --max-count --offset -d -h -m -n -o" find -
completes "names of buffers" "news next" watch n
completes "names after options" "/dev/mmapdemo news next" wait --timeout 3 -o 8 --json ''
completes "no number" "" wait --timeout ''
completes "no size" "" resize news ''
completes "scenarios" "counter cow" scenario c
completes "the list of scenarios" list scenario l
completes "backings" "anon device file shm" scenario fork --on ''
completes "the value of --device" "/dev/mmapdemo news next" read -d ""
completes "a buffer to look at" "news next" info ne
completes "a verb to explain" "wait wake watch" help wa
completes "files" "$tap_dir/files/one $tap_dir/files/two" load "$tap_dir/files/"
completes "files of an option" "$tap_dir/files/one" read -d "$tap_dir/files/o"
completes "files of an option with =" "$tap_dir/files/one" read "--device=$tap_dir/files/o"
completes "backings of an option with =" "anon device file shm" scenario fork --on=
completes "names after options with =" "news next" wait --timeout=3 --offset=8 n
completes "names after an option cut short" "news next" wait --time=3 n
mkdir "$tap_dir/equal"
touch "$tap_dir/equal/a=b"
for shell in zsh fish; do # to bash it is one more word
	run offered_by_$shell read "--device=$tap_dir/equal/a="
	ok "$shell completes a value with = in it" has "$out" "/equal/a=b"
done
completes "nothing for an option that takes nothing" "" watch --json=
completes "a command" mmapdemo-command lock news -- mmapdemo-c
completes "files for a command" "$tap_dir/files/two" lock news -- cat --on "$tap_dir/files/t"
completes "files to be sent" "$tap_dir/files/one" send news --files "$tap_dir/files/o"
completes "more files to be sent" "$tap_dir/files/one" send news --files one two "$tap_dir/files/o"
completes "no text" "" send news ''
completes "a name after a file" "news next" replay "$tap_dir/files/one" ne
completes "a channel to record, or info" "/dev/mmapdemo info news next" record ''
completes "a recording" "$tap_dir/files/one" record info "$tap_dir/files/o"
completes "what is done with engines" "list start stop" engine ''
completes "kinds of engines" "sink source" engine start s
completes "engines to be stopped, and none that is reported once" "123 sink words" engine stop ''
completes "the channel of an engine" "news next" engine start sink --in ne
completes "nothing for no verb" "" frobnicate ''
finish
