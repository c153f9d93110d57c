#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# pre_start, post_start and pre_stop.

load helper

written()
{
	cat "$BATS_TEST_TMPDIR/$1/out/log" 2>/dev/null
}

# hooked NAME <<EOF: service x that reports its start to ./out/log, with these hooks.
hooked()
{
	local name=$1
	mkdir -p "$BATS_TEST_TMPDIR/$name/out"
	{
		cat <<-'YAML'
		services:
		  x:
		    image: busybox
		    command: ["sh", "-c", "echo service >>/out/log; exec sleep 3600"]
		    stop_signal: SIGKILL
		    volumes: ["./out:/out"]
		YAML
		sed 's/^/    /'
	} | project "$name"
	cd "$BATS_TEST_TMPDIR/$name" || return 1
	pwd >>"$BATS_TEST_TMPDIR/.projects"
}

@test "pre_start hooks run in order, to their end, before the service, with its volumes and networks" {
	hooked order <<-'YAML'
	environment: {A: service, B: service}
	working_dir: /etc
	networks: {default: {ipv4_address: 10.93.0.9}}
	pre_start:
	  - command: [sh, -c, "sleep 0.3; echo first $$A $$B $$(id -u) $$(pwd) >>/out/log"]
	    environment: {B: hook}
	    user: "0"
	  - command: [sh, -c, "echo second $$(ip -o -4 address show eth0 | grep -c 10.93.0.9) $$(pwd) >>/out/log"]
	    working_dir: /tmp
	  - command: [/bin/sh, -c, "grep CapEff /proc/self/status >>/out/log"]
	    privileged: true
	    image: busybox:latest
	YAML
	cat >>compose.yaml <<-'YAML'
	networks: {default: {ipam: {config: [{subnet: 10.93.0.0/24}]}}}
	YAML
	expect 0 coracle up -d --wait
	eventually 10 grep -q service out/log
	[ "$(sed -n '1,2p;4p' out/log)" = $'first service hook 0 /etc\nsecond 1 /tmp\nservice' ] || fail "$(cat out/log)"
	[[ "$(sed -n 3p out/log)" == CapEff:*1f* ]] || fail "$(cat out/log)"
	# The hooks' containers are gone, and they were never the service.
	[ "$(names)" = order-x-1 ]
}

@test "pre_start runs once for all replicas, not on a restart, not on a scale-up, again for new containers" {
	hooked once <<-'YAML'
	deploy: {replicas: 2}
	pre_start: [{command: [sh, -c, "echo hook >>/out/log"]}]
	YAML
	expect 0 coracle up -d
	expect 0 coracle up -d --scale x=3
	expect 0 coracle restart
	expect 0 coracle stop
	expect 0 coracle start
	[ "$(grep -c hook out/log)" = 1 ] || fail "$(cat out/log)"
	expect 0 coracle up -d --force-recreate
	[ "$(grep -c hook out/log)" = 2 ] || fail "$(cat out/log)"
	expect 0 coracle down
	expect 0 coracle create
	[ "$(grep -c hook out/log)" = 2 ]
	expect 0 coracle start
	[ "$(grep -c hook out/log)" = 3 ] || fail "$(cat out/log)"
}

@test "pre_start per replica" {
	hooked each <<-'YAML'
	deploy: {replicas: 2}
	pre_start:
	  - {command: [sh, -c, "echo one >>/out/log"]}
	  - {command: [sh, -c, "echo each >>/out/log"], per_replica: true}
	YAML
	expect 0 coracle up -d
	[ "$(grep -c one out/log) $(grep -c each out/log)" = '1 2' ] || fail "$(cat out/log)"
	expect 0 coracle up -d --scale x=3
	[ "$(grep -c one out/log) $(grep -c each out/log)" = '1 3' ] || fail "$(cat out/log)"
}

@test "a pre_start hook that fails is named, kept, and keeps the service from starting; later ones do not run" {
	hooked failing <<-'YAML'
	pre_start:
	  - {command: [sh, -c, "echo one >>/out/log"]}
	  - {command: [sh, -c, "echo what went wrong; exit $${CODE:-17}"], environment: {CODE: "${CODE:-17}"}}
	  - {command: [sh, -c, "echo three >>/out/log"]}
	YAML
	cat >>compose.yaml <<-'YAML'
	  after: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [x]}
	YAML
	expect 1 coracle up -d
	has_error 'pre_start[1] exited with status 17'
	has_error 'failing-x-pre_start-1'
	state_is failing-x-1 created
	state_is failing-after-1 created
	[ "$(written failing)" = one ]
	[ "$(coracle container logs failing-x-pre_start-1)" = 'what went wrong' ]
	# It is no orphan. Once it works, it is gone.
	CODE=0 expect 0 coracle up -d
	[[ "$stderr" != *orphan* ]] || fail "$stderr"
	eventually 10 grep -q service out/log
	[ "$(written failing | tr '\n' ' ')" = 'one one three service ' ] || fail "$(written failing)"
	[ "$(names)" = $'failing-after-1\nfailing-x-1' ]
	# A kept one goes with down.
	coracle down
	expect 1 coracle up -d
	expect 0 coracle down
	[ -z "$(coracle container ls -aq)" ]
}

@test "pre_start waits for what the service depends on, and others do not wait for it" {
	hooked waits <<-'YAML'
	depends_on: {db: {condition: service_healthy}}
	pre_start: [{command: [sh, -c, "test -e /out/ready && echo hook >>/out/log"]}]
	YAML
	cat >>compose.yaml <<-'YAML'
	  db:
	    image: busybox
	    command: ["sh", "-c", "sleep 0.5; touch /out/ready; exec sleep 3600"]
	    stop_signal: SIGKILL
	    volumes: ["./out:/out"]
	    healthcheck: {test: [CMD, test, -e, /out/ready], interval: 1s}
	YAML
	expect 0 coracle up -d
	eventually 10 grep -q service out/log
	[ "$(tr '\n' ' ' <out/log)" = 'hook service ' ]
}

@test "an up that is interrupted in a pre_start hook leaves none running" {
	hooked slow <<-'YAML'
	pre_start: [{command: [sh, -c, "touch /out/began; sleep 60"]}]
	YAML
	expect 130 inside timeout --foreground -k 5 60 python3 "$tests_dir/cli/on_terminal.py" \
		'expect:pre_start-0' 'expect:Started' 'send:^C' -- "$CORACLE" up
	[ "$(names)" = slow-x-1 ] || fail "$(names)" "$output"
	state_is slow-x-1 created
	[ ! -e out/log ]
}

# It says something on both streams when it starts and when it stops.
talking()
{
	hooked "$1" <<-'YAML'
	post_start: [{command: [sh, -c, "echo up out; echo up err >&2; printf 'no newline'"]}]
	pre_stop: [{command: [sh, -c, "echo down out; echo down err >&2"]}]
	YAML
}

@test "what post_start and pre_stop write is dropped where nothing is attached" {
	talking dropped
	for how in 'up -d' restart stop start 'up -d --force-recreate' down; do
		# shellcheck disable=SC2086 # several words
		expect 0 coracle $how
		[[ "$output$stderr" != *'up out'* && "$output$stderr" != *'down err'* ]] ||
			fail "$how" "$output" "$stderr"
	done
}

@test "up in the foreground shows what hooks write, under the container's name" {
	talking shown
	cat >>compose.yaml <<-'YAML'
	  quiet:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    attach: false
	    post_start: [{command: echo hidden}]
	YAML
	expect 130 inside timeout --foreground -k 5 60 python3 "$tests_dir/cli/on_terminal.py" \
		'expect:no newline' 'send:^C' -- "$CORACLE" --ansi never up
	for line in 'up out' 'up err' 'no newline' 'down out' 'down err'; do
		has "x-1 ->  | $line"
	done
	lacks hidden
	# Never a part of the container's log.
	run coracle logs
	lacks 'up out'
}

@test "the message about a hook that failed has the end of what it wrote" {
	hooked failed <<-'YAML'
	post_start: [{command: [sh, -c, "echo progress; for i in $$(seq 20); do echo line $$i >&2; done; exit 9"]}]
	YAML
	expect 1 coracle up -d
	has_error 'x hook exited with status 9: line 11'
	has_error 'line 20'
	[[ "$stderr" != *progress* && "$stderr" != *'line 10'* ]] || fail "$stderr"
	sed -i 's/ >&2//' compose.yaml
	expect 1 coracle up -d --force-recreate
	has_error 'x hook exited with status 9: line 11'
}

@test "hooks of different containers do not wait for each other: up, restart, stop and down" {
	project meeting <<-'YAML'
	x-meet: &meet
	  image: busybox
	  command: sleep 3600
	  stop_signal: SIGKILL
	  volumes: ["./out:/out"]
	  post_start: [{command: [sh, /out/meet, begin]}]
	  pre_stop: [{command: [sh, /out/meet, end]}]
	services:
	  a: *meet
	  b: {<<: *meet, scale: 2}
	  c: *meet
	YAML
	cd "$BATS_TEST_TMPDIR/meeting"
	mkdir -p out
	# Each goes on when all four have come: one after the other, the first would wait in vain.
	cat >out/meet <<-'SH'
	echo >>/out/$1
	i=0
	while [ "$(wc -l </out/$1)" -lt 4 ]; do
		[ $((i += 1)) -lt 600 ] || exit 9
		sleep 0.05
	done
	SH
	for command in 'up -d' 'restart' 'stop' 'start' 'down'; do
		rm -f out/begin out/end
		# shellcheck disable=SC2086 # words
		expect 0 coracle $command
	done
	[ "$(wc -l <out/end)" = 4 ]
}
