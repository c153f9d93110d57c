#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# stats: what services and containers use.

load helper

used()
{
	project used <<-'YAML'
	services:
	  busy: {image: busybox, command: "sh -c 'while :; do :; done'", stop_signal: SIGKILL}
	  idle: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  ended: {image: busybox, command: "true"}
	YAML
	expect 0 coracle up -d
	expect 0 coracle wait ended
}

@test "once, as a table, of what runs" {
	used
	expect 0 coracle stats --no-stream
	[ "$(head -n 1 <<<"$output" | tr -s ' ')" = 'CONTAINER ID NAME CPU % MEM USAGE / LIMIT MEM % NET I/O BLOCK I/O PIDS' ]
	[ "$(tail -n +2 <<<"$output" | awk '{print $2}' | sort | xargs)" = 'used-busy-1 used-idle-1' ] || fail "$output"
	matches '[0-9a-f]{12} +used-idle-1 +[0-9.]+% +[0-9.]+[KMG]?i?B / [0-9.]+[KMGT]iB +[0-9.]+% +[0-9.]+k?B / [0-9.]+k?B +'
	expect 0 coracle stats --no-stream --all --format '{{.Name}} {{.PIDs}} {{.CPUPerc}}'
	has 'used-ended-1 0 0.00%'
	has 'used-idle-1 1 '
}

@test "a service that works shows it" {
	used
	expect 0 coracle stats --no-stream --no-trunc --format json busy idle
	[ "$(jq -r .Name <<<"$output" | sort | xargs)" = 'used-busy-1 used-idle-1' ]
	jq -es 'map({(.Name): (.CPUPerc | rtrimstr("%") | tonumber)}) | add |
		.["used-busy-1"] > 1 and .["used-busy-1"] < 130 and .["used-idle-1"] < 1' <<<"$output" || fail "$output"
	[ "$(jq -r 'select(.Name == "used-busy-1") | .ID | length' <<<"$output")" = 64 ]
	expect 1 coracle stats --no-stream nothing
	has_error 'no such service: nothing'
}

@test "container stats: by name, stopped ones too when they are named" {
	used
	expect 0 coracle container stats --no-stream --format 'table {{.Name}}\t{{.MemPerc}}' used-idle-1 used-ended-1
	matches '^NAME +MEM %'
	has 'used-ended-1   0.00%'
	expect 0 coracle container stats --no-stream --format '{{.Name}}'
	[ "$(sort <<<"$output" | xargs)" = 'used-busy-1 used-idle-1' ]
	expect 1 coracle container stats --no-stream nothing
	has_error 'nothing'
	expect 1 coracle container stats --no-stream --format '{{.Nothing}}'
}

@test "again and again, in place on a terminal" {
	used
	inside "$CORACLE" stats --format '{{.Name}}' idle >stream 2>&1 3>&- &
	local reader=$!
	eventually 20 sh -c '[ "$(grep -cx used-idle-1 stream)" -ge 2 ]'
	inside pkill -INT -f "^$CORACLE stats"
	wait "$reader" || true
	[ "$(grep -c "$(printf '\033')" stream)" = 0 ]
	local erased
	erased=$(printf 'expect:\033[K')
	expect 130 on_terminal "$(printf 'expect:\033[2J\033[H')" "$erased" "$erased" "$erased" "$erased" 'send:^C' -- \
		"$CORACLE" stats idle
}
