#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Replicas: deploy.replicas, scale, --scale, container_name.

load helper

replicas()
{
	project scaled <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    deploy:
	      replicas: 3
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    container_name: the-database
	YAML
}

@test "deploy.replicas gives numbered containers" {
	replicas
	expect 0 coracle up -d
	run names
	is $'scaled-web-1\nscaled-web-2\nscaled-web-3\nthe-database'
}

@test "scale goes up and down and gives numbers back" {
	replicas
	expect 0 coracle up -d
	first=$(inspect_of scaled-web-1 '{{.Id}}')
	expect 0 coracle scale web=1
	run names web
	is scaled-web-1
	expect 0 coracle up -d --scale web=2
	run names web
	is $'scaled-web-1\nscaled-web-2'
	[ "$(inspect_of scaled-web-1 '{{.Id}}')" = "$first" ]
	expect 0 coracle scale web=0
	run names web
	is ''
}

@test "a service with container_name cannot be scaled and nothing changes" {
	replicas
	expect 0 coracle up -d
	before=$(coracle ps -a --format json | jq -rs 'map(.ID) | sort | join(" ")')
	expect 1 coracle scale db=2
	has_error container_name
	has_error db
	[ "$(coracle ps -a --format json | jq -rs 'map(.ID) | sort | join(" ")')" = "$before" ]
	expect 1 coracle up -d --scale db=2
	has_error container_name
	[ "$(coracle ps -a --format json | jq -rs 'map(.ID) | sort | join(" ")')" = "$before" ]
	state_is the-database running
}

@test "replicas with container_name in the file are an error with its place" {
	NO_DOWN=yes project conflict <<-'YAML'
	services:
	  db:
	    image: busybox
	    container_name: only-one
	    deploy:
	      replicas: 2
	YAML
	expect 1 coracle up -d
	has_error container_name
	has_error compose.yaml:
	expect 0 coracle -p conflict container ls -aq
	is ''
}

@test "exec and logs --index choose the replica" {
	replicas
	expect 0 coracle up -d
	expect 0 coracle exec -T --index 2 web hostname
	[[ "$(inspect_of scaled-web-2 '{{.Id}}')" == "$output"* ]]
	expect 0 coracle exec -T web hostname
	[[ "$(inspect_of scaled-web-1 '{{.Id}}')" == "$output"* ]]
}

# Six questions to both replicas, answered when the second is known to stop.
all_are_answered()
{
	local asking=() second
	second=$(inspect_of scaled-web-2 '{{.Config.Hostname}}')
	rm -f stopping answers
	: >asked
	: >told
	for _ in 1 2 3 4 5 6; do
		inside curl -sm 20 http://127.0.0.1:8081/cgi-bin/slow >>answers &
		asking+=("$!")
	done
	eventually 20 sh -c '[ "$(wc -l <asked)" = 6 ]' || return 1
	coracle scale web=1 2>told &
	asking+=("$!")
	eventually 20 grep -q Stopping told || return 1
	touch stopping
	wait "${asking[@]}"
	grep -qx "$second" asked && [ "$(grep -c answered answers)" = 6 ]
}

@test "what a replica was asked before it stops is answered" {
	project scaled <<-'YAML'
	services:
	  web:
	    image: busybox
	    command:
	      - sh
	      - -c
	      - |
	        trap 'exit 0' TERM
	        httpd -p 80 -h /www
	        sleep 3600 & wait
	    volumes: [".:/www"]
	    ports: ["8081:80"]
	    deploy: {replicas: 2}
	YAML
	mkdir cgi-bin
	cat >cgi-bin/slow <<-'SH'
	#!/bin/sh
	hostname >>/www/asked
	until [ -e /www/stopping ]; do sleep 0.01; done
	printf '\r\nanswered\n'
	SH
	chmod +x cgi-bin/slow
	# Half a second is all that a replica has: a busy machine may let it go by before anybody looks.
	for _ in 1 2 3 4 5; do
		expect 0 coracle up -d --wait
		! all_are_answered || return 0
	done
	fail "answered: $(cat answers)"
}
