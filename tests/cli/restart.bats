#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Restart policies: on a crash, on a clean exit, on a stop by the user.

load helper

policies()
{
	project policies <<-'YAML'
	x-service: &service
	  image: busybox
	  command: ["sh", "-c", "echo started; while [ ! -e /exit ]; do sleep 0.02; done; code=$$(cat /exit); rm /exit; exit $$code"]
	  stop_signal: SIGKILL
	services:
	  never: {<<: *service, restart: "no"}
	  always: {<<: *service, restart: always}
	  unless: {<<: *service, restart: unless-stopped}
	  failure: {<<: *service, restart: on-failure}
	YAML
	expect 0 coracle up -d
}

leave()
{
	coracle exec -T "$1" sh -c "echo $2 >/exit.new; mv /exit.new /exit"
}

restarted()
{
	[ "$(inspect_of "policies-$1-1" '{{.RestartCount}} {{.State.Status}}')" = "$2 running" ]
}

@test "after a crash: always, unless-stopped and on-failure start again, no does not" {
	policies
	for service in never always unless failure; do
		leave "$service" 3
	done
	for service in always unless failure; do
		eventually 5 restarted "$service" 1
	done
	eventually 5 state_is policies-never-1 exited
	[ "$(inspect_of policies-never-1 '{{.State.ExitCode}}')" = 3 ]
	eventually 5 logged 2 started always
}

@test "after a clean exit: always and unless-stopped start again, on-failure does not" {
	policies
	for service in never always unless failure; do
		leave "$service" 0
	done
	for service in always unless; do
		eventually 5 restarted "$service" 1
	done
	eventually 5 state_is policies-failure-1 exited
	eventually 5 state_is policies-never-1 exited
}

@test "after a kill -9 from outside they start again" {
	policies
	for service in always unless failure; do
		inside kill -9 "$(pid_of "policies-$service-1")"
	done
	for service in always unless failure; do
		eventually 5 restarted "$service" 1
	done
}

@test "a stop by the user holds for all of them" {
	policies
	expect 0 coracle stop
	sleep 0.7
	for service in never always unless failure; do
		state_is "policies-$service-1" exited
	done
	expect 0 coracle start
	for service in never always unless failure; do
		state_is "policies-$service-1" running
	done
}

@test "on-failure:2 gives up after two" {
	project giveup <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "exit 8"]
	    restart: on-failure:2
	YAML
	expect 0 coracle up -d
	eventually 10 state_is giveup-a-1 exited
	[ "$(inspect_of giveup-a-1 '{{.RestartCount}} {{.State.ExitCode}}')" = '2 8' ]
}

@test "a container that keeps failing waits longer each time and can be stopped meanwhile" {
	project backoff <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: "false"
	    restart: always
	YAML
	expect 0 coracle up -d
	begun() { coracle system events --since 1h --until 0s --filter container=backoff-a-1 --filter event=start --format json; }
	begun_often() { [ "$(begun | wc -l)" -ge 5 ]; }
	eventually 20 begun_often
	# 100, 200, 400, 800 ms at least, and what the runs took.
	[ "$(begun | jq -s '[.[].timeNano] | [.[1:5], .[0:4]] | transpose | map((.[0] - .[1]) / 1000000) |
		.[0] >= 100 and .[1] >= 200 and .[2] >= 400 and .[3] >= 800')" = true ] || fail "$(begun)"
	eventually 10 state_is backoff-a-1 restarting
	expect 0 coracle stop -t 0
	state_is backoff-a-1 exited
	sleep 1
	state_is backoff-a-1 exited
}

@test "stop, kill and container kill end a crash loop, in it and between two runs" {
	project loop <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "sleep $SECONDS_UP; exit 1"]
	    restart: always
	YAML
	# Long runs, or hardly any beside the growing delays.
	for state in running restarting; do
		if [ "$state" = running ]; then export SECONDS_UP=0.5; else export SECONDS_UP=0; fi
		for how in "stop -t 0" kill "kill -s TERM" "container kill loop-a-1" "container stop -t 0 loop-a-1"; do
			expect 0 coracle up -d
			eventually 5 state_is loop-a-1 "$state"
			# shellcheck disable=SC2086 # several words
			expect 0 coracle $how
			eventually 5 state_is loop-a-1 exited
			# Only one that nobody guards, and so nobody starts again, can be removed.
			expect 0 coracle container rm loop-a-1
		done
	done
}

@test "a restarted container keeps its address and its files" {
	policies
	address=$(inspect_of policies-always-1 '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}')
	coracle exec -T always touch /kept
	leave always 1
	eventually 5 restarted always 1
	[ "$(inspect_of policies-always-1 '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}')" = "$address" ]
	expect 0 coracle exec -T always ls /kept
}

@test "a policy that does not exist is damage with a name, not a crash" {
	local description condition
	project policy <<-'YAML'
	services:
	  a: {image: busybox, command: "true", restart: "no", deploy: {restart_policy: {condition: on-failure}}}
	YAML
	expect 0 coracle up -d
	eventually 5 state_is policy-a-1 exited
	description=$(inside sh -c 'echo "$1"/containers/*/container.json' sh "$CORACLE_ROOT")
	[ "$(inside jq -r .config.restart.condition "$description")" = on-failure ]
	for condition in 3 '"on-failure"'; do
		inside sh -c "jq '.config.restart.condition = $condition' '$description' >/tmp/new && cat /tmp/new >'$description'"
		[ "$(inspect_of policy-a-1 '{{.HostConfig.RestartPolicy.Name}}')" = on-failure ]
	done
	for condition in 77 -1 '"sometimes"'; do
		inside sh -c "jq '.config.restart.condition = $condition' '$description' >/tmp/new && cat /tmp/new >'$description'"
		expect 0 coracle ps -a
		has policy-a-1
		has_error "is damaged"
		has_error "'condition' has the unknown value"
	done
	expect 0 coracle down
}

@test "what a killed stop has left to end has ended before up or start say that it runs" {
	local again
	for again in "up -d" start; do
		project halfway <<-YAML
		services:
		  a:
		    image: busybox
		    command: [sh, -c, "trap 'sleep 3; exit 0' TERM; echo ready; while :; do sleep 0.1; done"]
		YAML
		expect 0 coracle up -d
		eventually 5 eval 'coracle logs a | grep -q ready'
		inside "$CORACLE" stop &
		eventually 5 eval '[ "$(inside jq .is_stopping "$CORACLE_RUN/containers/$(inspect_of halfway-a-1 "{{.Id}}")/state.json")" = true ]'
		inside pkill -KILL -fx "$CORACLE stop"
		wait $! || true
		# shellcheck disable=SC2086 # words
		expect 0 coracle $again
		has_error 'halfway-a-1 Stopped'
		[ "$(inspect_of halfway-a-1 '{{.State.Status}}')" = running ]
		expect 0 coracle down -t 0
	done
}
