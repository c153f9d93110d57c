#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker's Engine API and clients that mean no good, or go in the middle.

load api_helper

file_setup()
{
	api_serve main
}

server_pid()
{
	inside pgrep -o -f '^coracle-api '
}

# hostile [COUNT]: the requests, or so many connections; nothing may come of them.
hostile()
{
	local before after
	expect 0 coracle container run -d --name victim --network none busybox sleep 3600
	before=$(coracle container ls -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}'; pid_of victim)
	output=$(inside python3 "$tests_dir/payload/hostile_requests.py" "$WORLD_DIR/main.sock" "$(server_pid)" "$@") ||
		fail "$output"
	echo "# $output" >&3
	after=$(coracle container ls -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}'; pid_of victim)
	[ "$before" = "$after" ] || fail "containers were touched: $after"
	! grep -a 'was ended by signal' "$BATS_FILE_TMPDIR/api-main.log" || fail "a connection's process has crashed"
	peak=${output##*peak }
	[ "$VARIANT" = asan ] || [ "${peak% KiB}" -le 16384 ] || fail "$output"
	expect 0 coracle container rm -f victim
}

@test "a hundred malformed, ambiguous, huge and torn requests: each is refused or cut off, and nothing comes of it" {
	hostile
}

@test "connections that are opened and dropped leave no process and no descriptor" {
	hostile "${API_CONNECTIONS:-300}"
}
