#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Published ports: from a second machine, from the host's address, from localhost, from containers.

load helper

file_setup()
{
	load_image python
}

server='["sh", "-c", "hostname >/tmp/index.html; exec httpd -f -p 80 -h /tmp"]'

web()
{
	project pub <<-YAML
	services:
	  web:
	    image: busybox
	    command: $server
	    stop_signal: SIGKILL
	    ports: ["${1:-8080:80}"]
	    scale: ${2:-1}
	  client:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	eventually 5 inside curl -fsm 2 -o /dev/null http://127.0.0.1:8080/
}

@test "a published port answers on every side" {
	web
	expect 0 neighbour curl -fsm 2 http://192.0.2.1:8080/
	expect 0 inside curl -fsm 2 http://192.0.2.1:8080/
	expect 0 inside curl -fsm 2 http://127.0.0.1:8080/
	expect 0 inside curl -fsm 2 http://localhost:8080/
	expect 0 coracle exec -T client wget -q -O - http://192.0.2.1:8080/
	expect 0 coracle exec -T web wget -q -O - http://192.0.2.1:8080/
	expect 0 coracle ps
	has '0.0.0.0:8080->80/tcp'
	expect 0 coracle port web 80
	is '0.0.0.0:8080'
}

@test "over IPv6 too" {
	web
	expect 0 inside curl -fsm 2 'http://[::1]:8080/'
	expect 0 neighbour curl -fsm 2 'http://[2001:db8::1]:8080/'
}

@test "a port on 127.0.0.1 is not open to other machines" {
	web 127.0.0.1:8080:80
	expect 0 inside curl -fsm 2 http://127.0.0.1:8080/
	run neighbour curl -fsm 1 http://192.0.2.1:8080/
	[ "$status" != 0 ]
	neighbour ip route add 127.0.0.99 via 192.0.2.1 2>/dev/null || true
	expect 0 coracle port web 80
	is '127.0.0.1:8080'
}

@test "UDP is published" {
	project udp <<-'YAML'
	services:
	  echo:
	    image: coracle/python
	    command: ["python3", "-c", "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 7000)); [s.sendto(*s.recvfrom(99)) for _ in range(99)]"]
	    stop_signal: SIGKILL
	    ports: ["7000:7000/udp"]
	YAML
	expect 0 coracle up -d
	cat >ask.py <<-'PY'
	import socket, sys
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.settimeout(1)
	s.sendto(b"hello", (sys.argv[1], 7000))
	assert s.recv(100) == b"hello"
	PY
	eventually 5 neighbour python3 ask.py 192.0.2.1
	expect 0 inside python3 ask.py 192.0.2.1
	expect 0 inside python3 ask.py 127.0.0.1
}

both_answer()
{
	[ "$(for _ in $(seq 40); do inside curl -fsm 2 http://127.0.0.1:8080/; done | sort -u | wc -l)" = 2 ]
}

@test "replicas share a published port and both answer" {
	web 8080:80 2
	# The second one has its part when it listens.
	eventually 10 both_answer
	seen=$(for _ in $(seq 40); do neighbour curl -fsm 2 http://192.0.2.1:8080/; done | sort -u | wc -l)
	[ "$seen" = 2 ]
	coracle scale web=1
	for _ in $(seq 10); do inside curl -fsm 2 -o /dev/null http://127.0.0.1:8080/; done
}

@test "a port that is taken is an error that names the holder" {
	web
	project second <<-YAML
	services:
	  other:
	    image: busybox
	    command: $server
	    stop_signal: SIGKILL
	    ports: ["8080:80"]
	YAML
	expect 1 coracle up -d
	has_error 8080
	has_error pub-web-1
	expect 0 inside curl -fsm 2 http://127.0.0.1:8080/
	inside sh -c 'nc -l -p 8099 >/dev/null & echo $! >/mnt/nc.pid'
	eventually 5 inside grep -q ':1FA3 .* 0A ' /proc/net/tcp
	sed -i s/8080/8099/ compose.yaml
	run --separate-stderr coracle up -d
	inside sh -c 'kill $(cat /mnt/nc.pid); rm /mnt/nc.pid'
	[ "$status" = 1 ]
	has_error 8099
}

@test "an ephemeral port and a range" {
	project eph <<-YAML
	services:
	  any:
	    image: busybox
	    command: $server
	    stop_signal: SIGKILL
	    ports: ["80"]
	  range:
	    image: busybox
	    command: $server
	    stop_signal: SIGKILL
	    ports: ["9000-9001:80-81"]
	YAML
	expect 0 coracle up -d
	expect 0 coracle port any 80
	port=${output##*:}
	eventually 5 inside curl -fsm 2 -o /dev/null "http://127.0.0.1:$port/"
	expect 0 coracle port range 81
	is '0.0.0.0:9001'
	eventually 5 neighbour curl -fsm 2 -o /dev/null http://192.0.2.1:9000/
	expect 1 coracle port any 99
}

@test "after down nothing listens any more" {
	web
	expect 0 coracle down
	run inside curl -fsm 1 http://127.0.0.1:8080/
	[ "$status" = 7 ]
	run neighbour curl -fsm 1 http://192.0.2.1:8080/
	[ "$status" = 7 ]
}

@test "the client's address is seen by the server" {
	project peer <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "httpd -f -vv -p 80 -h /tmp 2>&1"]
	    stop_signal: SIGKILL
	    ports: ["8080:80"]
	YAML
	expect 0 coracle up -d
	eventually 5 neighbour curl -sm 2 -o /dev/null http://192.0.2.1:8080/
	eventually 5 eval 'coracle logs web | grep -qF 192.0.2.2'
}

@test "ps: what image and service expose stands once, and among the publishers" {
	project exposing <<-'YAML'
	services:
	  base: {image: busybox, command: "true"}
	  x:
	    image: exposing:1
	    command: sleep 3600
	    stop_signal: SIGKILL
	    expose: ["80", "9000", "9001-9002/udp"]
	    ports: ["127.0.0.1:7001:81"]
	YAML
	coracle run --name maker base
	coracle container commit -c 'EXPOSE 80 81 53/udp' maker exposing:1
	expect 0 coracle up -d x
	expect 0 coracle ps x --format '{{.Ports}}'
	is '80/tcp, 53/udp, 9001-9002/udp, 9000/tcp, 127.0.0.1:7001->81/tcp'
	expect 0 coracle ps x --format json
	[ "$(jq -r '.Publishers[] | "\(.URL) \(.PublishedPort) \(.TargetPort)/\(.Protocol)"' <<<"$output" | sort)" = "$(
		printf '%s\n' ' 0 53/udp' ' 0 80/tcp' ' 0 9000/tcp' ' 0 9001/udp' ' 0 9002/udp' '127.0.0.1 7001 81/tcp'
	)" ]
	expect 0 coracle inspect exposing-x-1 -f '{{json .NetworkSettings.Ports}}'
	[ "$(jq -r 'keys | join(" ")' <<<"$output")" = '53/udp 80/tcp 81/tcp 9000/tcp 9001/udp 9002/udp' ]
	coracle stop x
	expect 0 coracle ps -a x --format json
	[ "$(jq -c .Publishers <<<"$output")" = '[]' ]
	coracle down --rmi all
	coracle image rm -f exposing:1 || :
}

@test "thousands of ports: each answers, also on ::1, and names are resolved beside them" {
	project many <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: httpd -f -p 22400 -h /etc
	    stop_signal: SIGKILL
	    ports: ["20000-22499:20000-22499"]
	YAML
	expect 0 coracle up -d
	eventually 5 neighbour curl -fsm 2 -o /dev/null http://192.0.2.1:22400/passwd
	expect 0 inside curl -fsm 2 http://127.0.0.1:22400/passwd
	expect 0 inside curl -fsm 2 'http://[::1]:22400/passwd'
	expect 0 coracle exec -T web nslookup web
	expect 0 coracle exec -T web nslookup name.example
	expect 1 coracle debug ports web
	has '0.0.0.0:22400 -> 22400/tcp: reachable'
}
