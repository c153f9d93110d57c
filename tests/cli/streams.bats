#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The standard streams of run and exec: every byte arrives, whoever is slow, and failures are said.

load helper

file_setup()
{
	seq 500000 | head -c 3000000 >"$BATS_FILE_TMPDIR/input"
	sha256sum <"$BATS_FILE_TMPDIR/input" >"$BATS_FILE_TMPDIR/sum"
}

# A service that commands are run in; `run` brings its own.
one_service()
{
	project streams <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
}

# Compares stdin with the digest of the input.
is_the_input()
{
	[ "$(cat)" = "$(cat "$BATS_FILE_TMPDIR/sum")" ]
}

@test "run passes a large file, a pipe, and what a slow command reads late" {
	one_service
	coracle run --rm -T a sha256sum <"$BATS_FILE_TMPDIR/input" | is_the_input
	# shellcheck disable=SC2002 # a pipe is meant
	cat "$BATS_FILE_TMPDIR/input" | coracle run --rm -T a sha256sum | is_the_input
	coracle run --rm -T a sh -c 'sleep 0.5; sha256sum' <"$BATS_FILE_TMPDIR/input" | is_the_input
}

@test "run copies both directions at the same time" {
	one_service
	coracle run --rm -T a cat <"$BATS_FILE_TMPDIR/input" | sha256sum | is_the_input
	coracle run --rm -T a cat <"$BATS_FILE_TMPDIR/input" | (sleep 0.5; sha256sum) | is_the_input
}

@test "run passes much output after the end of its input" {
	one_service
	coracle run --rm -T a sh -c 'cat >/dev/null; head -c 5000000 /dev/zero' </dev/null | wc -c >count
	[ "$(cat count)" = 5000000 ]
}

@test "a reader that sleeps until long after the end gets all of it, and the exit code" {
	one_service
	{
		coracle run --rm -T a sh -c 'cat; exit 7' <"$BATS_FILE_TMPDIR/input" || echo $? >code
	} | (sleep 6; sha256sum) | is_the_input
	[ "$(cat code)" = 7 ]
	eventually 5 test -z "$(coracle ps -aq)"
}

@test "a killed run ends the container's input" {
	one_service
	mkfifo input
	exec 9<>input
	inside sh -c 'echo $$ >pid; exec "$0" run -T --name reader a sh -c "echo ready; cat; echo end"' \
		"$CORACLE" <input >out 2>err 9>&- &
	eventually 10 grep -q ready out
	inside kill -9 "$(cat pid)"
	eventually 5 state_is reader exited
	[ "$(inspect_of reader '{{.State.ExitCode}}')" = 0 ]
}

@test "output that cannot be written is an error with its reason, and ends the container" {
	one_service
	expect 1 inside sh -c '"$0" run -T --name full a yes >/dev/full' "$CORACLE"
	has_error 'cannot write to standard output: no space left on device'
	state_is full exited
}

@test "run ends, quietly, when nobody reads its output any more" {
	one_service
	expect 0 inside bash -c '"$0" run --rm -T a yes 2>err | head -n 1; echo "${PIPESTATUS[0]}"' "$CORACLE"
	is $'y\n141'
	expect 1 grep -v 'Container\|Network' err
	expect 0 coracle ps -aq
	is ''
}

# interrupt SIGNAL OPTIONS...: three of them to a run whose first process ignores all.
interrupt()
{
	local signal=$1
	shift
	inside sh -c 'echo $$ >pid; exec "$0" run -T "$@" a sh -c "echo ready; exec sleep 300"' \
		"$CORACLE" "$@" </dev/null >out 2>err 9>&- &
	eventually 10 grep -q ready out
	for _ in 1 2 3; do
		inside kill "-$signal" "$(cat pid)"
		sleep 0.1
	done
	wait $!
}

@test "the third signal ends a run whose container ignores them" {
	one_service
	expect 143 interrupt TERM --name stubborn
	grep -q 'container stubborn goes on running' err
	state_is stubborn running
	expect 130 interrupt INT --rm --name other
	grep -q 'container other is killed and removed' err
	gone other
}
