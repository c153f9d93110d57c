#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# container run: networks, addresses, names and published ports.

load helper

run_here()
{
	coracle container run --rm "$@"
}

@test "a container is on the default network, on none, on the host's, or on another container's" {
	expect 0 run_here busybox ip -o -4 address show eth0
	matches 'inet 172\.'
	expect 0 run_here --network none busybox ls /sys/class/net
	is lo
	expect 0 run_here --network host busybox ls /sys/class/net
	has uplink
	coracle container run -d --name donor busybox sleep 100
	expect 0 run_here --network container:donor busybox hostname
	is "$(coracle container exec donor hostname)"
	expect 125 run_here --network container:nobody busybox true
	has_error 'nobody'
	expect 125 run_here --network container:donor -p 80:80 busybox true
	has_error 'conflicting options: port publishing and the container type network mode'
	expect 125 run_here --network container:donor -h x busybox true
	has_error 'conflicting options: hostname and the network mode'
	coracle container rm -f donor
}

@test "several networks, each with aliases, addresses and options" {
	coracle network create --subnet 10.77.0.0/24 front
	coracle network create --subnet 10.78.0.0/24 --subnet fd78::/64 --ipv6 back
	coracle container run -d --name web --network name=front,alias=www,ip=10.77.0.9 \
		--network name=back,alias=api,ip6=fd78::9,mac-address=02:42:0a:4e:00:09 \
		--network-alias unused busybox sleep 100 2>err && fail "conflict not seen"
	grep -q 'conflicting options: cannot specify both --network-alias and per-network alias' err
	coracle container run -d --name web --network name=front,alias=www,ip=10.77.0.9 \
		--network name=back,alias=api,ip6=fd78::9,mac-address=02:42:0a:4e:00:09 busybox sleep 100
	expect 0 run_here --network front busybox nslookup www
	has 10.77.0.9
	expect 0 run_here --network back busybox nslookup -type=aaaa api
	has fd78::9
	expect 0 coracle container exec web ip link show eth1
	has 02:42:0a:4e:00:09
	expect 125 run_here --network front --network front busybox true
	has_error 'network "front" is specified multiple times'
	expect 125 run_here --network front --network host busybox true
	has_error 'conflicting options: cannot attach both user-defined and non-user-defined network-modes'
	expect 125 run_here --network name=front,odd=1 busybox true
	has_error 'invalid field key odd'
	coracle container rm -f web
	coracle network rm front back
}

@test "--ip, --ip6, --mac-address, --network-alias and --link-local-ip are for the first network" {
	coracle network create --subnet 10.77.0.0/24 --subnet fd77::/64 --ipv6 front
	coracle container run -d --name web --network front --ip 10.77.0.44 --ip6 fd77::44 \
		--mac-address 02:42:0a:4d:00:2c --network-alias a1 --net-alias a2 \
		--link-local-ip 169.254.33.1 busybox sleep 100
	expect 0 coracle container exec web ip address show eth0
	has 10.77.0.44/24
	has fd77::44/64
	has 02:42:0a:4d:00:2c
	has 169.254.33.1
	expect 0 run_here --net front busybox nslookup a1
	has 10.77.0.44
	expect 0 run_here --net front busybox nslookup a2
	has 10.77.0.44
	coracle container rm -f web
	coracle network rm front
	expect 125 run_here --ip 10.0.0.1 busybox true
	has_error 'user specified IP address is supported on user defined networks only'
	expect 125 run_here --network-alias x busybox true
	has_error 'network-scoped aliases are only supported for user-defined networks'
	expect 125 run_here --mac-address 1:2 busybox true
	has_error '1:2 is not a valid mac address'
}

@test "-p publishes ports and ranges, -P those that are exposed" {
	coracle container run -d --name web -p 127.0.0.1:8081:80 -p 9000-9001:90-91 -p 53/udp \
		--expose 7000-7001 busybox httpd -f -p 80 -h /
	eventually 5 eval 'inside wget -q -O - http://127.0.0.1:8081/etc/passwd | grep -q root'
	expect 0 coracle container port web
	has '80/tcp -> 127.0.0.1:8081'
	has '91/tcp -> 0.0.0.0:9001'
	matches '53/udp -> 0\.0\.0\.0:[0-9]+'
	lacks 7000
	coracle container rm -f web
	coracle container run -d --name all -P -p 8082:7000 --expose 7000-7001 --expose 53/udp busybox sleep 100
	expect 0 coracle container port all
	has '7000/tcp -> 0.0.0.0:8082'
	matches '7001/tcp -> 0\.0\.0\.0:[0-9]+'
	matches '53/udp -> 0\.0\.0\.0:[0-9]+'
	expect 0 coracle container inspect -f '{{.HostConfig.PublishAllPorts}}' all
	is true
	coracle container rm -f all
	expect 125 run_here -p 80:x busybox true
	has_error "invalid container port 'x'"
	expect 125 run_here --expose 1:2 busybox true
	has_error 'invalid range format for --expose'
}

@test "--link gives another container a name, and must lead to one" {
	coracle container run -d --name db busybox sleep 100
	address=$(coracle container inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' db)
	expect 0 run_here --link db:database busybox nslookup database
	has "$address"
	expect 0 run_here --link db busybox nslookup db
	has "$address"
	expect 125 run_here --link nobody:x busybox true
	has_error 'could not get container for nobody'
	coracle container rm -f db
}

@test "resolv.conf and /etc/hosts say what is asked for" {
	expect 0 run_here --network host --dns 192.0.2.53 --dns-search example.com --dns-option ndots:3 \
		busybox cat /etc/resolv.conf
	has 'nameserver 192.0.2.53'
	has 'search example.com'
	has 'ndots:3'
	expect 0 run_here --add-host one:10.1.1.1 --add-host two=10.1.1.2 --add-host 'six:[fd00::6]' \
		--add-host gate:host-gateway busybox cat /etc/hosts
	matches $'10.1.1.1[ \t]one'
	matches $'10.1.1.2[ \t]two'
	matches $'fd00::6[ \t]six'
	matches $'172[.0-9]*[ \t]gate'
	expect 125 run_here --dns x busybox true
	has_error 'IP address is not correctly formatted: x'
	expect 125 run_here --add-host x busybox true
	has_error 'bad format for add-host: "x"'
}
