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

@test "exec copies both directions at the same time, and all of it to a reader that sleeps" {
	one_service
	expect 0 coracle up -d
	coracle exec -T a cat <"$BATS_FILE_TMPDIR/input" | sha256sum | is_the_input
	{
		coracle exec -T a sh -c 'cat; exit 7' <"$BATS_FILE_TMPDIR/input" || echo $? >code
	} | (sleep 1; sha256sum) | is_the_input
	[ "$(cat code)" = 7 ]
}

@test "one output that nobody reads for a while holds up neither the other nor the input" {
	one_service
	expect 0 coracle up -d
	mkfifo slow
	exec 9<>slow
	coracle exec -T a sh -c 'head -c 1000000 /dev/zero & cat >&2; wait' \
		<"$BATS_FILE_TMPDIR/input" >slow 2>fast 9>&- &
	eventually 5 cmp fast "$BATS_FILE_TMPDIR/input"
	exec 8<slow 9>&-
	[ "$(wc -c <&8)" = 1000000 ]
	wait $!
	exec 8<&-
}

@test "output that cannot be written is an error with its reason, and ends who writes it" {
	one_service
	expect 0 coracle up -d
	expect 1 inside sh -c '"$0" run -T --name full a yes >/dev/full' "$CORACLE"
	has_error 'cannot write to standard output: no space left on device'
	state_is full exited
	expect 1 inside sh -c '"$0" exec -T a yes >/dev/full' "$CORACLE"
	has_error 'cannot write to standard output: no space left on device'
}

@test "run and exec end, quietly, when nobody reads their output any more" {
	one_service
	expect 0 coracle up -d
	expect 0 inside bash -c '"$0" run --rm -T a yes 2>err | head -n 1; echo "${PIPESTATUS[0]}"' "$CORACLE"
	is $'y\n141'
	[ ! -s err ]
	expect 0 inside bash -c '"$0" exec -T a yes 2>err | head -n 1; echo "${PIPESTATUS[0]}"' "$CORACLE"
	is $'y\n141'
	[ ! -s err ]
	expect 0 coracle ps -q
	[ "${#lines[@]}" = 1 ]
}

# Two of a kind that wait are one: the process has taken the last one, or has gone.
has_taken_signals()
{
	! inside grep -q '^S[a-z]*Pnd:.*[1-9a-f]' "/proc/$(cat pid)/status"
}

# interrupt SIGNAL COMMAND...: three of them to a run or exec in which nothing heeds any.
interrupt()
{
	local signal=$1
	shift
	inside sh -c 'echo $$ >pid; exec "$0" "$@" a sh -c "trap : INT TERM; echo ready; while :; do sleep 0.05; done"' \
		"$CORACLE" "$@" </dev/null >out 2>err &
	eventually 10 grep -q ready out
	for _ in 1 2 3; do
		inside kill "-$signal" "$(cat pid)"
		eventually 10 has_taken_signals
	done
	wait $!
}

@test "the third signal ends a run or exec in which nothing heeds them" {
	one_service
	expect 0 coracle up -d
	expect 143 interrupt TERM run -T --name stubborn
	grep -q 'container stubborn goes on running' err
	state_is stubborn running
	expect 130 interrupt INT run -T --rm --name other
	grep -q 'container other is killed and removed' err
	gone other
	expect 130 interrupt INT exec -T
	grep -q 'the command does not end: it goes on running' err
}

@test "a terminal has the caller's size from the start" {
	one_service
	expect 0 coracle up -d
	for _ in 1 2 3 4 5; do
		TERMINAL_SIZE='43 177' expect 0 on_terminal -- "$CORACLE" exec a stty size
		has '43 177'
		TERMINAL_SIZE='43 177' expect 0 on_terminal -- "$CORACLE" run --rm a stty size
		has '43 177'
	done
}

@test "a large paste into a terminal arrives" {
	one_service
	expect 0 coracle up -d
	local read="stty raw -echo; echo ready; sleep 0.3; head -c 1000000 | sha256sum"
	head -c 1000000 "$BATS_FILE_TMPDIR/input" >pasted
	expect 0 on_terminal expect:ready paste:pasted -- "$CORACLE" exec a sh -c "$read"
	has "$(sha256sum <pasted)"
	expect 0 on_terminal expect:ready paste:pasted -- "$CORACLE" run --rm a sh -c "$read"
	has "$(sha256sum <pasted)"
}

@test "a signal to a run with a terminal gives the terminal back and ends it" {
	one_service
	cat >steps <<-'SH'
	sh -c 'echo $$ >pid; exec "$0" run --rm --name raw a sh -c "echo ready; exec sleep 300"' "$0"
	echo "code $?"
	stty -a
	SH
	on_terminal expect:ready expect:code -- sh -c "$(cat steps)" "$CORACLE" >out 2>&1 &
	eventually 10 grep -q . pid
	eventually 10 state_is raw running
	inside kill -TERM "$(cat pid)"
	wait $!
	grep -q 'code 143' out
	grep -q ' icanon' out
	gone raw
}

# exits CODE COMMAND...
exits()
{
	expect "$@" </dev/null
}

# Those that exec and run have in common.
exits_of()
{
	exits 127 coracle "$@" a /nonexistent
	exits 127 coracle "$@" a nonexistent
	exits 127 coracle "$@" a ''
	exits 126 coracle "$@" a /etc
	exits 126 coracle "$@" a /etc/passwd
	exits 0 coracle "$@" a true
	exits 125 coracle "$@" a sh -c 'exit 125'
	exits 137 coracle "$@" a sh -c 'sh -c "kill -9 \$\$"; exit $?'
}

@test "exit codes of exec and run are Docker's" {
	one_service
	expect 0 coracle up -d
	coracle exec -T a sh -c 'echo garbage >/garbage; chmod 755 /garbage'
	exits_of exec -T
	exits_of run --rm -T
	exits 126 coracle exec -T a /garbage
	exits 137 coracle exec -T a sh -c 'kill -9 $$'
	exits 143 coracle exec -T a sh -c 'kill -TERM $$'
	exits 126 coracle exec -T -w /nowhere a pwd
	has_error '/nowhere'
	exits 126 coracle exec -T -w /etc/passwd a pwd
	exits 126 coracle exec -T -u nobodyhere a id
	has_error 'nobodyhere'
	exits 125 coracle run --rm -T -u nobodyhere a id
	exits 1 coracle run --rm -T --nonsense a id
}

@test "exec -u takes HOME from that user, unless somebody has set it" {
	one_service
	expect 0 coracle up -d
	coracle exec -T a sh -c 'echo "sailor:x:1234:1234::/boats:/bin/sh" >>/etc/passwd'
	for user in sailor 1234; do
		expect 0 coracle exec -T -u "$user" a sh -c 'echo $HOME'
		is /boats
	done
	expect 0 coracle exec -T a sh -c 'echo $HOME'
	is /root
	expect 0 coracle exec -T -u sailor -e HOME=/mine a sh -c 'echo $HOME'
	is /mine
	expect 0 coracle run --rm -T --name own -d -e HOME=/set a sleep 300
	expect 0 coracle container exec -u 33 own sh -c 'echo $HOME'
	is /set
	expect 0 coracle container rm -f own
}

@test "/dev/stdin opened again is at its end, and outputs can be opened again by anybody" {
	one_service
	# shellcheck disable=SC2016 # for the container's shell
	local again='cat; cat /dev/stdin; cat </proc/self/fd/0; echo out >/dev/stdout; echo err >/dev/stderr'
	expect 0 coracle up -d
	for user in 0 1234; do
		expect 0 coracle run --rm -T -u "$user" a sh -c "$again" <<<input
		is $'input\nout'
		has_error err
		expect 0 coracle exec -T -u "$user" a sh -c "$again" <<<input
		is $'input\nout'
		has_error err
	done
}

@test "detach keys leave the container running, with what was typed before them" {
	one_service
	expect 0 on_terminal 'expect:ready' 'send:typed
^P^Q' -- "$CORACLE" run --name left a sh -c 'stty -echo; echo ready; read -r line; echo "$line" >/got; exec sleep 300'
	state_is left running
	eventually 5 coracle container exec left grep -qx typed /got
}

@test "of several attached clients, a slow one holds up nobody and gets all of it" {
	project clients <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "until [ -e /dev/shm/go ]; do sleep 0.05; done; seq 600000; exit 7"]
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	local directory
	directory=$CORACLE_RUN/containers/$(inspect_of clients-a-1 '{{.Id}}')
	inside python3 "$tests_dir/cli/control_client.py" "$directory" "$PWD/wake" >slow 2>slow.err &
	local slow=$!
	inside python3 "$tests_dir/cli/control_client.py" "$directory" >fast 2>fast.err &
	local fast=$! code=0
	eventually 5 grep -q attached slow.err
	eventually 5 grep -q attached fast.err
	coracle exec -T a touch /dev/shm/go
	wait "$fast" || code=$?
	[ "$code" = 7 ]
	cmp fast <(seq 600000)
	state_is clients-a-1 exited
	touch wake
	code=0
	wait "$slow" || code=$?
	[ "$code" = 7 ]
	cmp slow fast
}
