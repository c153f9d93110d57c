#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Networks: isolation, names, aliases, internal networks, forwarding.

load helper

file_setup()
{
	load_image python
}

two_networks()
{
	project nets <<-'YAML'
	x-service: &service
	  image: busybox
	  command: sleep 3600
	  stop_signal: SIGKILL
	services:
	  front: {<<: *service, networks: [outer]}
	  both: {<<: *service, networks: [outer, inner]}
	  back: {<<: *service, networks: [inner]}
	networks:
	  outer:
	  inner:
	    internal: true
	YAML
	expect 0 coracle up -d
}

address()
{
	inspect_of "$1" "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}"
}

@test "services reach one another by name within a network only" {
	two_networks
	expect 0 coracle exec -T front ping -c 1 -W 2 both
	expect 0 coracle exec -T both ping -c 1 -W 2 back
	expect 0 coracle exec -T both ping -c 1 -W 2 front
	expect 1 coracle exec -T front ping -c 1 -W 1 back
	expect 1 coracle exec -T front nslookup back
	expect 1 coracle exec -T front ping -c 1 -W 1 "$(address nets-back-1 nets_inner)"
}

@test "an internal network has no way out and the host's other addresses are out of reach" {
	two_networks
	expect 0 coracle exec -T front ping -c 1 -W 2 198.51.100.1
	expect 0 coracle exec -T both ping -c 1 -W 2 198.51.100.1
	run coracle exec -T back ping -c 1 -W 1 198.51.100.1
	[ "$status" != 0 ]
	run coracle exec -T back ping -c 1 -W 1 192.0.2.2
	[ "$status" != 0 ]
	expect 0 coracle exec -T back ip route
	lacks default
}

@test "from outside nobody reaches a container without a published port" {
	two_networks
	coracle exec -T -d front httpd -f -p 80 -h /
	neighbour ip route add "$(address nets-front-1 nets_outer)" via 192.0.2.1
	eventually 5 inside curl -sm 2 -o /dev/null "http://$(address nets-front-1 nets_outer)/"
	run neighbour curl -sm 1 "http://$(address nets-front-1 nets_outer)/"
	[ "$status" != 0 ]
	neighbour ip route del "$(address nets-front-1 nets_outer)"
}

@test "names: service, container, alias, short id, and back" {
	project aliases <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	  b:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    container_name: named
	    networks:
	      default:
	        aliases: [other, another.name]
	YAML
	expect 0 coracle up -d
	ip=$(address named aliases_default)
	id=$(inspect_of named '{{.Id}}')
	for name in b named other another.name "${id:0:12}"; do
		expect 0 coracle exec -T a nslookup "$name"
		has "$ip"
	done
	expect 0 coracle exec -T a nslookup "$ip"
	has named
	expect 0 coracle exec -T a cat /etc/resolv.conf
	has 'nameserver 127.0.0.11'
}

@test "a service name gives all replicas, in rotating order" {
	project rotate <<-'YAML'
	services:
	  client:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	  api:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    scale: 2
	YAML
	expect 0 coracle up -d
	one=$(address rotate-api-1 rotate_default) two=$(address rotate-api-2 rotate_default)
	expect 0 coracle exec -T client nslookup api
	has "$one"
	has "$two"
	firsts=$(for _ in $(seq 24); do
		inside nsenter -t "$(pid_of rotate-client-1)" -n dig +short @127.0.0.11 api | head -n 1
	done | sort -u)
	[ "$firsts" = "$(printf '%s\n' "$one" "$two" | sort)" ]
	expect 0 inside nsenter -t "$(pid_of rotate-client-1)" -n dig +tcp +short @127.0.0.11 api
	has "$one"
	expect 0 coracle kill api
	eventually 5 state_is rotate-api-1 exited
	expect 1 coracle exec -T client nslookup api
}

@test "other names are forwarded to the host's name server" {
	two_networks
	expect 0 coracle exec -T front nslookup name.example
	has 198.51.100.1
	expect 1 coracle exec -T front nslookup no-such-name.example
	run dns_log
	has 'asked no-such-name.example'
	# A name of ours never leaves the host.
	coracle exec -T front nslookup both
	run dns_log
	lacks 'asked both'
}

@test "a container that binds 0.0.0.0:53 itself still resolves names" {
	project own53 <<-'YAML'
	services:
	  dns:
	    image: coracle/python
	    command:
	      - python3
	      - -c
	      - |
	        import socket, time
	        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
	            globals()[str(kind)] = s = socket.socket(socket.AF_INET, kind)
	            s.bind(("0.0.0.0", 53))
	        print("bound", flush=True)
	        time.sleep(3600)
	    stop_signal: SIGKILL
	  other:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	eventually 5 logged 1 bound dns
	expect 0 coracle exec -T dns getent hosts other
	expect 0 coracle exec -T dns getent ahostsv4 name.example
	has 198.51.100.1
	expect 0 inside nsenter -t "$(pid_of own53-dns-1)" -n dig +tcp +short @127.0.0.11 other
	matches '^[0-9.]+$'
}

@test "static address, subnet, mac and IPv6" {
	project static <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    networks:
	      lan:
	        ipv4_address: 10.77.5.9
	        ipv6_address: fd77::9
	        mac_address: 02:42:ac:11:00:99
	networks:
	  lan:
	    enable_ipv6: true
	    ipam:
	      config:
	        - {subnet: 10.77.5.0/24, gateway: 10.77.5.1}
	        - {subnet: "fd77::/64"}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a ip address show eth0
	has 'inet 10.77.5.9/24'
	has 'inet6 fd77::9/64'
	has '02:42:ac:11:00:99'
	expect 0 coracle exec -T a ip route
	has 'default via 10.77.5.1'
	[ "$(inspect_of static-a-1 '{{json (index .NetworkSettings.Networks "static_lan").IPAMConfig}}')" = \
		'{"IPv4Address":"10.77.5.9","IPv6Address":"fd77::9"}' ]
	expect 0 inside ping -c 1 -W 2 fd77::9
}

@test "network_mode none, host, service" {
	project modes <<-'YAML'
	x-service: &service
	  image: busybox
	  command: sleep 3600
	  stop_signal: SIGKILL
	services:
	  alone: {<<: *service, network_mode: none}
	  open: {<<: *service, network_mode: host}
	  guest: {<<: *service, network_mode: "service:owner"}
	  owner: {<<: *service}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T alone ip -o link
	lacks eth0
	expect 0 coracle exec -T open ip -o address
	has 192.0.2.1
	expect 0 coracle exec -T owner sh -c 'ip -o -4 address show eth0'
	owner=$output
	expect 0 coracle exec -T guest sh -c 'ip -o -4 address show eth0'
	is "$owner"
}

@test "extra_hosts, links and host.docker.internal" {
	project extra <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    extra_hosts: ["elsewhere:10.1.2.3", "gateway:host-gateway"]
	    links: ["b:linked"]
	  b:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /etc/hosts
	has '10.1.2.3	elsewhere'
	expect 0 coracle exec -T a ping -c 1 -W 2 linked
	expect 0 coracle exec -T a ping -c 1 -W 2 gateway
	expect 0 coracle exec -T a ping -c 1 -W 2 host.docker.internal
}

@test "external networks join projects" {
	expect 0 coracle network create common
	project left <<-'YAML'
	services:
	  l: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [common]}
	networks:
	  common: {external: true}
	YAML
	expect 0 coracle up -d
	project right <<-'YAML'
	services:
	  r: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [common]}
	networks:
	  common: {external: true}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T r ping -c 1 -W 2 l
	expect 1 coracle network rm common
	expect 0 coracle down
	(cd ../left && coracle down)
	expect 0 coracle network rm common
}

# The name of an interface on the host says whose it is, as far as the kernel lets it.
@test "a container with a very long name has a network" {
	local name
	name=$(printf 'n%.0s' {1..250})
	project long <<-YAML
	services:
	  a: {image: busybox, container_name: $name, command: sleep 3600, stop_signal: SIGKILL, hostname: a}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /sys/class/net/eth0/operstate
	is up
}

# How often the host's rules have been changed (NFT_MSG_GETGEN of nfnetlink).
generation()
{
	inside python3 - <<-'PYTHON'
	import socket, struct
	with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as nfnetlink:
	    nfnetlink.send(struct.pack("=IHHIIBBH", 20, 10 << 8 | 16, 1, 0, 0, 0, 0, 0))
	    answer = nfnetlink.recv(4096)
	length, kind = struct.unpack_from("=HH", answer, 20)
	assert kind == 1, answer
	print(struct.unpack_from(">I", answer, 24)[0])
	PYTHON
}

# Most of what the kernel waits for it waits for once then.
@test "networks that nobody uses go together, and one in use stays" {
	local before name
	for name in 1 2 3 4 5 6; do
		expect 0 coracle network create "idle$name"
	done
	expect 0 coracle network create busy
	expect 0 coracle container run -d --name on --network busy busybox sleep 1000
	before=$(generation)
	expect 0 coracle network prune -f
	[ "$(generation)" -eq $((before + 1)) ]
	has idle1 idle6
	lacks busy
	expect 0 coracle network ls -q --filter name=idle
	is ''
	coracle container rm -f on
	expect 0 coracle network prune -f
	has busy
}
