#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Ctrl-C in what takes its time: the code is 130, and what is said names what is half done and how to
# go on. Who is told twice ends at once.

load ../cli/helper
load ../cli/pull_helper

file_setup()
{
	load_image busybox
	quick_transport
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker"
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker-compose"
}

# Runs beside the test: begin PROGRAM ARGS, then `told SIGNAL` sends it, `over` waits for its end.
begin()
{
	rm -f pid
	inside sh -c 'echo $$ >pid; exec "$@" >out 2>err' sh "$@" &
	job=$!
	eventually 10 test -s pid
}

told()
{
	inside kill "-$1" "$(cat pid)"
}

# CODE: and within the time that nothing of what is interrupted here takes.
over()
{
	local code=0
	eventually 20 sh -c "! kill -0 $job" 2>/dev/null || fail "it goes on" "$(cat err)"
	wait "$job" || code=$?
	[ "$code" = "$1" ] || fail "exited with $code" "$(cat err)"
}

says()
{
	grep -qF -- "$1" err || fail "$(cat err)"
}

@test "up -d that waits for a condition" {
	project slow <<-YAML
	services:
	  db: {image: busybox, command: sleep 1000, network_mode: none, stop_signal: KILL,
	       healthcheck: {test: [CMD, "false"], interval: 1s, retries: 1000, start_period: 1h}}
	  cache: {image: busybox, command: sleep 1000, network_mode: none, stop_signal: KILL}
	  app: {image: busybox, command: sleep 1000, network_mode: none, stop_signal: KILL,
	        depends_on: {db: {condition: service_healthy}}}
	YAML
	begin "$CORACLE" up -d
	eventually 20 sh -c 'grep -q "db-1 Started" err && grep -q "cache-1 Started" err'
	told INT
	over 130
	says "coracle: interrupted: 2 of 3 containers are started; 'coracle up -d' goes on, 'coracle down' removes what is there"
	state_is slow-db-1 running
	state_is slow-app-1 created
	begin "$BATS_FILE_TMPDIR/docker" compose up -d --wait db
	eventually 20 grep -q 'db-1 Running' err
	told TERM
	over 130
	says "interrupted: the container is started; 'docker compose up -d' goes on, 'docker compose down' removes what is there"
	begin "$BATS_FILE_TMPDIR/docker-compose" --progress json up -d
	eventually 20 grep -q 'db-1.*Running' err
	told TERM
	over 130
	jq -se "last | .error and (.message | contains(\"'docker-compose up -d' goes on\"))" err
}

# The first one does not heed the signal that asks it to end.
stubborn()
{
	project "$1" <<-YAML
	services:
	  a: {image: busybox, command: [sh, -c, "trap '' TERM; touch /ready; while :; do sleep 1000; done"],
	      network_mode: none, stop_grace_period: 1000s, healthcheck: {test: test -e /ready, interval: 1s}}
	  b: {image: busybox, command: sleep 1000, network_mode: none, stop_signal: KILL, depends_on: [a]}
	YAML
	expect 0 coracle up -d --wait
}

@test "stop, restart and down while a container does not end" {
	stubborn deaf
	begin "$CORACLE" stop
	eventually 20 grep -q 'a-1 Stopping' err
	told INT
	over 130
	says "coracle: interrupted: 1 of 2 containers is stopped, and what has begun goes on by itself; 'coracle stop' goes on, 'coracle start' starts them again"
	state_is deaf-a-1 running
	begin "$BATS_FILE_TMPDIR/docker" compose down
	eventually 20 grep -q 'a-1 Stopping' err
	told TERM
	over 130
	says "the container is not stopped, and what has begun goes on by itself; 'docker compose down' goes on, 'docker compose up -d' starts them again"
	begin "$CORACLE" restart
	eventually 20 grep -q 'a-1 Restarting' err
	told INT
	over 130
	says "none of 2 containers is restarted, and what has begun goes on by itself; 'coracle restart' begins again"
	expect 0 coracle kill
}

@test "who waits for another command of the project" {
	stubborn busy
	begin "$CORACLE" down
	eventually 20 grep -q 'a-1 Stopping' err
	inside sh -c 'echo $$ >pid.2; exec "$0" up -d 2>err.2' "$CORACLE" &
	eventually 20 grep -q 'Waiting for another command' err.2
	inside kill -INT "$(cat pid.2)"
	code=0
	wait $! || code=$?
	[ "$code" = 130 ] || fail "$code"
	grep -qF "interrupted: another command changes the project 'busy', and nothing was done; 'coracle up -d' goes on" err.2 ||
		fail "$(cat err.2)"
	told INT
	over 130
	expect 0 coracle kill
}

@test "a hook has the signal too, and the second one ends at once what does not heed it" {
	project hooked <<-YAML
	services:
	  a: {image: busybox, command: sleep 1000, network_mode: none, stop_signal: KILL,
	      post_start: [{command: sh -c "touch /began && sleep 1000"}]}
	  b: {image: busybox, command: sleep 1000, network_mode: none, stop_signal: KILL, depends_on: [a]}
	YAML
	begin "$CORACLE" up -d
	eventually 20 coracle exec -T a test -e /began
	told INT
	over 130
	says "interrupted: 1 of 2 containers is started; 'coracle up -d' goes on"
	state_is hooked-b-1 created
	expect 0 coracle down
	sed -i "s/touch/trap '' INT TERM; touch/" compose.yaml
	begin "$CORACLE" up -d
	eventually 20 coracle exec -T a test -e /began
	told INT
	told TERM
	over 130
	state_is hooked-b-1 created
}

@test "pull and push: what has come stays" {
	images layout parts=p1:300000,p2:3000000 whole=w1:200000
	big=$(blob_of layout parts layer 2)
	scripted --layout layout lib "GET blobs/sha256:$big stall 1000000 x1"
	project parts <<-YAML
	services:
	  a: {image: "$registry/lib:parts", network_mode: none}
	  b: {image: "$registry/lib:whole", network_mode: none}
	YAML
	begin "$CORACLE" --progress json pull
	eventually 20 grep -q 'lib:whole".*"Pulled"' err
	# 1,000,000 of 3,000,000 bytes: what is said may be a hundredth less.
	eventually 20 grep -q "\"id\":\"${big:0:12}\".*\"percent\":3" err
	told INT
	over 130
	grep -q '"id":"Image .*parts","status":"Warning","text":"Interrupted"' err || fail "$(cat err)"
	tail -n 1 err | jq -r .message >said
	grep -qE "interrupted: 1 of 2 images is pulled, 1(\.[0-9]+)?MB of 3\.[0-9]+MB of the rest is here and stays; 'coracle pull' goes on from there" said ||
		fail "$(cat said)"
	expect 0 coracle pull
	has_error "Downloading 3"
	[[ "$stderr" =~ goes\ on\ from\ 1[.0-9]*MB ]] || fail "$stderr"
	coracle rmi "$registry/lib:parts" "$registry/lib:whole" >/dev/null
	cd ..
	scripted_stop
}

@test "load says that nothing was loaded" {
	mkdir load && cd load
	mkfifo slow
	begin sh -c 'exec "$0" load <slow' "$CORACLE"
	exec 7>slow
	inside sh -c 'until [ "$(readlink /proc/$1/exe)" = "$2" ]; do sleep 0.02; done' sh "$(cat pid)" "$CORACLE"
	# By the time that it reads, it says it.
	printf x >&7
	eventually 20 inside sh -c 'grep -q pipe_read /proc/$1/wchan || grep -q -e ^0 /proc/$1/syscall' sh "$(cat pid)"
	told TERM
	over 130
	says "coracle: interrupted: no image was loaded; 'coracle image load' begins again"
	exec 7>&-
}

@test "containers that are named: stop and restart go on by themselves, and may be waited for again" {
	local name
	mkdir named && cd named
	for name in a b; do
		expect 0 coracle container run -d --name "$name" --network none --stop-timeout 1000 busybox \
			sh -c "trap '' TERM; while :; do sleep 1000; done"
		eventually 10 coracle container exec "$name" grep -q '^SigIgn:.*[4-7c-f]...$' /proc/1/status
	done
	expect 0 coracle container run -d --name c --network none --stop-signal KILL busybox sleep 1000
	begin "$CORACLE" container stop a b c
	eventually 20 state_is c exited
	told INT
	over 130
	says "coracle: interrupted: 1 of 3 containers is stopped, and what has begun goes on by itself; 'coracle container stop' waits for it, 'coracle container start' starts them again"
	begin "$BATS_FILE_TMPDIR/docker" restart a
	inside sh -c 'until grep -q -e ^7 -e ^271 /proc/$1/syscall; do sleep 0.02; done' sh "$(cat pid)"
	told TERM
	over 130
	says "interrupted: the container is not restarted, and what has begun goes on by itself; 'docker container restart' begins again"
	! grep -q daemon err || fail "$(cat err)"
	expect 0 coracle container rm -f a b c
}

@test "a service of a stack whose task does not end" {
	mkdir swarm && cd swarm
	cat >stack.yaml <<-YAML
	services:
	  a: {image: busybox, command: [sh, -c, "trap '' TERM; touch /ready; while :; do sleep 1000; done"],
	      stop_grace_period: 1000s, healthcheck: {test: test -e /ready, interval: 100ms}}
	YAML
	expect 0 coracle stack deploy -d=false -c stack.yaml deep
	eventually 20 health_is deep_a_1 healthy
	begin "$CORACLE" service update --env-add A=b deep_a
	eventually 20 grep -q 'overall progress' out
	told INT
	over 130
	says "coracle: service update paused: interrupted: the container is not stopped, and what has begun goes on by itself; 'coracle service update' goes on, 'coracle service rollback' takes it back"
	# What still stops is waited for, and that can be interrupted as well.
	begin "$CORACLE" service update --env-add A=c deep_a
	eventually 20 grep -q 'overall progress' out
	told INT
	over 130
	says "'coracle service update' goes on"
	begin "$CORACLE" stack rm deep
	eventually 20 grep -q 'Removing service deep_a' out
	told INT
	over 130
	says "the container is not stopped, and what has begun goes on by itself; 'coracle stack rm' goes on"
	expect 0 coracle container kill deep_a_1
	expect 0 coracle stack rm deep
}

@test "an archive that is not complete, an image that was not made, and what was only asked" {
	local words
	mkdir archives && cd archives
	mkfifo pipe
	begin sh -c 'exec "$0" image save busybox >pipe' "$CORACLE"
	exec 7<pipe
	eventually 20 inside sh -c 'grep -q pipe_write /proc/$1/wchan || grep -q -e ^1 /proc/$1/syscall' sh "$(cat pid)"
	told INT
	over 130
	says "coracle: interrupted: the archive is not complete; 'coracle image save' begins again"
	exec 7<&-
	for words in "image import -" "container prune"; do
		begin sh -c 'exec "$0" '"$words"' <pipe' "$CORACLE"
		exec 7>pipe
		inside sh -c 'until [ "$(readlink /proc/$1/exe)" = "$2" ]; do sleep 0.02; done' sh "$(cat pid)" "$CORACLE"
		eventually 20 inside sh -c 'grep -q pipe_read /proc/$1/wchan || grep -q -e ^0 /proc/$1/syscall' sh "$(cat pid)"
		told TERM
		over 130
		exec 7>&-
		case $words in
		image*) says "interrupted: no image was made; 'coracle image import' begins again" ;;
		*) ! grep interrupted err || fail "$(cat err)" ;;
		esac
	done
}
