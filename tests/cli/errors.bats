#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Errors: exit codes, and that a failure leaves nothing half done. What is said: messages.bats.

load helper

@test "no compose file, unknown command, unknown option, no root" {
	mkdir empty && cd empty
	expect 1 coracle up -d
	has_error 'compose.yaml'
	expect 1 coracle frobnicate
	has_error frobnicate
	run --separate-stderr coracle up --frobnicate
	[ "$status" != 0 ]
	has_error frobnicate
	expect 1 inside setpriv --reuid 65534 --clear-groups "$CORACLE" --root /tmp/x --run /tmp/y ps
	has_error root
}

@test "help and version work anywhere" {
	cd /
	expect 0 coracle --help
	has up
	has down
	expect 0 coracle up --help
	has '--detach'
	expect 0 coracle version
	matches '[0-9]+\.[0-9]+'
	expect 0 coracle version --short
	matches '^[0-9]+\.[0-9]+\.[0-9]+$'
}

@test "commands that find nothing to do succeed" {
	project nothing <<-'YAML'
	services:
	  a: {image: busybox}
	YAML
	for command in down kill stop "rm -f" pause ps logs "down -v"; do
		# shellcheck disable=SC2086 # words
		expect 0 coracle $command
	done
	expect 1 coracle ps nosuch
	has_error 'no such service: nosuch'
	expect 1 coracle logs nosuch
	expect 1 coracle restart nosuch
	expect 1 coracle up -d nosuch
	has_error 'no such service: nosuch'
}

@test "conflicting options are refused" {
	project conflicts <<-'YAML'
	services:
	  a: {image: busybox}
	YAML
	expect 1 coracle up --force-recreate --no-recreate
	expect 1 coracle up -d --abort-on-container-exit
	expect 1 coracle up --wait-timeout -5
}

@test "a command that cannot start fails up and says why" {
	project cannot <<-'YAML'
	services:
	  a: {image: busybox, command: ["/no/such/program"]}
	YAML
	expect 1 coracle up -d
	has_error '/no/such/program'
	has_error cannot-a-1
	expect 0 coracle ps -a --format json
	[ "$(jq -r .ExitCode <<<"$output")" = 127 ]
}

@test "one service that cannot start does not keep the others from being listed and removed" {
	project half <<-'YAML'
	services:
	  good: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  bad: {image: busybox, command: ["/nope"]}
	YAML
	expect 1 coracle up -d
	expect 0 coracle ps -a
	has half-good-1
	expect 0 coracle down
}

@test "the name of a foreign container is not taken over" {
	project first <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: taken}
	YAML
	expect 0 coracle up -d
	id=$(inspect_of taken '{{.Id}}')
	project second <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: taken}
	YAML
	expect 1 coracle up -d
	has_error taken
	[ "$(inspect_of taken '{{.Id}}')" = "$id" ]
}

@test "two ups at once end with one set of containers" {
	project race <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, scale: 3}
	YAML
	coracle up -d >one.log 2>&1 &
	one=$!
	coracle up -d >two.log 2>&1 &
	two=$!
	wait "$one" || fail "first: $(cat one.log)"
	wait "$two" || fail "second: $(cat two.log)"
	run names
	is $'race-a-1\nrace-a-2\nrace-a-3'
}

@test "a full standard output is an error with its reason, whatever the command; a closed one ends it quietly" {
	local command status
	project full <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "seq 1 20000; exec sleep 1000"]
	    stop_grace_period: 0s
	YAML
	inside mknod full c 1 7
	coracle up -d >/dev/null 2>&1
	eventually 10 inside sh -c "$CORACLE logs 2>/dev/null | grep -q 20000"
	for command in config help ps 'ps -q' images 'image ls --format json' 'inspect full-a-1' 'container ls' \
		logs 'logs -f' 'container logs full-a-1' info 'export a' 'cp a:/bin -' \
		'image save busybox'; do
		# shellcheck disable=SC2086 # words
		expect 1 inside timeout 20 sh -c 'exec "$@" >full' sh "$CORACLE" $command
		[[ "$stderr" == *'no space left on device'* ]] || fail "$command: $stderr"
		# Who reads has gone before it begins, and SIGPIPE is ignored as Python has it.
		# shellcheck disable=SC2086 # words
		status=$(inside timeout 20 python3 -c '
import os, signal, subprocess, sys
reader, writer = os.pipe()
os.close(reader)
print(subprocess.run(sys.argv[1:], stdout=writer, stderr=2, restore_signals=False).returncode)' \
			"$CORACLE" $command 2>error)
		[[ "$status" =~ ^(141|-13)$ ]] || fail "$command: $status"
		! grep -v ^warning: error || fail "$command: $(cat error)"
		# shellcheck disable=SC2086 # words
		expect 1 inside timeout 20 sh -c 'exec "$@" >&-' sh "$CORACLE" $command
		[[ "$stderr" == *'bad file descriptor'* ]] || fail "$command: $stderr"
	done
	for command in 'exec -T a echo hello' 'run -T --rm a echo hello'; do
		# shellcheck disable=SC2086 # words
		expect 1 inside timeout 20 sh -c 'exec "$@" >&-' sh "$CORACLE" $command
		[[ "$stderr" == *'bad file descriptor'* ]] || fail "$command: $stderr"
	done
	# Nothing to print, or nothing to read, is no failure.
	expect 0 inside sh -c 'exec "$@" >&-' sh "$CORACLE" exec -T a true
	expect 0 inside sh -c 'exec "$@" >&- 2>&- <&-' sh "$CORACLE" up -d
	expect 0 inside sh -c 'exec "$@" <&-' sh "$CORACLE" exec -T a cat
	is ''
	rm full
}

@test "up that is killed can be repeated and taken down" {
	project killed <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, scale: 8}
	YAML
	for delay in 0.005 0.02 0.05 0.1 0.2; do
		inside timeout -s KILL "$delay" "$CORACLE" up -d >/dev/null 2>&1 || true
		expect 0 coracle down
		assert_nothing_left
	done
	inside timeout -s KILL 0.05 "$CORACLE" up -d >/dev/null 2>&1 || true
	expect 0 coracle up -d
	[ "$(coracle ps -q | wc -l)" = 8 ]
}

@test "down that is killed can be repeated" {
	project undone <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, scale: 8}
	YAML
	for delay in 0.005 0.02 0.05; do
		expect 0 coracle up -d
		inside timeout -s KILL "$delay" "$CORACLE" down >/dev/null 2>&1 || true
		expect 0 coracle down
		assert_nothing_left
	done
}
