#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pages.sh TOOL: the manual names what the tool, the driver and the library have, all of it,
# and nothing else. Runs on this machine, from the root of the tree.
. tests/tap.sh
tool=$1
man=userspace/man

# same NAME ONE OTHER: one test that two commands print the same lines, in any order.
same() {
	"$2" | sort -u >"$tap_dir/$2"
	"$3" | sort -u >"$tap_dir/$3"
	run diff "$tap_dir/$2" "$tap_dir/$3"
	ok "$1" same_and_some "$tap_dir/$2"
}
same_and_some() {
	[ "$code" -eq 0 ] && [ -s "$1" ]
}

# The tool.
verbs() {
	"$tool" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'
}
# A line for the arguments of a verb, and one for each of its options.
helps() {
	verbs | while read -r verb; do
		"$tool" "$verb" --help | sed -nE "s/^usage: mmapdemo $verb \[OPTION\]\.\.\. ?/$verb: /p
			s/^  (    |-., )(--[a-z0-9-]+( [A-Z]+)?) .*/$verb \2/p" | grep -v -e --help
	done
}
synopses() {
	awk '
	function end() {
		if (verb)
			print verb ": " arguments
		verb = arguments = ""
	}
	FNR == 1 || /^\.Sh / { end(); synopsis = /^\.Sh SYNOPSIS/ }
	!synopsis { next }
	/^\.Nm / { end() }
	/^\.Cm / { verb = $2 }
	/^\.Op Fl -/ { print verb " --" substr($3, 2) ($5 ? " " $5 : ""); next }
	!verb || !/^\.(Ar|Op|Fl) / { next }
	{
		optional = /^\.Op/
		gsub(/^\.(Op )?|Ar |Cm /, "")
		gsub(/^Fl -/, "--")
		gsub(/ \| /, "|")
		sub(/ \.\.\.$/, optional ? " ..." : "...")
		if (optional)
			$0 = /\.\.\.$/ ? "[" $1 "]..." : "[" $0 "]"
		arguments = arguments (arguments ? " " : "") $0
	}
	END { end() }' "$man"/*.1
}
same "pages of the tool have the synopses of its help" helps synopses

explained_by_help() {
	verbs | while read -r verb; do
		"$tool" "$verb" --help | sed -nE 's/^  (    |(-., ))(--[a-z0-9-]+( [A-Z]+)?) .*/\2\3/p'
	done
}
explained_by_pages() {
	sed -nE 's/^\.It (Fl (.) , )?Fl -([a-z0-9-]+)( Ar ([A-Z]+))?$/\2 --\3 \5/p' "$man"/*.1 |
		sed -E 's/^([a-zA-Z]) --/-\1, --/; s/^ //; s/ $//'
}
same "pages explain the options of the tool" explained_by_help explained_by_pages

explained_verbs() {
	sed -nE 's/^\.Ss ([a-z]+)$/\1/p' "$man"/*.1
	for page in "$man"/mmapdemo-*.1; do
		page=${page##*/mmapdemo-}
		echo "${page%.1}"
	done | grep -vxE 'memory|buffers|channels'
}
same "pages explain the verbs of the tool" verbs explained_verbs
named_verbs() {
	sed -nE 's/^\.Nm mmapdemo-([a-z]+)( ,)?$/\1/p' "$man"/*.1 | grep -vxE 'memory|buffers|channels'
}
same "man(1) finds each verb" verbs named_verbs

without_examples() {
	verbs | while read -r verb; do
		"$tool" "$verb" --help | sed -n '/^examples:$/,$p' | tr '\n' ';' |
			grep -qE "^examples:(;  [^;]*)+;;See mmapdemo-$verb\(1\)\.;$" || echo "$verb"
	done
}
run without_examples
ok "help of each verb ends with examples and its page" [ -z "$out$err" ]

wide_help() {
	{ echo && verbs; } | while read -r verb; do
		# shellcheck disable=SC2086 # a verb, or none
		"$tool" $verb --help | awk -v verb="$verb" 'length > 80 { print verb ": " $0 }'
	done
}
run wide_help
ok "help has 80 columns" [ -z "$out$err" ]

# groff's own heading is of BSD; see groff_mdoc(7).
without_heading() {
	for page in "$man"/*.[1-9]; do
		sed -n '3,5p' "$page" | tr '\n' ' ' |
			grep -qx '\.ds doc-volume-operating-system Linux \.Dt [A-Z_-]* [1-9] \.Os Linux ' || echo "$page"
	done
}
run without_heading
ok "each page has a heading of Linux" [ -z "$out$err" ]

# The driver.
calls_of_header() {
	awk '
	/^ ?\/\*/ { errors = "" }
	{ line = $0 " "; while (match(line, /[^A-Z_]E[A-Z]+[^A-Z_]/)) {
		errors = errors " " substr(line, RSTART + 1, RLENGTH - 2)
		line = substr(line, RSTART + RLENGTH - 1)
	} }
	/^.define MMAPDEMO_IOC_.*_IO/ { print $2 errors; errors = "" }' driver/uapi/linux/mmapdemo.h | by_line
}
calls_of_page() {
	awk '
	/^\.Sh / { print call errors; call = errors = "" }
	/^\.It Dv MMAPDEMO_IOC_/ { print call errors; call = $3; errors = "" }
	/^\.(It )?Er / { gsub(/^\.(It )?Er |[,:]/, ""); errors = errors " " $0 }' "$man"/mmapdemo.4 | by_line
}
# A line for each call with one of its errors; what all calls have in common is said once.
by_line() {
	awk '/^MMAPDEMO_IOC/ { print $1; for (i = 2; i <= NF; i++)
		if ($i != "EFAULT" && $i != "ENOTTY") print $1, $i }'
}
same "mmapdemo(4) has the calls of the driver, and their errors" calls_of_header calls_of_page

parameters() {
	sed -nE 's/^module_param[a-z_]*\(([a-z_]+),.*/\1/p' driver/main.c
}
parameters_of_page() {
	sed -n '/^\.Sh PARAMETERS/,/^\.Sh MAPPING/s/^\.It Va //p' "$man"/mmapdemo.4
}
same "mmapdemo(4) has the module's parameters" parameters parameters_of_page

attributes() {
	sed -nE 's,^static DEVICE_ATTR_RO\((.*)\);,/sys/class/mmapdemo/*/\1,p' driver/sysfs.c
	parameters | sed 's,^,/sys/module/mmapdemo/parameters/,'
}
attributes_of_abi() {
	sed -nE 's,^What:\t+(/.*[a-z])$,\1,p' driver/sysfs-class-mmapdemo
}
same "sysfs-class-mmapdemo has the attributes of the driver" attributes attributes_of_abi

# The library: what headers declare or define, but for its own parts.
functions() {
	grep -hE '^[a-z].*\bmmapdemo_[a-z_]+\(' userspace/lib/mmapdemo*.h | grep -v mmapdemo_tsan_ |
		grep -oE '\bmmapdemo_[a-z_]+\(' | tr -d '(' |
		grep -vE '_(producer_publish|consumer_begin|consumer_end)$'
	sed -nE 's/^(int|void) (mmapdemo_[a-z_]+)\(.*/\2/p' driver/mmapdemo_engine.h
}
explained_functions() {
	sed -n 's/^\.Fo //p' "$man"/*.[39]
}
same "pages have the calls of the library, and those for modules" functions explained_functions

untold_errors() {
	for header in mmapdemo mmapdemo_channel mmapdemo_engine; do
		grep -oE -e '-E[A-Z]+\b' "userspace/lib/$header.h" | sort -u | while read -r error; do
			# shellcheck disable=SC2046 # one word per page
			grep -hE '^\.(It )?Er ' $(grep -lx "\.In $header\.h" "$man"/*.3) |
				grep -qw -e "$error" || echo "$header.h: $error"
		done
	done
}
run untold_errors
ok "pages tell the errors of the library" [ -z "$out$err" ]

missing_lines() {
	sed -n '/^struct mmapdemo_engine_ops {/,/^};/p' "$man"/mmapdemo_engine.9 | grep . || echo nothing
	sed -n '/^struct mmapdemo_engine_ops {/,/^};/p' driver/mmapdemo_engine.h
}
run missing_lines
ok "mmapdemo_engine(9) has the structure of its header" \
	[ "$(printf '%s\n' "$out" | sort | uniq -u | wc -l)" -eq 0 ]

# The pages among themselves.
names() {
	for page in "$man"/*.[1-9]; do
		name=${page##*/}
		echo "${name%.*} ${name##*.}"
		case $page in
		*.3) sed -n 's/^\.Nm \(mmapdemo_[a-z_]*\).*/\1 3/p' "$page" ;;
		esac
	done
}
names >"$tap_dir/names"
dangling() {
	grep -hoE '^\.Xr mmapdemo[^ ]* [0-9]' "$man"/*.[1-9] | sort -u | while read -r _ name; do
		grep -qx "$name" "$tap_dir/names" || echo "$name"
	done
}
run dangling
ok "pages refer to pages that there are" [ -z "$out$err" ]
# "In place" would be a file to include.
macros() {
	grep -nE '^\.S[hs] ([^"]* )?(An|At|Do|In|It|No|Re|So)( |$)' "$man"/*.[1-9]
}
run macros
ok "no word of a title is a macro" [ -z "$out$err" ]
without_sessions() {
	grep -L '^\$ ' "$man"/*.[14]
}
run without_sessions
ok "pages of the tool and the driver have examples that are played" [ -z "$out$err" ]
# Of each page: the literal blocks of EXAMPLES, what they begin with.
unplayed() {
	awk '/^\.Sh / { section = $2 } first && !/^\$ / { print FILENAME ": " $0 }
		{ first = /^\.Bd -literal/ && section == "EXAMPLES" }' "$man"/*.[124-9]
}
run unplayed
ok "examples of other pages than those of the library are sessions" [ -z "$out$err" ]
astray() {
	awk '/^\.Sh / { section = $2 } /^\$ / && section != "EXAMPLES" { print FILENAME ": " $0 }' "$man"/*.[1-9]
}
run astray
ok "sessions are nowhere but in EXAMPLES" [ -z "$out$err" ]
finish
