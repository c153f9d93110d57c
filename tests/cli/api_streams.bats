#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker's Engine API: logs, attach and exec: streams both ways.

load api_helper

file_setup()
{
	coracle container run --rm busybox true # the network bridge stays
	api_serve main
}

# json_post PATH JSON
json_post()
{
	api POST "$1" -H 'Content-Type: application/json' -d "$2"
}

# hijack PATH BODY INPUT: one write has the request and the first input; prints what comes, frames without their header.
hijack()
{
	inside python3 - "$WORLD_DIR/$API.sock" "$@" <<-'PYTHON'
	import socket, sys
	path, target, body, given = sys.argv[1:]
	s = socket.socket(socket.AF_UNIX)
	s.settimeout(30)
	s.connect(path)
	head = f"POST {target} HTTP/1.1\r\nHost: \r\nConnection: Upgrade\r\nUpgrade: tcp\r\n" \
	    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
	s.sendall((head + body + given).encode())
	s.shutdown(socket.SHUT_WR)
	data = b""
	while True:
	    more = s.recv(65536)
	    if not more:
	        break
	    data += more
	head, _, rest = data.partition(b"\r\n\r\n")
	print(head.decode())
	while len(rest) >= 8:
	    size = int.from_bytes(rest[4:8], "big")
	    print(rest[0], rest[8:8 + size].decode(), end="")
	    rest = rest[8 + size:]
	PYTHON
}

size_is()
{
	[ "$(coracle container exec s stty -F /dev/console size)" = "$1" ]
}

@test "logs: frames or raw, one stream or both, times, bounds; what is missing" {
	coracle container run --name l busybox sh -c 'echo out; echo err >&2' >/dev/null 2>&1
	answers 400 GET /containers/l/logs
	has 'you must choose at least one stream'
	[ "$(stream GET '/containers/l/logs?stdout=1' | od -An -c | tr -d ' \n')" = '001\0\0\0\0\0\0004out\n' ]
	[ "$(stream GET '/containers/l/logs?stderr=1' | od -An -c | tr -d ' \n')" = '002\0\0\0\0\0\0004err\n' ]
	stream GET '/containers/l/logs?stdout=1&timestamps=1' | grep -aqE '20[0-9-]+T[0-9:.]+Z out'
	coracle container run --name d --label a=1 --log-opt labels=a busybox echo out >/dev/null
	[ "$(stream GET '/containers/d/logs?stdout=1&details=1' | od -An -c | tr -d ' \n')" = '001\0\0\0\0\0\0\ba=1out\n' ]
	stream GET '/containers/d/logs?stdout=1&details=1&timestamps=1' | grep -aqE 'Z a=1 out'
	coracle container rm d
	stream GET '/containers/l/logs?stdout=1' -i | grep -aq 'application/vnd.docker.multiplexed-stream'
	stream GET '/v1.41/containers/l/logs?stdout=1' -i | grep -aq 'application/vnd.docker.raw-stream'
	[ -z "$(stream GET '/containers/l/logs?stdout=1&since=4000000000')" ]
	answers 404 GET '/containers/nobody/logs?stdout=1'
	coracle container rm l
}

@test "logs that follow end with the container" {
	coracle container run -d --name f busybox sh -c 'echo one; read x </proc/self/fd/0; while [ ! -e /go ]; do sleep 0.1; done; echo two' >/dev/null
	stream GET '/containers/f/logs?stdout=1&follow=1' >followed 3>&- &
	pid=$!
	eventually 10 grep -aq one followed
	coracle container exec f touch /go
	wait "$pid"
	grep -aq two followed
	coracle container rm f
}

@test "exec: made, started, looked at, each on a connection of its own" {
	coracle container run -d --name e busybox sleep 3600 >/dev/null
	json_post /containers/e/exec '{}'
	message 'No exec command specified'
	json_post /containers/e/exec '{"Cmd":["sh","-c","cat; echo err >&2; exit 7"],"AttachStdin":true,"AttachStdout":true,"AttachStderr":true}'
	[ "$code" = 201 ]
	id=$(jq -r .Id <<<"$output")
	answers 200 GET "/exec/$id/json"
	json '[.Running, .ExitCode, .ProcessConfig.entrypoint, .OpenStdin]' '[false,null,"sh",true]'
	output=$(hijack "/exec/$id/start" '{"Detach":false,"Tty":false}' 'glued to the request')
	has 'HTTP/1.1 101'
	has 'Content-Type: application/vnd.docker.multiplexed-stream'
	has 'Upgrade: tcp'
	has '1 glued to the request'
	has '2 err'
	answers 200 GET "/exec/$id/json"
	json '[.Running, .ExitCode]' '[false,7]'
	answers 200 GET /events -G -d since=1 -d until="$(date +%s.%N)" --data-urlencode 'filters={"container":["e"]}'
	[ "$(jq -r "select(.Actor.Attributes.execID == \"$id\") | [.Action, .Actor.Attributes.exitCode] | join(\":\")" <<<"$output")" = \
		"exec_create: sh -c cat; echo err >&2; exit 7:
exec_start: sh -c cat; echo err >&2; exit 7:
exec_die:7" ] || fail "$output"
	json_post "/exec/$id/start" '{}'
	[ "$code" = 409 ]
	message "exec command $id has already run"
	answers 404 GET /exec/0123/json
	message 'No such exec instance: 0123'
	coracle container rm -f e
}

# first_read PATH BODY: what one read gets that comes late, with its end of header; then the rest.
first_read()
{
	inside python3 - "$WORLD_DIR/$API.sock" "$@" <<-'PYTHON'
	import socket, sys, time
	path, target, body = sys.argv[1:]
	s = socket.socket(socket.AF_UNIX)
	s.settimeout(30)
	s.connect(path)
	s.sendall((f"POST {target} HTTP/1.1\r\nHost: \r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
	    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
	time.sleep(0.3) # a client that is slow
	print("first", s.recv(65536).endswith(b"\r\n\r\n"))
	print("then", s.recv(65536)[8:].decode())
	PYTHON
}

@test "exec: frames as its start says, a terminal as its creation says; members in any letters" {
	coracle container run -d --name e busybox sleep 3600 >/dev/null
	json_post /containers/e/exec '{"Cmd":["sh","-c","test -t 0 && echo a terminal"],"Tty":true,"AttachStdout":true}'
	output=$(hijack "/exec/$(jq -r .Id <<<"$output")/start" '{}' '')
	has '1 a terminal'
	json_post /containers/e/exec '{"Cmd":["true"],"detachKeys":"ctrl-"}'
	[ "$code" = 400 ] || fail "$output"
	json_post /containers/e/exec '{"Cmd":["echo","early"],"AttachStdout":true}'
	output=$(first_read "/exec/$(jq -r .Id <<<"$output")/start" '{}')
	has 'first True'
	has 'then early'
	coracle container rm -f e
}

@test "exec: what cannot start has its words and code; detached ones are looked at later" {
	id=$(coracle container run -d --name e busybox sleep 3600)
	json_post /containers/e/exec '{"Cmd":["/nope"],"AttachStdout":true}'
	one=$(jq -r .Id <<<"$output")
	output=$(hijack "/exec/$one/start" '{}' '')
	has 'OCI runtime exec failed'
	has 'executable file not found in $PATH'
	answers 200 GET "/exec/$one/json"
	json .ExitCode 127
	json_post /containers/e/exec '{"Cmd":["sh","-c","exit 4"]}'
	two=$(jq -r .Id <<<"$output")
	json_post "/exec/$two/start" '{"Detach":true}'
	[ "$code" = 200 ]
	eventually 10 sh -c "curl -sS --unix-socket /proc/$WORLD_PID/root$WORLD_DIR/main.sock http://d/exec/$two/json | grep -q '\"ExitCode\":4'"
	coracle container pause e
	json_post /containers/e/exec '{"Cmd":["true"]}'
	[ "$code" = 409 ]
	message 'Container e is paused, unpause the container before exec'
	coracle container unpause e
	coracle container stop -t 0 e
	json_post /containers/e/exec '{"Cmd":["true"]}'
	message "container $id is not running"
	coracle container rm e
}

@test "exec: its process, and the size of its terminal, before and after it is changed" {
	coracle container run -d --name e busybox sleep 3600 >/dev/null
	json_post /containers/e/exec '{"Cmd":["sh","-c","stty size; trap \"stty size; exit 3\" WINCH; echo ready; while :; do sleep 0.1; done"],"Tty":true,"AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"ConsoleSize":[10,20]}'
	id=$(jq -r .Id <<<"$output")
	answers 409 POST "/exec/$id/resize?h=30&w=70"
	message "exec command $id is not running"
	answers 200 GET "/exec/$id/json"
	json .Pid 0
	stream POST "/exec/$id/start" -H 'Content-Type: application/json' -d '{"Tty":true}' >got 3>&- &
	pid=$!
	eventually 10 grep -qa ready got
	grep -qa '10 20' got
	answers 200 GET "/exec/$id/json"
	inside grep -q 'stty size' "/proc/$(jq .Pid <<<"$output")/cmdline"
	answers 400 POST "/exec/$id/resize?h=0&w=70"
	answers 200 POST "/exec/$id/resize?h=30&w=70"
	wait "$pid"
	grep -qa '30 70' got
	answers 200 GET "/exec/$id/json"
	json '[.ExitCode, .Pid]' '[3,0]'
	answers 404 POST /exec/0123/resize?h=30\&w=70
	coracle container rm -f e
}

@test "exec: whose process was killed has ended, with a code that nobody knows; old ones are swept" {
	id=$(coracle container run -d --name e busybox sleep 3600)
	json_post /containers/e/exec '{"Cmd":["sleep","1000"],"AttachStdout":true}'
	one=$(jq -r .Id <<<"$output")
	hijack "/exec/$one/start" '{}' '' >got 3>&- &
	pid=$!
	eventually 10 inside pgrep -f '^sleep 1000'
	answers 200 GET "/exec/$one/json"
	json '[.Running, .ExitCode]' '[true,null]'
	for connection in $(inside pgrep -P "$(inside pgrep -o -f '^coracle-api .*/main.sock')"); do
		inside pkill -KILL -P "$connection" -f '^coracle-api' || true
	done
	wait "$pid"
	answers 200 GET "/exec/$one/json"
	json '[.Running, .ExitCode]' '[false,255]'
	json_post "/exec/$one/start" '{}'
	message "exec command $one has already run"
	inside sh -c 'touch -d "6 minutes ago" "$1"/exec.*' sh "$CORACLE_RUN/containers/$id"
	json_post /containers/e/exec '{"Cmd":["true"]}'
	two=$(jq -r .Id <<<"$output")
	[ "$(inside sh -c 'cd "$1" && echo exec.*' sh "$CORACLE_RUN/containers/$id")" = "exec.$two" ]
	coracle container rm -f e
}

@test "attach before the start loses nothing, thirty times" {
	for i in $(seq 30); do
		answers 201 POST "/containers/create?name=a$i" -H 'Content-Type: application/json' \
			-d '{"Image":"busybox","Cmd":["echo","x"],"HostConfig":{"AutoRemove":true}}'
		stream POST "/containers/a$i/attach?stream=1&stdout=1&stderr=1" -i >"got$i" 3>&- &
		pid=$!
		eventually 10 grep -aq 'vnd.docker.raw-stream' "got$i"
		answers 204 POST "/containers/a$i/start"
		wait "$pid"
		[ "$(tail -n 1 "got$i" | od -An -c | tr -d ' \n')" = '001\0\0\0\0\0\0002x\n' ] || fail "$(cat "got$i")"
	done
}

@test "attach: input to its end, then output; paused ones refuse" {
	answers 201 POST '/containers/create?name=i' -H 'Content-Type: application/json' \
		-d '{"Image":"busybox","Cmd":["cat"],"OpenStdin":true,"StdinOnce":true}'
	hijack '/containers/i/attach?stream=1&stdin=1&stdout=1&stderr=1' '' 'both ways' >got 3>&- &
	pid=$!
	eventually 10 sh -c "ls /proc/$WORLD_PID/root$CORACLE_RUN/containers/*/attach.* >/dev/null 2>&1"
	answers 204 POST /containers/i/start
	wait "$pid"
	grep -q '1 both ways' got
	answers 200 GET "/events?since=0&until=$(date +%s.%N)" -G --data-urlencode 'filters={"event":["attach"],"container":["i"]}'
	[ "$(jq -s length <<<"$output")" = 1 ] || fail "$output"
	coracle container rm i
	coracle container run -d --name p busybox sleep 3600 >/dev/null
	coracle container pause p
	answers 409 POST '/containers/p/attach?stream=1'
	message 'container p is paused, unpause the container before attach'
	coracle container rm -f p
}

logged()
{
	coracle container logs "$1" | grep -q "$2"
}

ticks()
{
	[ "$(grep -ac tick got)" -ge "$1" ]
}

@test "attach: the log before the stream, or alone" {
	coracle container run -d --name l busybox sh -c 'echo before; while :; do echo tick; sleep 0.1; done' >/dev/null
	eventually 10 logged l before
	output=$(hijack '/containers/l/attach?logs=1&stdout=1&stderr=1' '' '')
	has '1 before'
	stream POST '/containers/l/attach?logs=1&stream=1&stdout=1' >got 3>&- &
	pid=$!
	eventually 10 grep -qa before got
	eventually 10 ticks "$(($(coracle container logs l | grep -c tick) + 3))"
	coracle container rm -f l
	wait "$pid"
	coracle container run --name m busybox echo all of it
	output=$(first_read '/containers/m/attach?logs=1&stdout=1' '')
	has 'first True'
	has 'then all of it'
	coracle container rm m
}

says_run()
{
	[ "$(coracle container logs r | grep -c run)" = "$1" ]
}

is_attached()
{
	coracle system events --since 1h --until 0s --filter "container=$1" --filter event=attach | grep -q attach
}

@test "attach, and a log that is followed, end with the run; the next one is another's" {
	coracle container run -d --name r --restart always busybox \
		sh -c 'echo run; until rm /dev/shm/go 2>/dev/null; do sleep 0.02; done; exit 3' >/dev/null
	stream POST '/containers/r/attach?logs=1&stream=1&stdout=1' >attached 3>&- &
	attaching=$!
	stream GET '/containers/r/logs?follow=1&stdout=1' >followed 3>&- &
	following=$!
	eventually 10 grep -qa run attached
	eventually 10 grep -qa run followed
	eventually 10 is_attached r
	coracle container exec r touch /dev/shm/go
	wait "$attaching"
	wait "$following"
	[ "$(grep -ac run attached)" = 1 ]
	[ "$(grep -ac run followed)" = 1 ]
	eventually 10 says_run 2
	coracle container rm -f r
}

@test "statistics once, twice and as a stream; processes; the size of a terminal" {
	id=$(coracle container run -d -t --name s busybox sleep 3600)
	answers 200 GET '/containers/s/stats?stream=0&one-shot=1'
	json '[.name, .cpu_stats.online_cpus > 0, .memory_stats.usage > 0, .precpu_stats.system_cpu_usage]' '["/s",true,true,null]'
	json '.cpu_stats.system_cpu_usage > .cpu_stats.cpu_usage.total_usage' true
	answers 200 GET '/containers/s/stats?stream=false'
	json '.cpu_stats.system_cpu_usage > .precpu_stats.system_cpu_usage' true
	json '.cpu_stats.cpu_usage | .usage_in_kernelmode + .usage_in_usermode > 0' true
	json '.networks.eth0 | keys' '["rx_bytes","rx_dropped","rx_errors","rx_packets","tx_bytes","tx_dropped","tx_errors","tx_packets"]'
	json '.memory_stats.stats.inactive_file >= 0' true
	stream GET /containers/s/stats >stats 3>&- &
	pid=$!
	eventually 20 sh -c '[ "$(wc -l <stats)" -ge 2 ]'
	hang_up /stats
	wait "$pid" || true
	answers 200 GET /containers/s/top
	json '[.Titles[0], .Titles[-1], .Processes[0][-1]]' '["UID","CMD","sleep 3600"]'
	answers 200 GET '/containers/s/top?ps_args=-o%20pid,comm'
	json .Titles '["PID","COMMAND"]'
	answers 200 POST '/containers/s/resize?h=33&w=77'
	eventually 10 size_is '33 77'
	answers 400 POST '/containers/s/resize?h=x&w=1'
	coracle container stop -t 0 s
	answers 409 POST '/containers/s/resize?h=33&w=77'
	answers 409 GET /containers/s/top
	message "container $id is not running"
	answers 200 GET '/containers/s/stats?stream=0'
	json '.read' '"0001-01-01T00:00:00Z"'
	coracle container rm s
}

@test "Docker's own command line: run, exec, logs, attach, with terminals" {
	needs_docker_client
	expect 0 docker_of run --rm busybox echo x
	is x
	expect 3 docker_of run --rm busybox sh -c 'echo out; echo err >&2; exit 3'
	is out
	[ "$stderr" = err ]
	output=$(head -c 5000000 /dev/zero | docker_of run --rm -i busybox wc -c)
	is 5000000
	output=$(docker_of run --rm busybox head -c 5000000 /dev/zero | wc -c)
	is 5000000
	expect 0 docker_of run -d --name c busybox sh -c 'echo begun; exec sleep 3600'
	eventually 10 sh -c '[ "$1" = begun ]' sh "$(docker_of logs c)"
	expect 5 docker_of exec c sh -c 'exit 5'
	expect 127 docker_of exec c /nope
	output=$(echo abc | docker_of exec -i c cat)
	is abc
	expect 127 docker_of run --rm busybox /nope
	has_error 'executable file not found in $PATH'
	expect 0 docker_of rm -f c
}
