#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# logging: every driver and its options. `logs` works with all of them but none.

load helper

# sink KIND WHERE: takes messages and writes them to ./sink.
sink()
{
	: >sink
	inside python3 "$tests_dir/cli/log_sink.py" "$1" "$2" "$PWD/sink" 3>&- 4>&- &
	echo $! >sink.pid
	eventually 10 grep -q ready sink
}

sink_end()
{
	inside pkill -f "log_sink.py .* $PWD/sink" || true
	wait "$(cat sink.pid)" || true
}

received()
{
	grep -qE -- "$1" sink
}

# logging NAME DRIVER [OPTION...]: service x that says "hello" and "trouble" with this driver.
logging()
{
	local name=$1 driver=$2
	shift 2
	project "$name" <<-YAML
	services:
	  x:
	    image: busybox
	    command: ["sh", "-c", "echo hello; echo trouble >&2; read l </dev/null; exec sleep 3600"]
	    stop_signal: SIGKILL
	    logging:
	      driver: $driver
	      options:
	        max-size: 1m
	$(printf '        %s\n' "$@")
	YAML
}

@test "json-file and local rotate by max-size and max-file, none keeps nothing" {
	project files <<-'YAML'
	x-service: &service {image: busybox, command: [sh, -c, "i=0; while [ $$i -lt 3000 ]; do echo line $$i; i=$$((i+1)); done"]}
	services:
	  json: {<<: *service, logging: {driver: json-file, options: {max-size: 20k, max-file: "2"}}}
	  local: {<<: *service, logging: {driver: local, options: {max-size: 20k, max-file: "3"}}}
	  none: {<<: *service, logging: {driver: none}}
	YAML
	expect 0 coracle up
	has 'line 2999'
	local json kept
	json=$(inspect_of files-json-1 '{{.Id}}') kept=$(inspect_of files-local-1 '{{.Id}}')
	[ "$(inside sh -c "ls $CORACLE_ROOT/containers/$json/*.log*" | wc -l)" = 2 ]
	[ "$(inside sh -c "ls $CORACLE_ROOT/containers/$kept/*.log*" | wc -l)" = 3 ]
	expect 0 coracle logs --no-log-prefix json
	has 'line 2999'
	lacks 'line 10 '
	expect 0 coracle logs --no-log-prefix none
	is ''
	[ "$(inspect_of files-local-1 '{{.HostConfig.LogConfig.Type}}')" = local ]
}

@test "syslog to this machine's /dev/log, and logs has it too" {
	inside sh -c 'mount -t tmpfs none /dev && ln -s /proc/self/fd /dev/fd && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/urandom c 1 9 && mkdir /dev/shm && mknod /dev/loop-control c 10 237' || skip 'cannot cover /dev'
	logging own syslog
	sink unixgram /dev/log
	expect 0 coracle up -d
	eventually 10 received '<27>... .. ..:..:.. [0-9a-f]{12}\[[0-9]+\]: trouble'
	eventually 10 received '<30>... .. ..:..:.. [0-9a-f]{12}\[[0-9]+\]: hello'
	eventually 10 logged 1 hello x
	sink_end
	coracle down -t 0
	eventually 10 inside umount /dev
}

@test "syslog over UDP: RFC 5424, facility, tag" {
	logging datagrams syslog 'syslog-address: "udp://127.0.0.1:5140"' 'syslog-format: rfc5424' \
		'syslog-facility: local3' 'tag: "{{.Name}}/{{.ImageName}}"'
	sink udp 5140
	expect 0 coracle up -d
	eventually 10 received "^<158>1 [0-9T:-]+(Z|[+-]..:..) $(inside hostname) datagrams-x-1/busybox [0-9]+ datagrams-x-1/busybox - hello"
	eventually 10 received '^<155>.* - trouble'
	sink_end
}

@test "syslog over TCP: RFC 3164; a server that goes away for a while loses nothing" {
	logging streams syslog 'syslog-address: "tcp://127.0.0.1:5141"' 'syslog-format: rfc3164' 'tag: box'
	sed -i 's/read l/i=0; while [ ! -e \/tmp\/end ]; do i=$$((i+1)); echo count $$i; sleep 0.1; done; read l/' compose.yaml
	sink tcp 5141
	expect 0 coracle up -d
	eventually 10 received "^<30>... .. ..:..:.. $(inside hostname) box\[[0-9]+\]: hello"
	eventually 10 received 'count 3'
	sink_end
	# At least what it has read.
	before=$(coracle logs --no-log-prefix x | grep -oE 'count [0-9]+' | tail -n 1)
	cp sink first
	eventually 10 logged 1 "count $((${before#count } + 8))" x
	sink tcp 5141
	eventually 20 received 'count [0-9]'
	coracle exec -T x touch /tmp/end
	sleep 0.3
	# What was sent while the connection broke may be lost with it; what came later is not.
	last=$(coracle logs --no-log-prefix x | grep -oE 'count [0-9]+' | tail -n 1)
	eventually 10 received "$last\$"
	from=$(grep -oE 'count [0-9]+' sink | head -n 1)
	[ $((${from#count } - ${before#count })) -le 3 ] || fail "$(tail first sink)"
	sink_end
}

@test "syslog over unix sockets" {
	logging local syslog "syslog-address: unix:///mnt/log.sock"
	sink unix /mnt/log.sock
	expect 0 coracle up -d
	eventually 10 received 'hello'
	sink_end
	inside rm /mnt/log.sock
}

@test "a syslog that is not there keeps the container from starting; one that goes away does not" {
	logging away syslog "syslog-address: unixgram:///mnt/gone.sock"
	expect 1 coracle up -d
	has_error 'syslog'
	has_error '/mnt/gone.sock'
	sink unixgram /mnt/gone.sock
	expect 0 coracle up -d
	eventually 10 received hello
	sink_end
	expect 0 coracle exec -T x sh -c 'echo more >/proc/1/fd/1'
	eventually 10 logged 1 more x
	# A monitor that is killed is replaced although nobody listens.
	inside kill -9 "$(inspect_of away-x-1 '{{.State.Pid}}' >/dev/null; inside pgrep -f 'coracle-monitor.* away-x-1')"
	eventually 10 state_is away-x-1 running
	sink unixgram /mnt/gone.sock
	coracle exec -T x sh -c 'echo again >/proc/1/fd/1'
	eventually 10 received again
	sink_end
	inside rm -f /mnt/gone.sock
}

@test "journald gets fields" {
	logging fields journald 'tag: "{{.ImageName}}"'
	inside sh -c 'mount -t tmpfs none /run && mkdir -p /run/systemd/journal'
	expect 1 coracle up -d
	has_error journald
	sink unixgram /run/systemd/journal/socket
	expect 0 coracle up -d
	eventually 10 received '^PRIORITY=6\|CONTAINER_ID=[0-9a-f]{12}\|CONTAINER_ID_FULL=[0-9a-f]{64}\|CONTAINER_NAME=fields-x-1\|CONTAINER_TAG=busybox\|IMAGE_NAME=busybox\|SYSLOG_IDENTIFIER=busybox\|MESSAGE=hello\|'
	eventually 10 received '^PRIORITY=3\|.*MESSAGE=trouble'
	eventually 10 logged 1 hello x
	sink_end
	coracle down -t 0
	eventually 10 inside umount /run
}

@test "other drivers, options and values" {
	NO_DOWN=1 logging other gefl
	expect 1 coracle up -d
	has_error "'gefl' is not supported"
	expect 0 coracle down
	NO_DOWN=1 logging value syslog 'syslog-format: rfc1'
	expect 1 coracle up -d
	has_error rfc1
	expect 0 coracle down
	logging option journald 'labels: a,b'
	expect 0 coracle config -q
}

far_says()
{
	coracle logs 2>/dev/null | grep -q "$1"
}

@test "Docker's drivers that send all away: a warning, and the output is kept as by json-file" {
	for driver in fluentd gelf awslogs splunk gcplogs; do
		NO_DOWN=1 logging far "$driver" 'fluentd-address: "udp://192.0.2.1:24224"' 'labels: a'
		expect 0 coracle up -d
		has_error "services.x.logging.driver: '$driver' is not supported"
		[ "$(grep -c "$driver" <<<"$stderr")" = 1 ] || fail "$stderr"
		[[ "$stderr" != *'has no effect'* ]] || fail "$stderr"
		eventually 5 far_says hello
		expect 0 coracle config
		has "driver: $driver"
		has 'fluentd-address: udp://192.0.2.1:24224'
		expect 0 coracle down
	done
}
