#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker's Engine API: HTTP, versions, errors, and what is shown of the host and of containers.

load api_helper

file_setup()
{
	api_serve main
	api_serve reader --read-only --redact-env
	api_serve few --allow events,networks
}

web()
{
	project app <<-'YAML'
	services:
	  web:
	    image: busybox
	    container_name: web
	    command: sh -c 'sleep 3600'
	    stop_signal: SIGKILL
	    labels: {colour: blue}
	    environment: {PASSWORD: secret}
	    ports: ["8080:80"]
	    volumes: ["data:/data"]
	volumes:
	  data:
	YAML
	expect 0 coracle up -d
}

@test "what stands in every answer, and a ping" {
	api GET /_ping -i
	has 'HTTP/1.1 200 OK'
	has 'Api-Version: 1.51'
	has 'Ostype: linux'
	has 'Docker-Experimental: false'
	matches 'Server: Docker/[0-9]+\.[0-9]+\.[0-9]+ \(linux\)'
	matches 'Date: '
	has 'Content-Type: text/plain; charset=utf-8'
	has 'Builder-Version: 1'
	has 'Swarm: inactive'
	has 'Cache-Control: no-cache, no-store, must-revalidate'
	has 'Pragma: no-cache'
	[ "${output##*$'\n'}" = OK ]
	api HEAD /_ping
	has 'Content-Length: 0'
	api GET /nothing -i
	has 'HTTP/1.1 404 Not Found'
	has 'Api-Version: 1.51'
	has $'Content-Type: application/json\r'
	[ "${output##*$'\r\n'}" = '{"message":"page not found"}' ] || fail "$output"
}

@test "versions in paths: from 1.24 to 1.51, or none" {
	for version in /v1.24 /v1.41 /v1.51 ''; do
		answers 200 GET "$version/version"
		json '[.ApiVersion, .MinAPIVersion, .Os]' '["1.51","1.24","linux"]'
		json '.Components[0].Name' '"Engine"'
	done
	answers 400 GET /v1.10/info
	message 'client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version'
	answers 400 GET /v1.99/info
	message 'client version 1.99 is too new. Maximum supported API version is 1.51'
	answers 404 GET /v1.41
	answers 404 GET /vx/info
}

@test "what there is not says so: swarms, BuildKit, plugins" {
	for path in /services /nodes /swarm /tasks /secrets /configs; do
		answers 503 GET "$path"
		message 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'
	done
	answers 503 POST /swarm/leave
	answers 501 POST /swarm/init
	answers 501 POST /session
	answers 501 POST /grpc
	answers 200 GET /plugins
	[ "$output" = '[]' ]
}

@test "info: the host and the numbers of its objects" {
	web
	answers 200 GET /info
	json '[.Containers, .ContainersRunning, .Driver, .OSType, .CgroupVersion]' '[1,1,"overlay2","linux","2"]'
	json '[.Swarm.LocalNodeState, .Swarm.NodeID]' '["inactive",""]'
	# What is missing is a warning, as Docker's client shows it.
	json '[(.Warnings // [])[] | select(test("^WARNING: (No .* support|IPv4 forwarding is disabled)$") | not)]' '[]'
	json '((.Warnings // []) | index("WARNING: No memory limit support") != null) == (.MemoryLimit | not)' true
	json '[.IndexServerAddress, .FirewallBackend.Driver, .CDISpecDirs, .OSVersion]' '["https://index.docker.io/v1/","nftables",[],""]'
	json '.RegistryConfig | [.IndexConfigs["docker.io"].Official, .InsecureRegistryCIDRs]' '[true,["::1/128","127.0.0.0/8"]]'
	# One and the same from wherever it is asked for.
	id=$(jq -r .ID <<<"$output")
	[[ "$id" =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]] || fail "$id"
	expect 0 coracle info --format '{{.ID}} {{.IndexServerAddress}} {{.NFd}}'
	is "$id https://index.docker.io/v1/ 0"
}

@test "containers: a list as Docker shapes it, filters in both forms" {
	web
	answers 200 GET /containers/json
	json '.[0] | keys' '["Command","Created","HostConfig","Id","Image","ImageID","Labels","Mounts","Names","NetworkSettings","Ports","State","Status"]'
	json '.[0] | [.Names, .Image, .State, .Command]' '[["/web"],"busybox","running","sh -c '\''sleep 3600'\''"]'
	json '.[0].Ports[0]' '{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}'
	json '.[0].NetworkSettings.Networks | keys' '["app_default"]'
	json '.[0].Mounts[0] | [.Type, .Name, .Destination, .RW]' '["volume","app_data","/data",true]'
	json '.[0] | [(.Id | length), (.ImageID | startswith("sha256:")), (.Created > 1000000000)]' '[64,true,true]'
	for filters in '{"label":{"colour=blue":true}}' '{"label": ["colour=blue"]}' '{"name":["^/?web$"]}' \
		'{"status":["running"],"ancestor":{"busybox":true}}'; do
		answers 200 GET /containers/json -G --data-urlencode "filters=$filters"
		json length 1
	done
	answers 200 GET /containers/json -G --data-urlencode 'filters={"label":["colour=blue","colour=red"]}'
	json length 0
	answers 400 GET /containers/json -G --data-urlencode 'filters={"nope":["x"]}'
	message "invalid filter 'nope'"
	answers 400 GET /containers/json -G --data-urlencode 'filters=x'
	message 'invalid filter'
	expect 0 coracle stop web
	answers 200 GET /containers/json
	json length 0
	answers 200 GET '/containers/json?all=True&size=1'
	json '.[0] | [.State, (.Status | startswith("Exited (137)")), (.SizeRootFs > 0)]' '["exited",true,true]'
	answers 200 GET '/containers/json?limit=1'
	json length 1
}

@test "a container: by name, with a slash, by id and its beginning" {
	web
	answers 200 GET /containers/web/json
	id=$(jq -r .Id <<<"$output")
	json '[.Name, .State.Status, .State.Running, .Config.Labels.colour]' '["/web","running",true,"blue"]'
	json '.NetworkSettings.Ports["80/tcp"][0]' '{"HostIp":"0.0.0.0","HostPort":"8080"}'
	for name in "$id" "${id:0:12}" "${id:0:5}" %2Fweb; do
		answers 200 GET "/containers/$name/json"
		json .Id "\"$id\""
	done
	answers 404 GET /containers/nobody/json
	message 'No such container: nobody'
}

@test "read-only and allowed: what is not is refused, with a reason" {
	web
	export API=reader
	answers 200 GET /containers/json
	answers 200 GET /containers/web/json
	json '.Config.Env | contains(["PASSWORD"])' true
	lacks secret
	answers 403 POST /services/create
	message 'this server is read-only'
	API=few
	answers 403 GET /containers/json
	answers 403 GET /_ping
	lacks OK
	expect 1 coracle api --listen unix:///mnt/x.sock --allow everything
	has_error "there is no group of endpoints 'everything'"
	expect 1 coracle api --listen /mnt/x.sock
	has_error 'must be unix://'
}

@test "read-only: each endpoint is on the list, or refused" {
	export API=reader
	while read -r method path; do
		answers 403 "$method" "$path"
		message 'this server is read-only'
	done <<-'REFUSED'
	POST /containers/create
	POST /containers/x/update
	POST /containers/x/start
	POST /containers/x/stop
	POST /containers/x/restart
	POST /containers/x/kill
	POST /containers/x/pause
	POST /containers/x/unpause
	POST /containers/x/rename
	POST /containers/x/wait
	POST /containers/x/attach
	POST /containers/x/resize
	POST /containers/x/exec
	POST /containers/prune
	DELETE /containers/x
	PUT /containers/x/archive
	GET /containers/x/archive
	GET /containers/x/export
	GET /containers/x/changes
	GET /containers/x/logs
	GET /containers/x/stats
	POST /exec/x/start
	POST /exec/x/resize
	GET /exec/x/json
	POST /commit
	POST /build
	POST /build/prune
	GET /images/get
	GET /images/x/get
	GET /images/search
	POST /images/create
	POST /images/load
	POST /images/prune
	POST /images/x/push
	POST /images/x/tag
	DELETE /images/x
	POST /auth
	GET /distribution/x/json
	POST /networks/create
	POST /networks/prune
	POST /networks/x/connect
	POST /networks/x/disconnect
	DELETE /networks/x
	POST /volumes/create
	POST /volumes/prune
	DELETE /volumes/x
	GET /swarm
	POST /session
	REFUSED
	while read -r wanted path; do
		answers "$wanted" GET "$path"
	done <<-'ALLOWED'
	200 /_ping
	200 /version
	200 /info
	200 /containers/json
	404 /containers/x/json
	404 /containers/x/top
	200 /system/df
	200 /images/json
	404 /images/x/json
	404 /images/x/history
	200 /networks
	404 /networks/x
	200 /volumes
	404 /volumes/x
	200 /plugins
	200 /metrics
	ALLOWED
}

@test "a socket that is handed over stays when the server has been idle, and nobody else gets to know of it" {
	inside python3 - "$CORACLE" >activated.log 2>&1 3>&- <<-'PYTHON' &
	import os, select, socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.bind("/mnt/activated.sock")
	s.listen()
	select.select([s], [], [])
	os.dup2(s.fileno(), 3)
	os.set_inheritable(3, True)
	os.execve(sys.argv[1], ["coracle", "api", "--idle", "1s"],
	          {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})
	PYTHON
	pid=$!
	eventually 10 inside test -S /mnt/activated.sock
	export API=activated
	# There from the start, so that it is not idle between two requests.
	stream GET /events >events 3>&- &
	client=$!
	answers 201 POST '/containers/create?name=a' -H 'Content-Type: application/json' \
		-d '{"Image":"busybox","Cmd":["sleep","3600"],"HostConfig":{"NetworkMode":"none"}}'
	answers 204 POST /containers/a/start
	output=$(coracle container exec a env)
	lacks LISTEN
	hang_up /events
	wait "$client" || true
	wait "$pid"
	inside test -S /mnt/activated.sock
	inside rm /mnt/activated.sock
	coracle container rm -f a
}

@test "bytes: empty and missing hosts, long lines, two lengths, requests in one piece" {
	output=$(printf 'GET /_ping HTTP/1.1\r\nHost: \r\n\r\nGET /v1.51/_ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' | raw)
	[ "$(grep -c '200 OK' <<<"$output")" = 2 ]
	output=$(printf 'GET /containers/json?x=%s HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n' "$(printf '%065000d' 0)" | raw)
	has '200 OK'
	output=$(printf 'POST /session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n' | raw)
	has '501 Not Implemented'
	for header in $'Content-Length: 3\r\nTransfer-Encoding: chunked' $'Content-Length: 3\r\nContent-Length: 4' \
		'Content-Length: x' 'Content-Length: -1'; do
		output=$(printf 'POST /session HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n0\r\n\r\n' "$header" | raw)
		has '400 Bad Request'
	done
	output=$(printf 'GET /containers/a%%00b/json HTTP/1.1\r\nHost: a\r\n\r\n' | raw)
	has '400 Bad Request'
	output=$(printf 'hello\r\n\r\n' | raw)
	lacks '200 OK'
	answers 200 GET /_ping
}

@test "a slow client holds nobody up; a socket of its own, which goes with the server" {
	inside sh -c 'printf "GET /_ping HTTP/1.1\r\n"; sleep 5' | raw >slow 2>&1 3>&- &
	slow=$!
	answers 200 GET /_ping
	kill "$slow"
	wait "$slow" || true
	expect 0 coracle api --listen "unix://$WORLD_DIR/short.sock" --idle 0s
	inside test ! -e "$WORLD_DIR/short.sock"
	expect 1 coracle api --listen "unix://$WORLD_DIR/main.sock"
	has_error 'another server listens there'
	expect 1 coracle api
	has_error 'no socket was handed over'
}

@test "Docker's own command line: version, info, ps, inspect" {
	needs_docker_client
	web
	expect 0 docker_of version --format '{{.Server.APIVersion}}'
	is 1.51
	expect 0 docker_of info --format '{{.ContainersRunning}}'
	is 1
	expect 0 docker_of ps --format '{{.Names}} {{.Image}} {{.Ports}}'
	has 'web busybox 0.0.0.0:8080->80/tcp'
	expect 0 docker_of inspect -f '{{.Config.Labels.colour}} {{.State.Status}}' web
	is 'blue running'
	expect 1 docker_of container inspect nobody
	has_error 'No such container: nobody'
}
