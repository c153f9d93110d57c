# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# messages_helper.bash - plays messages.list: mistakes, each with what it must come to. A message names
# the object and what to do. MESSAGES_SHOW=1 prints all of it.
#
#   play TOPIC                    the cases below "== TOPIC"
#   nobody, lacking, small, …     what their commands may use beside those of helper.bash

load helper

list=$BATS_TEST_DIRNAME/messages.list

file_setup()
{
	# What the first step of a build makes for all that follow.
	printf 'FROM busybox\nRUN true\n' | coracle image build -q -f - "$BATS_FILE_TMPDIR" >/dev/null
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker"
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker-compose"
}

docker()
{
	inside "$BATS_FILE_TMPDIR/docker" "$@"
}

docker-compose()
{
	inside "$BATS_FILE_TMPDIR/docker-compose" "$@"
}

dockerfile()
{
	printf '%s\n' "$@" >Dockerfile
}

# As an unprivileged user; what the kernel does not have is refused (tests/payload/lacking.py).
nobody()
{
	inside setpriv --reuid 65534 --clear-groups "$CORACLE" "$@"
}

lacking()
{
	inside python3 "$tests_dir/payload/lacking.py" "$1" "$CORACLE" "${@:2}"
}

# A root on a file system of its own, which is 8 MiB large.
small()
{
	inside "$CORACLE" --root "$WORLD_DIR/small/root" --run "$WORLD_DIR/small/run" "$@"
}

small_disk()
{
	inside mkdir "$WORLD_DIR/small"
	inside mount -t tmpfs -o size=8m tmpfs "$WORLD_DIR/small"
}

fill_small_disk()
{
	inside sh -c 'cat /dev/zero >"$1" 2>/dev/null || true' sh "$WORLD_DIR/small/noise"
}

# A process of the host that holds the port; ends with the case.
hold_port()
{
	inside python3 -c '
import os, signal, socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(os.getpid(), flush=True)
signal.pause()' "$1" >"$BATS_TEST_TMPDIR/holder" 3>&- &
	eventually 20 test -s "$BATS_TEST_TMPDIR/holder"
}

# The first line of a compose file: of this case, and of those behind it that have none.
case_compose()
{
	project_end
	mkdir -p "$BATS_TEST_TMPDIR/p"
	cd "$BATS_TEST_TMPDIR/p" || return 1
	: >compose.yaml
	own=y
}

project_end()
{
	[ ! -e "$BATS_TEST_TMPDIR/p" ] || coracle -p p down -v -t 0 --remove-orphans >/dev/null 2>&1 || true
	cd "$BATS_TEST_TMPDIR" || return 1
	rm -rf "$BATS_TEST_TMPDIR/p"
}

case_end()
{
	own=''
	if [ -s "$BATS_TEST_TMPDIR/holder" ]; then
		inside kill "$(cat "$BATS_TEST_TMPDIR/holder")"
		rm "$BATS_TEST_TMPDIR/holder"
	fi
}

case_run()
{
	words=$1
	set +e
	eval "$words" >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null
	code=$?
	set -e
	said=$(cat "$BATS_TEST_TMPDIR/out")
	[ -z "${MESSAGES_SHOW:-}" ] || printf '%s\n' "--- $name \$ $words ($code)" "$said" >&3
}

wrong()
{
	failed+="$name \$ $words ($code): $1"$'\n'"$said"$'\n'
}

# Plays the cases below the heading "== $1" of the list.
play()
{
	local name='' words='' code='' said='' own='' failed='' line text
	while IFS= read -r line; do
		[[ "$line" != *%PID* ]] || line=${line//%PID/$(cat "$BATS_TEST_TMPDIR/holder")}
		case "$line" in
		"=== "*)
			case_end
			name=${line#=== } code=''
			;;
		"$ "*) case_run "${line#$ }" ;;
		"+ "*) [[ "$said" == *"${line#+ }"* ]] || wrong "'${line#+ }' is missing" ;;
		"! "*) [[ "$said" != *"${line#! }"* ]] || wrong "'${line#! }' is there" ;;
		"once "*) [ "$(grep -cF -- "${line#once }" <<<"$said")" = 1 ] || wrong "not once: '${line#once }'" ;;
		[0-9]*)
			[ "$code" = "${line%% *}" ] || wrong "the code is not ${line%% *}"
			text=${line#"${line%% *}"}
			[[ "$said" == *"${text# }"* ]] || wrong "'${text# }' is missing"
			;;
		'' | '#'*) ;;
		*)
			[ -n "$own" ] || case_compose
			printf '%s\n' "$line" >>compose.yaml
			;;
		esac
	done < <(awk -v heading="== $1" '/^== / {is_here = $0 == heading; next} is_here' "$list")
	case_end
	project_end
	[ -n "$name" ] || fail "there are no cases of '$1'"
	[ -z "$failed" ] || fail "$failed"
}
