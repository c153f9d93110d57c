#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker's Engine API: networks and volumes, with Docker's own client.

load api_helper

file_setup()
{
	api_serve main
	api_serve reader --read-only
}

send()
{
	local code=$1 method=$2 path=$3 body=$4
	answers "$code" "$method" "$path" -H 'Content-Type: application/json' -d "$body"
}

@test "networks: made, shown, found by filters of both forms, and removed" {
	send 201 POST /networks/create '{"Name":"front","CheckDuplicate":true,"Driver":"","Internal":false,"IPAM":null,
		"Options":null,"Labels":{"colour":"blue"}}'
	json '.Warning' '""'
	id=$(jq -r .Id <<<"$output")
	[ "${#id}" = 64 ]
	send 201 POST /networks/create '{"Name":"back","IPAM":{"Driver":"default","Config":[{"Subnet":"10.77.0.0/24",
		"Gateway":"10.77.0.9","IPRange":"","AuxiliaryAddresses":{"a":"10.77.0.5"}}]},"Options":{"com.docker.network.driver.mtu":"1400"}}'
	answers 200 GET /networks/back
	json '.IPAM' '{"Driver":"default","Options":{},"Config":[{"Subnet":"10.77.0.0/24","Gateway":"10.77.0.9","AuxiliaryAddresses":{"a":"10.77.0.5"}}]}'
	json '[.Scope, .Driver, .Internal, .Attachable, .Ingress, .ConfigOnly, .ConfigFrom.Network]' \
		'["local","bridge",false,false,false,false,""]'
	json '.Options["com.docker.network.driver.mtu"]' '"1400"'
	json '[.Containers, .Labels]' '[{},{}]'
	json 'has("Rules")' false
	answers 200 GET "/networks/${id:0:12}?verbose=true"
	json '[.Name, .Id, .Labels.colour]' "[\"front\",\"$id\",\"blue\"]"
	answers 404 GET '/networks/front?scope=swarm'

	answers 200 GET '/networks?filters=%7B%22name%22%3A%7B%22ron%22%3Atrue%7D%7D'
	json 'map(.Name)' '["front"]'
	answers 200 GET '/networks?filters=%7B%22label%22%3A%5B%22colour%3Dblue%22%5D%7D'
	json 'map(.Name)' '["front"]'
	answers 200 GET '/networks?filters=%7B%22type%22%3A%7B%22builtin%22%3Atrue%7D%7D'
	json 'map(.Name)' '["bridge","host","none"]'
	json '.[0].IPAM.Config[0] | has("Gateway")' true
	json 'map(.Driver)' '["bridge","host","null"]'
	answers 200 GET '/networks?filters=%7B%22dangling%22%3A%7B%22true%22%3Atrue%7D%7D'
	json 'map(.Name)' '["back","front"]'
	answers 400 GET '/networks?filters=%7B%22nope%22%3A%5B%22x%22%5D%7D'
	message "invalid filter 'nope'"

	answers 204 DELETE /networks/back
	answers 204 DELETE "/networks/$id"
	answers 404 DELETE /networks/back
	message 'network back not found'
}

@test "networks: what cannot be has Docker's status" {
	send 201 POST /networks/create '{"Name":"front","IPAM":{"Config":[{"Subnet":"10.77.0.0/24"}]}}'
	send 409 POST /networks/create '{"Name":"front"}'
	message 'network with name front already exists'
	send 403 POST /networks/create '{"Name":"bridge"}'
	send 403 POST /networks/create '{"Name":"other","IPAM":{"Config":[{"Subnet":"10.77.0.0/16"}]}}'
	send 404 POST /networks/create '{"Name":"other","Driver":"nosuch"}'
	message 'plugin "nosuch" not found'
	send 400 POST /networks/create '{"Driver":"bridge"}'
	send 400 POST /networks/create '{"Name":"a/b"}'
	send 400 POST /networks/create '{'
	send 501 POST /networks/create '{"Name":"other","ConfigOnly":true}'
	answers 403 DELETE /networks/host
	message 'host is a pre-defined network and cannot be removed'
	answers 404 GET /networks/nope
	answers 404 GET /networks/..%2Ffront
	send 404 POST /networks/front/connect '{"Container":"nobody"}'
	message 'No such container: nobody'
	API=reader send 403 POST /networks/create '{"Name":"other"}'
	API=reader answers 403 DELETE /networks/front
	API=reader answers 200 GET /networks
	answers 204 DELETE /networks/front
}

@test "networks: containers connect and disconnect, and hold a network" {
	coracle container run -d --name web busybox sleep 1000 >/dev/null
	send 201 POST /networks/create '{"Name":"front","IPAM":{"Config":[{"Subnet":"10.77.0.0/24"}]}}'
	send 200 POST /networks/front/connect '{"Container":"/web","EndpointConfig":{"IPAMConfig":{"IPv4Address":"10.77.0.40"},
		"Links":["db:store"],"Aliases":["www"],"MacAddress":"","DriverOpts":null}}'
	answers 200 GET /containers/web/json
	json '.NetworkSettings.Networks.front.Links' '["db:store"]'
	answers 200 GET /networks/front
	json '.Containers[].Name' '"web"'
	json '.Containers[].IPv4Address' '"10.77.0.40/24"'
	json '.Containers[] | [(.EndpointID | length), .IPv6Address]' '[64,""]'
	send 403 POST /networks/front/connect '{"Container":"web"}'
	message 'endpoint with name web already exists in network front'
	send 403 POST /networks/host/connect '{"Container":"web"}'
	answers 403 DELETE /networks/front
	has 'has active endpoints'
	send 200 POST /networks/front/disconnect '{"Container":"web","Force":false}'
	send 500 POST /networks/front/disconnect '{"Container":"web"}'
	matches 'container [0-9a-f]{64} is not connected to network front'
	send 400 POST /networks/front/connect '{"Container":"web","EndpointConfig":{"IPAMConfig":{"IPv4Address":"10.1.1.1"}}}'
	answers 200 POST /networks/prune
	json . '{"NetworksDeleted":["front"]}'
	answers 200 POST /networks/prune
	json . '{"NetworksDeleted":null}'
	coracle container rm -f web >/dev/null
}

@test "volumes: made, shown, filtered, removed, pruned" {
	send 201 POST /volumes/create '{"Name":"data","Driver":"","DriverOpts":null,"Labels":{"colour":"blue"}}'
	json '[.Name, .Driver, .Scope, .Labels, .Options]' '["data","local","local",{"colour":"blue"},null]'
	json '.Mountpoint | endswith("/volumes/data/_data")' true
	json '.CreatedAt | test("^[0-9-]+T[0-9:]+Z$")' true
	first=$output
	send 201 POST /volumes/create '{"Name":"data"}'
	[ "$output" = "$first" ] || fail "$output"
	send 201 POST /volumes/create '{}'
	json '.Name | length' 64
	answers 200 GET /volumes/data
	json .Name '"data"'
	answers 200 GET '/volumes?filters=%7B%22name%22%3A%5B%22%5Eda%22%5D%7D'
	json '[(.Volumes | map(.Name)), .Warnings]' '[["data"],null]'
	answers 200 GET '/volumes?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D'
	json '.Volumes | length' 2
	answers 400 GET '/volumes?filters=%7B%22until%22%3A%5B%221h%22%5D%7D'
	answers 404 GET /volumes/nope
	message 'get nope: no such volume'
	answers 404 DELETE /volumes/nope
	answers 204 DELETE '/volumes/nope?force=1'
	send 404 POST /volumes/create '{"Name":"x","Driver":"nosuch"}'
	send 400 POST /volumes/create '{"Name":"../x"}'

	coracle container create --name user -v data:/data busybox >/dev/null
	answers 409 DELETE /volumes/data
	matches 'remove data: volume is in use - \['
	answers 200 POST '/volumes/prune?filters=%7B%22all%22%3A%5B%22true%22%5D%7D'
	json '.VolumesDeleted | length' 1
	coracle container rm user >/dev/null
	answers 200 POST /volumes/prune
	json . '{"VolumesDeleted":null,"SpaceReclaimed":0}'
	answers 200 POST /v1.41/volumes/prune
	json '.VolumesDeleted' '["data"]'
}

@test "Docker's own client: network and volume" {
	needs_docker_client
	docker_of network create --label a=b --subnet 10.78.0.0/24 front >/dev/null
	coracle container run -d --name web busybox sleep 1000 >/dev/null
	docker_of network connect --alias www front web
	run docker_of network inspect -f '{{range .Containers}}{{.Name}}{{end}} {{(index .IPAM.Config 0).Subnet}}' front
	is 'web 10.78.0.0/24'
	run docker_of network ls --filter label=a=b --format '{{.Name}} {{.Driver}} {{.Scope}}'
	is 'front bridge local'
	docker_of network disconnect front web
	run docker_of network rm front
	is front
	run ! docker_of network rm front
	has 'network front not found'
	coracle container rm -f web >/dev/null
	run docker_of volume create --label a=b data
	is data
	run docker_of volume ls -q --filter label=a=b
	is data
	run docker_of volume inspect -f '{{.Name}} {{.Scope}}' data
	is 'data local'
	run docker_of volume rm data
	is data
	docker_of volume prune -f | grep -q 'Total reclaimed space: 0B'
	docker_of network prune -f
}
