#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attributes of services and networks that shape the network, seen from inside and from the host.

load helper
load attributes_helper

bridge_of()
{
	inspect_of "$1" '{{(index .Options "com.docker.network.bridge.name")}}'
}

@test "dns, dns_search and dns_opt" {
	project resolv <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  x: {<<: *service, dns: [192.0.2.2], dns_search: [example], dns_opt: ["ndots:3", "timeout:3"]}
	  # Nobody answers there.
	  deaf: {<<: *service, dns: 198.51.100.1, dns_search: "."}
	YAML
	expect 0 coracle up -d
	expect 0 inner cat /etc/resolv.conf
	has 'nameserver 127.0.0.11'
	has 'search example'
	matches 'options .*ndots:3'
	expect 0 inner ping -c 1 -W 5 name
	has 198.51.100.1
	expect 1 coracle exec -T deaf nslookup name.example
	expect 0 coracle exec -T deaf ping -c 1 -W 5 x
	expect 0 coracle exec -T deaf cat /etc/resolv.conf
	lacks search
}

@test "extra_hosts: list, map, IPv6 and host-gateway" {
	project hosts <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  list: {<<: *service, extra_hosts: ["one:10.1.1.1", "two=10.1.1.2", "six:[2001:db8::6]", "gw=host-gateway"]}
	  map: {<<: *service, extra_hosts: {many: [10.1.1.3, 10.1.1.4]}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T list cat /etc/hosts
	has $'10.1.1.1\tone'
	has $'10.1.1.2\ttwo'
	has $'2001:db8::6\tsix'
	expect 0 coracle exec -T list ping -c 1 -W 5 gw
	expect 0 coracle exec -T map cat /etc/hosts
	has $'10.1.1.3\tmany'
	has $'10.1.1.4\tmany'
}

@test "links and external_links give names" {
	project outside <<-'YAML'
	services:
	  other: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [shared]}
	networks:
	  shared: {name: shared}
	YAML
	expect 0 coracle up -d
	project linked <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    links: ["b:bee"]
	    external_links: ["outside-other-1:friend"]
	    networks: [shared]
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [shared]}
	networks:
	  shared: {external: true}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a ping -c 1 -W 5 bee
	expect 0 coracle exec -T a ping -c 1 -W 5 friend
	expect 1 coracle exec -T b nslookup bee
	coracle down
}

@test "mac_address, interface_name, priority, gw_priority, aliases, addresses and endpoint sysctls" {
	project ends <<-'YAML'
	services:
	  x:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    networks:
	      first:
	        interface_name: lan0
	        mac_address: 02:00:00:00:00:11
	        ipv4_address: 10.91.1.9
	        link_local_ips: [169.254.7.7, "fe80::77"]
	        driver_opts:
	          com.docker.network.endpoint.sysctls: net.ipv4.conf.IFNAME.log_martians=1
	      second:
	        gw_priority: 5
	        aliases: [ex, why]
	      third: {priority: 100}
	  y: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, mac_address: 02:00:00:00:00:22, networks: [first, second]}
	networks:
	  first: {enable_ipv6: true, ipam: {driver: default, config: [{subnet: 10.91.1.0/24}, {subnet: "fd91::/64"}]}}
	  second: {ipam: {config: [{subnet: 10.91.2.0/24, gateway: 10.91.2.200, ip_range: 10.91.2.64/26, aux_addresses: {taken: 10.91.2.64, next: 10.91.2.65}}]}}
	  third: {}
	YAML
	expect 0 coracle up -d
	expect 0 inner ip address show lan0
	has 02:00:00:00:00:11
	has 10.91.1.9/24
	has 169.254.7.7/16
	has fe80::77/64
	expect 0 inner cat /proc/sys/net/ipv4/conf/lan0/log_martians
	is 1
	expect 0 inner ip route
	has 'default via 10.91.2.200'
	# The highest priority has the first name.
	third=$(inspect_of ends-x-1 '{{.NetworkSettings.Networks.ends_third.IPAddress}}')
	expect 0 inner ip address show eth0
	has "$third"
	expect 0 coracle exec -T y ping -c 1 -W 5 why
	expect 0 coracle exec -T y ip link show eth0
	has 02:00:00:00:00:22
	expect 0 coracle exec -T y ip address show eth1
	matches '10\.91\.2\.(6[6-9]|[7-9][0-9]|1[01][0-9]|12[0-7])/24'
	[ "$(inspect_of ends-x-1 '{{.NetworkSettings.Networks.ends_first.MacAddress}}')" = 02:00:00:00:00:11 ]
}

@test "a link-local address that is none is an error" {
	NO_DOWN=1 project local <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 3600, networks: {default: {link_local_ips: [10.0.0.1]}}}
	YAML
	expect 1 coracle up -d
	has_error 10.0.0.1
	expect 0 coracle down
}

@test "networks: bridge name, MTU, no icc, no masquerade, binding address, labels" {
	project options <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  a: {<<: *service, networks: [plain, apart], ports: ["8088:80"], command: httpd -f -p 80 -h /etc}
	  b: {<<: *service, networks: [plain, apart]}
	networks:
	  plain:
	    name: plain-net
	    attachable: true
	    labels: {team: blue}
	    driver: bridge
	    driver_opts:
	      com.docker.network.bridge.name: br-own
	      com.docker.network.driver.mtu: 1400
	      com.docker.network.bridge.host_binding_ipv4: 127.0.0.1
	  apart:
	    internal: true
	    driver_opts: {com.docker.network.bridge.enable_icc: "false"}
	YAML
	expect 0 coracle up -d
	expect 0 inside ip link show br-own
	has 'mtu 1400'
	expect 0 coracle exec -T a ip link show eth0
	has 'mtu 1400'
	[ "$(inspect_of plain-net '{{.Labels.team}}')" = blue ]
	apart=$(inspect_of options-b-1 '{{.NetworkSettings.Networks.options_apart.IPAddress}}')
	plain=$(inspect_of options-b-1 '{{(index .NetworkSettings.Networks "plain-net").IPAddress}}')
	expect 0 coracle exec -T a ping -c 1 -W 5 "$plain"
	run coracle exec -T a ping -c 1 -W 1 "$apart"
	[ "$status" != 0 ]
	eventually 5 inside curl -sm 5 http://127.0.0.1:8088/hostname
	run inside curl -sm 2 http://192.0.2.1:8088/hostname
	[ "$status" != 0 ]
}

@test "networks: without masquerading the container's own address goes out" {
	project masks <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	networks:
	  default:
	    ipam: {config: [{subnet: 10.92.0.0/24}]}
	    driver_opts: {com.docker.network.bridge.enable_ip_masquerade: "false"}
	YAML
	expect 0 coracle up -d
	neighbour ip route add 10.92.0.0/24 via 192.0.2.1
	expect 0 inner ping -c 1 -W 5 192.0.2.2
	neighbour ip route del 10.92.0.0/24
	run inner ping -c 1 -W 1 192.0.2.2
	[ "$status" != 0 ]
}

@test "networks: enable_ipv4: false, and IPv6 only" {
	project six <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  y: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	networks:
	  default: {enable_ipv4: false, enable_ipv6: true}
	YAML
	expect 0 coracle up -d
	expect 0 inner ip -o -4 address show eth0
	is ''
	expect 0 inner ping -6 -c 1 -W 5 y
}

@test "networks: external must exist, a name, an unknown driver" {
	NO_DOWN=1 project missing <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 3600, networks: [there]}
	  y: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	networks:
	  there: {external: true, name: not-there}
	YAML
	expect 1 coracle up -d x
	has_error 'network not-there declared as external, but could not be found'
	expect 0 coracle up -d y
	expect 0 coracle down
	NO_DOWN=1 project driver <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 3600}
	networks:
	  default: {driver: weave}
	YAML
	expect 1 coracle up -d
	has_error weave
}

@test "network_mode: none, host, bridge" {
	project modes <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  none: {<<: *service, network_mode: none}
	  host: {<<: *service, network_mode: host}
	  bridge: {<<: *service, network_mode: bridge}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T none ip -o link
	lacks eth0
	[ "$(coracle exec -T host readlink /proc/self/ns/net)" = "$(inside readlink /proc/self/ns/net)" ]
	expect 0 coracle exec -T bridge ping -c 1 -W 5 198.51.100.1
	coracle down
	coracle network create spare
	expect 0 coracle network prune -f
	has spare
	lacks bridge
}

@test "ports: ranges, host_ip, protocols and the long form" {
	project ports <<-'YAML'
	services:
	  x:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    expose: ["9000", "9001-9002/udp"]
	    ports:
	      - "127.0.0.1:7001-7002:81-82"
	      - "7003:83/udp"
	      - {target: 84, published: "7004-7010", host_ip: 127.0.0.1, protocol: tcp, mode: host, name: web, app_protocol: http}
	      - "85"
	YAML
	expect 0 coracle up -d
	[ "$(coracle port x 81)" = 127.0.0.1:7001 ]
	[ "$(coracle port x 82)" = 127.0.0.1:7002 ]
	[ "$(coracle port --protocol udp x 83)" = 0.0.0.0:7003 ]
	[ "$(coracle port x 84)" = 127.0.0.1:7004 ]
	[[ "$(coracle port x 85)" =~ ^0.0.0.0:[0-9]+$ ]]
	expect 0 coracle ps --format '{{.Ports}}'
	has 9001-9002/udp
	has 9000/tcp
}
