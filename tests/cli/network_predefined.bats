#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bridge, host and none: there without anybody's having made them, and nobody's to remove.

load helper

bridge_links()
{
	inside ip -o link | grep -c ' br-[0-9a-f]*:' || true
}

on_bridge()
{
	project "$1" <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, network_mode: bridge}
	YAML
}

@test "all three are listed and described before anything used them" {
	expect 0 coracle network ls --format '{{.Name}} {{.Driver}} {{.Scope}}'
	is "$(printf '%s\n' 'bridge bridge local' 'host host local' 'none null local')"
	expect 0 coracle network inspect bridge host none --format '{{.Name}} {{.Driver}} {{len .Id}}'
	is "$(printf '%s\n' 'bridge bridge 64' 'host host 64' 'none null 64')"
	expect 0 coracle network inspect bridge --format '{{(index .IPAM.Config 0).Subnet}} {{index .Options "com.docker.network.bridge.default_bridge"}}'
	is '172.17.0.0/16 true'
	id=$(coracle network inspect bridge --format '{{.Id}}')
	expect 0 coracle network inspect "${id:0:12}" --format '{{.Name}} {{(index .IPAM.Config 0).Gateway}}'
	is 'bridge 172.17.0.1'
	[ "$(bridge_links)" = 0 ]
}

@test "nobody makes, removes or prunes them" {
	for name in bridge host none; do
		expect 1 coracle network rm "$name"
		has_error "$name is a pre-defined network and cannot be removed"
		expect 1 coracle network create "$name"
		has_error "operation is not permitted on predefined $name network"
	done
	expect 0 coracle network prune -f
	expect 0 coracle network ls -q
	[ "$(wc -l <<<"$output")" = 3 ]
}

@test "the bridge is one for all projects, comes with the first container and goes with the last" {
	id=$(coracle network inspect bridge --format '{{.Id}}')
	on_bridge first
	expect 0 coracle up -d
	[ "$(bridge_links)" = 1 ]
	expect 0 coracle network inspect bridge --format '{{.Id}} {{len .Containers}}'
	is "$id 1"
	[ "$(inspect_of first-web-1 '{{.NetworkSettings.Networks.bridge.Gateway}}')" = 172.17.0.1 ]
	on_bridge second
	expect 0 coracle up -d
	[ "$(bridge_links)" = 1 ]
	expect 0 coracle exec -T web ping -c 1 -W 5 198.51.100.1
	expect 0 coracle exec -T web ping -c 1 -W 5 172.17.0.2
	expect 1 coracle network rm bridge
	expect 0 coracle -p first down
	[ "$(bridge_links)" = 1 ]
	expect 0 coracle stop
	[ "$(bridge_links)" = 0 ]
	expect 0 coracle network inspect bridge --format '{{.Id}}'
	is "$id"
	expect 0 coracle start
	[ "$(bridge_links)" = 1 ]
	expect 0 coracle exec -T web ping -c 1 -W 5 172.17.0.1
	expect 0 coracle down
	[ "$(bridge_links)" = 0 ]
}

@test "containers that end at the same time leave no bridge" {
	ids=()
	pids=()
	for _ in 1 2 3 4; do
		ids+=("$(coracle container run -d busybox sleep 3600)")
		pids+=("$(inspect_of "${ids[-1]}" '{{.State.Pid}}')")
	done
	[ "$(bridge_links)" = 1 ]
	inside kill -9 "${pids[@]}"
	eventually 10 has_no_bridge
	expect 0 coracle container rm "${ids[@]}"
}

has_no_bridge()
{
	[ "$(bridge_links)" = 0 ]
}

@test "where its subnet is taken the bridge has another" {
	expect 0 coracle network create --subnet 172.17.8.0/24 squatter
	expect 0 coracle network inspect bridge --format '{{(index .IPAM.Config 0).Subnet}}'
	is 172.18.0.0/16
	on_bridge moved
	expect 0 coracle up -d
	[ "$(inspect_of moved-web-1 '{{.NetworkSettings.Networks.bridge.Gateway}}')" = 172.18.0.1 ]
	expect 0 coracle down
	expect 0 coracle network rm squatter
}

@test "network_mode: bridge with links" {
	project linked <<-'YAML'
	services:
	  web:
	    image: busybox
	    network_mode: bridge
	    command: sh -c 'echo served >/index.html; exec httpd -f -p 80 -h /'
	    stop_signal: SIGKILL
	  client:
	    image: busybox
	    network_mode: bridge
	    links: [web, "web:www"]
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	eventually 10 coracle exec -T client wget -qO- http://web/
	expect 0 coracle exec -T client wget -qO- http://www/
	is served
}

@test "a published port on the bridge is bound on both families" {
	project published <<-'YAML'
	services:
	  web:
	    image: busybox
	    network_mode: bridge
	    command: sh -c 'echo served >/index.html; exec httpd -f -p 80 -h /'
	    stop_signal: SIGKILL
	    ports: ["8088:80"]
	YAML
	expect 0 coracle up -d
	expect 0 coracle port web 80
	is 0.0.0.0:8088
	eventually 10 neighbour wget -qO- http://192.0.2.1:8088/
	expect 0 coracle ps --format '{{.Ports}}'
	has '[::]:8088->80/tcp'
}
