#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# ports_shortcut.bats - this machine's own connections to published ports: straight to the container where the
# kernel takes the programs for it, and the same answers in every case.

load helper

# Programs for connect and getpeername at the root of the world's cgroups.
programs()
{
	inside python3 "$tests_dir/payload/cgroup_programs.py" "$CGROUP_PATH"
}

programs_are()
{
	[ "$(programs)" = "$1" ]
}

# talk FROM ADDRESS [TIMES]: connects, from a source address or "-", and prints what it is told, the peer's address as
# the client sees it, and its own.
talk()
{
	inside python3 -c '
import socket, sys
source, target, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
for _ in range(times):
    with socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET) as s:
        s.settimeout(5)
        if source != "-":
            s.bind((source, 0))
        s.connect((target, 8080))
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        text = b"".join(iter(lambda: s.recv(4096), b""))
        print(text.decode().split()[-1], s.getpeername()[0], s.getsockname()[0])
' "$1" "$2" "${3:-1}"
}

web()
{
	project short <<-YAML
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "hostname >/tmp/index.html; exec httpd -f -p 80 -h /tmp"]
	    stop_signal: SIGKILL
	    ports: ["${1:-8080:80}"]
	    scale: ${2:-1}
	YAML
	expect 0 coracle up -d
	eventually 5 talk - "${3:-127.0.0.1}" >/dev/null
}

second_coracle()
{
	CORACLE_ROOT=$WORLD_DIR/root2 CORACLE_RUN=$WORLD_DIR/run2 coracle "$@"
}

needs_shortcut()
{
	[ "$(programs)" -gt 0 ] || skip "this kernel does not take the programs"
}

@test "a client on this machine sees the address that it asked for" {
	web
	name=$(inspect_of short-web-1 '{{.Config.Hostname}}')
	[ "$(talk - 127.0.0.1 | cut -d' ' -f1-2)" = "$name 127.0.0.1" ]
	[ "$(talk - 127.9.9.9 | cut -d' ' -f1-2)" = "$name 127.9.9.9" ]
	[ "$(talk - 0.0.0.0 | cut -d' ' -f1-2)" = "$name 127.0.0.1" ]
	[ "$(talk - ::ffff:127.0.0.1 | cut -d' ' -f1-2)" = "$name ::ffff:127.0.0.1" ]
	[ "$(talk - ::1 | cut -d' ' -f1-2)" = "$name ::1" ]
	[ "$(talk - 192.0.2.1 | cut -d' ' -f1-2)" = "$name 192.0.2.1" ]
	# Who has chosen a place goes by the rules.
	[ "$(talk 127.0.0.1 127.0.0.1)" = "$name 127.0.0.1 127.0.0.1" ]
}

@test "it is a straight connection, from the network's gateway, while the port is published" {
	web
	needs_shortcut
	programs_are 4
	gateway=$(inspect_of short-web-1 '{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}')
	[ "$(talk - 127.0.0.1 | cut -d' ' -f3)" = "$gateway" ]
	[ "$(talk - ::ffff:127.0.0.1 | cut -d' ' -f3)" = "::ffff:$gateway" ]
	expect 0 coracle stop
	programs_are 0
	expect 0 coracle start
	programs_are 4
	expect 0 coracle down
	programs_are 0
}

@test "a second RUN on the same machine has programs of its own" {
	web
	needs_shortcut
	expect 0 second_coracle image load -i "$IMAGE_CACHE/busybox/image.tar"
	mkdir second
	printf 'name: second\nservices: {web: {image: busybox, command: [httpd, -f], stop_signal: SIGKILL, ports: ["8081:80"]}}\n' \
		>second/compose.yaml
	expect 0 second_coracle -f second/compose.yaml up -d
	programs_are 8
	expect 0 second_coracle -f second/compose.yaml down
	programs_are 4
	inside rm -r "$WORLD_DIR/root2" "$WORLD_DIR/run2"
}

@test "other network namespaces are left alone" {
	web
	run neighbour curl -fsm 2 http://127.0.0.1:8080/
	[ "$status" = 7 ]
	expect 0 neighbour curl -fsm 2 http://192.0.2.1:8080/
	run coracle exec -T web wget -T 2 -q -O - http://127.0.0.1:8080/
	[ "$status" != 0 ]
}

@test "a port of one address is one of that address only" {
	web 127.0.0.2:8080:80 1 127.0.0.2
	run talk - 127.0.0.1
	[ "$status" != 0 ]
	[ "$(talk - 127.0.0.2 | cut -d' ' -f2)" = 127.0.0.2 ]
}

@test "connections are shared out among replicas, and one that stops gets none" {
	web 8080:80 3
	# The others have their part when they listen.
	eventually 10 eval '[ "$(talk - 127.0.0.1 60 | cut -d" " -f1 | sort -u | wc -l)" = 3 ]'
	gone=$(inspect_of short-web-2 '{{.Config.Hostname}}')
	expect 0 coracle container stop short-web-2
	talk - 127.0.0.1 30 >names
	[ "$(wc -l <names)" = 30 ]
	[ "$(grep -c "$gone" names)" = 0 ]
}

@test "killed monitors take no shortcut away, and rules that are made anew bring it back" {
	web
	needs_shortcut
	monitor=$(inside cat "$CORACLE_RUN/containers/$(inspect_of short-web-1 '{{.Id}}')/state.json" | jq -r .monitor_pid)
	inside kill -9 "$monitor"
	programs_are 4
	[ "$(talk - 127.0.0.1 | cut -d' ' -f2)" = 127.0.0.1 ]
	# As if somebody was killed between the files and the kernel.
	inside sh -c "printf '!' >$CORACLE_ROOT/networks/.lock"
	expect 0 coracle restart
	programs_are 4
	eventually 5 talk - 127.0.0.1
}
