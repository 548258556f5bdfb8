# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Completion of mmapdemo's command line in bash. The tool itself tells all that can be
# completed: verbs, options and arguments by --help, names by ls, scenario list and engine list.

_mmapdemo_verbs() {
	"$1" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'
}

# From the verb's help: its arguments, and its options with what each takes.
_mmapdemo_learn() {
	local line
	while IFS= read -r line; do
		if [[ $line =~ ^usage:.*\[OPTION\]\.\.\.\ ?(.*) ]]; then
			read -ra arguments <<<"${BASH_REMATCH[1]}"
		elif [[ $line =~ ^\ \ (\ {4}|(-.),\ )(--[a-z0-9-]+)(\ ([A-Z]+))?\  ]]; then
			takes[${BASH_REMATCH[3]}]=${BASH_REMATCH[5]}
			[ -z "${BASH_REMATCH[2]}" ] || takes[${BASH_REMATCH[2]}]=${BASH_REMATCH[5]}
		fi
	done < <("$1" "$2" --help 2>/dev/null)
}

# Which argument the cursor is at, or how far after the "--" before a command. To
# readline "--option=value" is three words.
_mmapdemo_locate() {
	local i
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--) after=$((COMP_CWORD - i)) && return ;;
		-*) if [ "${COMP_WORDS[i + 1]}" = "=" ]; then
			i=$((i + 2))
		elif [ -n "${takes[${COMP_WORDS[i]}]-}" ]; then
			i=$((i + 1))
		fi ;;
		*) position=$((position + 1)) ;;
		esac
	done
}

_mmapdemo_offer() {
	mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
}

_mmapdemo_offer_files() {
	compopt -o filenames 2>/dev/null
	_mmapdemo_offer -f
}

# One argument, or the value of an option, by the word that help has for it.
_mmapdemo_offer_value() {
	case $2 in
	NAME) [[ $word != */* && $word != .* ]] || {
		_mmapdemo_offer_files
		return
	}
	_mmapdemo_offer -W "$("$1" ls 2>/dev/null |
		sed -nE 's,^(/dev/mmapdemo) .*,\1,p; s,^/dev/mmapdemo-([^ ]+).*,\1,p')" ;;
	NAME\|info) _mmapdemo_offer_value "$1" NAME
		[[ info != "$word"* ]] || COMPREPLY+=(info) ;;
	NAME\|*) _mmapdemo_offer -W "${2#*|} $("$1" scenario list | sed 's/ .*//')" ;;
	BACKING) _mmapdemo_offer -W "$("$1" scenario list --json |
		sed -nE '/"on":/,/]/s/^ *"([a-z]+)",?$/\1/p' | sort -u)" ;;
	VERB) _mmapdemo_offer -W "$(_mmapdemo_verbs "$1")" ;;
	ACTION) _mmapdemo_offer -W "start stop list" ;;
	WHAT) case $before in
		start) _mmapdemo_offer -W "$(XDG_RUNTIME_DIR=/dev/null "$1" engine list | sed -n 's/^kinds: //p')" ;;
		# Not the reports of what has ended: who prints them has seen them.
		stop) _mmapdemo_offer -W "$(XDG_RUNTIME_DIR=/dev/null "$1" engine list |
			sed -nE 's/^ *([0-9]+ +[^ ]+ +[^ ]+ +[^ ]+) .*/\1/p' | tr -s ' ' '\n' |
			grep -v '^-$' | sort -u)" ;;
		esac ;;
	FILE) _mmapdemo_offer_files ;;
	esac
}

# By its place; the last one may come again. TEXT is a file where --files says so.
_mmapdemo_offer_argument() {
	local last=$((${#arguments[@]} - 1)) what=${arguments[position]-}

	[[ $last -lt 0 || ${arguments[last]} != *... || $position -lt $last ]] ||
		what=${arguments[last]}
	[[ $what != *TEXT* || " ${COMP_WORDS[*]} " != *" --files "* ]] || what=FILE
	_mmapdemo_offer_value "$1" "$(tr -d '[]' <<<"$what")"
}

_mmapdemo() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local arguments=() position=0 after=0 value=''
	local -A takes=()

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_mmapdemo_offer -W "--help --version $(_mmapdemo_verbs "$1")"
		return
	fi
	_mmapdemo_learn "$1" "${COMP_WORDS[1]}"
	_mmapdemo_locate
	if [ "$word" = "=" ]; then
		word='' value=1
	elif [ "$before" = "=" ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]} value=1
	fi
	if [ $after -eq 1 ]; then
		_mmapdemo_offer -c
	elif [ $after -gt 1 ]; then
		_mmapdemo_offer_files
	elif [[ $before == -* && -n $value${takes[$before]-} ]]; then
		_mmapdemo_offer_value "$1" "${takes[$before]-}"
	elif [[ $word == -* ]]; then
		_mmapdemo_offer -W "${!takes[*]}"
	else
		_mmapdemo_offer_argument "$1"
	fi
}

complete -F _mmapdemo mmapdemo
