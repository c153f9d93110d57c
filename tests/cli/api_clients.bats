#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What particular clients ask for, as they ask for it.

load api_helper

file_setup()
{
	api_serve main
	# Whose directories below RUN stay.
	printf 'FROM busybox\nRUN true\n' | coracle image build -q - >/dev/null
}

# session NAME: what a session of testcontainers leaves, under the labels of its own.
session()
{
	local labels="\"org.testcontainers\":\"true\",\"org.testcontainers.session-id\":\"$1\""
	answers 201 POST /networks/create -H 'Content-Type: application/json' -d "{\"Name\":\"net-$1\",\"Labels\":{$labels}}"
	answers 201 POST /volumes/create -H 'Content-Type: application/json' -d "{\"Name\":\"data-$1\",\"Labels\":{$labels}}"
	answers 201 POST "/containers/create?name=runs-$1" -H 'Content-Type: application/json' \
		-d "{\"Image\":\"busybox\",\"Cmd\":[\"sleep\",\"60\"],\"Labels\":{$labels},\"Volumes\":{\"/anonymous\":{}},
			\"HostConfig\":{\"NetworkMode\":\"net-$1\",\"Binds\":[\"data-$1:/data\"]}}"
	answers 204 POST "/containers/runs-$1/start"
	answers 201 POST "/containers/create?name=waits-$1" -H 'Content-Type: application/json' \
		-d "{\"Image\":\"busybox\",\"Labels\":{$labels}}"
	mkdir -p context
	printf 'FROM busybox\nRUN echo %s >/made\n' "$1" >context/Dockerfile
	tar -C context -cf context.tar .
	answers 200 POST "/build?t=made:$1&labels=$(jq -rn --arg labels "{$labels}" '$labels | @uri')" \
		-H 'Content-Type: application/x-tar' --data-binary @context.tar
}

# of_session PATH NAME FIELD [PARAMETER]: what a list has under both labels, each a word.
of_session()
{
	answers 200 GET "$1" -G --data-urlencode "${4:-all=0}" --data-urlencode \
		"filters={\"label\":{\"org.testcontainers=true\":true,\"org.testcontainers.session-id=$2\":true}}"
	jq -r "$3" <<<"$output"
}

reap()
{
	local one
	for one in $(of_session /containers/json "$1" '.[].Id' all=1); do
		answers 204 DELETE "/containers/$one?force=1&v=1"
	done
	for one in $(of_session /networks "$1" '.[].Id'); do
		answers 204 DELETE "/networks/$one"
	done
	for one in $(of_session /volumes "$1" '.Volumes[].Name'); do
		answers 204 DELETE "/volumes/$one?force=1"
	done
	for one in $(of_session /images/json "$1" '.[].Id'); do
		answers 200 DELETE "/images/$one?force=1"
	done
}

@test "testcontainers' reaper: all that a session has left goes by its labels, and nothing of another" {
	session first
	session second
	reap first
	for left in 'container ls -aq' 'volume ls -q' 'image ls -q --filter reference=made' 'network ls -q --filter type=custom'; do
		# shellcheck disable=SC2086 # words
		expect 0 coracle $left
		echo "$output" >"left.${left%% *}"
	done
	[ "$(wc -l <left.container)" = 2 ]
	# The named one and the anonymous one.
	[ "$(wc -l <left.volume)" = 2 ]
	[ "$(wc -l <left.image)" = 1 ]
	[ "$(wc -l <left.network)" = 1 ]
	reap second
	expect 0 coracle container ls -aq
	is ''
	expect 0 coracle volume ls -q
	is ''
	expect 0 coracle image ls -q --filter reference=made
	is ''
}
