#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attributes of a service that shape its process: each has its effect, seen from inside.

load helper
load attributes_helper

@test "command and entrypoint: lists verbatim, strings split as a shell does, entrypoint drops the image's command" {
	project words <<-'YAML'
	services:
	  list: {image: busybox, command: [echo, "a  b", "$$HOME"]}
	  text: {image: busybox, command: "echo 'a  b' \"c d\" e\\ f"}
	  both: {image: busybox, entrypoint: [echo, first], command: [second]}
	  only: {image: busybox, entrypoint: [echo, alone]}
	YAML
	expect 0 coracle up --no-log-prefix
	has $'a  b $HOME'
	has $'a  b c d e f'
	has 'first second'
	[ "$(coracle logs --no-log-prefix only)" = alone ] || fail "$(coracle logs only)"
}

@test "working_dir is made when it is missing, user and group_add hold" {
	service place 'working_dir: /new/place' 'user: "1000:1234"' 'group_add: ["55", users]'
	expect 0 coracle up -d
	expect 0 inner sh -c 'pwd; id -u; id -g; id -G'
	is $'/new/place\n1000\n1234\n1234 100 55' || is $'/new/place\n1000\n1234\n1234 55 100'
}

@test "hostname, domainname and uts" {
	project names <<-'YAML'
	services:
	  own: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, hostname: apple, domainname: fruit.test}
	  host: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, uts: host}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T own sh -c 'hostname; cat /proc/sys/kernel/domainname; hostname -f; ping -c 1 -W 5 apple'
	matches $'^apple\nfruit.test\napple.fruit.test\nPING'
	[ "$(coracle exec -T host hostname)" = "$(inside hostname)" ]
	[ "$(coracle exec -T host readlink /proc/self/ns/uts)" = "$(inside readlink /proc/self/ns/uts)" ]
}

@test "environment: null passes on or removes, empty sets" {
	PASSED=on service env 'environment: {PASSED: , PATH: /bin, EMPTY: "", ABSENT: }'
	PASSED=on expect 0 coracle up -d
	expect 0 inner env
	has PASSED=on
	has $'EMPTY='
	lacks ABSENT
	has PATH=/bin
}

@test "init: true reaps and forwards signals" {
	service init 'init: true' 'command: [sh, -c, "trap \"echo got it; exit 7\" TERM; while :; do sleep 0.1; done"]' \
		'stop_signal: SIGTERM'
	sed -i '/^    command: sleep/d; /SIGKILL/d' compose.yaml
	expect 0 coracle up -d
	expect 0 inner sh -c 'tr "\0" " " </proc/1/cmdline; (sleep 0.01 &)'
	[[ "$output" != sh* ]] || fail "$output"
	# The loop's own one is the shell's to look after.
	no_orphan() { ! inner ps -o ppid,comm | grep -q '^ *1 .*sleep'; }
	eventually 10 no_orphan
	coracle stop
	[ "$(inspect_of init-x-1 '{{.State.ExitCode}}')" = 7 ]
	[ "$(coracle logs --no-log-prefix x)" = 'got it' ]
}

@test "tty and stdin_open" {
	project term <<-'YAML'
	services:
	  tty: {image: busybox, command: [sh, -c, "test -t 0 && test -t 1 && echo terminal; sleep 3600"], tty: true, stop_signal: SIGKILL}
	  open: {image: busybox, command: [sh, -c, "read line && echo none; echo ended"], stdin_open: true, stop_signal: SIGKILL}
	  closed: {image: busybox, command: [sh, -c, "read line; echo ended"]}
	YAML
	expect 0 coracle up -d
	eventually 10 logged 1 terminal tty
	eventually 10 logged 1 ended closed
	state_is term-open-1 running
}

@test "labels and label_file, labels win" {
	printf 'A=file\nB=file\n' >"$BATS_TEST_TMPDIR/l.env"
	service label 'labels: {A: own, C: own}' 'label_file: ../l.env'
	expect 0 coracle up -d
	[ "$(inspect_of label-x-1 '{{.Config.Labels.A}} {{.Config.Labels.B}} {{.Config.Labels.C}}')" = 'own file own' ]
}

@test "annotations are in the runtime's configuration, not among the labels" {
	service note 'annotations: {org.example.note: "seen"}'
	expect 0 coracle up -d
	inside sh -c 'cat /mnt/root/containers/*/config.json' | grep -q '"org.example.note": *"seen"'
	expect 0 inspect_of note-x-1 '{{json .Config.Labels}}'
	lacks org.example
	[ "$(inspect_of note-x-1 '{{json .HostConfig.Annotations}}')" = '{"org.example.note":"seen"}' ]
}

@test "attach: false is left out of up and is in logs" {
	project attach <<-'YAML'
	services:
	  loud: {image: busybox, command: echo shown}
	  quiet: {image: busybox, command: echo hidden, attach: false}
	YAML
	expect 0 coracle up
	has shown
	lacks hidden
	[ "$(coracle logs --no-log-prefix quiet)" = hidden ]
}

@test "stop_signal and stop_grace_period" {
	project stops <<-'YAML'
	services:
	  polite: {image: busybox, command: [sh, -c, "trap 'echo usr1; exit 3' USR1; echo ready; while :; do sleep 0.1; done"], stop_signal: USR1}
	  deaf: {image: busybox, command: [sh, -c, "trap '' TERM; echo ready; while :; do sleep 0.1; done"], stop_grace_period: 1s}
	YAML
	expect 0 coracle up -d
	eventually 10 logged 2 ready
	SECONDS=0
	expect 0 coracle stop
	[ "$SECONDS" -lt 9 ] || fail "the grace period was $SECONDS s"
	[ "$(inspect_of stops-polite-1 '{{.State.ExitCode}}')" = 3 ]
	[ "$(inspect_of stops-deaf-1 '{{.State.ExitCode}}')" = 137 ]
}

@test "depends_on: required: false only warns, restart: true follows a restart" {
	project edges <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  db: {<<: *service}
	  broken: {image: busybox, command: "false"}
	  follower: {<<: *service, depends_on: {db: {condition: service_started, restart: true}}}
	  other: {<<: *service, depends_on: {db: {condition: service_started}, broken: {condition: service_completed_successfully, required: false}}}
	YAML
	expect 0 coracle up -d
	has_error 'optional'
	state_is edges-other-1 running
	follower=$(pid_of edges-follower-1) other=$(pid_of edges-other-1)
	expect 0 coracle restart db
	[ "$(pid_of edges-follower-1)" != "$follower" ]
	[ "$(pid_of edges-other-1)" = "$other" ]
}

@test "deploy.mode: global is one replica on one host" {
	project mode <<-'YAML'
	services:
	  everywhere: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, deploy: {mode: global}}
	  three: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, deploy: {mode: replicated, replicas: 3}}
	YAML
	expect 0 coracle up -d
	[ "$(names | tr '\n' ' ')" = 'mode-everywhere-1 mode-three-1 mode-three-2 mode-three-3 ' ]
}

@test "profiles, scale and container_name" {
	project chosen <<-'YAML'
	services:
	  always: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, scale: 2}
	  named: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: chosen-one}
	  debug: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, profiles: [debug]}
	YAML
	expect 0 coracle up -d
	[ "$(names)" = $'chosen-always-1\nchosen-always-2\nchosen-one' ]
	expect 0 coracle --profile debug up -d
	[ "$(names)" = $'chosen-always-1\nchosen-always-2\nchosen-debug-1\nchosen-one' ]
	expect 0 coracle --profile debug down
}

@test "deploy.restart_policy: condition, delay, max_attempts and window" {
	project policy <<-'YAML'
	services:
	  none: {image: busybox, command: "false", restart: always, deploy: {restart_policy: {condition: none}}}
	  twice: {image: busybox, command: "false", deploy: {restart_policy: {condition: on-failure, max_attempts: 2, delay: 100ms}}}
	  any: {image: busybox, command: "true", deploy: {restart_policy: {delay: 200ms, max_attempts: 3, window: 30s}}}
	  late: {image: busybox, command: "false", deploy: {restart_policy: {delay: 1h}}}
	YAML
	expect 0 coracle up -d
	eventually 20 state_is policy-none-1 exited
	eventually 20 state_is policy-twice-1 exited
	eventually 20 state_is policy-any-1 exited
	eventually 20 state_is policy-late-1 restarting
	[ "$(inspect_of policy-none-1 '{{.RestartCount}}')" = 0 ]
	[ "$(inspect_of policy-twice-1 '{{.RestartCount}}')" = 2 ]
	[ "$(inspect_of policy-any-1 '{{.RestartCount}}')" = 3 ]
}

@test "post_start and pre_stop run with their command, user, directory, environment and privileges" {
	service hooks 'volumes: ["./out:/out"]' \
		'post_start: [{command: [sh, -c, "echo $$(id -u) $$(pwd) $$V $$(grep CapEff /proc/self/status) >/out/start"], user: "0", working_dir: /tmp, environment: {V: one}, privileged: true}]' \
		'pre_stop: [{command: [sh, -c, "echo $$(id -u) $$(pwd) $$V $$(grep CapEff /proc/self/status) >/out/stop"], user: "99", working_dir: /etc, environment: [V=two]}]'
	mkdir -m 777 out
	expect 0 coracle up -d
	expect 0 cat out/start
	matches '^0 /tmp one CapEff: 000001f'
	[ ! -e out/stop ]
	expect 0 coracle stop
	expect 0 cat out/stop
	is '99 /etc two CapEff: 0000000000000000'
	# A container that ended by itself has no pre_stop.
	service failing 'post_start: [{command: [sh, -c, "exit 9"]}]'
	expect 1 coracle up -d
	has_error 'post_start: x hook exited with status 9'
}
