#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker's Engine API: the life of containers, events, waiting; networks, volumes and images as they are.

load api_helper

file_setup()
{
	coracle container run --rm busybox true # the network bridge stays
	api_serve main
}

@test "start, stop, restart, kill, pause, rename, remove: statuses and Docker's words" {
	id=$(coracle container create --name w busybox sleep 3600)
	answers 409 POST /containers/w/kill
	message "cannot kill container: w: container $id is not running"
	answers 304 POST /containers/w/stop
	answers 204 POST /containers/w/start
	answers 304 POST /containers/w/start
	answers 204 POST /containers/w/pause
	answers 409 POST /containers/w/pause
	message "container $id is already paused"
	answers 409 POST /containers/w/start
	message 'cannot start a paused container, try unpause instead'
	answers 204 POST /containers/w/unpause
	answers 500 POST /containers/w/unpause
	answers 204 POST '/containers/w/restart?t=0'
	answers 204 POST '/containers/w/rename?name=v'
	answers 409 DELETE /containers/v
	message 'cannot remove container "v": container is running: stop the container before removing or force remove'
	answers 204 POST '/containers/v/kill?signal=SIGUSR1'
	answers 400 POST '/containers/v/kill?signal=NOPE'
	answers 204 POST '/containers/v/stop?t=0'
	answers 200 GET /containers/v/json
	json '[.State.Status, .State.Running]' '["exited",false]'
	answers 204 DELETE '/containers/v?v=1'
	answers 404 DELETE '/containers/v?force=1'
	message 'No such container: v'
}

@test "a negative time to stop is for ever, not the container's own" {
	coracle container create --name w --stop-timeout 1 busybox \
		sh -c 'trap "sleep 2; exit 7" TERM; touch /ready; while :; do sleep 0.1; done'
	for seconds in -1 -9223372036854775808; do
		answers 204 POST /containers/w/start
		eventually 10 coracle container exec w rm /ready
		answers 204 POST "/containers/w/stop?t=$seconds"
		answers 200 GET /containers/w/json
		json .State.ExitCode 7
	done
	coracle container rm w
}

@test "a start that fails says why in the words that clients look for" {
	coracle container create --name x busybox /no/such/program
	answers 400 POST /containers/x/start
	has 'executable file not found in $PATH'
	answers 200 GET /containers/x/json
	json .State.ExitCode 127
	coracle container create --name y busybox /etc
	answers 400 POST /containers/y/start
	message 'failed to create task for container: exec: "/etc": is a directory: permission denied: unknown'
	answers 200 GET /containers/y/json
	json .State.ExitCode 126
	coracle container rm x y
}

@test "rename to a name that is taken" {
	a=$(coracle container create --name a busybox)
	coracle container create --name b busybox
	answers 409 POST '/containers/b/rename?name=a'
	message "Conflict. The container name \"/a\" is already in use by container \"$a\". You have to remove (or rename) that container to be able to reuse that name."
	answers 400 POST '/containers/b/rename?name=-bad'
	coracle container rm a b
}

@test "wait: at once, for the next exit, for the removal; the header comes before" {
	coracle container create --name j busybox sh -c 'exit 7'
	answers 200 POST /containers/j/wait
	json . '{"StatusCode":0}'
	answers 400 POST '/containers/j/wait?condition=bad'
	message 'invalid condition: "bad"'
	stream POST '/containers/j/wait?condition=next-exit' -i >next 3>&- &
	one=$!
	stream POST '/containers/j/wait?condition=removed' -i >removed 3>&- &
	two=$!
	eventually 10 grep -q 'Transfer-Encoding: chunked' removed
	eventually 10 grep -q 'HTTP/1.1 200' next
	answers 204 POST /containers/j/start
	eventually 10 grep -q '{"StatusCode":7}' next
	wait "$one"
	run grep StatusCode removed
	[ "$status" = 1 ]
	answers 204 DELETE /containers/j
	wait "$two"
	grep -q '{"StatusCode":7}' removed
	answers 404 POST /containers/j/wait
}

@test "events: what was, what comes, filters; the stream ends with its client" {
	since=$(date +%s) # and a name that no id begins with
	coracle container create --name watched --label colour=blue busybox true
	stream GET /events -i -G --data-urlencode 'filters={"type":{"container":true},"container":["watched"]}' >live 3>&- &
	live=$!
	answers 200 GET /events -G --data-urlencode "since=$since" --data-urlencode "until=$(date +%s.%N)" \
		--data-urlencode 'filters={"event":["create"],"type":["container"],"container":["watched"]}'
	json '[.Type, .Action, .status, .from, .scope, .Actor.Attributes.name, .Actor.Attributes.colour]' \
		'["container","create","create","busybox","local","watched","blue"]'
	json '.id == .Actor.ID and .time > 0 and .timeNano > .time' true
	eventually 10 grep -q 'Transfer-Encoding: chunked' live
	answers 204 POST /containers/watched/start
	eventually 10 grep -q '"Action":"start"' live
	hang_up /events
	wait "$live" || true
	answers 400 GET /events -G --data-urlencode 'filters={"nope":["x"]}'
	message "invalid filter 'nope'"
	coracle container rm -f watched
}

@test "networks, volumes and images as they are" {
	project app <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: web, volumes: ["data:/data"]}
	volumes:
	  data: {labels: {a: b}}
	YAML
	expect 0 coracle up -d
	answers 200 GET /networks
	json '[.[].Name]' '["app_default","bridge","host","none"]'
	json '.[0] | [.Driver, .Scope, (.Containers | length), .ConfigFrom.Network]' '["bridge","local",1,""]'
	answers 200 GET /networks -G --data-urlencode 'filters={"type":["custom"]}'
	json length 1
	answers 200 GET /networks/bridge
	json '.IPAM.Config[0].Gateway | length > 6' true
	answers 404 GET /networks/nowhere
	message 'network nowhere not found'
	answers 200 GET /volumes
	json '[.Warnings, .Volumes[0].Name, .Volumes[0].Labels.a, .Volumes[0].Scope]' '[null,"app_data","b","local"]'
	answers 200 GET /volumes -G --data-urlencode 'filters={"name":["nope"]}'
	json .Volumes '[]'
	answers 404 GET /volumes/nowhere
	message 'get nowhere: no such volume'
	answers 200 GET /images/json
	json '.[0] | [.RepoTags, .SharedSize, .Containers, (.Id | startswith("sha256:"))]' '[["busybox:latest"],-1,-1,true]'
	answers 200 GET /images/json -G --data-urlencode 'filters={"reference":["nothing*"]}'
	[ "$output" = '[]' ]
	answers 200 GET /v1.41/images/json
	json '.[0].VirtualSize == .[0].Size' true
	answers 200 GET /images/busybox:latest/json
	json '[.Os, .RootFS.Type]' '["linux","layers"]'
	answers 200 GET /images/docker.io/library/busybox/json
	answers 404 GET /images/nothing/json
	matches '[Nn]o such image: nothing'
}

@test "Docker's own command line: ls, events, wait, stop, rm" {
	needs_docker_client
	coracle container create --name d busybox sleep 3600
	expect 0 docker_of start d
	is d
	expect 0 docker_of network ls --format '{{.Name}}'
	is $'bridge\nhost\nnone'
	expect 0 docker_of images --format '{{.Repository}}:{{.Tag}}'
	is busybox:latest
	# Docker's client sends whole seconds.
	expect 0 docker_of events --since 1h --until "$(($(date +%s) + 1))" --filter container=d --format '{{.Action}}'
	has create
	has start
	expect 0 docker_of stop -t 0 d
	expect 0 docker_of wait d
	is 137
	expect 0 docker_of rm d
}

# create NAME <<<JSON: $id
create()
{
	answers 201 POST "/containers/create?name=$1" -H 'Content-Type: application/json' -d @-
	id=$(jq -r .Id <<<"$output")
}

@test "create: zero values are defaults; what is asked for is there, and inspected" {
	create z <<-'JSON'
	{"Image":"busybox","Cmd":["sleep","3600"],"Hostname":"","Entrypoint":null,"Env":[],"ExposedPorts":{},"Volumes":{},
	"Labels":null,"Healthcheck":null,"HostConfig":{"Binds":null,"MemorySwappiness":-1,"ConsoleSize":[0,0],
	"RestartPolicy":{"Name":"","MaximumRetryCount":0},"LogConfig":{"Type":"","Config":{}},"PidsLimit":0,
	"OomKillDisable":false,"NetworkMode":"default","PortBindings":{},"Memory":0},"NetworkingConfig":{"EndpointsConfig":{}}}
	JSON
	json .Warnings '[]'
	create y <<-'JSON'
	{"Image":"busybox","Cmd":"true","Entrypoint":["echo","a"],"Env":["A=1"],"Tty":true,"OpenStdin":true,"User":"1:2","WorkingDir":"/tmp",
	"StopSignal":"SIGINT","StopTimeout":3,"ExposedPorts":{"80":{},"90/udp":{}},"Labels":{"colour":"blue"},"Volumes":{"/anon":{}},
	"Healthcheck":{"Test":["CMD","true"],"Interval":1000000000,"Retries":4},
	"HostConfig":{"Binds":["/tmp:/t:ro","vol:/v"],"Tmpfs":{"/run":"size=1m"},"Mounts":[{"Type":"volume","Source":"other","Target":"/o","ReadOnly":true}],
	"PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8099"}]},"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":2},
	"CapAdd":["NET_ADMIN"],"SecurityOpt":["no-new-privileges"],"ExtraHosts":["db:192.0.2.9"],"Dns":["192.0.2.2"],"ShmSize":1048576,
	"Memory":67108864,"NanoCpus":500000000,"PidsLimit":50,"Ulimits":[{"Name":"nofile","Soft":64,"Hard":128}],
	"Sysctls":{"net.ipv4.ip_unprivileged_port_start":"0"},"ReadonlyRootfs":true,"Init":true,"LogConfig":{"Type":"json-file","Config":{"max-size":"1m"}}}}
	JSON
	answers 200 GET /containers/y/json
	json '[.Config.Cmd, .Config.Entrypoint, .Config.User, .Config.WorkingDir, .Config.Tty, .Config.StopTimeout]' \
		'[["true"],["echo","a"],"1:2","/tmp",true,3]'
	json '[.Config.Healthcheck.Retries, (.Config.ExposedPorts | keys), .Config.Labels.colour]' '[4,["80/tcp","90/udp"],"blue"]'
	json '.HostConfig | [.Memory, .MemorySwap, .NanoCpus, .PidsLimit, .ShmSize, .ReadonlyRootfs, .Init]' \
		'[67108864,134217728,500000000,50,1048576,true,true]'
	json '.HostConfig | [.Binds, .RestartPolicy.MaximumRetryCount, .CapAdd, .ExtraHosts, .Ulimits[0].Hard]' \
		'[["/tmp:/t:ro","vol:/v","other:/o:ro"],2,["CAP_NET_ADMIN"],["db:192.0.2.9"],128]'
	json '.HostConfig.PortBindings["80/tcp"]' '[{"HostIp":"127.0.0.1","HostPort":"8099"}]'
	json '[.Mounts[].Destination] | sort' '["/anon","/o","/t","/v"]'
	coracle container rm -v y z
	coracle volume rm vol other
}

@test "create: what is wrong, and nothing is left" {
	try()
	{
		answers "$1" POST "/containers/create?name=$2" -H 'Content-Type: application/json' -d "$3"
	}
	try 404 n '{"Image":"nothing:1"}'
	message 'No such image: nothing:1'
	try 400 n '{'
	has 'invalid JSON'
	answers 400 POST /containers/create -H 'Content-Type: text/plain' -d '{}'
	message "unsupported Content-Type header (text/plain): must be 'application/json'"
	try 400 n '{"Image":"busybox","Tty":"yes"}'
	has 'Tty must be true or false'
	try 400 n '{"Image":"busybox","HostConfig":{"Memory":1}}'
	message 'Minimum memory limit allowed is 6MB'
	try 400 n '{"Image":"busybox","HostConfig":{"SecurityOpt":["seccomp=/etc/shadow"]}}'
	has 'is sent as JSON'
	try 400 n '{"Image":"busybox","HostConfig":{"SecurityOpt":["seccomp"]}}'
	try 400 n '{"Image":"busybox","HostConfig":{"SecurityOpt":["seccomp="]}}'
	try 400 n '{"Image":"busybox","HostConfig":{"NanoCpus":-1}}'
	try 400 n '{"Image":"busybox","HostConfig":{"Mounts":[{"Type":"volume","Target":"/a","VolumeOptions":{"Subpath":"b"}}]}}'
	try 400 n '{"Image":"busybox","HostConfig":{"Binds":["relative"]}}'
	try 400 n '{"Image":"busybox","HostConfig":{"Binds":["vol:/v"],"VolumeDriver":"nope"}}'
	has 'error looking up volume plugin nope'
	try 400 n '{"Image":"busybox","HostConfig":{"Runtime":"/bin/sh"}}'
	try 400 n '{"Image":"busybox","HostConfig":{"LogConfig":{"Type":"nope"}}}'
	message "logger: no log driver named 'nope' is registered"
	try 400 -bad '{"Image":"busybox"}'
	try 201 a '{"Image":"busybox"}'
	id=$(jq -r .Id <<<"$output")
	try 409 a '{"Image":"busybox"}'
	message "Conflict. The container name \"/a\" is already in use by container \"$id\". You have to remove (or rename) that container to be able to reuse that name."
	coracle container rm a
}

@test "create: a network that is not there yet is looked for by the start" {
	create early <<<'{"Image":"busybox","Cmd":["sleep","3600"],"StopSignal":"SIGKILL","HostConfig":{"NetworkMode":"nowhere"},
		"NetworkingConfig":{"EndpointsConfig":{"nowhere":{"Aliases":["a"]}}}}'
	answers 200 GET /containers/early/json
	json '[.State.Status, .HostConfig.NetworkMode, (.NetworkSettings.Networks | keys)]' '["created","nowhere",["nowhere"]]'
	answers 404 POST /containers/early/start
	message 'network nowhere not found'
	answers 200 GET /containers/early/json
	json '[.State.Status, .State.ExitCode]' '["created",128]'
	made=$(coracle network create nowhere)
	answers 204 POST /containers/early/start
	answers 200 GET /containers/early/json
	json '.NetworkSettings.Networks.nowhere | [.NetworkID, .Aliases]' "[\"$made\",[\"a\"]]"
	coracle container rm -f early
	coracle network rm nowhere
	# By the beginning of its id, which leads to nothing any more.
	create early <<<"{\"Image\":\"busybox\",\"Cmd\":[\"sleep\",\"3600\"],\"StopSignal\":\"SIGKILL\",\"HostConfig\":{\"NetworkMode\":\"${made:0:12}\"}}"
	answers 404 POST /containers/early/start
	message "network ${made:0:12} not found"
	coracle container rm early
}

@test "twenty of one name at once: one is made" {
	for i in $(seq 20); do
		inside curl -sS -o /dev/null -w '%{http_code}\n' --unix-socket "$WORLD_DIR/main.sock" \
			-H 'Content-Type: application/json' -d '{"Image":"busybox"}' 'http://d/containers/create?name=race' >"code$i" 3>&- &
	done
	eventually 60 sh -c '[ "$(cat code* | wc -l)" = 20 ]'
	[ "$(cat code* | sort | uniq -c | awk '{print $1, $2}' | tr '\n' ' ')" = '1 201 19 409 ' ] || fail "$(sort code*)"
	coracle container rm race
}

@test "networks at create: by name and id, addresses and aliases; update" {
	coracle network create --subnet 10.99.0.0/24 own >/dev/null
	network=$(coracle network inspect -f '{{.Id}}' own)
	create n <<-JSON
	{"Image":"busybox","Cmd":["sleep","3600"],"StopSignal":"SIGKILL","HostConfig":{"NetworkMode":"$network"},
	"NetworkingConfig":{"EndpointsConfig":{"$network":{"IPAMConfig":{"IPv4Address":"10.99.0.9"},"Aliases":["other"]}}}}
	JSON
	answers 204 POST /containers/n/start
	answers 200 GET /containers/n/json
	json '.NetworkSettings.Networks.own | [.IPAddress, .Aliases]' '["10.99.0.9",["other"]]'
	answers 200 POST /containers/n/update -H 'Content-Type: application/json' -d '{"Memory":33554432,"MemorySwap":-1,"RestartPolicy":{"Name":"always"}}'
	answers 200 GET /containers/n/json
	json '.HostConfig | [.Memory, .RestartPolicy.Name]' '[33554432,"always"]'
	answers 204 DELETE '/containers/n?force=true'
	coracle network rm own
}
