#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 of a monitor: the container goes on, no line is lost, the next command adopts it.

load helper

has_monitor()
{
	inside kill -0 "$(monitor_of "$1")" 2>/dev/null
}

# One that has only just taken over may not have written who it is.
kill_monitor()
{
	local pid
	eventually 10 has_monitor "$1"
	pid=$(monitor_of "$1")
	inside kill -9 "$pid"
	eventually 5 inside sh -c "! kill -0 $pid 2>/dev/null"
}

# Nothing of ours is left beside the container.
kill_keeper_and_monitor()
{
	local monitor keeper
	eventually 10 has_monitor "$1"
	monitor=$(monitor_of "$1")
	keeper=$(inside ps -o ppid= -p "$monitor" | tr -d ' ')
	inside sh -c "tr '\\0' ' ' </proc/$keeper/cmdline" | grep -q '^coracle-keeper '
	inside kill -9 "$keeper" "$monitor"
	eventually 5 inside sh -c "! kill -0 $monitor 2>/dev/null"
}

counting()
{
	project mon <<-YAML
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "i=0; while [ \$\$i -lt ${1:-20000} ]; do i=\$\$((i + 1)); echo line \$\$i; done; while [ ! -e /exit ]; do sleep 0.02; done; rm /exit; exit 7"]
	    stop_signal: SIGKILL
	    restart: ${2:-"no"}
	YAML
}

all_lines_logged()
{
	[ "$(coracle logs --no-log-prefix a | grep -c '^line')" = "$1" ]
}

has_logged()
{
	coracle logs --no-log-prefix a | grep -qxF "$1"
}

@test "the container survives and is adopted by the next command" {
	counting 10
	expect 0 coracle up -d
	pid=$(pid_of mon-a-1)
	kill_monitor mon-a-1
	inside kill -0 "$pid"
	expect 0 coracle ps
	has mon-a-1
	has Up
	[ "$(pid_of mon-a-1)" = "$pid" ]
	new=$(monitor_of mon-a-1)
	inside kill -0 "$new"
	expect 0 coracle exec -T a true
}

@test "under log load no line is lost or doubled, however often it is killed" {
	counting 200000
	expect 0 coracle up -d
	for _ in 1 2 3 4 5; do
		kill_monitor mon-a-1
		coracle ps >/dev/null
		sleep 0.1
	done
	eventually 60 all_lines_logged 200000
	coracle logs --no-log-prefix a >lines
	seq 200000 | sed 's/^/line /' | cmp - lines
}

@test "a killed monitor is replaced at once, without any command" {
	counting 10
	expect 0 coracle up -d
	kill_monitor mon-a-1
	eventually 5 has_monitor mon-a-1
	kill_monitor mon-a-1
	eventually 5 has_monitor mon-a-1
	expect 0 coracle exec -T a touch /exit
	eventually 5 state_is mon-a-1 exited
	[ "$(inspect_of mon-a-1 '{{.State.ExitCode}}')" = 7 ]
}

@test "the exit code of an adopted container is known" {
	counting 10
	expect 0 coracle up -d
	kill_keeper_and_monitor mon-a-1
	expect 0 coracle ps
	expect 0 coracle exec -T a touch /exit
	eventually 5 state_is mon-a-1 exited
	[ "$(inspect_of mon-a-1 '{{.State.ExitCode}}')" = 7 ]
}

@test "a command that looks at containers gives them their monitors back, completion does not" {
	local command state
	counting 10
	expect 0 coracle up -d
	state=$CORACLE_RUN/containers/$(inspect_of mon-a-1 '{{.Id}}')/state.json
	pid=$(pid_of mon-a-1)
	for command in 'ps' 'container ls' 'container inspect mon-a-1' 'ls' 'container exec mon-a-1 true'; do
		kill_keeper_and_monitor mon-a-1
		killed=$(inside jq .monitor_pid "$state")
		expect 0 coracle __complete container stop ''
		has mon-a-1
		[ "$(inside jq .monitor_pid "$state")" = "$killed" ]
		# shellcheck disable=SC2086 # words of a command
		expect 0 coracle $command
		new=$(inside jq .monitor_pid "$state")
		[ "$new" != "$killed" ] || fail "'$command' has not healed"
		inside kill -0 "$new"
		inside kill -0 "$pid"
	done
}

@test "a description that is damaged in its middle is written again before containers are listed" {
	local command description
	counting 10
	expect 0 coracle up -d
	description=$(inside sh -c 'echo "$1"/containers/*/container.json' sh "$CORACLE_ROOT")
	for command in 'ps' 'container ls' 'ls'; do
		inside cp "$description" "$description.kept"
		inside dd of="$description" bs=1 seek=200 conv=notrunc status=none <<<'"}{]"'
		# shellcheck disable=SC2086 # words of a command
		expect 0 coracle $command
		[ "$stderr" = '' ] || fail "$stderr"
		inside cmp "$description" "$description.kept"
		inside rm "$description.kept"
	done
	expect 0 coracle ps
	has Up
}

@test "what it wrote and its exit code while no monitor was there are known" {
	counting 5000
	expect 0 coracle up -d
	pid=$(pid_of mon-a-1)
	monitor=$(monitor_of mon-a-1)
	inside kill -STOP "$monitor"
	inside touch "/proc/$pid/root/exit"
	eventually 10 inside sh -c "ps -o stat= -p $pid | grep -q Z"
	inside kill -9 "$monitor"
	eventually 10 state_is mon-a-1 exited
	[ "$(inspect_of mon-a-1 '{{.State.ExitCode}}')" = 7 ]
	coracle logs --no-log-prefix a >lines
	seq 5000 | sed 's/^/line /' | cmp - lines
}

@test "a monitor that cannot take over is tried again, and nothing is lost meanwhile" {
	counting 5000
	expect 0 coracle up -d
	description=$(inside sh -c 'echo "$1"/containers/*/container.json' sh "$CORACLE_ROOT")
	pid=$(pid_of mon-a-1)
	monitor=$(monitor_of mon-a-1)
	inside kill -STOP "$monitor"
	inside mv "$description" "$description.away"
	inside kill -9 "$monitor"
	inside touch "/proc/$pid/root/exit"
	eventually 10 inside sh -c "! kill -0 $pid 2>/dev/null"
	inside mv "$description.away" "$description"
	eventually 10 state_is mon-a-1 exited
	[ "$(inspect_of mon-a-1 '{{.State.ExitCode}}')" = 7 ]
	coracle logs --no-log-prefix a >lines
	seq 5000 | sed 's/^/line /' | cmp - lines
}

@test "an exit while nobody is there is noticed, the restart policy follows then" {
	counting 10 on-failure
	expect 0 coracle up -d
	pid=$(pid_of mon-a-1)
	root=/proc/$pid/root
	kill_keeper_and_monitor mon-a-1
	inside touch "$root/exit"
	eventually 5 inside sh -c "! kill -0 $pid 2>/dev/null"
	expect 0 coracle ps -a
	eventually 5 logged 2 'line 10'
	eventually 5 state_is mon-a-1 running
}

@test "the restart policy works after an adoption" {
	counting 10 always
	expect 0 coracle up -d
	kill_monitor mon-a-1
	expect 0 coracle ps
	expect 0 coracle exec -T a touch /exit
	eventually 5 logged 2 'line 10'
	eventually 5 state_is mon-a-1 running
	[ "$(inspect_of mon-a-1 '{{.RestartCount}}')" = 1 ]
}

@test "names, ports and health go on after an adoption" {
	project serving <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "echo page >/tmp/index.html; exec httpd -f -p 80 -h /tmp"]
	    stop_signal: SIGKILL
	    ports: ["8080:80"]
	    healthcheck: {test: "test ! -e /sick", interval: 100ms, retries: 1}
	  client:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d --wait
	kill_monitor serving-web-1
	kill_monitor serving-client-1
	expect 0 coracle ps
	expect 0 neighbour curl -fsm 2 http://192.0.2.1:8080/
	eventually 5 coracle exec -T client wget -q -O - http://web/
	coracle exec -T web touch /sick
	eventually 5 health_is serving-web-1 unhealthy
}

@test "stop and down work without a monitor" {
	counting 10
	expect 0 coracle up -d
	kill_monitor mon-a-1
	expect 0 coracle stop
	state_is mon-a-1 exited
	expect 0 coracle start
	kill_monitor mon-a-1
	expect 0 coracle down
	assert_nothing_left
}

says_that_it_stops()
{
	[ "$(inside jq .is_stopping "$CORACLE_RUN/containers/$(inspect_of "$1" '{{.Id}}')/state.json")" = true ]
}

@test "a stop goes on when the monitor that had begun it is killed" {
	project mon <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"]
	    stop_grace_period: 4s
	YAML
	expect 0 coracle up -d
	eventually 10 eval 'coracle logs a | grep -q ready'
	coracle stop >stopped 2>&1 3>&- &
	local stopping=$!
	eventually 5 says_that_it_stops mon-a-1
	kill_monitor mon-a-1
	wait "$stopping" || true
	eventually 20 state_is mon-a-1 exited
	[ "$(inspect_of mon-a-1 '{{.State.ExitCode}}')" = 137 ]
}

@test "logs of a busy container are complete and in order without any kill" {
	counting 300000
	expect 0 coracle up -d
	eventually 60 all_lines_logged 300000
	coracle logs --no-log-prefix a >lines
	seq 300000 | sed 's/^/line /' | cmp - lines
}

# How often the monitor $1 has gone to sleep, and which timers it has.
sleeps()
{
	inside sh -c "grep ^voluntary /proc/$1/status; ls -l /proc/$1/fd | grep -c timerfd || true"
}

sleeps_on()
{
	local before
	before=$(sleeps "$1")
	sleep 0.3
	[ "$(sleeps "$1")" = "$before" ]
}

@test "after a burst of output the monitor sleeps as before" {
	counting 1
	expect 0 coracle up -d
	eventually 10 all_lines_logged 1
	monitor=$(monitor_of mon-a-1)
	eventually 10 sleeps_on "$monitor"
	timers=$(sleeps "$monitor" | tail -n 1)
	coracle exec -T a sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); echo line $i; done >/proc/1/fd/1'
	eventually 20 all_lines_logged 20001
	eventually 10 sleeps_on "$monitor"
	[ "$(sleeps "$monitor" | tail -n 1)" = "$timers" ]
}

@test "the order of the two outputs is kept in a burst" {
	project mon <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "for n in 1 2 3 4 5; do i=0; while [ $$i -lt 3000 ]; do i=$$((i + 1)); echo line; done; echo end $$n >&2; until [ -e /go$$n ]; do sleep 0.01; done; done"]
	YAML
	expect 0 coracle up -d
	for n in 1 2 3 4 5; do
		eventually 20 has_logged "end $n"
		[ "$(coracle logs --no-log-prefix a | tail -n 1)" = "end $n" ]
		coracle exec -T a touch "/go$n"
	done
	[ "$(coracle logs --no-log-prefix a | grep -c '^line')" = 15000 ]
}

@test "the monitor loads the C library and one more, so that it stays small" {
	[ "${VARIANT:-release}" = release ] || skip "a sanitizer build links everything dynamically"
	run readelf -dW "$(dirname "$CORACLE")/libexec/coracle/monitor"
	libraries=$(sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' <<<"$output" | grep -vE '^(libc|libmnl|ld-linux)' || true)
	[ "$libraries" = '' ] || fail "something of these is reachable from engine/monitor/main_monitor.c:" "$libraries"
}

@test "lines that a full disk refused are in the log once it has room, though nothing more is written" {
	local containers=$CORACLE_ROOT/containers
	mkdir "$BATS_TEST_TMPDIR/full" && cd "$BATS_TEST_TMPDIR/full"
	inside mount -t tmpfs -o size=1m tmpfs "$containers"
	cat >compose.yaml <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "until [ -e /dev/shm/go ]; do sleep 0.05; done; seq 2000; touch /dev/shm/done; exec sleep 3600"]
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	inside sh -c 'cat /dev/zero >"$0/filler"' "$containers" 2>/dev/null || true
	coracle exec -T a touch /dev/shm/go
	eventually 5 coracle exec -T a test -e /dev/shm/done
	[ "$(coracle logs --no-log-prefix a | wc -l)" -lt 2000 ]
	inside rm "$containers/filler"
	eventually 5 logged 2000 '' a
	[ "$(coracle logs --no-log-prefix a)" = "$(seq 2000)" ]
	expect 0 coracle down
	eventually 10 inside umount "$containers"
}

@test "a monitor whose container's directories are gone ends with it" {
	local id monitor
	project gone <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600}
	YAML
	expect 0 coracle up -d
	id=$(inspect_of gone-a-1 '{{.Id}}') monitor=$(monitor_of gone-a-1)
	expect 0 inside mv "$CORACLE_RUN/containers/$id" "$CORACLE_RUN/containers/away"
	expect 0 inside mv "$CORACLE_ROOT/containers/$id" "$CORACLE_ROOT/containers/away"
	inside kill -9 "$(inside cat "$CORACLE_RUN/containers/away/state.json" | jq .pid)"
	eventually 5 inside sh -c "! kill -0 $monitor 2>/dev/null"
	expect 0 inside mv "$CORACLE_RUN/containers/away" "$CORACLE_RUN/containers/$id"
	expect 0 inside mv "$CORACLE_ROOT/containers/away" "$CORACLE_ROOT/containers/$id"
}
