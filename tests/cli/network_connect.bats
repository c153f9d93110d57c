#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# network connect and disconnect, of containers that run, are paused, stopped or were never started.

load helper

# Two services on the project's network, and a network beside it.
stage()
{
	project "$1" <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  web: {<<: *service, ports: ["8081:80"]}
	  other: {<<: *service, networks: [side]}
	networks:
	  default:
	  side:
	YAML
	name=$1-web-1
	side=$1_side
	expect 0 coracle up -d
}

networks_of()
{
	inspect_of "$1" '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}'
}

address_of()
{
	inspect_of "$1" "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}"
}

serve()
{
	coracle exec -T -d web sh -c 'echo served >/index.html; exec httpd -f -p 80 -h /'
}

published()
{
	[ "$(neighbour wget -T 2 -qO- http://192.0.2.1:8081/)" = served ]
}

@test "a running container gets an interface, names both ways, and loses them again" {
	stage live
	expect 1 coracle exec -T other nslookup web
	expect 0 coracle network connect --alias extra --alias more "$side" "$name"
	is ''
	[ "$(networks_of "$name")" = 'live_default live_side ' ]
	expect 0 coracle exec -T other ping -c 1 -W 2 "$name"
	expect 0 coracle exec -T other ping -c 1 -W 2 extra
	expect 0 coracle exec -T other ping -c 1 -W 2 more
	expect 0 coracle exec -T web ping -c 1 -W 2 other
	expect 0 coracle exec -T web ip -o -4 address show eth1
	has "$(address_of "$name" "$side")"
	expect 0 coracle exec -T web cat /etc/hosts
	has "$(address_of "$name" "$side")"
	expect 1 coracle network connect "$side" "$name"
	has_error "endpoint with name $name already exists in network $side"
	expect 0 coracle network inspect "$side" --format '{{len .Containers}}'
	is 2
	expect 0 coracle network disconnect "$side" "$name"
	is ''
	[ "$(networks_of "$name")" = 'live_default ' ]
	expect 2 coracle exec -T web ip -o link show eth1
	expect 1 coracle exec -T other nslookup extra
	expect 1 coracle network disconnect "$side" "$name"
	has_error "is not connected to network $side"
}

@test "what the container wrote into /etc/hosts itself stays" {
	stage own
	coracle exec -T web sh -c 'echo 192.0.2.77 mine >>/etc/hosts'
	before=$(coracle exec -T web cat /etc/hosts)
	expect 0 coracle network connect "$side" "$name"
	expect 0 coracle exec -T web cat /etc/hosts
	has '192.0.2.77 mine'
	has "$(address_of "$name" "$side")"
	expect 0 coracle network disconnect "$side" "$name"
	expect 0 coracle exec -T web cat /etc/hosts
	is "$before"
}

@test "the way out is that of the highest priority, then of the first name" {
	stage way
	gateway()
	{
		coracle network inspect "$1" --format '{{(index .IPAM.Config 0).Gateway}}'
	}
	way()
	{
		[ "$(coracle exec -T web ip route | awk '/^default/ {print $3}')" = "$(gateway "$1")" ] ||
			fail "$(coracle exec -T web ip route)"
	}
	coracle network create aaa >/dev/null
	coracle network create zzz >/dev/null
	way way_default
	expect 0 coracle network connect zzz "$name"
	way way_default
	expect 0 coracle network connect aaa "$name"
	way aaa
	expect 0 coracle network disconnect zzz "$name"
	expect 0 coracle network connect --gw-priority 5 zzz "$name"
	way zzz
	expect 0 coracle restart web
	way zzz
	expect 0 coracle network disconnect zzz "$name"
	way aaa
	expect 0 coracle exec -T web ping -c 1 -W 5 198.51.100.1
	expect 0 coracle network disconnect aaa "$name"
	expect 0 coracle network disconnect way_default "$name"
	expect 0 coracle exec -T web ip route
	is ''
	expect 0 coracle network connect way_default "$name"
	way way_default
	expect 0 coracle exec -T web ping -c 1 -W 5 198.51.100.1
	expect 0 coracle network rm aaa zzz
}

@test "published ports move with the networks" {
	stage moving
	serve
	eventually 10 published
	expect 0 coracle network connect "$side" "$name"
	published
	expect 0 coracle network disconnect moving_default "$name"
	eventually 5 published
	expect 0 coracle port web 80
	is 0.0.0.0:8081
	expect 0 coracle network disconnect "$side" "$name"
	expect 4 neighbour wget -t 1 -T 1 -qO- http://192.0.2.1:8081/
	expect 0 coracle network connect moving_default "$name"
	eventually 5 published
}

@test "a stopped, a created and a paused container" {
	stage states
	expect 0 coracle stop web
	expect 0 coracle network connect --ip 172.30.9.9 --alias extra "$(coracle network create --subnet 172.30.9.0/24 fixed)" "$name"
	[ "$(networks_of "$name")" = 'fixed states_default ' ]
	expect 0 coracle network connect fixed "$name"
	expect 0 coracle start web
	[ "$(address_of "$name" fixed)" = 172.30.9.9 ]
	expect 0 coracle exec -T web ping -c 1 -W 2 extra
	expect 0 coracle pause web
	expect 0 coracle network disconnect fixed "$name"
	expect 0 coracle network connect --ip 172.30.9.10 fixed "$name"
	expect 0 coracle unpause web
	expect 0 coracle exec -T web ip -o -4 address
	has 172.30.9.10/24
	expect 0 coracle rm -sf web
	expect 0 coracle create web
	expect 0 coracle network connect fixed "$name"
	expect 0 coracle network disconnect states_default "$name"
	expect 0 coracle start web
	[ "$(networks_of "$name")" = 'fixed ' ]
	expect 0 coracle down
	expect 0 coracle network rm fixed
}

@test "what cannot be is refused with Docker's words and changes nothing" {
	project refused <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  web: {<<: *service}
	  alone: {<<: *service, network_mode: none}
	  host: {<<: *service, network_mode: host}
	  joined: {<<: *service, network_mode: "service:web"}
	YAML
	expect 0 coracle up -d
	coracle network create --subnet 172.30.9.0/24 fixed
	expect 1 coracle network connect fixed refused-alone-1
	has_error 'container cannot be connected to multiple networks with one of the networks in private (none) mode'
	for one in host joined; do
		expect 1 coracle network connect fixed "refused-$one-1"
		has_error 'container sharing network namespace with another container or host cannot be connected to any other network'
	done
	expect 1 coracle network disconnect host refused-host-1
	has_error 'cannot disconnect container from host network - container was created in host network mode'
	expect 1 coracle network connect host refused-web-1
	has_error 'cannot connect container to host network - container must be created in host network mode'
	expect 1 coracle network connect --ip 192.168.99.1 fixed refused-web-1
	has_error 'no configured subnet contains IP address 192.168.99.1'
	expect 1 coracle network connect --ip 172.17.0.9 bridge refused-web-1
	has_error 'user-specified IP address is supported on user-defined networks only'
	expect 1 coracle network connect --alias x bridge refused-web-1
	has_error 'network-scoped aliases are only supported for user-defined networks'
	expect 1 coracle network connect --ip 172.30.9.1 fixed refused-web-1
	has_error 'address already in use'
	expect 1 coracle network connect missing refused-web-1
	has_error missing
	expect 1 coracle network connect fixed missing
	has_error missing
	expect 1 coracle network disconnect missing refused-web-1
	[ "$(networks_of refused-web-1)" = 'refused_default ' ]
	expect 0 coracle exec -T web ping -c 1 -W 5 198.51.100.1
	expect 0 coracle system check
	expect 0 coracle network rm fixed
}

@test "links of one network are known to the container alone" {
	stage linked
	expect 0 coracle network connect --link linked-other-1:friend "$side" "$name"
	expect 0 coracle exec -T web ping -c 1 -W 2 friend
	expect 1 coracle exec -T other nslookup friend
}

@test "the default bridge, by its id" {
	stage bridged
	expect 0 coracle network connect "$(coracle network inspect bridge --format '{{.Id}}')" "$name"
	[ "$(networks_of "$name")" = 'bridge bridged_default ' ]
	expect 0 coracle exec -T web ping -c 1 -W 2 172.17.0.1
	expect 0 coracle network disconnect bridge "$name"
	[ "$(inside ip -o link | grep -c ' br-[0-9a-f]*:')" = 2 ]
}

@test "up leaves a container alone that somebody connected to a network" {
	stage kept
	id=$(inspect_of "$name" '{{.Id}}')
	expect 0 coracle network connect "$side" "$name"
	expect 0 coracle up -d
	[ "$(inspect_of "$name" '{{.Id}}')" = "$id" ]
	[ "$(networks_of "$name")" = 'kept_default kept_side ' ]
}

@test "a connection outlives a restart, and a killed monitor" {
	stage lasting
	expect 0 coracle network connect --alias extra "$side" "$name"
	before=$(address_of "$name" "$side")
	expect 0 coracle restart web
	expect 0 coracle exec -T other ping -c 1 -W 2 extra
	inside kill -9 "$(monitor_of "$name")"
	expect 0 coracle ps
	[ "$(address_of "$name" "$side")" = "$before" ]
	eventually 5 coracle exec -T other ping -c 1 -W 2 extra
	expect 0 coracle network disconnect "$side" "$name"
	expect 0 coracle stop web
	expect 0 coracle start web
	[ "$(networks_of "$name")" = 'lasting_default ' ]
}

@test "a description that nobody told the monitor of is followed by the next one" {
	stage told
	id=$(inspect_of "$name" '{{.Id}}')
	file=$CORACLE_ROOT/containers/$id/container.json
	inside sh -c 'sed -i "s/\"network\": *\"told_default\"/\"network\":\"told_side\"/" "$1"; grep -q told_side "$1"' sh "$file"
	inside kill -9 "$(monitor_of "$name")"
	expect 0 coracle ps
	eventually 5 followed
	eventually 5 coracle exec -T other ping -c 1 -W 2 "$name"
	expect 0 coracle system check
}

followed()
{
	[ "$(networks_of told-web-1)" = 'told_side ' ]
}

@test "events tell of it" {
	stage told2
	since=$(date +%s)
	expect 0 coracle network connect "$side" "$name"
	expect 0 coracle network disconnect "$side" "$name"
	expect 0 coracle system events --since "$since" --until "$(($(date +%s) + 1))" --filter type=network --format '{{.Action}}'
	[ "$(tail -n 2 <<<"$output")" = "$(printf 'connect\ndisconnect')" ]
}
