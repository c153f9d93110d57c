#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Who answers a container's questions for names and relays to its ports: what that process may do,
# and what comes after its end.

load helper

# What stays once the first build was there.
file_setup()
{
	printf 'FROM busybox\nRUN true\n' | coracle image build -q -f - "$BATS_FILE_TMPDIR"
}

# Processes, one a line, that have the sockets of questions to 127.0.0.11 in the namespace of process $1 open.
owners()
{
	inside sh -c '
		inodes=$(awk "\$2 == \"0B00007F:003D\" && \$4 ~ /0A|07/ {print \"socket:[\" \$10 \"]\"}" /proc/$1/net/udp /proc/$1/net/tcp)
		[ "$(echo "$inodes" | wc -l)" = 2 ] || exit 1
		for process in /proc/[0-9]*; do
			for inode in $inodes; do
				readlink "$process"/fd/* 2>/dev/null | grep -qxF "$inode" && basename "$process"
			done
		done | sort -u' sh "$1"
}

# The only one, once its monitor has let go of what it has handed over.
responder_of()
{
	local found
	for _ in $(seq 50); do
		found=$(owners "$(pid_of "$1")")
		[ "$(wc -w <<<"$found")" != 1 ] || break
		sleep 0.05
	done
	[ "$(wc -w <<<"$found")" = 1 ] || return 1
	echo "$found"
}

another_responder()
{
	local now
	now=$(responder_of "$1") && [ "$now" != "$2" ]
}

# Service $1 gets answers, from another one than $2.
another_that_answers()
{
	resolves "$1" a && another_responder "killed-$1-1" "$2"
}

not_there()
{
	! inside kill -0 "$1"
}

# has_no_privileges PID
has_no_privileges()
{
	local seccomp=2
	! inside grep -q libasan "/proc/$1/maps" || seccomp=0
	# One that has just begun is about to: this comes last.
	eventually 5 inside grep -q -e "Seccomp:	2" -e "NoNewPrivs:	$((1 + seccomp))" "/proc/$1/status"
	expect 0 inside cat "/proc/$1/status"
	for capability in CapInh CapPrm CapEff CapBnd CapAmb; do
		has "$capability:	0000000000000000"
	done
	has 'NoNewPrivs:	1'
	has "Seccomp:	$seccomp"
	has 'Uid:	65534	65534	65534	65534'
	has 'Gid:	65534	65534	65534	65534'
	matches 'Groups:[[:space:]]*(
|$)'
	# Nobody's other processes do not look into it, and it holds no file but its own sockets (a
	# sanitizer keeps stderr).
	[ "$(inside stat -c %U "/proc/$1/mem")" = root ]
	# shellcheck disable=SC2016 # expanded inside
	run ! inside sh -c 'for fd in /proc/$1/fd/*; do
			[ "$2 ${fd##*/}" = "0 2" ] || readlink "$fd"
		done | grep -v -e "^socket:" -e "^anon_inode:" -e "^/dev/null"' sh "$1" "$seccomp"
	[ "$output" = '' ]
}

two_services()
{
	project "$1" <<-YAML
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, ports: ["8080:80"]}
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
}

resolves()
{
	coracle exec -T "$1" nslookup "$2" 2>/dev/null | grep -q 'Address.*172\.'
}

@test "who answers a container's questions has no privileges" {
	two_services bare
	resolves a b
	pid=$(responder_of bare-a-1)
	has_no_privileges "$pid"
	# It waits for ::1 on behalf of the monitor, and for nothing of the host's else.
	expect 0 inside sh -c "awk '\$4 == \"0A\" {print \$2}' /proc/net/tcp6"
	has ':1F90'
}

@test "there is none until somebody asks, by UDP or by TCP" {
	project quiet <<-YAML
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	# The monitor has its sockets.
	for service in a b; do
		[ "$(responder_of "quiet-$service-1")" = "$(monitor_of "quiet-$service-1")" ]
	done
	run ! inside pgrep -f '^coracle-responder'
	resolves a b
	has_no_privileges "$(responder_of quiet-a-1)"
	[ "$(inside pgrep -f '^coracle-responder')" = "$(responder_of quiet-a-1)" ]
	# shellcheck disable=SC2016 # expanded inside
	expect 0 coracle exec -T b sh -c '{ printf "\000\023\000\001\001\000\000\001\000\000\000\000\000\000\001a\000\000\001\000\001"
		until grep -q 172 /tmp/answer; do sleep 0.1; done; } | nc 127.0.0.11 53 | od -An -v -t u1 >/tmp/answer; grep -c 172 /tmp/answer'
	is 1
	has_no_privileges "$(responder_of quiet-b-1)"
}

@test "one that is killed is replaced, and names are back" {
	two_services killed
	for service in a b; do
		resolves "$service" a
		pid=$(responder_of "killed-$service-1")
		for _ in 1 2 3; do
			inside kill -9 "$pid"
			eventually 10 another_that_answers "$service" "$pid"
			pid=$(responder_of "killed-$service-1")
		done
	done
	eventually 10 resolves a b
	has_no_privileges "$pid"
	# Its monitor has not changed.
	expect 0 coracle ps -a --format '{{.Name}} {{.State}}'
	has 'killed-a-1 running'
}

@test "it ends with its monitor, and a new monitor has one" {
	two_services adopted
	pid=$(responder_of adopted-a-1)
	monitor=$(inside sh -c "awk '/^PPid/ {print \$2}' /proc/$pid/status")
	inside kill -9 "$monitor"
	eventually 10 another_responder adopted-a-1 "$pid"
	eventually 5 not_there "$pid"
	eventually 10 resolves a b
	# The port is still held, and relayed by the new one.
	expect 0 inside sh -c "awk '\$4 == \"0A\" {print \$2}' /proc/net/tcp6"
	has ':1F90'
}

@test "a container without a network has none, one on an internal network is no neighbour of the host" {
	project inner <<-YAML
	services:
	  none: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, network_mode: none}
	  sealed: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	networks: {default: {internal: true}}
	YAML
	expect 0 coracle up -d
	run ! owners "$(pid_of inner-none-1)"
	resolves sealed sealed
	pid=$(responder_of inner-sealed-1)
	has_no_privileges "$pid"
	[ "$(inside readlink "/proc/$pid/ns/net")" = "$(inside readlink "/proc/$(pid_of inner-sealed-1)/ns/net")" ]
}

@test "that of a build's step has none either, and ends with the step" {
	mkdir -p step
	printf 'FROM busybox\nRUN nslookup nobody || true; until wget -q -O /dev/null http://192.0.2.2:7777/; do sleep 0.1; done\n' >step/Dockerfile
	coracle image build -t step step >build.log 2>&1 3>&- 4>&- &
	build=$!
	eventually 20 inside pgrep -x coracle-respond
	pid=$(inside pgrep -x coracle-respond)
	has_no_privileges "$pid"
	neighbour timeout 30 python3 -m http.server -b 192.0.2.2 -d step 7777 >server.log 2>&1 3>&- 4>&- &
	server=$!
	wait "$build" || fail "$(cat build.log)"
	inside pkill -f http.server || true
	wait "$server" || true
	eventually 5 not_there "$pid"
}
