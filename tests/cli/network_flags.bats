#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What network create, ls and rm take beside a name.

load helper

teardown()
{
	coracle network prune -f >/dev/null
	assert_nothing_left
}

names()
{
	expect 0 coracle network ls --format '{{.Name}}' "$@"
}

@test "ls: every filter, ids and their lengths" {
	id=$(coracle network create --label tier=front one)
	coracle network create two
	names -f name=on
	is "$(printf 'none\none')"
	names -f 'name=^on'
	is one
	names -f "id=${id:0:10}"
	is one
	names -f label=tier -f driver=bridge
	is one
	names -f label=tier=back
	is ''
	names -f driver=host -f driver=null
	is "$(printf 'host\nnone')"
	names -f type=custom
	is "$(printf 'one\ntwo')"
	names --filter type=builtin
	is "$(printf 'bridge\nhost\nnone')"
	names -f scope=swarm
	is ''
	names -f scope=local -f dangling=true
	is "$(printf 'one\ntwo')"
	expect 1 coracle network ls -f type=odd
	has_error "invalid filter: 'type'='odd'"
	expect 1 coracle network ls -f color=red
	expect 0 coracle network ls -q -f name=^one
	is "${id:0:12}"
	expect 0 coracle network list -q --no-trunc -f name=^one
	is "$id"
}

@test "create: each gateway, range and reserved address goes to the subnet that it lies in" {
	expect 0 coracle network create --ipv6 --subnet 172.30.0.0/16 --subnet fd00:30::/64 \
		--gateway fd00:30::9 --gateway 172.30.0.9 --ip-range 172.30.5.0/24 \
		--aux-address host=172.30.5.1 --aux-address printer=172.30.5.0 --aux-address six=fd00:30::77 \
		--ipam-driver default --ipam-opt color=red -o com.docker.network.driver.mtu=1400 full
	expect 0 coracle network inspect full --format '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}} {{json .AuxiliaryAddresses}}
{{end}}{{json .IPAM.Options}} {{index .Options "com.docker.network.driver.mtu"}}'
	has '172.30.0.0/16 172.30.0.9 {"host":"172.30.5.1","printer":"172.30.5.0"}'
	has 'fd00:30::/64 fd00:30::9 {"six":"fd00:30::77"}'
	has '{"color":"red"} 1400'
	project user <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [full]}
	networks:
	  full: {external: true}
	YAML
	expect 0 coracle up -d
	[ "$(inspect_of user-web-1 '{{.NetworkSettings.Networks.full.IPAddress}}')" = 172.30.5.2 ]
	expect 0 coracle exec -T web cat /sys/class/net/eth0/mtu
	is 1400
	expect 0 coracle network ls -f dangling=false -f type=custom --format '{{.Name}}'
	is full
	expect 0 coracle down
}

@test "create: what does not fit together is refused and leaves nothing" {
	expect 1 coracle network create --gateway 10.9.0.1 x
	has_error 'every ip-range or gateway must have a corresponding subnet'
	expect 1 coracle network create --subnet 172.30.0.0/16 --gateway 10.9.0.1 x
	has_error 'no matching subnet for gateway 10.9.0.1'
	expect 1 coracle network create --subnet 172.30.0.0/16 --aux-address a=10.9.0.1 x
	has_error 'no matching subnet for aux-address 10.9.0.1'
	expect 1 coracle network create --ipam-driver other x
	has_error 'ipam driver "other" is not there'
	expect 1 coracle network create --scope galaxy x
	has_error 'invalid scope "galaxy"'
	for option in --ingress --config-only; do
		expect 1 coracle network create "$option" x
		has_error "$option"
	done
	expect 1 coracle network inspect x
}

@test "an overlay network is a bridge here, and says so" {
	expect 0 coracle network create -d overlay --scope swarm --attachable wide
	has_error 'on this one host an overlay network is a bridge'
	expect 0 coracle network inspect wide --format '{{.Driver}} {{.Attachable}}'
	is 'bridge true'
}

@test "rm: several, by id, and -f for what is not there" {
	id=$(coracle network create one)
	coracle network create two
	expect 1 coracle network rm one missing two
	is "$(printf 'one\ntwo')"
	has_error missing
	expect 0 coracle network rm -f missing
	is ''
	id=$(coracle network create one)
	expect 0 coracle network remove "${id:0:12}"
	is "${id:0:12}"
}

@test "prune: by age and label" {
	coracle network create --label keep=1 kept
	coracle network create gone
	expect 0 coracle network prune -f --filter until=1h
	is ''
	expect 0 coracle network prune -f --filter 'label!=keep'
	has gone
	lacks kept
}
