#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Drivers macvlan and ipvlan: containers on an interface of the host itself.

load helper

# A second cable to the neighbour, which is 10.95.0.1 there.
file_setup()
{
	inside ip link add cable type veth peer name other netns "$NEIGHBOUR"
	inside ip link set cable addrgenmode none up
	neighbour ip address add 10.95.0.1/24 dev other
	neighbour ip -6 address add fd95::1/64 dev other nodad
	neighbour ip link set other up
}

# Skips where the kernel has no interfaces of that kind: tests/vm/direct.sh has them all.
needs()
{
	inside ip link add probe "$@" || skip "this kernel has no ${*: -1} interfaces"
	inside ip link delete probe
}

# direct NAME DRIVER [LINE...]: services a and b on a network with these driver_opts.
direct()
{
	local name=$1 driver=$2
	shift 2
	project "$name" <<-YAML
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  a: {<<: *service, ports: ["8090:80"]}
	  b: {<<: *service}
	networks:
	  default:
	    driver: $driver
	    enable_ipv6: true
	    ipam: {config: [{subnet: 10.95.0.0/24, gateway: 10.95.0.1, ip_range: 10.95.0.64/26}, {subnet: "fd95::/64", gateway: "fd95::1"}]}
	    driver_opts:
	      com.docker.network.driver.mtu: 1400
	$(printf '      %s\n' "$@")
	YAML
}

@test "macvlan: its own address on the parent's network, names, no published ports" {
	direct mac macvlan 'parent: cable'
	expect 0 coracle up -d
	has_error 'ports of mac-a-1 are not published'
	expect 0 coracle exec -T a ping -c 1 -W 5 b
	expect 0 coracle exec -T a ping -c 1 -W 5 10.95.0.1
	expect 0 coracle exec -T a ping -6 -c 1 -W 5 fd95::1
	expect 0 coracle exec -T a ip route
	has 'default via 10.95.0.1 dev eth0'
	expect 0 coracle exec -T a ip link show eth0
	has "$(inspect_of mac-a-1 '{{.NetworkSettings.Networks.mac_default.MacAddress}}')"
	expect 0 neighbour ping -c 1 -W 5 "$(inspect_of mac-b-1 '{{.NetworkSettings.Networks.mac_default.IPAddress}}')"
	[[ "$(inspect_of mac-b-1 '{{.NetworkSettings.Networks.mac_default.IPAddress}}')" =~ ^10\.95\.0\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])$ ]]
	# No rule and no bridge is needed for it; a restart keeps the address.
	expect 0 inside nft list ruleset
	lacks cable
	before=$(coracle exec -T a ip -o -4 address show eth0)
	expect 0 coracle restart a
	[ "$(coracle exec -T a ip -o -4 address show eth0)" = "$before" ]
	expect 0 coracle down
	inside ip link show cable
}

@test "macvlan modes: private ones do not see each other" {
	direct private macvlan 'parent: cable' 'macvlan_mode: private'
	expect 0 coracle up -d
	expect 1 coracle exec -T a ping -c 1 -W 1 b
	expect 0 coracle exec -T a ping -c 1 -W 5 10.95.0.1
}

@test "ipvlan l2 and l3" {
	needs link cable type ipvlan
	direct ip ipvlan 'parent: cable'
	expect 0 coracle up -d
	expect 0 coracle exec -T a ping -c 1 -W 5 b
	expect 0 coracle exec -T a ping -c 1 -W 5 10.95.0.1
	mac=$(inside cat /sys/class/net/cable/address)
	expect 0 coracle exec -T a ip link show eth0
	has "$mac"
	[ "$(inspect_of ip-a-1 '{{.NetworkSettings.Networks.ip_default.MacAddress}}')" = "$mac" ]
	expect 0 coracle down
	direct ip3 ipvlan 'parent: cable' 'ipvlan_mode: l3'
	expect 0 coracle up -d
	expect 0 coracle exec -T a ip route
	has 'default dev eth0'
	expect 0 coracle exec -T a ping -c 1 -W 5 b
}

@test "without a parent it is among themselves only" {
	needs type dummy
	direct alone macvlan
	expect 0 coracle up -d
	expect 0 coracle exec -T a ping -c 1 -W 5 b
	expect 0 coracle exec -T a ip route
	lacks default
	[ "$(inside ip -o link show type dummy | wc -l)" = 1 ]
	expect 0 coracle down
	[ "$(inside ip -o link show type dummy | wc -l)" = 0 ]
}

@test "a VLAN as parent is made and removed" {
	inside ip link add link cable name cable.9 type vlan id 9 || skip 'this kernel has no VLANs'
	inside ip link delete cable.9
	neighbour ip link add link other name other.50 type vlan id 50
	neighbour ip link set other.50 up
	neighbour ip address flush dev other
	neighbour ip address add 10.95.0.1/24 dev other.50
	direct vlan macvlan 'parent: cable.50'
	expect 0 coracle up -d
	expect 0 coracle exec -T a ping -c 1 -W 5 10.95.0.1
	expect 0 coracle down
	neighbour ip link delete other.50
	neighbour ip address add 10.95.0.1/24 dev other
	run inside ip link show cable.50
	[ "$status" != 0 ]
}

@test "beside a bridge network, ports are published there" {
	project both <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: httpd -f -p 80 -h /etc
	    ports: ["8091:80"]
	    networks: {wire: {}, plain: {}}
	networks:
	  wire: {driver: macvlan, driver_opts: {parent: cable}, ipam: {config: [{subnet: 10.95.0.0/24}]}}
	  plain: {}
	YAML
	expect 0 coracle up -d
	eventually 10 inside curl -sfm 5 http://127.0.0.1:8091/hostname
}

@test "a parent that is not there, one that is taken, and modes that do not exist" {
	NO_DOWN=1 direct nowhere macvlan 'parent: no-such-link'
	expect 1 coracle up -d
	has_error "there is no interface 'no-such-link' to be its parent"
	NO_DOWN=1 direct mode ipvlan 'parent: cable' 'ipvlan_mode: l7'
	expect 1 coracle up -d
	has_error 'ipvlan_mode is l2, l3 or l3s'
	NO_DOWN=1 direct mixed bridge 'parent: cable'
	expect 1 coracle up -d
	has_error 'parent and the modes are for the drivers macvlan and ipvlan'
	direct first macvlan 'parent: cable'
	expect 0 coracle up -d
	NO_DOWN=1 direct second macvlan 'parent: cable'
	sed -i s/10.95/10.96/g compose.yaml
	sed -i s/fd95/fd96/g compose.yaml
	expect 1 coracle up -d
	has_error "the interface 'cable' belongs to network 'first_default'"
}
