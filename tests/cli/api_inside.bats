#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container that binds /var/run/docker.sock talks to our API, when no other engine is on the host.

load api_helper

file_setup()
{
	touch "$BATS_FILE_TMPDIR/servers" # of api_helper: none but ours
	cc -static -O1 -o "$BATS_FILE_TMPDIR/ask" "$tests_dir/payload/ask.c" >"$BATS_FILE_TMPDIR/cc.log" 2>&1 ||
		fail "$(cat "$BATS_FILE_TMPDIR/cc.log")"
	# A /run of the world's own, in which no engine is.
	inside mount -t tmpfs run /run
	inside sh -c '[ "$(readlink -f /var/run)" = /run ]'
}

# Our server, where containers are to find it.
serve()
{
	inside "$CORACLE" api --listen "unix://$CORACLE_RUN/docker.sock" --on-demand --idle 1s >server.log 2>&1 3>&- 4>&- &
	server=$!
	eventually 10 inside test -S "$CORACLE_RUN/docker.sock"
}

end_serving()
{
	inside pkill -x coracle:listen
	wait "$server"
}

ping_of()
{
	printf 'GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n' | coracle container exec -i "$1" /ask "$2"
}

@test "a service with Docker's socket talks to us, and the host has nothing at that path" {
	serve
	project app <<-YAML
	services:
	  traefik:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes:
	    - "/var/run/docker.sock:/var/run/docker.sock:ro"
	    - "$BATS_FILE_TMPDIR/ask:/ask:ro"
	YAML
	expect 0 coracle up -d
	lacks 'nothing at'
	expect 0 ping_of app-traefik-1 /var/run/docker.sock
	has '200 OK'
	expect 0 sh -c 'printf "GET /containers/app-traefik-1/json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" | "$0" "$@"' \
		nsenter -t "$WORLD_PID" -m -n -p -C -i -u "$CORACLE" container exec -i app-traefik-1 /ask /var/run/docker.sock
	has '"Source":"/var/run/docker.sock","Destination":"/var/run/docker.sock"'
	inside test ! -e /run/docker.sock
	expect 0 coracle down
	end_serving
}

@test "so do run, long forms, other targets and the API's own containers" {
	serve
	expect 0 coracle container run -d --name a -v /var/run/docker.sock:/sock -v "$BATS_FILE_TMPDIR/ask:/ask:ro" busybox sleep 3600
	expect 0 ping_of a /sock
	has '200 OK'
	expect 0 coracle container run -d --name b --mount type=bind,src=/run/docker.sock,dst=/run/docker.sock \
		-v "$BATS_FILE_TMPDIR/ask:/ask:ro" busybox sleep 3600
	expect 0 ping_of b /run/docker.sock
	has '200 OK'
	expect 0 inside curl -sS --unix-socket "$CORACLE_RUN/docker.sock" -H 'Content-Type: application/json' \
		-d "{\"Image\":\"busybox\",\"Cmd\":[\"sleep\",\"3600\"],\"HostConfig\":{\"Binds\":[\"/var/run/docker.sock:/var/run/docker.sock\",\"$BATS_FILE_TMPDIR/ask:/ask\"]}}" \
		'http://docker/containers/create?name=c'
	expect 0 coracle container start c
	expect 0 ping_of c /var/run/docker.sock
	has '200 OK'
	expect 0 coracle container rm -f a b c
	end_serving
}

@test "without our server a start says what to do, makes nothing, and finds it the next time" {
	expect 0 coracle container run -d --name a -v /var/run/docker.sock:/var/run/docker.sock \
		-v "$BATS_FILE_TMPDIR/ask:/ask:ro" busybox sleep 3600
	has_error "container 'a' has nothing at '/var/run/docker.sock': no engine's socket is on this host"
	has_error "start it with 'coracle api --listen unix://$CORACLE_RUN/docker.sock --on-demand'"
	inside test ! -e /run/docker.sock
	expect 1 ping_of a /var/run/docker.sock
	serve
	expect 0 coracle container restart -t 0 a
	expect 0 ping_of a /var/run/docker.sock
	has '200 OK'
	expect 0 coracle container rm -f a
	end_serving
	expect 125 coracle container run --rm --mount type=bind,src=/var/run/docker.sock,dst=/sock busybox true
	has_error "cannot mount '/var/run/docker.sock' at '/sock': no engine's socket is on this host"
	expect 0 coracle container ls -aq
	is ''
}

@test "what another engine has there is mounted as it is" {
	serve
	inside python3 - >other.log 2>&1 3>&- 4>&- <<-'PYTHON' &
	import socket
	s = socket.socket(socket.AF_UNIX)
	s.bind("/run/docker.sock")
	s.listen()
	c = s.accept()[0]
	c.sendall(b"the other engine")
	c.close()
	PYTHON
	other=$!
	eventually 10 inside test -S /run/docker.sock
	expect 0 coracle container run -d --name a -v /var/run/docker.sock:/var/run/docker.sock \
		-v "$BATS_FILE_TMPDIR/ask:/ask:ro" busybox sleep 3600
	output=$(coracle container exec -i a /ask /var/run/docker.sock </dev/null)
	is 'the other engine'
	expect 0 coracle container rm -f a
	wait "$other"
	inside rm -f /run/docker.sock
	# Not even a link that leads nowhere is ours to fill.
	inside ln -s /run/podman.sock /run/docker.sock
	expect 125 coracle container run --rm --mount type=bind,src=/run/docker.sock,dst=/sock busybox true
	lacks 'coracle api'
	has_error 'bind source path does not exist'
	inside rm /run/docker.sock
	end_serving
}
