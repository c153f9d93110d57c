#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What people script against: up, down, start, stop, restart, pause, rm of several services
# (scenarios.list says which test shows which of Docker Compose's own scenarios).

load helper

# services NAME...: each sleeps.
services()
{
	local name
	echo "services:"
	for name; do
		printf '  %s: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}\n' "$name"
	done
}

id_of()
{
	inspect_of "$1" '{{.Id}}'
}

@test "three services: the front answers on its published port, labels are on all" {
	project app <<-'YAML'
	services:
	  words: {image: busybox, command: httpd -f -p 8080 -h /etc, stop_signal: SIGKILL}
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  web:
	    image: busybox
	    command: httpd -f -h /etc
	    stop_signal: SIGKILL
	    ports: ["8090:80"]
	    labels: {my-label: test}
	YAML
	expect 0 coracle up -d
	eventually 5 inside wget -q -O /dev/null http://127.0.0.1:8090/passwd
	expect 0 coracle inspect app-web-1 --format '{{json .Config.Labels}}'
	for label in container-number config-hash oneoff project service version; do
		jq -e "has(\"com.docker.compose.$label\")" <<<"$output" >/dev/null || fail "no $label" "$output"
	done
	[ "$(jq -r '."my-label"' <<<"$output")" = test ]
	expect 0 coracle network inspect app_default --format '{{json .Labels}}'
	[ "$(jq -r '."com.docker.compose.project"+" "+."com.docker.compose.network"' <<<"$output")" = 'app default' ]
	eventually 5 coracle exec -T web wget -q -O - http://words:8080/hostname
}

@test "the compose file of the parent, with a project directory below; down by the name from elsewhere" {
	project parent < <(services simple)
	mkdir sub
	expect 0 coracle --project-directory sub up -d
	state_is sub-simple-1 running
	cd /
	expect 0 coracle -p sub down
	has_error 'sub-simple-1'
	gone sub-simple-1
}

@test "rm -sf takes the service that is named, up brings it back, rm -sf takes all" {
	project rm < <(services simple other)
	expect 0 coracle up -d
	expect 0 coracle rm -sf simple
	run names
	is rm-other-1
	expect 0 coracle up -d
	run names
	is $'rm-other-1\nrm-simple-1'
	expect 0 coracle rm -sf
	run names
	is ''
}

@test "up --attach-dependencies of one service ends when that one does" {
	project attach <<-'YAML'
	services:
	  foo:
	    image: busybox
	    command: echo foo
	    depends_on: [bar]
	  bar: {image: busybox, command: "sh -c 'echo bar; exec sleep 3600'", stop_signal: SIGKILL}
	YAML
	expect 0 coracle up --attach-dependencies foo
	has 'foo-1'
	has 'exited with code 0'
	[[ "$output" == *'bar-1 '*bar* ]]
}

@test "down of one service with --remove-orphans leaves the project's other services" {
	project orphaned < <(services words db web)
	expect 0 coracle up -d
	expect 0 coracle down --remove-orphans web
	run names
	is $'orphaned-db-1\norphaned-words-1'
	state_is orphaned-db-1 running
}

@test "stopped projects are in ls --all only, and start lets the same containers go on" {
	project startstop < <(services simple other)
	expect 0 coracle up -d
	expect 0 coracle ls
	matches 'startstop +running\(2\)'
	before=$(id_of startstop-simple-1)
	expect 0 coracle stop
	state_is startstop-simple-1 exited
	expect 0 coracle ls
	lacks startstop
	expect 0 coracle ls --all
	matches 'startstop +exited\(2\)'
	expect 0 coracle start
	expect 0 coracle ls
	matches 'startstop +running\(2\)'
	[ "$(id_of startstop-simple-1)" = "$before" ]
}

chain()
{
	project "$1" <<-'YAML'
	services:
	  foo: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [bar]}
	  bar: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
}

@test "stop of a service leaves what it depends on, start of it starts that too" {
	chain dependencies
	expect 0 coracle up -d
	expect 0 coracle stop foo
	state_is dependencies-foo-1 exited
	state_is dependencies-bar-1 running
	expect 0 coracle start foo
	state_is dependencies-foo-1 running
	expect 0 coracle stop
	state_is dependencies-bar-1 exited
	expect 0 coracle start foo
	has_error 'dependencies-bar-1'
	state_is dependencies-bar-1 running
	state_is dependencies-foo-1 running
}

@test "stop, start and restart leave one-off containers alone, down --remove-orphans takes them" {
	chain oneoffs
	expect 0 coracle up -d
	expect 0 coracle run -d bar sleep 3600
	one_off=$output
	expect 0 coracle stop
	state_is "$one_off" running
	expect 0 coracle start
	expect 0 coracle restart -t 0
	[[ "$stderr" != *run* ]] || fail "$stderr"
	state_is "$one_off" running
	expect 0 coracle down -t 0 --remove-orphans
	gone "$one_off"
}

@test "start of what runs says nothing on standard output" {
	project running < <(services simple)
	expect 0 coracle up -d
	before=$(id_of running-simple-1)
	expect 0 coracle start simple
	is ''
	[ "$(id_of running-simple-1)" = "$before" ]
}

@test "several services are stopped and started in one go, and all are said" {
	project several < <(services simple another)
	expect 0 coracle up -d
	expect 0 coracle --progress plain stop simple another
	has_error 'several-simple-1 Stopped'
	has_error 'several-another-1 Stopped'
	expect 0 coracle --progress plain start simple another
	has_error 'several-simple-1 Started'
	has_error 'several-another-1 Started'
}

@test "create and start of one service bring what it needs, and nothing else" {
	project single <<-'YAML'
	services:
	  desired: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [dep_1]}
	  dep_1: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [dep_2]}
	  dep_2: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  another: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle create desired
	expect 0 coracle start desired
	run names
	is $'single-dep_1-1\nsingle-dep_2-1\nsingle-desired-1'
	state_is single-dep_2-1 running
	state_is single-desired-1 running
}

@test "restart starts what has ended by itself" {
	project ended <<-'YAML'
	services:
	  restart:
	    image: busybox
	    command: sh -c 'if [ -e /tmp/lock ]; then exec sleep 3600; fi; touch /tmp/lock'
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	eventually 5 state_is ended-restart-1 exited
	before=$(id_of ended-restart-1)
	expect 0 coracle restart
	state_is ended-restart-1 running
	[ "$(id_of ended-restart-1)" = "$before" ]
}

@test "dependents with restart: true are restarted with it when it is healthy, others are not" {
	project related <<-'YAML'
	services:
	  nginx:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    labels: {TEST: "${LABEL:-one}"}
	    healthcheck: {test: "true", interval: 1s, start_interval: 50ms, start_period: 5s}
	  with-restart:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    depends_on: {nginx: {condition: service_healthy, restart: true}}
	  no-restart:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    depends_on: {nginx: {condition: service_healthy}}
	YAML
	expect 0 coracle up -d
	with=$(inspect_of related-with-restart-1 '{{.State.StartedAt}}')
	without=$(inspect_of related-no-restart-1 '{{.State.StartedAt}}')
	expect 0 coracle --progress plain restart nginx
	has_error 'related-with-restart-1 Started'
	[[ "$stderr" != *no-restart* ]] || fail "$stderr"
	[ "$(inspect_of related-with-restart-1 '{{.State.StartedAt}}')" != "$with" ]
	[ "$(inspect_of related-no-restart-1 '{{.State.StartedAt}}')" = "$without" ]
	nginx=$(id_of related-nginx-1) id=$(id_of related-with-restart-1)
	export LABEL=two
	expect 0 coracle up -d
	unset LABEL
	[ "$(id_of related-nginx-1)" != "$nginx" ]
	[ "$(id_of related-with-restart-1)" = "$id" ]
	[ "$(inspect_of related-no-restart-1 '{{.State.StartedAt}}')" = "$without" ]
}

@test "pause and unpause are of one service, and keep the container" {
	project pausing < <(services a b)
	expect 0 coracle up -d
	before=$(id_of pausing-a-1)
	expect 0 coracle pause a
	state_is pausing-a-1 paused
	state_is pausing-b-1 running
	expect 0 coracle unpause a
	state_is pausing-a-1 running
	[ "$(id_of pausing-a-1)" = "$before" ]
}

@test "pause of a service that has no container is no failure" {
	project nothing < <(services a)
	expect 0 coracle pause a
}

@test "pause of a paused one is a failure that says so" {
	project again < <(services a)
	expect 0 coracle up -d
	expect 0 coracle pause a
	expect 1 coracle pause a
	has_error 'already paused'
	expect 0 coracle unpause
}

@test "pause of an unknown service names it" {
	project unknown < <(services a)
	expect 1 coracle pause does_not_exist
	has_error 'no such service: does_not_exist'
}

@test "up --force-recreate --no-deps makes the service anew, not what it depends on" {
	project nodeps <<-'YAML'
	services:
	  my-service:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    depends_on: {dep: {condition: service_healthy}}
	  dep:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "true", interval: 1s, start_interval: 50ms, start_period: 5s}
	YAML
	expect 0 coracle up -d
	dep=$(id_of nodeps-dep-1) service=$(id_of nodeps-my-service-1)
	expect 0 coracle up -d --force-recreate --no-deps my-service
	[ "$(id_of nodeps-dep-1)" = "$dep" ]
	[ "$(id_of nodeps-my-service-1)" != "$service" ]
}

@test "images lists a container whose image has lost its name" {
	printf 'FROM busybox\nLABEL of=mine\n' >Dockerfile
	expect 0 coracle image build -q -t mine:1 .
	project removed <<<'services: {a: {image: "mine:1", command: sleep 3600, stop_signal: SIGKILL, pull_policy: never}}'
	expect 0 coracle up -d
	expect 0 coracle image rm -f mine:1
	expect 0 coracle images
	has removed-a-1
	expect 0 coracle down -t 0
}
