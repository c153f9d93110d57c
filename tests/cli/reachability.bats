#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Who reaches whom: containers on three networks, one of them internal, the host and a second machine.
# The table is reachability.list.

load helper

matrix()
{
	project matrix <<-'YAML'
	x-service: &service
	  image: busybox
	  command: sleep 3600
	  stop_signal: SIGKILL
	services:
	  web:
	    <<: *service
	    networks: [front]
	    ports:
	      - "8001:7001"
	      - "8001:7001/udp"
	      - "127.0.0.1:8002:7002"
	      - "127.0.0.1:8002:7002/udp"
	      - "[::1]:8002:7002"
	      - "[::1]:8002:7002/udp"
	      - "8003:7003"
	      - "8003:7003/udp"
	  app: {<<: *service, networks: [front, back], ports: ["8011:7001", "8011:7001/udp"]}
	  db: {<<: *service, networks: [back, inner], ports: ["8021:7001", "8021:7001/udp"]}
	  safe: {<<: *service, networks: [inner], ports: ["8031:7001", "8031:7001/udp"]}
	networks:
	  front: {enable_ipv6: true}
	  back: {enable_ipv6: true}
	  inner: {enable_ipv6: true, internal: true}
	YAML
	expect 0 coracle up -d
}

# Routes lead everywhere, so that nothing but the host keeps anybody out.
routes_for_all()
{
	local safe
	safe=$(pid_of matrix-safe-1)
	neighbour ip route replace 172.16.0.0/12 via 192.0.2.1
	neighbour ip -6 route replace fd00::/8 via 2001:db8::1
	inside nsenter -t "$safe" -n ip route add default via "$(gateway_of inner 0)"
	inside nsenter -t "$safe" -n ip -6 route add default via "$(gateway_of inner 1)"
}

gateway_of()
{
	coracle network inspect "matrix_$1" --format "{{(index .IPAM.Config $2).Gateway}}"
}

@test "every cell of the table is as it says" {
	matrix
	routes_for_all
	coracle inspect matrix-web-1 matrix-app-1 matrix-db-1 matrix-safe-1 >inspect.json
	expect 0 inside python3 "$tests_dir/payload/reach.py" "$tests_dir/cli/reachability.list" matrix \
		"$NEIGHBOUR" <inspect.json
	has '792 cells, 0 wrong'
}
