#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container with CAP_NET_RAW (the default), a neighbour of the host and a container of another
# network reach by frames made by hand (tests/payload/frames.py), and who gets names from where.

load helper

# SECURITY_ROUNDS=1000: a thousand owners of an address, 500 stops, a million forged replies.
rounds=${SECURITY_ROUNDS:-8}

file_setup()
{
	load_image python
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	: >"$BATS_TEST_TMPDIR/.projects"
	listeners=
}

# evil and peer share "front", other is on "back", sealed on the internal "inner".
networks()
{
	project "$1" <<-YAML
	x-service: &service
	  image: coracle/python
	  command: [python3, -u, -c, "import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\ns.bind(('', 7000))\nwhile True: print('got', *s.recvfrom(99))"]
	  stop_signal: SIGKILL
	  volumes: ["$tests_dir/payload/frames.py:/frames.py:ro"]
	services:
	  evil: {<<: *service, networks: [front]}
	  peer: {<<: *service, networks: [front], ports: ["127.0.0.1:7001:7000/udp", "7002:7000/udp"]}
	  other: {<<: *service, networks: [back]}
	  sealed: {<<: *service, networks: [inner]}
	networks: {front: , back: , inner: {internal: true}}
	YAML
	expect 0 coracle up -d
	project_name=$1
	gateway=$(address_of evil front Gateway)
	inner_gateway=$(address_of sealed inner Gateway)
	peer=$(address_of peer front IPAddress)
	other=$(address_of other back IPAddress)
	sealed=$(address_of sealed inner IPAddress)
}

address_of()
{
	inspect_of "$project_name-$1-1" "{{(index .NetworkSettings.Networks \"${project_name}_$2\").$3}}"
}

from()
{
	local service=$1
	shift
	expect 0 coracle exec -T "$service" python3 /frames.py "$@" </dev/null
}

from_neighbour()
{
	expect 0 neighbour python3 "$tests_dir/payload/frames.py" "$@" eth0
}

# Sockets of the host on UDP port 6000+N of each address; what they get goes to host.log.
listen_on_host()
{
	inside timeout 30 python3 -u -c '
import os, socket, sys
for number, address in enumerate(sys.argv[1:]):
    if os.fork() == 0:
        s = socket.socket(type=socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, 6000 + number))
        os.write(1, b"ready\n") # at once: print writes the end of a line by itself
        while True:
            os.write(1, f"host got {s.recvfrom(99)}\n".encode())
os.wait()' "$@" >host.log 3>&- 4>&- &
	listeners=$!
	eventually 10 count_ready $# || fail "$(cat host.log)"
}

count_ready()
{
	[ "$(grep -c ready host.log)" = "$1" ]
}

stop_listening()
{
	inside pkill -f 'host got' || true
	wait "$listeners" || true
}

@test "addresses of other networks and of the loopback cannot be reached by hand-made frames" {
	project_name=reach
	networks reach
	listen_on_host 127.0.0.1
	from evil udp "$gateway" - "$other" 7000 direct
	from evil udp "$gateway" "$(address_of other back Gateway)" "$other" 7000 as-gateway
	from evil udp "$gateway" 198.51.100.1 "$other" 7000 as-internet
	from evil udp "$gateway" - "$sealed" 7000 direct
	from sealed udp "$inner_gateway" - "$peer" 7000 direct
	from sealed udp "$inner_gateway" - 192.0.2.1 7002 published
	for source in - 127.0.0.1; do
		from evil udp "$gateway" "$source" 127.0.0.1 6000 loop
		from evil udp "$gateway" "$source" 127.0.0.1 7001 loop
		from sealed udp "$inner_gateway" "$source" 127.0.0.1 6000 loop
	done
	# The same way it works where it may.
	from evil udp "$gateway" - 192.0.2.1 7002 allowed
	eventually 5 logged 3 "got b'allowed'" peer
	stop_listening
	expect 0 coracle logs --no-log-prefix
	lacks direct
	lacks as-
	lacks loop
	lacks published
	expect 0 cat host.log
	lacks loop
}

@test "a neighbour reaches published ports of this machine's addresses and nothing else" {
	project_name=neigh
	networks neigh
	neighbour ip route add 172.16.0.0/12 via 192.0.2.1
	neighbour ip route add 127.0.0.2/32 via 192.0.2.1
	from_neighbour udp 192.0.2.1 - "$peer" 7000 direct
	from_neighbour udp 192.0.2.1 "$(address_of evil front IPAddress)" "$peer" 7000 as-evil
	from_neighbour udp 192.0.2.1 - "$sealed" 7000 direct
	from_neighbour udp 192.0.2.1 - 127.0.0.1 7001 loop
	from_neighbour udp 192.0.2.1 - 127.0.0.2 7001 loop
	from_neighbour udp 192.0.2.1 - 192.0.2.1 7001 loop
	from_neighbour udp 192.0.2.1 - 192.0.2.1 7002 allowed
	neighbour ip route del 172.16.0.0/12 via 192.0.2.1
	neighbour ip route del 127.0.0.2/32 via 192.0.2.1
	eventually 5 logged 3 "got b'allowed' ('192.0.2.2'" peer
	expect 0 coracle logs --no-log-prefix
	lacks direct
	lacks as-evil
	lacks loop
}

@test "an internal network reaches its gateway address and no other of the host" {
	project_name=sealed
	networks sealed
	listen_on_host 0.0.0.0 192.0.2.1
	from sealed udp "$inner_gateway" - "$inner_gateway" 6000 own
	from sealed udp "$inner_gateway" - "$gateway" 6000 foreign
	from sealed udp "$inner_gateway" - 192.0.2.1 6001 foreign
	from sealed udp "$inner_gateway" - 192.0.2.2 6001 foreign
	eventually 5 grep -q "b'own'" host.log
	stop_listening
	expect 0 cat host.log
	lacks foreign
}

@test "no packet leaves with a source address of a container or of nobody" {
	local sniffer
	project_name=source
	networks source
	neighbour timeout 20 python3 "$tests_dir/payload/frames.py" sniff eth0 15 >sniff.log 3>&- 4>&- &
	sniffer=$!
	eventually 5 grep -q ready sniff.log
	from evil udp "$gateway" - 192.0.2.2 6000 honest
	from evil udp "$gateway" "$sealed" 192.0.2.2 6000 forged
	from evil udp "$gateway" "$other" 192.0.2.2 6000 forged
	from evil udp "$gateway" 10.9.9.9 192.0.2.2 6000 forged
	from sealed udp "$inner_gateway" - 192.0.2.2 6000 sealed
	eventually 5 grep -q '192.0.2.1 > 192.0.2.2' sniff.log
	coracle down --timeout 0 >down.log 2>&1
	kill "$sniffer" 2>/dev/null || true
	inside pkill -f 'frames.py sniff' || true
	wait "$sniffer" || true
	run ! grep -vE '^ready$|^(192\.0\.2\.[12]|198\.51\.100\.1) > ' sniff.log
}

@test "no packet leaves with a container's address while it is stopped" {
	local sniffer
	project stopping <<-'YAML'
	services:
	  s:
	    image: coracle/python
	    command: [python3, -c, "import socket, time\ns = socket.socket(type=socket.SOCK_DGRAM)\nwhile True: s.sendto(b'x', ('192.0.2.2', 6000)); time.sleep(0.005)"]
	    stop_signal: SIGKILL
	    scale: 5
	YAML
	neighbour timeout 7000 python3 "$tests_dir/payload/frames.py" sniff eth0 7000 >sniff.log 3>&- 4>&- &
	sniffer=$!
	eventually 5 grep -q ready sniff.log
	for round in $(seq $((rounds / 10 + 2))); do
		expect 0 coracle up -d
		eventually 20 grep -q '192.0.2.1 > 192.0.2.2' sniff.log
		[ $((round % 2)) = 0 ] || expect 0 coracle stop
		[ $((round % 2)) != 0 ] || expect 0 coracle down --timeout 0
	done
	inside pkill -f 'frames.py sniff' || true
	wait "$sniffer" || true
	run ! grep -vE '^ready$|^192\.0\.2\.[12] > ' sniff.log
}

@test "nobody can pose as the gateway or as a neighbour towards the host" {
	local before peers_before
	project_name=arp
	networks arp
	expect 0 coracle exec -T peer python3 -c \
		"import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('$gateway', 9))"
	hardware="grep -v -e '^IP' -e '^$(address_of evil front IPAddress) ' /proc/net/arp | sort"
	before=$(inside ip neigh | grep 'dev br-' | sort)
	peers_before=$(coracle exec -T peer sh -c "$hardware")
	[[ "$peers_before" == *"$gateway "* ]]
	from evil arp "$gateway"
	from evil arp "$peer"
	from evil arp "$gateway" "$(address_of peer front MacAddress)"
	from evil advertise
	[ "$(inside ip neigh | grep 'dev br-' | sort)" = "$before" ]
	[ "$(coracle exec -T peer sh -c "$hardware")" = "$peers_before" ]
	# Nor draw its frames by sending from its hardware address.
	bridge=$(inside sh -c "ip -o route get $peer" | sed 's/.* dev \([^ ]*\).*/\1/')
	expect 0 inside bridge fdb show br "$bridge"
	[ "$(grep -c "^$(address_of peer front MacAddress) .* static" <<<"$output")" = 1 ] || fail "$output"
	[ "$(inside bridge -d link show | grep -A 1 "master $bridge " | grep -c 'learning off')" = 2 ]
	expect 0 inside ip -6 route
	lacks 2001:db8:bad
	expect 0 coracle exec -T peer cat /proc/net/if_inet6
	lacks fe80
	lacks 20010db8
	expect 0 coracle exec -T peer python3 -c \
		'import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b"still", ("evil", 7000))'
	eventually 5 logged 1 "got b'still'" evil
}

@test "with IPv6, router advertisements of a neighbour are ignored" {
	project six <<-YAML
	x-service: &service
	  image: coracle/python
	  command: sleep 3600
	  stop_signal: SIGKILL
	  volumes: ["$tests_dir/payload/frames.py:/frames.py:ro"]
	services:
	  evil: {<<: *service}
	  peer: {<<: *service}
	networks:
	  default:
	    enable_ipv6: true
	    ipam: {config: [{subnet: "fd00:5::/64"}]}
	YAML
	expect 0 coracle up -d
	before=$(coracle exec -T peer cat /proc/net/ipv6_route)
	from evil advertise
	[ "$(coracle exec -T peer cat /proc/net/ipv6_route | grep -c 20010db80bad)" = 0 ]
	expect 0 inside ip -6 route
	lacks 2001:db8:bad
	[ "$(coracle exec -T peer sh -c 'grep -c " 00 00000000000000000000000000000000 00 fd" /proc/net/ipv6_route')" = \
		"$(grep -c ' 00 00000000000000000000000000000000 00 fd' <<<"$before")" ]
}

@test "an internal network's names never leave the host" {
	project_name=names
	networks names
	expect 0 inside sh -c ': >/mnt/dns.log'
	expect 0 coracle exec -T sealed python3 -c '
import socket
failed = 0
for i in range(200):
    try:
        socket.getaddrinfo(f"secret-{i}.example", 80)
    except OSError:
        failed += 1
for address in ("8.8.8.8", "192.0.2.2"):
    try:
        socket.gethostbyaddr(address)
    except OSError:
        failed += 1
print(failed)'
	is 202
	expect 0 dns_log
	is ''
	expect 0 coracle exec -T sealed python3 -c 'import socket; print(socket.gethostbyname("sealed"))'
	is "$sealed"
	# A name of another network is not known, whoever asks.
	expect 1 coracle exec -T sealed python3 -c 'import socket; socket.gethostbyname("peer")'
	expect 1 coracle exec -T other python3 -c 'import socket; socket.gethostbyname("peer")'
	expect 0 coracle exec -T evil python3 -c 'import socket; print(socket.gethostbyname("name.example"))'
	expect 0 dns_log
	has name.example
}

@test "the same alias on several networks is answered from shared ones only" {
	project aliases <<-'YAML'
	x-service: &service {image: coracle/python, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  one: {<<: *service, networks: {a: {aliases: [db]}}}
	  two: {<<: *service, networks: {b: {aliases: [db]}}}
	  asker: {<<: *service, networks: [a]}
	  evil: {<<: *service, networks: {b: {aliases: [db, one, asker]}}}
	networks: {a: , b: }
	YAML
	expect 0 coracle up -d
	project_name=aliases
	expect 0 coracle exec -T asker python3 -c \
		'import socket; print(sorted({a[4][0] for n in ("db", "one") for a in socket.getaddrinfo(n, 1)}))'
	is "['$(address_of one a IPAddress)']"
}

@test "a published DNS port takes only what is for this machine" {
	project port53 <<-'YAML'
	services:
	  fake:
	    image: coracle/python
	    command: [python3, -u, -c, "import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\ns.bind(('', 53))\nwhile True: print('captured', s.recvfrom(999)[1])"]
	    stop_signal: SIGKILL
	    ports: ["53:53/udp"]
	  asker: {image: coracle/python, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 0 inside sh -c ': >/mnt/dns.log'
	expect 0 coracle exec -T asker python3 -c 'import socket; print(socket.gethostbyname("name.example"))'
	expect 0 dns_log
	has name.example
	expect 0 coracle exec -T asker python3 -c \
		'import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b"\x12\x34\1\0\0\1\0\0\0\0\0\0\4name\7example\0\0\1\0\1", ("192.0.2.2", 53))'
	expect 0 coracle logs fake
	lacks captured
}

@test "slow and aborted TCP questions do not keep others waiting" {
	project slow <<-'YAML'
	services:
	  x: {image: coracle/python, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T x python3 -c '
import socket, struct, time
idle = []
for i in range(150):
    s = socket.socket()
    s.settimeout(2)
    try:
        s.connect(("127.0.0.11", 53))
        s.send(b"\0")
        idle.append(s)
    except OSError:
        break
for i in range(500):
    s = socket.socket()
    s.settimeout(1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        s.connect(("127.0.0.11", 53))
        s.send(b"\0\x20\x12")
    except OSError:
        pass
    s.close()
worst = 0
for i in range(20):
    begin = time.monotonic()
    socket.gethostbyname("x")
    worst = max(worst, time.monotonic() - begin)
print("fast" if worst < 0.5 else worst)'
	is fast
	monitor=$(inside pgrep -f '^coracle-monitor')
	before=$(inside awk '{print $14 + $15}' "/proc/$monitor/stat")
	sleep 1
	[ $(($(inside awk '{print $14 + $15}' "/proc/$monitor/stat") - before)) -lt 10 ] || fail "it spins"
}

@test "forged replies and half questions, thousands of them, are neither believed nor felt" {
	local flood responder begin before
	project flood <<-'YAML'
	services:
	  x: {image: coracle/python, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T x getent hosts x
	# From the name server's address and port, to any port, with any id: what is not asked for, and what is.
	neighbour python3 -c '
import random, socket, struct, sys
names = [b"\4name\7example\0"] + [b"\1%c\7example\0" % c for c in range(97, 123)]
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for i in range(int(sys.argv[1])):
    body = random.randbytes(2) + b"\x81\x80\0\1\0\1\0\0\0\0" + names[i % len(names)] + b"\0\1\0\1"
    body += b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([203, 0, 113, 66])
    udp = struct.pack("!HHHH", 53, random.randrange(32768, 61000), 8 + len(body), 0) + body
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                       socket.inet_aton("192.0.2.2"), socket.inet_aton("192.0.2.1"))
    s.sendto(head + udp, ("192.0.2.1", 0))
print("sent", i + 1)' $((rounds * 1000)) >flood.log 2>&1 3>&- 4>&- &
	flood=$!
	responder=$(inside pgrep -f '^coracle-responder')
	before=$(inside awk '{ print $14 + $15 }' "/proc/$responder/stat") begin=$SECONDS
	expect 0 coracle exec -T x python3 -c '
import random, socket, struct, time
took, got = [], set()
def ask(name):
    begin = time.monotonic()
    try:
        got.add(socket.gethostbyname(name))
    except OSError:
        pass
    return time.monotonic() - begin
for i in range(300):
    half = socket.create_connection(("127.0.0.11", 53))
    half.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    half.send(b"\0\x20\x12")
    half.close()
    ask(random.choice("abcdefghijklmnopqrstuvwxyz") + ".example")
    took.append(ask("x"))
ask("name.example")
took.sort()
print("answers", sorted(address for address in got if not address.startswith("10.") and not address.startswith("172.")))
print(f"p99 {took[-3] * 1000:.1f} ms, worst {took[-1] * 1000:.1f} ms")'
	has "answers ['198.51.100.1']"
	lacks 203.0.113
	tail -n 1 <<<"$output" | sed 's/^/# /' >&3
	wait "$flood"
	before=$(($(inside awk '{ print $14 + $15 }' "/proc/$responder/stat") - before))
	echo "# the responder took $before hundredths of a second in $((SECONDS - begin)) s" >&3
	expect 0 cat flood.log
	is "sent $((rounds * 1000))"
	expect 0 coracle exec -T x python3 -c 'import socket; print(socket.gethostbyname("name.example"))'
	is 198.51.100.1
}

@test "the next owner of an address gets nothing that was meant for the one before" {
	project again <<-'YAML'
	x-service: &service
	  image: coracle/python
	  command: [python3, -u, -c, "import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\ns.bind(('', 7000))\nwhile True: print('got', *s.recvfrom(99))"]
	  stop_signal: SIGKILL
	  networks: {n: {ipv4_address: 10.77.0.9}}
	services:
	  first: {<<: *service, ports: ["7100:7000/udp"]}
	  second: {<<: *service, ports: ["7101:7000/udp"]}
	networks: {n: {ipam: {config: [{subnet: 10.77.0.0/24}]}}}
	YAML
	expect 0 coracle up -d first
	# One flow, from one port, before and after.
	neighbour timeout 7000 python3 -c '
import socket, time
s = socket.socket(type=socket.SOCK_DGRAM)
s.bind(("", 4000))
while True:
    s.sendto(b"stream", ("192.0.2.1", 7100))
    time.sleep(0.01)' >/dev/null 2>&1 3>&- 4>&- &
	stream=$!
	until coracle logs first | grep -q stream; do sleep 0.1; done
	for round in $(seq $((rounds > 8 ? rounds : 1))); do
		[ "$round" = 1 ] || expect 0 coracle rm -fs second
		[ "$round" = 1 ] || expect 0 coracle up -d first
		expect 0 coracle rm -fs first
		expect 0 coracle up -d second
		[ "$round" != 1 ] || expect 0 coracle exec -T second sleep 0.5
		expect 0 coracle logs second
		lacks stream
	done
	inside pkill -f b.stream || true
	wait "$stream" || true
}
