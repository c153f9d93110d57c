# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# api_helper.bash - an API server in the file's world, and requests to it.
#
#   api_serve NAME [OPTION...]   in file_setup: starts one at $WORLD_DIR/NAME.sock
#   api METHOD PATH [CURL...]    the answer's body in $output, its status in $code; one of `main`, or $API's
#   stream METHOD PATH [CURL...]   prints what comes, as it comes
#   raw                          sends standard input as it is, and prints what comes back
#   docker_of CMD...             Docker's own command line, by DOCKER_HOST

load ../cli/helper

DOCKER_CLIENT=${DOCKER_CLIENT:-/usr/local/bin/docker}
export API=main

api_serve()
{
	local name=$1
	shift
	grep -qs "^$name " "$BATS_FILE_TMPDIR/servers" || echo "$name $*" >>"$BATS_FILE_TMPDIR/servers"
	inside setsid "$CORACLE" api --listen "unix://$WORLD_DIR/$name.sock" "$@" \
		>"$BATS_FILE_TMPDIR/api-$name.log" 2>&1 </dev/null 3>&- 4>&- &
	eventually 10 inside test -S "$WORLD_DIR/$name.sock"
}

# After a failed test the world is emptied, servers and all (world_reset): the next test has them again.
setup()
{
	local name options
	cd "$BATS_TEST_TMPDIR" || return 1
	: >"$BATS_TEST_TMPDIR/.projects"
	while read -r name options; do
		inside ncat -U "$WORLD_DIR/$name.sock" </dev/null >/dev/null 2>&1 && continue
		inside rm -f "$WORLD_DIR/$name.sock" # a killed server's, which would be taken for the new one's
		# shellcheck disable=SC2086 # words
		api_serve "$name" $options
		world_snapshot
	done <"$BATS_FILE_TMPDIR/servers"
}

api()
{
	local method=$1 path=$2
	shift 2
	[ "$method" != HEAD ] || set -- --head "$@"
	output=$(inside curl -sS --max-time 60 --unix-socket "$WORLD_DIR/$API.sock" -X "$method" -w '\n%{http_code}' "$@" \
		"http://docker$path") || fail "curl: $output"
	code=${output##*$'\n'}
	output=${output%$'\n'*}
	output=${output%$'\n'}
}

# stream METHOD PATH [CURL...]: prints what comes, as it comes
stream()
{
	local method=$1 path=$2
	shift 2
	inside stdbuf -o0 curl -sSN --max-time 60 --unix-socket "$WORLD_DIR/$API.sock" -X "$method" "$@" "http://docker$path"
}

# The client of stream goes: what it asked for is a part of its command line.
hang_up()
{
	inside pkill -f "^curl .*$1"
}

# answers CODE METHOD PATH [CURL...]
answers()
{
	local wanted=$1
	shift
	api "$@"
	[ "$code" = "$wanted" ] || fail "$1 $2 answered $code, not $wanted: $output"
}

# json FILTER WANTED: what jq makes of $output
json()
{
	local found
	found=$(jq -c "$1" <<<"$output") || fail "no JSON: $output"
	[ "$found" = "$2" ] || fail "$1 is $found, not $2, in: $output"
}

message()
{
	[ "$(jq -r .message <<<"$output")" = "$1" ] || fail "the message is not '$1': $output"
}

raw()
{
	inside timeout 10 ncat -U "$WORLD_DIR/$API.sock"
}

docker_of()
{
	inside env DOCKER_HOST="unix://$WORLD_DIR/$API.sock" timeout --foreground -k 5 60 "$DOCKER_CLIENT" "$@"
}

needs_docker_client()
{
	[ -x "$DOCKER_CLIENT" ] || skip "there is no $DOCKER_CLIENT"
}
