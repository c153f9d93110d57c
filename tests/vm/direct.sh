# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
#
# The drivers macvlan and ipvlan, on a kernel that has every kind of interface.

modprobe -a macvlan ipvlan dummy 8021q veth 2>/dev/null
# The other end of the cable is a machine of its own.
ip netns add other
ip link add cable type veth peer name eth0 netns other
ip link set cable up
ip -n other link set lo up
ip -n other address add 10.95.0.1/24 dev eth0
ip -n other link set eth0 up
ip -n other link add link eth0 name eth0.50 type vlan id 50
ip -n other address add 10.96.0.1/24 dev eth0.50
ip -n other link set eth0.50 up

# direct NAME DRIVER SUBNET [LINE...]
direct()
{
	local name=$1 driver=$2 subnet=$3
	shift 3
	project "$name" <<-YAML
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services: {a: *service, b: *service}
	networks:
	  default:
	    driver: $driver
	    ipam: {config: [{subnet: $subnet.0/24, gateway: $subnet.1}]}
	    driver_opts:
	      com.docker.network.driver.mtu: 1400
	$(printf '      %s\n' "$@")
	YAML
	coracle up -d
}

test_ipvlan_in_layer_2()
{
	direct ipvlan_in_layer_2 ipvlan 10.95.0 'parent: cable' 'ipvlan_mode: l2'
	coracle exec -T a ping -c 1 -W 20 b
	coracle exec -T a ping -c 1 -W 20 10.95.0.1
	coracle exec -T a ip link show eth0 | grep -q "$(cat /sys/class/net/cable/address)"
	coracle exec -T a ip route | grep -q 'default via 10.95.0.1'
	coracle down
	ip link show cable
}

test_ipvlan_in_layer_3()
{
	direct ipvlan_in_layer_3 ipvlan 10.97.0 'parent: cable' 'ipvlan_mode: l3'
	coracle exec -T a ping -c 1 -W 20 b
	coracle exec -T a ip route | grep -q 'default dev eth0'
	# The other machine knows the way back.
	ip -n other route add 10.97.0.0/24 dev eth0
	coracle down
	direct ipvlan_in_layer_3 ipvlan 10.97.0 'parent: cable' 'ipvlan_mode: l3s'
	coracle exec -T a ping -c 1 -W 20 b
	coracle down
}

test_ipvlan_flag_private_keeps_neighbours_apart()
{
	direct ipvlan_flag_private_keeps_neighbours_apart ipvlan 10.95.0 'parent: cable' 'ipvlan_flag: private'
	fails coracle exec -T a ping -c 1 -W 2 b
	coracle exec -T a ping -c 1 -W 20 10.95.0.1
}

test_without_a_parent_they_are_among_themselves()
{
	direct without_a_parent_they_are_among_themselves macvlan 10.98.0
	coracle exec -T a ping -c 1 -W 20 b
	equal "$(coracle exec -T a ip route | grep default)" ''
	equal "$(ip -o link show type dummy | grep -c ': dm-')" 1
	coracle down
	equal "$(ip -o link show type dummy | grep -c ': dm-')" 0
}

test_a_vlan_is_made_and_removed()
{
	direct a_vlan_is_made_and_removed macvlan 10.96.0 'parent: cable.50'
	ip -d link show cable.50 | grep -q 'vlan protocol 802.1Q id 50'
	coracle exec -T a ping -c 1 -W 20 10.96.0.1
	coracle down
	fails ip link show cable.50
}
