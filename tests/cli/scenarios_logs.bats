#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# logs, wait, hooks and profiles (scenarios.list).

load helper

talking()
{
	project "$1" <<-'YAML'
	services:
	  ping: {image: busybox, command: sh -c "echo ping is here; exec sleep 3600", stop_signal: SIGKILL, init: false}
	  hello: {image: busybox, command: echo hello, scale: 2}
	YAML
}

@test "logs of all, of one service, of several, and of one replica" {
	talking subsets
	expect 0 coracle up -d
	eventually 5 logged 2 hello
	eventually 5 logged 1 'ping is here'
	expect 0 coracle logs
	has 'hello-1'
	has 'hello-2'
	has 'ping-1'
	expect 0 coracle logs ping
	lacks hello
	expect 0 coracle logs hello
	lacks ping
	expect 0 coracle logs ping hello
	has 'hello-1'
	has 'ping-1'
	expect 0 coracle logs --index 2 hello
	has 'hello-2'
	lacks 'hello-1'
	lacks ping
}

@test "logs -f shows services and replicas that come later" {
	talking follow
	expect 0 coracle up -d ping
	coracle logs -f >followed 2>&1 3>&- &
	follower=$!
	eventually 5 grep -q 'ping-1 .*ping is here' followed
	expect 0 coracle up -d --scale hello=1
	eventually 5 grep -q 'hello-1 .*hello' followed
	expect 0 coracle up -d --scale hello=2
	eventually 5 grep -q 'hello-2 .*hello' followed
	expect 0 coracle down -t 0
	wait "$follower" || true
}

@test "another log option makes the service anew, and it runs" {
	project options <<-'YAML'
	services:
	  app:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    logging: {driver: json-file, options: {max-size: "${SIZE:-1m}"}}
	YAML
	expect 0 coracle up -d
	before=$(inspect_of options-app-1 '{{.Id}}')
	export SIZE=2m
	expect 0 coracle up -d
	unset SIZE
	[ "$(inspect_of options-app-1 '{{.Id}}')" != "$before" ]
	state_is options-app-1 running
}

waited()
{
	project "$1" <<-'YAML'
	services:
	  faster: {image: busybox, command: sh -c "sleep 0.3; exit 4"}
	  slower: {image: busybox, command: sh -c "sleep 1; exit 5"}
	  infinity: {image: busybox, command: sleep infinity, stop_signal: SIGKILL}
	YAML
}

@test "wait returns with the service that is named, and not before" {
	waited waiting
	expect 0 coracle up -d
	expect 4 coracle wait faster
	state_is waiting-infinity-1 running
	expect 5 coracle wait slower
	expect 124 inside timeout --foreground 1 "$CORACLE" wait infinity
}

@test "wait --down-project leaves nothing" {
	waited drop
	expect 0 coracle up -d
	expect 4 coracle wait --down-project faster
	run names
	is ''
	expect 1 coracle network inspect drop_default
}

@test "a pre_stop hook that fails makes down fail with its status" {
	project hook <<-'YAML'
	services:
	  sample:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    pre_stop: [{command: not-a-command}]
	YAML
	expect 0 coracle up -d
	expect 1 coracle down -t 0
	has_error 127
	sed -i /pre_stop/d compose.yaml
}

@test "stop of one service runs its hook, and leaves the others" {
	project hooks <<-'YAML'
	services:
	  sample:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["data:/data"]
	    pre_stop: [{command: sh -c "echo In the pre-stop >/data/log.txt"}]
	  test: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, volumes: ["data:/data"]}
	volumes: {data: }
	YAML
	expect 0 coracle up -d
	expect 0 coracle stop sample
	state_is hooks-sample-1 exited
	state_is hooks-test-1 running
	expect 0 coracle exec -T test cat /data/log.txt
	is 'In the pre-stop'
}

profiled()
{
	project "$1" <<-'YAML'
	services:
	  regular: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  gated: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, profiles: [test-profile]}
	YAML
}

@test "with --profile every command acts on the gated service, too" {
	profiled explicit
	expect 0 coracle --profile test-profile up -d
	run names
	is $'explicit-gated-1\nexplicit-regular-1'
	expect 0 coracle --profile test-profile stop -t 0
	state_is explicit-gated-1 exited
	expect 0 coracle --profile test-profile start
	state_is explicit-gated-1 running
	expect 0 coracle --profile test-profile restart -t 0
	state_is explicit-gated-1 running
	expect 0 coracle --profile test-profile down -t 0
	gone explicit-gated-1
	gone explicit-regular-1
}

@test "without a profile the gated service never comes to be" {
	profiled without
	expect 0 coracle up -d
	expect 0 coracle stop -t 0
	expect 0 coracle start
	expect 0 coracle restart -t 0
	run names
	is without-regular-1
	expect 0 coracle down -t 0
}

@test "naming the gated service activates its profile; it goes on being acted upon" {
	profiled naming
	expect 0 coracle up -d gated
	run names
	is naming-gated-1
	expect 0 coracle stop -t 0 gated
	state_is naming-gated-1 exited
	expect 0 coracle start gated
	before=$(inspect_of naming-gated-1 '{{.State.StartedAt}}')
	expect 0 coracle restart -t 0
	[ "$(inspect_of naming-gated-1 '{{.State.StartedAt}}')" != "$before" ]
	expect 0 coracle down -t 0
	gone naming-gated-1
}
