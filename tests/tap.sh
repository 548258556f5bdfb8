# SPDX-License-Identifier: BSD-2-Clause
# TAP for shell tests: source this, "run" commands, judge them by "ok", end
# with "finish". Works in busybox sh.
tap_count=0
tap_failed=0
tap_dir=$(mktemp -d)
tap_newline='
'

# run COMMAND...: leaves its exit code, stdout and stderr in $code, $out, $err.
run() {
	tap_command="$*"
	"$@" >"$tap_dir/out" 2>"$tap_dir/err"
	code=$?
	# Most are empty, and a process takes long to start in a slow guest.
	out='' err=''
	[ ! -s "$tap_dir/out" ] || out=$(cat "$tap_dir/out")
	[ ! -s "$tap_dir/err" ] || err=$(cat "$tap_dir/err")
}

# ok NAME TEST...: one test; TEST is a command that succeeds if all is well.
ok() {
	tap_name=$1
	shift
	tap_count=$((tap_count + 1))
	if "$@" >/dev/null 2>&1; then
		echo "ok $tap_count - $tap_name"
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $tap_name"
	{
		echo "expected: $*"
		echo "after: $tap_command"
		echo "exit code $code, stdout:"
		printf '%s\n' "$out" | head -n 20
		echo "stderr:"
		printf '%s\n' "$err" | head -n 20
	} | sed 's/^/# /'
	return 1
}

# skip NAME REASON: a test that cannot be made here.
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# has TEXT PATTERN: does the text match this shell pattern anywhere?
has() {
	# shellcheck disable=SC2254 # the pattern is meant as one
	case $1 in
	*$2*) return 0 ;;
	esac
	return 1
}

# refused NAME CODE PATTERN COMMAND...: one test that COMMAND fails with this
# exit code, prints nothing on stdout and one line that matches on stderr.
refused() {
	tap_title=$1 tap_code=$2 tap_pattern=$3
	shift 3
	run "$@"
	ok "$tap_title" refused_well
}

refused_well() {
	[ "$code" -eq "$tap_code" ] && [ -z "$out" ] && has "$err" "$tap_pattern" &&
		! has "$err" "$tap_newline"
}

# soon TEST...: it comes true, if at all; not at once, in a slow guest.
soon() {
	tap_tries=3000
	until "$@"; do
		tap_tries=$((tap_tries - 1))
		[ $tap_tries -gt 0 ] || return
		usleep 10000
	done
}

# gone PID: is the process gone, or but a zombie?
gone() {
	! grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null
}

asleep() {
	grep -q '^State:.S' "/proc/$1/status"
}

finish() {
	rm -rf "$tap_dir"
	echo "1..$tap_count"
	[ $tap_failed -eq 0 ]
	exit
}
