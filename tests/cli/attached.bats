#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `up` in the foreground: output while others still start, interruption, the options that abort.

load helper

# db is healthy when /ok is there, web needs it.
slow_start()
{
	project slow <<-YAML
	services:
	  db:
	    image: busybox
	    command: ["sh", "-c", "trap 'echo db says bye; exit 0' TERM; echo db boots; $1; while :; do sleep 0.05; done"]
	    healthcheck: {test: test -e /ok, interval: 100ms, retries: 600}
	  web:
	    image: busybox
	    command: ["sh", "-c", "echo web is here; exit 3"]
	    depends_on: {db: {condition: service_healthy}}
	YAML
}

# Line number of the first line with the text.
line_of()
{
	grep -nF -m 1 -- "$2" <<<"$1" | cut -d : -f 1
}

@test "output appears while another service still waits for health" {
	slow_start true
	coracle up >out 2>err 3>&- &
	up=$!
	eventually 10 grep -q 'db-1   | db boots' out
	state_is slow-web-1 created
	coracle exec db touch /ok
	eventually 10 grep -q 'web-1  | web is here' out
	eventually 10 grep -q 'web-1 exited with code 3' out
	coracle stop
	wait "$up"
	[ "$(grep -c 'db boots' out)" = 1 ]
	[ "$(grep -c 'web is here' out)" = 1 ]
}

@test "no line is lost or doubled, whatever the order of start and end" {
	project many < <(
		echo services:
		for i in 1 2 3 4 5 6; do
			printf '  s%d:\n    image: busybox\n' "$i"
			# shellcheck disable=SC2016 # for the container's shell
			printf '    command: ["sh", "-c", "for i in $$(seq 500); do echo out $$i; echo err $$i >&2; done"]\n'
		done
	)
	expect 0 coracle up
	[ "$(grep -c '^s[1-6]-1  | out [0-9]*$' <<<"$output")" = 3000 ]
	[ "$(grep -c '^s[1-6]-1  | err [0-9]*$' <<<"$stderr")" = 3000 ]
	[ "$(sort <<<"$output" | uniq -d)" = '' ]
	[ "$(grep -c 'exited with code 0' <<<"$output")" = 6 ]
}

@test "the output of an init container comes before that of who waits for it" {
	project order <<-'YAML'
	services:
	  a_needs:
	    image: busybox
	    command: echo second
	    depends_on: {z_first: {condition: service_completed_successfully}}
	  z_first:
	    image: busybox
	    command: echo first
	YAML
	expect 0 coracle up
	[ "$(line_of "$output" 'first')" -lt "$(line_of "$output" 'second')" ]
}

@test "an init container that succeeds does not abort, the tests after it do" {
	project ci <<-'YAML'
	services:
	  migrate:
	    image: busybox
	    command: "true"
	  app:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	  tests:
	    image: busybox
	    command: ["sh", "-c", "echo testing; exit 5"]
	    depends_on: {migrate: {condition: service_completed_successfully}}
	YAML
	expect 5 coracle up --exit-code-from tests
	has 'testing'
	state_is ci-app-1 exited
}

@test "--abort-on-container-exit gives the code of the first one that ended, be it a job" {
	project first <<-'YAML'
	services:
	  stays: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  ends: {image: busybox, command: "true", depends_on: [stays]}
	  fails:
	    image: busybox
	    command: sh -c "exit 111"
	    depends_on: {ends: {condition: service_completed_successfully}}
	YAML
	expect 0 coracle up --abort-on-container-exit
	has 'ends-1 exited with code 0'
	has_error 'Aborting on container exit...'
	state_is first-stays-1 exited
	expect 111 coracle up --abort-on-container-failure
	has 'fails-1 exited with code 111'
}

@test "a container that ends while others start aborts the start" {
	project early <<-'YAML'
	services:
	  ends:
	    image: busybox
	    command: ["sh", "-c", "echo ending; exit 4"]
	  never:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "false", interval: 100ms, retries: 6000}
	  waits:
	    image: busybox
	    command: sleep 3600
	    depends_on: {never: {condition: service_healthy}}
	YAML
	expect 4 coracle up --abort-on-container-exit
	has 'ends-1 exited with code 4'
	state_is early-never-1 exited
	state_is early-waits-1 created
}

@test "a start that fails gives its message and 1, and leaves what runs" {
	project fails <<-'YAML'
	services:
	  db:
	    image: busybox
	    command: ["sh", "-c", "echo db boots; exec sleep 3600"]
	    stop_signal: SIGKILL
	    healthcheck: {test: "false", interval: 100ms, retries: 3}
	  web:
	    image: busybox
	    command: echo web
	    depends_on: {db: {condition: service_healthy}}
	YAML
	expect 1 coracle up
	has 'db boots'
	has 'Attaching to db-1, web-1'
	lacks 'web-1  |'
	has_error 'dependency failed to start: container fails-db-1 is unhealthy'
	state_is fails-db-1 running
	state_is fails-web-1 created
	expect 1 coracle up --abort-on-container-failure
	has_error 'is unhealthy'
	state_is fails-db-1 exited
	expect 1 coracle up --exit-code-from web
	state_is fails-db-1 exited
}

@test "Ctrl-C during the start stops what runs and begins nothing more" {
	slow_start true
	expect 130 on_terminal 'expect:db boots' 'send:^C' -- "$CORACLE" up
	has 'Gracefully Stopping... press Ctrl+C again to force'
	has 'db says bye'
	lacks 'web is here'
	state_is slow-db-1 exited
	state_is slow-web-1 created
}

@test "Ctrl-C stops gracefully, a second one kills" {
	project stubborn <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "trap 'echo no' TERM; echo ready; while :; do sleep 0.05; done"]
	    stop_grace_period: 60s
	YAML
	expect 130 on_terminal 'expect:ready' 'send:^C' 'expect:no' 'send:^C' -- "$CORACLE" up
	state_is stubborn-a-1 exited
	[ "$(inspect_of stubborn-a-1 '{{.State.ExitCode}}')" = 137 ]
}

@test "SIGTERM stops as Ctrl-C does" {
	slow_start 'touch /ok'
	inside "$CORACLE" up >out 2>err 3>&- &
	up=$!
	eventually 10 grep -q 'web is here' out
	inside pkill -TERM -f "^$CORACLE up"
	code=0
	wait "$up" || code=$?
	[ "$code" = 130 ]
	grep -q 'db says bye' out
	state_is slow-db-1 exited
}

@test "Ctrl-C stops only what was asked for" {
	project partly <<-'YAML'
	services:
	  app:
	    image: busybox
	    command: ["sh", "-c", "echo app is here; exec sleep 3600"]
	    stop_signal: SIGKILL
	    depends_on: [dep]
	  dep:
	    image: busybox
	    command: ["sh", "-c", "echo dep is here; exec sleep 3600"]
	    stop_signal: SIGKILL
	YAML
	expect 130 on_terminal 'expect:app is here' 'send:^C' -- "$CORACLE" up app
	lacks 'dep is here'
	state_is partly-app-1 exited
	state_is partly-dep-1 running
	expect 130 on_terminal 'expect:app is here' 'send:^C' -- "$CORACLE" up --attach-dependencies app
	state_is partly-dep-1 running
	expect 130 on_terminal 'expect:dep is here' 'send:^C' -- "$CORACLE" up --force-recreate --attach dep
	lacks 'app is here'
}

@test "a terminal shows live lines until the first output, then plain ones" {
	slow_start 'sleep 0.5; touch /ok'
	expect 130 on_terminal 'expect:web is here' 'expect:exited with code 3' 'send:^C' -- "$CORACLE" up
	before=${output%%db boots*}
	after=${output#*db boots}
	[[ "$before" == *$'\e[J'* ]]
	[[ "$after" != *$'\e[J'* ]]
	[[ "$after" == *' Container slow-web-1 Started'* ]]
}

@test "containers that are replaced meanwhile end nothing" {
	project replaced <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "echo version $VERSION; exec sleep ${SECONDS_LEFT:-0.3}"]
	    stop_signal: SIGKILL
	YAML
	VERSION=1 SECONDS_LEFT=3600 expect 0 coracle up -d
	VERSION=2 expect 0 coracle up --abort-on-container-exit
	has 'a-1  | version 2'
	lacks 'version 1'
	[ "$(grep -c 'exited with code' <<<"$output")" = 1 ]
	VERSION=2 expect 0 coracle up -d
}

@test "output of a run before is not shown again" {
	project again <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "echo once; exit 0"]
	YAML
	expect 0 coracle up
	expect 0 coracle up
	[ "$(grep -c once <<<"$output")" = 1 ]
	[ "$(grep -c 'exited with code 0' <<<"$output")" = 1 ]
}

@test "progress as JSON stays on stderr, output on stdout" {
	slow_start 'touch /ok'
	expect 3 coracle --progress json up --abort-on-container-failure
	has 'web-1  | web is here'
	[ "$(grep '^{' <<<"$stderr" | jq -r 'select(.text == "Started") | .id' | sort | tr '\n' ' ')" = \
		'Container slow-db-1 Container slow-web-1 ' ]
	lacks '{'
}

@test "a reader that goes away ends up, not the containers" {
	project pipe <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "while :; do echo line; sleep 0.02; done"]
	    stop_signal: SIGKILL
	YAML
	output=$(inside "$CORACLE" up 2>/dev/null 3>&- | head -n 4)
	[ "$(grep -c line <<<"$output")" = 3 ]
	state_is pipe-a-1 running
}
