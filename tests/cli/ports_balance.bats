#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A port that replicas share: how new connections are dealt out, and what becomes of them when a replica
# goes, by whatever way.

load helper

file_setup()
{
	load_image python
}

# Four replicas behind port 8080. A file makes one unhealthy; what it has accepted it answers all the same.
four()
{
	project four <<-YAML
	services:
	  app:
	    image: coracle/python
	    command: [python3, -u, /balance.py, serve]
	    volumes: ["$tests_dir/payload/balance.py:/balance.py:ro"]
	    ports: ["8080:80"]
	    scale: 4
	    stop_grace_period: 20s
	    healthcheck:
	      test: "[ -e /tmp/listens ] && [ ! -e /tmp/sick ]"
	      start_period: 60s
	      interval: 1s
	      timeout: 10s
	      retries: 1
	YAML
	expect 0 coracle up -d --wait
}

# asks COUNT [FILE]: from the second machine; result.json says what came of it.
asks()
{
	neighbour timeout 120 python3 "$tests_dir/payload/balance.py" ask 192.0.2.1 8080 "$1" 16 "${@:2}" >result.json 2>asking.log
}

# Asks in the background, and goes on while something happens, until finish_asking.
begin_asking()
{
	rm -f asking asking.end
	asks 500 "$PWD/asking" &
	asking=$!
	eventually 60 test -e asking
}

finish_asking()
{
	touch asking.end
	wait "$asking" || fail "$(cat asking.log)"
}

# Of all requests; the replicas have names of twelve digits.
failed()
{
	jq '[to_entries[] | select(.key | test("^[0-9a-f]{12}$") | not) | .value] | add // 0' result.json
}

host_name()
{
	inspect_of "four-app-$1" '{{.Config.Hostname}}'
}

@test "10,000 connections over four replicas: each gets a quarter" {
	four
	asks 10000
	jq -e 'length == 4 and ([.[] | . >= 2000 and . <= 3000] | all)' result.json || fail "$(cat result.json)"
}

@test "a killed replica takes only the connections along that it had" {
	four
	begin_asking
	coracle container kill four-app-2
	eventually 10 state_is four-app-2 exited
	finish_asking
	[ "$(failed)" -le 16 ] || fail "$(cat result.json)"
	asks 300
	jq -e 'length == 3 and add == 300' result.json || fail "$(cat result.json)"
}

@test "one that turns unhealthy gets no new ones, and loses none" {
	four
	begin_asking
	coracle container exec four-app-3 touch /tmp/sick
	eventually 30 health_is four-app-3 unhealthy
	finish_asking
	[ "$(failed)" = 0 ] || fail "$(cat result.json)"
	asks 300
	jq -e --arg name "$(host_name 3)" 'length == 3 and add == 300 and (has($name) | not)' result.json || fail "$(cat result.json)"
	coracle container exec four-app-3 rm /tmp/sick
	eventually 30 health_is four-app-3 healthy
	asks 300
	jq -e --arg name "$(host_name 3)" 'length == 4 and has($name)' result.json || fail "$(cat result.json)"
}

@test "all of them unhealthy: each gets connections, and who is started then gets none before it is healthy" {
	local i
	four
	for i in 1 2 3 4; do
		coracle container exec "four-app-$i" touch /tmp/sick
	done
	for i in 1 2 3 4; do
		eventually 30 health_is "four-app-$i" unhealthy
	done
	asks 300
	jq -e 'length == 4 and add == 300' result.json || fail "$(cat result.json)"
	coracle container kill four-app-4
	eventually 10 state_is four-app-4 exited
	coracle container start four-app-4
	asks 300
	jq -e --arg name "$(host_name 4)" 'length == 3 and add == 300 and (has($name) | not)' result.json || fail "$(cat result.json)"
}

@test "scaled down and up again, no connection fails" {
	four
	begin_asking
	expect 0 coracle up -d --scale app=2
	expect 0 coracle up -d --scale app=4
	finish_asking
	[ "$(failed)" = 0 ] || fail "$(cat result.json)"
}

# waiting [SCALE [PORT]]: replicas of a web server that says its name, at once when ./go has a file of that name, or
# when it comes. PORT is published as well, and nobody listens there.
waiting()
{
	mkdir -p go
	project waiting <<-YAML
	services:
	  app:
	    image: busybox
	    init: true
	    restart: always
	    command:
	      - sh
	      - -c
	      - mkdir -p /www; hostname >/www/index.html;
	        until [ -e "/go/\$\$(hostname)" ]; do sleep 0.05; done; exec httpd -f -p 80 -h /www
	    volumes: ["$PWD/go:/go:ro"]
	    ports: ["8080:80"${2:+, "$2"}]
	    scale: ${1:-2}
	    stop_grace_period: 0s
	YAML
	expect 0 coracle up -d
}

hostname_of()
{
	inspect_of "waiting-app-$1" '{{.Config.Hostname}}'
}

# answers HOSTNAME...: forty connections of this machine and of another one; each is to one of these, who all get some.
answers()
{
	local from name
	for from in 'inside 127.0.0.1' 'neighbour 192.0.2.1'; do
		for _ in {1..20}; do
			${from% *} curl -sm 5 "http://${from#* }:8080/" || echo "error $?"
		done
	done >answers
	for name; do
		grep -qx "$name" answers || return 1
		sed -i "/^$name$/d" answers
	done
	[ ! -s answers ] || fail "$(sort answers | uniq -c)"
}

@test "of those that start together only who listens gets connections" {
	for listens in 1 2; do
		waiting
		touch "../go/$(hostname_of "$listens")"
		eventually 20 neighbour curl -sm 5 -o /dev/null http://192.0.2.1:8080/
		eventually 20 answers "$(hostname_of "$listens")"
		touch "../go/$(hostname_of $((3 - listens)))"
		eventually 20 answers "$(hostname_of 1)" "$(hostname_of 2)"
		coracle down
		cd ..
	done
}

@test "who listens at one of its ports only has its part soon" {
	waiting 2 8081:81
	touch "../go/$(hostname_of 1)" "../go/$(hostname_of 2)"
	eventually 20 answers "$(hostname_of 1)" "$(hostname_of 2)"
}

@test "one that has ended gets no connections before it listens again" {
	waiting
	touch "../go/$(hostname_of 1)" "../go/$(hostname_of 2)"
	eventually 10 answers "$(hostname_of 1)" "$(hostname_of 2)"
	rm "../go/$(hostname_of 1)"
	inside kill -KILL "$(inspect_of waiting-app-1 '{{.State.Pid}}')"
	eventually 10 answers "$(hostname_of 2)"
	touch "../go/$(hostname_of 1)"
	eventually 10 answers "$(hostname_of 1)" "$(hostname_of 2)"
}

@test "who joins one that may not listen yet takes no connections from it" {
	waiting 1 8081:81
	touch "../go/$(hostname_of 1)"
	eventually 20 answers "$(hostname_of 1)"
	expect 0 coracle scale app=2
	answers "$(hostname_of 1)"
}

@test "who joins those that the first one has left takes no connections from them" {
	waiting 2 8081:81
	touch "../go/$(hostname_of 2)"
	coracle container rm -f waiting-app-1
	eventually 20 answers "$(hostname_of 2)"
	expect 0 coracle scale app=2
	answers "$(hostname_of 2)"
}
