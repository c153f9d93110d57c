#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Commands that wait say for what, and stop and kill do not wait behind them.

load helper

@test "up --wait names who is not ready, and why" {
	project waits <<-'YAML'
	services:
	  good: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  late:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: [CMD-SHELL, "printf 'not \\033[1myet'; exit 3"], interval: 200ms, retries: 1000}
	YAML
	expect 1 coracle up -d --wait --wait-timeout 3
	has_error 'application not healthy after 3s: container waits-late-1 is not healthy yet: its last check gave 3: not '
	[[ "$stderr" != *$'\e'* ]] || fail "$stderr"
	sed -i 's/retries: 1000/retries: 2/' compose.yaml
	expect 1 coracle up -d --wait
	has_error 'container waits-late-1 is unhealthy: its last check gave 3'
	sed -i '/late:/,$ s/command: sleep 3600/command: sh -c "exit 4"/' compose.yaml
	expect 1 coracle up -d --wait
	has_error 'container waits-late-1 exited (4)'
}

@test "stop and kill reach containers while an up waits" {
	project long <<-'YAML'
	services:
	  first:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "false", interval: 1s, retries: 1000}
	  second: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: {first: {condition: service_healthy}}}
	YAML
	local command
	for command in kill stop; do
		coracle up -d >log 2>&1 3>&- &
		eventually 10 state_is long-first-1 running
		CORACLE_TIMEOUT=10 expect 0 coracle "$command" first
		! wait $! || fail "$(cat log)"
		grep -q 'dependency failed to start: .*long-first-1' log || fail "$(cat log)"
		state_is long-first-1 exited
		state_is long-second-1 created
	done
}

@test "logs says where a logging driver keeps nothing" {
	project silent <<-'YAML'
	services:
	  x: {image: busybox, command: echo hello, logging: {driver: none}}
	YAML
	expect 0 coracle up
	has_error "container silent-x-1 keeps no output: its logging driver is 'none'"
	expect 0 coracle logs
	is ''
	has_error "container silent-x-1 keeps no output: its logging driver is 'none'"
}
