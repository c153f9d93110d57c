#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where no service manager holds the API's socket: a process of a few KiB, which starts a server when one is needed.

load api_helper

file_setup()
{
	touch "$BATS_FILE_TMPDIR/servers" # of api_helper: none but ours
}

# listen [OPTION...]: on $WORLD_DIR/demand.sock
listen()
{
	inside "$CORACLE" api --listen "unix://$WORLD_DIR/demand.sock" --on-demand "$@" >listener.log 2>&1 3>&- 4>&- &
	job=$!
	export API=demand
	eventually 10 inside pgrep -x coracle:listen
	pid=$(inside pgrep -x coracle:listen)
}

server()
{
	inside pgrep -P "$pid" -f '^coracle-api '
}

no_server()
{
	! server
}

# It ends as it should, and nothing is left.
end_listener()
{
	local code=0
	inside kill "${1:--TERM}" "$pid"
	wait "$job" || code=$?
	[ "$code" = 0 ] || fail "the listener ended with $code: $(cat listener.log)"
	inside test ! -e "$WORLD_DIR/demand.sock" || fail "the socket is still there"
}

descriptors()
{
	inside sh -c 'ls "/proc/$1/fd" | wc -l' sh "$pid"
}

said()
{
	[ "$(grep -c "$2" listener.log)" -ge "$1" ]
}

@test "nothing but a listener below 200 KiB until somebody connects, and again when he has gone" {
	listen --idle 1s
	expect 1 server
	[ "$(inside stat -c '%a %U' "$WORLD_DIR/demand.sock")" = "660 root" ]
	answers 200 GET /_ping
	[ "$output" = OK ]
	expect 0 server
	eventually 20 no_server
	answers 200 GET /version
	output=$(inside awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup")
	[ "$output" -le 200 ] || fail "the listener has $output KiB to itself"
	output=$(inside awk '/^VmRSS:/ {print $2}' "/proc/$pid/status")
	[ "${output:-0}" -le 200 ] || fail "the listener has $output KiB"
	[ "$(descriptors)" = 5 ] || fail "it has $(inside ls -l "/proc/$pid/fd")"
	[ ! -s listener.log ] || fail "$(cat listener.log)"
	end_listener
	eventually 5 inside sh -c '! pgrep -f "^coracle-api "'
}

@test "a server that is killed is told, and the next client has another one" {
	listen
	for signal in 9 6; do
		answers 200 GET /_ping
		inside kill "-$signal" "$(server)"
		eventually 10 said 1 "the API server was ended by signal $signal"
	done
	answers 200 GET /_ping
	[ "$(descriptors)" = 5 ]
	end_listener -INT
}

@test "a connection that is open outlives listener and server" {
	listen
	answers 201 POST '/containers/create?name=held' -H 'Content-Type: application/json' \
		-d '{"Image":"busybox","Cmd":["sleep","3600"],"HostConfig":{"NetworkMode":"none"}}'
	answers 204 POST /containers/held/start
	stream POST /containers/held/wait >waited 2>&1 3>&- &
	client=$!
	eventually 10 inside sh -c '[ "$(pgrep -c -f "^coracle-api ")" -ge 2 ]'
	end_listener -HUP
	expect 0 coracle container kill held
	wait "$client" || fail "curl: $(cat waited)"
	[ "$(jq .StatusCode waited)" = 137 ]
	coracle container rm held
}

@test "a server that cannot start is told and tried ever more seldom, while clients wait" {
	inside mkdir -p /mnt/odd
	CORACLE_ROOT=/mnt/odd/root CORACLE_RUN=/mnt/odd/run listen
	inside chmod 777 /mnt/odd/root
	api GET /_ping --max-time 40 >client 2>&1 3>&- &
	client=$!
	eventually 20 said 1 'started again in 1 s'
	eventually 20 said 1 'started again in 2 s'
	said 2 "others than root may write to '/mnt/odd/root'"
	[ "$(grep -c 'ended with code' listener.log)" -le 3 ] || fail "$(cat listener.log)"
	inside chmod 700 /mnt/odd/root
	wait "$client" || fail "$(cat client)"
	end_listener
	inside rm -r /mnt/odd
}

@test "who else listens, what is no socket, what belongs together" {
	listen
	expect 1 coracle api --listen "unix://$WORLD_DIR/demand.sock" --on-demand
	has_error 'another server listens there'
	answers 200 GET /_ping
	end_listener
	inside touch /mnt/file
	expect 1 coracle api --listen unix:///mnt/file --on-demand
	has_error 'something that is no socket is there'
	inside rm /mnt/file
	expect 1 coracle api --on-demand
	has_error '--on-demand needs --listen'
}
