#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# attach, container attach and container start -a -i: our streams at those of a container.

load helper

file_setup()
{
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker"
}

docker()
{
	inside timeout --foreground -k 5 60 "$BATS_FILE_TMPDIR/docker" "$@"
}

# attached COUNT NAME: so many have been attached to it.
attached()
{
	[ "$(coracle system events --since 1h --until 0s --filter "container=$2" --filter event=attach | wc -l)" = "$1" ]
}

# Waits for its go, counts, ends with 7; says what signals it hears.
counter()
{
	project "$1" <<-YAML
	services:
	  a:
	    image: busybox
	    container_name: $1
	    command: ["sh", "-c", "trap 'echo int' INT; trap 'echo usr1' USR1; until [ -e /dev/shm/go ]; do sleep 0.02; done; seq 100000; exit 7"]
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
}

go()
{
	coracle exec -T a touch /dev/shm/go
}

# A terminal, or with OPTION=false none, that says what is typed.
echoing()
{
	project echo <<-YAML
	services:
	  a:
	    image: busybox
	    container_name: echo
	    command: ["sh", "-c", "echo ready; while read -r line; do echo \"got \$\$line\"; done; echo end; exit 4"]
	    stop_signal: SIGKILL
	    stdin_open: true
	    tty: ${1:-true}
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	eventually 10 logged 1 ready a
}

@test "several are attached at once: each has all the output and the exit code" {
	counter all
	local i
	for i in 1 2 3; do
		docker attach all >"out$i" 3>&- &
		pids[i]=$!
	done
	eventually 5 attached 3 all
	go
	for i in 1 2 3; do
		local code=0
		wait "${pids[i]}" || code=$?
		[ "$code" = 7 ]
		cmp "out$i" <(seq 100000)
	done
}

@test "signals go to the container, or with --sig-proxy=false to us" {
	counter signals
	inside "$CORACLE" attach a >proxied 3>&- &
	local proxied=$!
	inside "$BATS_FILE_TMPDIR/docker" attach --sig-proxy=false signals >kept 3>&- &
	local kept=$!
	eventually 5 attached 2 signals
	inside pkill -INT -f "^$CORACLE attach a"
	eventually 5 grep -qx int proxied
	inside pkill -USR1 -f "^$CORACLE attach a"
	eventually 5 grep -qx usr1 proxied
	inside pkill -INT -f "attach --sig-proxy=false signals"
	local code=0
	wait "$kept" || code=$?
	[ "$code" = 130 ]
	state_is signals running
	go
	wait "$proxied" || code=$?
	[ "$code" = 7 ]
	[ "$(grep -c int proxied)" = 1 ]
}

# has_run COUNT NAME
has_run()
{
	[ "$(docker logs "$2" | grep -c run)" = "$1" ]
}

@test "attached to a run: it ends with that, with its code, though another one is started" {
	docker run -d --name again --restart always busybox \
		sh -c 'echo run; until rm /dev/shm/go 2>/dev/null; do sleep 0.02; done; exit 3' >/dev/null
	docker attach again >out 3>&- &
	local attaching=$! code=0
	eventually 5 attached 1 again
	expect 0 docker exec again touch /dev/shm/go
	wait "$attaching" || code=$?
	[ "$code" = 3 ]
	eventually 10 has_run 2 again
	docker rm -f again
}

@test "what does not run, or is paused, cannot be attached to" {
	counter states
	expect 0 docker pause states
	expect 1 docker attach states
	has_error 'You cannot attach to a paused container, unpause it first'
	expect 0 docker unpause states
	expect 0 docker kill states
	expect 1 docker attach states
	has_error 'You cannot attach to a stopped container, start it first'
	expect 1 coracle attach a
	has_error 'You cannot attach to a stopped container, start it first'
	expect 1 docker attach nobody
	has_error nobody
	expect 1 coracle attach nobody
	has_error nobody
	expect 1 coracle attach --index 4 a
	has_error '#4'
	expect 1 docker attach --detach-keys ctrl-pp states
	has_error 'invalid detach keys (ctrl-pp)'
}

@test "who cannot write any more leaves, and the container runs on" {
	project loud <<-'YAML'
	services:
	  a: {image: busybox, container_name: loud, stop_signal: SIGKILL, command: "sh -c 'while :; do echo line; sleep 0.05; done'"}
	YAML
	expect 0 coracle up -d
	docker attach loud 3>&- | head -n 1
	state_is loud running
}

@test "keys of a terminal: typed, left by the usual ones, others, those of config.json" {
	echoing
	expect 1 on_terminal 'send:one
' 'expect:got one' 'send:^P^Q' 'expect:read escape sequence' -- "$BATS_FILE_TMPDIR/docker" attach echo
	state_is echo running
	expect 1 on_terminal 'send:three
' 'expect:got three' 'send:^A' 'send:x' 'expect:read escape' -- "$CORACLE" attach --detach-keys ctrl-a,x a
	mkdir config
	echo '{"detachKeys": "ctrl-e,e"}' >config/config.json
	expect 1 on_terminal 'send:^P^Qfour
' 'expect:got' 'expect:four' 'send:^Ee' 'expect:read escape' -- \
		env DOCKER_CONFIG="$PWD/config" "$BATS_FILE_TMPDIR/docker" attach echo
	# The terminal is as it was; a Ctrl-D is the container's.
	expect 4 on_terminal 'expect:before' 'send:five
' 'expect:got five' 'send:^D' 'expect:end' -- sh -c "
		echo before; stty -g >stty.before; '$CORACLE' attach a; code=\$?; stty -g >stty.after; exit \$code"
	cmp stty.before stty.after
	expect 0 coracle system events --since 1h --until 0s --filter container=echo --filter event=detach
	has 'container detach'
}

@test "a terminal of the container wants one of ours, unless its input is not asked for" {
	project blind <<-'YAML'
	services:
	  a: {image: busybox, container_name: blind, tty: true, stdin_open: true, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 1 docker attach blind </dev/null
	has_error 'cannot attach stdin to a TTY-enabled container because stdin is not a terminal'
	docker attach --no-stdin blind >out 2>&1 3>&- </dev/null &
	eventually 5 attached 1 blind
	expect 0 docker kill blind
	local code=0
	wait $! || code=$?
	[ "$code" = 137 ]
}

@test "input without a terminal; its end is not the container's" {
	echoing false
	printf 'one\ntwo\n' | docker attach echo >out 3>&- &
	eventually 5 grep -q 'got two' out
	state_is echo running
	expect 0 docker kill echo
	wait $! || true
	[ "$(cat out)" = $'got one\ngot two' ]
}

@test "start -a: all of its output, its exit code; -i: our input too" {
	echoing false
	expect 0 docker stop -t 0 echo
	expect 4 docker start -i echo < <(printf 'one\ntwo\n')
	is $'ready\ngot one\ngot two\nend'
	expect 4 docker container start -ai echo </dev/null
	is $'ready\nend'
	expect 1 docker start -a echo b
	has_error 'you cannot start and attach multiple containers at once'
	expect 0 docker start echo
	is echo
	expect 0 docker pause echo
	expect 1 docker start echo
	has_error 'cannot start a paused container, try unpause instead'
	expect 0 docker kill echo
	project echo-1 <<-'YAML'
	services:
	  a: {image: busybox, container_name: bell, tty: true, stdin_open: true, command: "sh -c 'echo ready; sleep 3600'", stop_signal: SIGKILL}
	YAML
	expect 0 coracle create
	expect 0 on_terminal 'expect:ready' 'send:^Xq' -- "$BATS_FILE_TMPDIR/docker" start -ai --detach-keys ctrl-x,q bell
	state_is bell running
}

# Where the command in the container says what it reads.
typed()
{
	coracle exec -T a cat /dev/shm/typed
}

@test "exec -t: the keys leave the command, which runs on with its terminal" {
	counter execs
	expect 1 on_terminal 'expect:ready' 'send:one
' 'expect:got one' 'send:^P^Q' 'expect:read escape sequence' -- "$BATS_FILE_TMPDIR/docker" exec -it execs \
		sh -c 'echo ready; read -r line; echo "got $line"; sleep 0.5; seq 100000; echo alone >/dev/shm/typed; sleep 3600'
	eventually 5 typed
	expect 0 docker top execs
	has 'sleep 3600'
	expect 1 on_terminal 'expect:ready' 'send:^A' 'send:x' 'expect:read escape' -- "$CORACLE" exec --detach-keys ctrl-a,x a \
		sh -c 'echo ready; sleep 3600'
	expect 5 on_terminal 'expect:ready' 'send:^P^A
' -- "$CORACLE" exec --detach-keys ctrl-x a sh -c 'echo ready; read -r line; echo "$line"; exit 5'
	expect 1 docker exec -it --detach-keys '?!' execs true
	expect 0 coracle system events --since 1h --until 0s --filter container=execs --filter event=exec_detach
	has exec_detach
}
