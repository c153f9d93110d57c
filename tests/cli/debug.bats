#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# debug dns and debug ports: what is reachable, and why something is not; network inspect's ports and rules.

load helper

stage()
{
	project why <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  web:
	    <<: *service
	    command: httpd -f -p 80
	    networks: [front]
	    ports: ["8081:80", "127.0.0.1:8082:80", "8083:81"]
	    extra_hosts: ["fixed:192.0.2.77"]
	    links: ["lo:mate"]
	  lo: {<<: *service, command: httpd -f -p 127.0.0.1:80, networks: [front, inner], ports: ["8085:80"]}
	  back: {<<: *service, networks: [back]}
	  off: {<<: *service, networks: [front]}
	  sealed: {<<: *service, networks: [inner], ports: ["8090:80"]}
	  hosts: {<<: *service, network_mode: host}
	  guest: {<<: *service, network_mode: "service:web"}
	networks:
	  front:
	  back:
	  inner: {internal: true}
	YAML
	expect 0 coracle up -d
	expect 0 coracle stop -t 0 off
	eventually 10 listens web
	eventually 10 listens lo
}

listens()
{
	coracle exec -T "$1" sh -c 'netstat -ltn | grep -q ":80 "'
}

address_of()
{
	inspect_of "why-$1-1" "{{(index .NetworkSettings.Networks \"why_$2\").IPAddress}}"
}

@test "debug dns: who has a name, who has it elsewhere, and what is asked outside" {
	stage
	expect 0 coracle debug dns lo web
	has "lo in why-web-1: $(address_of lo front) "
	has "$(address_of lo front) is why-lo-1 on network why_front"
	expect 0 coracle debug dns LO.why_front why-guest-1
	has "it has the network of why-web-1"
	expect 0 coracle debug dns mate web
	has 'a link makes it another word for lo'
	expect 1 coracle debug dns back web
	has 'there is no such name'
	has "why-back-1 has that name on network why_back, where why-web-1 is not"
	has "coracle network connect why_back why-web-1"
	coracle network connect why_back why-web-1
	expect 0 coracle debug dns back web
	expect 1 coracle debug dns off web
	has 'why-off-1 would have that name, but is exited with 137'
	expect 1 coracle debug dns hosts web
	has 'why-hosts-1 has no network of its own (network_mode host)'
	expect 1 coracle debug dns nobody web
	has 'no container has that name'
	expect 0 coracle debug dns fixed web
	has '192.0.2.77, by extra_hosts'
	expect 0 coracle debug dns name.example web
	has "is no container's of its networks"
	expect 1 coracle debug dns name.example sealed
	has 'nobody outside is asked'
	expect 1 coracle debug dns web hosts
	has "it uses the host's network"
	expect 1 coracle debug dns web off
	has 'only in running containers'
	expect 1 coracle debug dns web nobody
	has_error "no container or service is called 'nobody'"
}

@test "debug dns: of two networks that know a name the first answers; one's own project comes first" {
	project first <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  asker: {<<: *service, networks: {a: {gw_priority: 1}, b: {}}}
	  one: {<<: *service, networks: {a: {aliases: [twin]}}}
	  two: {<<: *service, networks: {b: {aliases: [twin]}}}
	networks: {a: {name: shared-a}, b: {}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle debug dns twin first-asker-1
	matches 'is first-one-1 on network shared-a'
	has 'first-two-1 on network first_b has the name, too: the first network that knows a name answers, in the order shared-a, first_b'
	mkdir ../guests
	cat >../guests/compose.yaml <<-'YAML'
	services:
	  one: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [a]}
	networks: {a: {name: shared-a, external: true}}
	YAML
	expect 0 coracle -f ../guests/compose.yaml up -d
	expect 0 coracle debug dns one first-asker-1
	has "guests-one-1 on network shared-a has the name, too, but is of project guests: the asker's own project comes first"
	expect 1 coracle debug dns two one
	has_error 'several projects have a service "one"'
	expect 0 coracle -f ../guests/compose.yaml down -t 0
}

@test "debug ports: what is published against what listens" {
	stage
	expect 1 coracle debug ports
	has "why-web-1: $(address_of web front) on why_front"
	has '0.0.0.0:8081 -> 80/tcp: reachable from this host and from others'
	has '[::]:8081 -> 80/tcp: reachable from this host and from others'
	has '127.0.0.1:8082 -> 80/tcp: reachable from this host only'
	has '0.0.0.0:8083 -> 81/tcp: not reachable: nothing listens on port 81 in the container; it listens on 80/tcp'
	has '0.0.0.0:8085 -> 80/tcp: not reachable: in the container it listens on loopback only'
	has '80/tcp: not published, as asked for: all its networks are internal'
	expect 1 coracle debug ports off
	has 'is exited with 137: nothing of it can be reached'
	expect 0 coracle debug ports back hosts guest
	has 'listens on no port and publishes none'
	has "why-hosts-1: uses the host's network"
	has 'why-guest-1: has the network of '
	coracle exec -d back httpd -f -p 8000
	eventually 5 unpublished_is_said
	expect 0 coracle pause web
	expect 1 coracle debug ports web
	has '0.0.0.0:8081 -> 80/tcp: not reachable: the container is paused'
	expect 0 coracle unpause web
}

unpublished_is_said()
{
	coracle debug ports back | grep -F '8000/tcp: listens, not published'
}

@test "debug ports: another program's table, which drops what is forwarded" {
	stage
	inside nft 'add table inet theirs; add chain inet theirs f { type filter hook forward priority 0; policy drop; }'
	expect 1 coracle debug ports web
	inside nft delete table inet theirs
	has "reachable from this host; for others the nftables table 'theirs' of another program drops what is forwarded"
}

@test "network inspect shows the ports that lead to it and the rules in force" {
	stage
	expect 0 coracle network inspect why_front
	echo "$output" | jq -e '.[0].Ports | map(select(.Container == "why-web-1" and .HostPort == 8081)) |
		map({HostIp, Relayed}) | sort == [{"HostIp": "0.0.0.0", "Relayed": false}, {"HostIp": "::", "Relayed": true}]'
	echo "$output" | jq -e '[.[0].Ports[].InForce] | all'
	echo "$output" | jq -e '[.[0].Rules[].InForce] | all'
	has 'its containers reach one another'
	has 'what goes out gets an address of the host'
	expect 0 coracle network inspect why_inner
	has 'nothing goes out or comes in'
	lacks 'what goes out gets'
	echo "$output" | jq -e '.[0].Ports == []'
	expect 0 coracle network inspect host
}
