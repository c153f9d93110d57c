#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# up: what ends it, its exit codes, profiles, names, scaling (scenarios.list).

load helper

id_of()
{
	inspect_of "$1" '{{.Id}}'
}

@test "--abort-on-container-exit: the first end ends all, with its code and line" {
	project stop <<-'YAML'
	services:
	  running: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  exit: {image: busybox, command: "true"}
	YAML
	expect 0 coracle up --abort-on-container-exit
	has 'exit-1 exited with code 0'
	state_is stop-running-1 exited
}

@test "--abort-on-container-failure goes on after a success and ends with the first failure" {
	project fail <<-'YAML'
	services:
	  running: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  exit: {image: busybox, command: "true"}
	  fail: {image: busybox, command: sh -c "sleep 0.5; exit 111"}
	YAML
	expect 111 coracle up --abort-on-container-failure
	has 'exit-1 exited with code 0'
	has 'fail-1 exited with code 111'
	state_is fail-running-1 exited
}

@test "when all are stopped, what a hook writes and the last lines still come" {
	project mixed <<-'YAML'
	services:
	  one:
	    image: busybox
	    command: sh -c "echo one is here; sleep 0.3"
	  two:
	    image: busybox
	    command: sh -c "trap 'echo two goes now; exit 0' TERM; echo two is here; while :; do sleep 0.1; done"
	    pre_stop: [{command: echo the hook of two}]
	YAML
	expect 0 coracle up --abort-on-container-exit
	has 'one is here'
	has 'the hook of two'
	has 'two goes now'
}

@test "what services write to their two outputs comes out of ours, apart" {
	project streams <<-'YAML'
	services:
	  log:
	    image: busybox
	    command: sh -c "echo this is stdout; echo this is stderr >&2"
	YAML
	expect 0 coracle up
	has 'log-1  | this is stdout'
	lacks 'this is stderr'
	has_error 'log-1  | this is stderr'
	[[ "$stderr" != *'this is stdout'* ]]
}

@test "a gated service that is named brings what it depends on, not others of its profile" {
	project gated <<-'YAML'
	services:
	  foo: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, profiles: [test], depends_on: [db]}
	  bar: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, profiles: [test]}
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d foo
	run names
	is $'gated-db-1\ngated-foo-1'
}

@test "--all-resources makes networks and volumes that nobody uses, too" {
	project resources <<-'YAML'
	services: {a: {image: busybox, command: "true"}}
	networks: {my_net: }
	volumes: {my_vol: }
	YAML
	expect 0 coracle up -d
	expect 1 coracle volume inspect resources_my_vol
	expect 1 coracle network inspect resources_my_net
	expect 0 coracle --all-resources up -d
	expect 0 coracle volume inspect resources_my_vol
	expect 0 coracle network inspect resources_my_net
	expect 0 coracle --all-resources down -v
	expect 1 coracle network inspect resources_my_net
}

@test "a container name that another one has is an error; each alone works" {
	project same <<-'YAML'
	services:
	  one: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: mine}
	  two: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: mine}
	YAML
	expect 1 coracle up -d
	has_error 'container name "mine" is already in use'
	expect 0 coracle down -t 0
	expect 0 coracle up -d one
	expect 0 coracle down -t 0
	expect 0 coracle up -d two
}

@test "start_interval needs start_period, and makes healthy long before the interval" {
	NO_DOWN=1 project bad <<<'services: {a: {image: busybox, healthcheck: {test: "true", interval: 30s, start_interval: 1s}}}'
	expect 1 coracle up -d
	has_error 'start_interval'
	has_error 'start_period'
	project good <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "true", interval: 30s, start_period: 30s, start_interval: 100ms}
	YAML
	expect 0 coracle up -d --wait --wait-timeout 10
	health_is good-a-1 healthy
}

@test "COMPOSE_REMOVE_ORPHANS of .env makes up remove a one-off that was left" {
	project orphans <<<'services: {a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}}'
	expect 0 coracle run -d a sleep 3600
	one_off=$output
	expect 0 coracle up -d
	state_is "$one_off" running
	echo COMPOSE_REMOVE_ORPHANS=true >.env
	expect 0 coracle up -d
	gone "$one_off"
	state_is orphans-a-1 running
}

scaled()
{
	project "$1" <<-'YAML'
	services:
	  front: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [back]}
	  back: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [db]}
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
}

@test "scale --no-deps leaves the number of what it depends on, scale takes it from the file" {
	scaled scaling
	expect 0 coracle up -d --scale db=2
	expect 0 coracle scale --no-deps back=2
	run names
	is $'scaling-back-1\nscaling-back-2\nscaling-db-1\nscaling-db-2\nscaling-front-1'
	expect 0 coracle scale back=2
	run names
	is $'scaling-back-1\nscaling-back-2\nscaling-db-1\nscaling-front-1'
}

@test "scaling with --no-recreate keeps outdated ones; scaled down, the outdated go first" {
	build() { printf 'FROM busybox\nLABEL v=%s\n' "$1" >Dockerfile && coracle image build -q -t scaled:1 .; }
	build 1
	project outdated <<<'services: {test: {image: "scaled:1", command: sleep 3600, stop_signal: SIGKILL, pull_policy: never}}'
	expect 0 coracle up -d --scale test=2
	build 2
	expect 0 coracle up -d --scale test=4 --no-recreate
	expect 0 coracle up -d --scale test=2 --no-recreate
	run names
	is $'outdated-test-3\noutdated-test-4'
	expect 0 coracle down -t 0
	expect 0 coracle image rm -f scaled:1
}

@test "one more replica makes none anew" {
	project more <<<'services: {simple: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}}'
	expect 0 coracle up -d
	before=$(id_of more-simple-1)
	expect 0 coracle --progress plain up -d --scale simple=2
	[[ "$stderr" != *Recreat* ]] || fail "$stderr"
	[ "$(id_of more-simple-1)" = "$before" ]
}
