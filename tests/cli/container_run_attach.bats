#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# container run: terminals, streams, signals, leaving; and what a container is told for its life.

load helper

@test "-it has a terminal, whose size is ours, and its exit code" {
	TERMINAL_SIZE="30 90" expect 5 on_terminal 'expect:#' 'send:stty size^M' 'expect:30 90' \
		'send:exit 5^M' -- "$CORACLE" container run -it --rm busybox sh
	has '30 90'
	expect 1 coracle container run -it --rm busybox true </dev/null
	has_error 'stdin is not a terminal'
	expect 0 coracle container run -t --rm busybox sh -c 'test -t 1 && echo yes'
	matches yes
}

@test "keys leave it running: ctrl-p ctrl-q, or others" {
	expect 0 on_terminal 'expect:#' 'send:^P^Q' -- "$CORACLE" container run -it --name one busybox sh
	state_is one running
	expect 0 on_terminal 'expect:#' 'send:^X' -- "$CORACLE" container run -it --detach-keys ctrl-x \
		--name two busybox sh
	state_is two running
	expect 1 coracle container run --detach-keys odd-keys --rm busybox true
	coracle container rm -f one two
}

@test "-a names the streams that are ours" {
	expect 0 coracle container run --rm -a stdout busybox sh -c 'echo out; echo err >&2'
	is out
	[ "$stderr" = '' ]
	expect 0 coracle container run --rm -a STDERR busybox sh -c 'echo out; echo err >&2'
	is ''
	[ "$stderr" = err ]
	expect 0 coracle container run --rm -i -a stdin -a stdout busybox cat <<<'through'
	is through
	expect 125 coracle container run --rm -a odd busybox true
	has_error 'valid streams are STDIN, STDOUT and STDERR'
	expect 1 coracle container run -d -a stdout busybox true
	has_error 'conflicting options: cannot specify both --attach and --detach'
}

logged_ready()
{
	coracle container logs "$1" | grep -q ready
}

# Runs in the background until it says ready; sets $client.
run_until_ready()
{
	inside "$CORACLE" container run "$@" busybox \
		sh -c 'trap "echo caught; exit 9" TERM; echo ready; while :; do sleep 0.1; done' >out 2>err 3>&- &
	client=$!
	eventually 10 grep -q ready out
	client_pid=$(pgrep -f "^$CORACLE container run $1 $2 ")
}

@test "signals are passed on, and with --sig-proxy=false end only us" {
	run_until_ready --name one
	kill -TERM "$client_pid"
	code=0
	wait "$client" || code=$?
	[ "$code" = 9 ]
	grep -q caught out
	run_until_ready --name two --sig-proxy=false
	kill -TERM "$client_pid"
	code=0
	wait "$client" || code=$?
	[ "$code" != 0 ]
	state_is two running
	coracle container rm -f one two
}

@test "signals are the container's on a terminal, too" {
	on_terminal 'expect:ready' 'expect:caught' -- "$CORACLE" container run -it --name t busybox \
		sh -c 'trap "echo caught; exit 9" TERM; echo ready; while :; do sleep 0.1; done' >out &
	client=$!
	eventually 10 state_is t running
	eventually 10 logged_ready t
	kill -TERM "$(pgrep -f "^$CORACLE container run -it --name t ")"
	code=0
	wait "$client" || code=$?
	[ "$code" = 9 ]
	coracle container rm t
}

@test "--cidfile gets the id, and one that is there is not overwritten" {
	expect 0 coracle container run -d --name c --cidfile id busybox sleep 100
	[ "$(cat id)" = "$output" ]
	expect 125 coracle container run --rm --cidfile id busybox true
	has_error "container ID file found, make sure the other container isn't running or delete id"
	expect 125 coracle container run --name c --cidfile other busybox true
	[ ! -e other ]
	coracle container rm -f c
}

@test "--cidfile that cannot be written is no file, and there is no container" {
	inside mkdir "$WORLD_DIR/small"
	inside mount -t tmpfs -o size=4k tmpfs "$WORLD_DIR/small"
	inside sh -c "cat /dev/zero >$WORLD_DIR/small/zeros" || true
	expect 125 coracle container run --name c --cidfile "$WORLD_DIR/small/id" busybox true
	has_error 'no space left on device'
	inside test ! -e "$WORLD_DIR/small/id"
	expect 1 coracle container inspect c
	eventually 10 inside umount "$WORLD_DIR/small"
	inside rmdir "$WORLD_DIR/small"
}

@test "restart policies, stop signal and timeout" {
	coracle container run -d --name r --restart on-failure:2 --stop-signal QUIT --stop-timeout 7 \
		-l own=label --annotation a=1 busybox false
	eventually 20 state_is r exited
	expect 0 coracle container inspect -f \
		'{{.RestartCount}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.Config.StopSignal}} {{.Config.StopTimeout}} {{.Config.Labels.own}}' r
	is '2 on-failure 2 QUIT 7 label'
	coracle container rm r
	expect 125 coracle container run --rm --restart always busybox true
	has_error 'conflicting options: cannot specify both --restart and --rm'
	expect 125 coracle container run --restart odd busybox true
	has_error "unknown policy 'odd'"
}

@test "health checks of the command line, and none" {
	coracle container run -d --name h --health-cmd 'test -e /well' --health-interval 100ms \
		--health-timeout 5s --health-retries 1 --health-start-period 1ms busybox sleep 100
	eventually 10 health_is h unhealthy
	coracle container exec h touch /well
	eventually 10 health_is h healthy
	coracle container rm -f h
	coracle container create --name n --no-healthcheck busybox
	expect 0 coracle container inspect -f '{{json .Config.Healthcheck.Test}}' n
	is '["NONE"]'
	coracle container rm n
	expect 125 coracle container run --no-healthcheck --health-cmd x busybox true
	has_error '--no-healthcheck conflicts with --health-* options'
	expect 125 coracle container run --health-interval -1s busybox true
	has_error '--health-interval cannot be negative'
}

@test "log drivers and their options" {
	coracle container run --name l --log-driver local --log-opt max-size=1m --log-opt max-file=2 busybox echo logged
	expect 0 coracle container logs l
	is logged
	expect 0 coracle container inspect -f '{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}}' l
	is 'local 1m'
	coracle container rm l
	expect 0 coracle container run --rm --log-driver none busybox echo unlogged
	is unlogged
}

@test "create makes one that start runs" {
	expect 1 coracle container create -a odd busybox true
	has_error 'valid streams are STDIN, STDOUT and STDERR'
	expect 0 coracle container create -i --name c busybox sh -c 'echo made; exit 3'
	matches '^[0-9a-f]{64}$'
	state_is c created
	expect 3 coracle container start -a c
	is made
	coracle container rm c
}

@test "--entrypoint takes the place of the image's, and an empty one takes it away" {
	expect 0 coracle container run --rm --entrypoint echo busybox instead
	is instead
	expect 0 coracle container run --rm --entrypoint '' busybox echo none
	is none
	expect 125 coracle container run --rm --entrypoint '' busybox
	has_error 'no command'
}
