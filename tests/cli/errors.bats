#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Errors: exit codes, messages, and that a failure leaves nothing half done.

load helper

@test "no compose file, unknown command, unknown option, no root" {
	mkdir empty && cd empty
	expect 1 coracle up -d
	has_error 'compose.yaml'
	expect 1 coracle frobnicate
	has_error frobnicate
	run --separate-stderr coracle up --frobnicate
	[ "$status" != 0 ]
	has_error frobnicate
	expect 1 inside setpriv --reuid 65534 --clear-groups "$CORACLE" --root /tmp/x --run /tmp/y ps
	has_error root
}

@test "what is said of a slip names what was meant, or what there is" {
	local words message
	project slips <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 1000, stop_grace_period: 0s}
	  once: {image: busybox, command: sh -c "exit 3"}
	YAML
	echo x >file
	coracle up -d >/dev/null 2>&1
	eventually 10 state_is slips-once-1 exited
	while IFS='|' read -r words message; do
		# shellcheck disable=SC2086 # words
		expect 1 coracle $words
		[[ "$stderr" == *"$message"* ]] || fail "$words: $stderr"
	done <<-'EOT'
		up -d wbe|no such service: wbe; did you mean 'web'? The file has: once, web
		logs nothing|no such service: nothing; the file has: once, web
		up -d --scale wbe=2|no such service: wbe; did you mean 'web'?
		logs slips-once-1|no such service: slips-once-1; the file has: once, web; for a container that is no service's: 'coracle container logs slips-once-1'
		up --exit-code-from wbe|no such service: wbe; did you mean 'web'?
		config wbe|no such service: wbe; did you mean 'web'?
		config --hash wbe|no such service: wbe; did you mean 'web'?
		exec once sh|service "once" is not running: slips-once-1 exited (3); see 'coracle logs once', start it with 'coracle start once'
		-d up|unknown option '-d' before the command; 'up' has it: coracle up -d
		--detach up|unknown option '--detach' before the command; 'up' has it: coracle up --detach
		-Z up|unknown option '-Z'; see 'coracle --help'
		up -x|unknown option '-x'; see 'coracle up --help'
		up -dx|unknown option '-x' in '-dx'; see 'coracle up --help'
		up --frobnicate|unknown option '--frobnicate'; see 'coracle up --help'
		up --detatch|unknown option '--detatch'; did you mean '--detach'?
		upp|unknown command 'upp'; did you mean 'up'?
		context ls|'context' chooses among daemons: there is none here
		publish x|'publish' puts a compose file into a registry: copy the file instead ('coracle config'
		search x|'search' asks one company's hub
		buildx ls|'buildx ls' is about builders, of which there is one: 'coracle image build' builds
		stork|unknown command 'stork'; see 'coracle --help'
		port once 80|no port 80/tcp for container slips-once-1: it publishes none (exited)
		image load x.tar|'image load' takes no arguments, but there is 'x.tar'; did you mean -i x.tar?
		--insecure-registry x ps|see docs/registries.md
		cp nope web:/tmp/|cannot copy 'nope': no such file or directory
		cp web:/etc/passwd nowhere/|the directory 'nowhere/' is not on this host
		cp web:/nope .|there is no '/nope' in container slips-web-1
	EOT
	expect 1 coracle inspect nope
	is '[]'
	expect 0 coracle up -d --scale web=2
	expect 1 coracle cp nope web:/tmp/
	[ "$(grep -c nope <<<"$stderr")" = 1 ] || fail "$stderr"
	expect 1 inside setarch --uname-2.6 "$CORACLE" images
	has_error 'Linux 5.10 or newer is needed, this is 2.6.'
}

@test "what is said of a service that cannot run names it, the reason, and the way out" {
	local attributes message
	while IFS='|' read -r attributes message; do
		NO_DOWN=1 project cannot < <(
			printf 'services:\n  a: {image: busybox, stop_grace_period: 0s, %s}\n' "$attributes" |
				tr @ '\n')
		[[ "$attributes" != *build* ]] || sed -i 's/image: busybox, //' compose.yaml
		expect 1 coracle up -d
		[[ "$stderr" == *"$message"* ]] || fail "$attributes: $stderr"
		coracle down -v >/dev/null 2>&1
	done <<-'EOT'
		command: /nosuch|coracle: service "a": cannot start cannot-a-1: exec: "/nosuch": stat /nosuch: no such file or directory
		user: nobodyx|coracle: service "a": cannot start cannot-a-1: unable to find user nobodyx
		devices: [/dev/nosuch]|coracle: service "a": cannot start cannot-a-1: cannot find the device '/dev/nosuch'
		build: .|coracle: service "a": failed to build
		networks: [n]}@networks: {n: {external: true}|network n declared as external, but could not be found: create it with 'coracle network create n'
		volumes: ["v:/v"]}@volumes: {v: {external: true}|external volume "v" not found: create it with 'coracle volume create v'
		command: sh -c "exit 4"}@  b: {image: busybox, depends_on: {a: {condition: service_completed_successfully}}|service "a" didn't complete successfully: exit 4; see 'coracle logs a'
		command: sleep 1000, healthcheck: {test: "echo broken; false", interval: 100ms, retries: 1}}@  b: {image: busybox, depends_on: {a: {condition: service_healthy}}|container cannot-a-1 is unhealthy: its last check gave 1: broken
	EOT
}

@test "an image that cannot be one is warned of by config, and refused before anything is made" {
	project named <<-'YAML'
	services:
	  a: {image: Nginx}
	  b: {image: busybox}
	YAML
	expect 0 coracle config -q
	has_error "services.a.image: 'Nginx' is not an image reference: the name consists of lower-case"
	expect 1 coracle up -d
	has_error "service \"a\": 'Nginx' is not an image reference"
	[[ "$stderr" != *Creat* ]] || fail "$stderr"
	expect 0 coracle create b
	printf 'services: {a: {image: nosuchimage}}' >compose.yaml
	expect 1 coracle up -d
	has_error "its name cannot be resolved; without a network: 'coracle image load -i FILE'"
}

@test "a full disk is named, and what to do" {
	local small=$WORLD_DIR/small
	project room <<-'YAML'
	services: {a: {image: busybox, command: "true"}}
	YAML
	inside mkdir "$small"
	inside mount -t tmpfs -o size=8m tmpfs "$small"
	inside "$CORACLE" --root "$small/root" --run "$small/run" image ls -q
	inside sh -c 'cat /dev/zero >"$1" 2>/dev/null' sh "$small/noise" || true
	expect 1 inside "$CORACLE" --root "$small/root" --run "$small/run" network create n
	has_error "there is no room in '$small/root' ('coracle system df' shows what takes it): "
	has_error "cannot write '$small/root/networks/n.json': no space left on device"
	inside umount "$small"
	inside rmdir "$small"
}

@test "replicas that fail for the same reason say it once, and who holds a port or a name is said" {
	project holder <<-'YAML'
	services: {a: {image: busybox, command: sleep 1000, stop_grace_period: 0s, container_name: same}}
	YAML
	coracle up -d >/dev/null 2>&1
	project many <<-'YAML'
	services: {web: {image: busybox, command: sleep 1000, stop_grace_period: 0s, ports: ["18090:80"], deploy: {replicas: 3}}}
	YAML
	coracle create >/dev/null 2>&1
	inside python3 -c '
import os, signal, socket
server = socket.create_server(("127.0.0.1", 18090))
print(os.getpid(), flush=True)
signal.pause()' >pid 3>&- &
	eventually 5 test -s pid
	expect 1 coracle up -d
	has_error 'coracle: service "web": cannot start many-web-'
	has_error "bind for 0.0.0.0:18090 failed: port is already allocated: port 18090/tcp is in use by 'python3' (pid $(cat pid))"
	[ "$(grep -c 'failed: port is already allocated' <<<"$stderr")" = 2 ] || fail "$stderr"
	inside kill "$(cat pid)"
	project taker <<-'YAML'
	services: {a: {image: busybox, container_name: same}}
	YAML
	expect 1 coracle up -d
	has_error 'container name "same" is already in use by container'
	has_error "of project \"holder\": remove it ('coracle -p holder down')"
}

@test "help and version work anywhere" {
	cd /
	expect 0 coracle --help
	has up
	has down
	expect 0 coracle up --help
	has '--detach'
	expect 0 coracle version
	matches '[0-9]+\.[0-9]+'
	expect 0 coracle version --short
	matches '^[0-9]+\.[0-9]+\.[0-9]+$'
}

@test "commands that find nothing to do succeed" {
	project nothing <<-'YAML'
	services:
	  a: {image: busybox}
	YAML
	for command in down kill stop "rm -f" pause ps logs "down -v"; do
		# shellcheck disable=SC2086 # words
		expect 0 coracle $command
	done
	expect 1 coracle ps nosuch
	has_error 'no such service: nosuch'
	expect 1 coracle logs nosuch
	expect 1 coracle restart nosuch
	expect 1 coracle up -d nosuch
	has_error 'no such service: nosuch'
}

@test "conflicting options are refused" {
	project conflicts <<-'YAML'
	services:
	  a: {image: busybox}
	YAML
	expect 1 coracle up --force-recreate --no-recreate
	expect 1 coracle up -d --abort-on-container-exit
	expect 1 coracle up --wait-timeout -5
}

@test "a command that cannot start fails up and says why" {
	project cannot <<-'YAML'
	services:
	  a: {image: busybox, command: ["/no/such/program"]}
	YAML
	expect 1 coracle up -d
	has_error '/no/such/program'
	has_error cannot-a-1
	expect 0 coracle ps -a --format json
	[ "$(jq -r .ExitCode <<<"$output")" = 127 ]
}

@test "one service that cannot start does not keep the others from being listed and removed" {
	project half <<-'YAML'
	services:
	  good: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  bad: {image: busybox, command: ["/nope"]}
	YAML
	expect 1 coracle up -d
	expect 0 coracle ps -a
	has half-good-1
	expect 0 coracle down
}

@test "the name of a foreign container is not taken over" {
	project first <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: taken}
	YAML
	expect 0 coracle up -d
	id=$(inspect_of taken '{{.Id}}')
	project second <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: taken}
	YAML
	expect 1 coracle up -d
	has_error taken
	[ "$(inspect_of taken '{{.Id}}')" = "$id" ]
}

@test "two ups at once end with one set of containers" {
	project race <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, scale: 3}
	YAML
	coracle up -d >one.log 2>&1 &
	one=$!
	coracle up -d >two.log 2>&1 &
	two=$!
	wait "$one" || fail "first: $(cat one.log)"
	wait "$two" || fail "second: $(cat two.log)"
	run names
	is $'race-a-1\nrace-a-2\nrace-a-3'
}

@test "a full standard output is an error with its reason, whatever the command; a closed one ends it quietly" {
	local command status
	project full <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "seq 1 20000; exec sleep 1000"]
	    stop_grace_period: 0s
	YAML
	inside mknod full c 1 7
	coracle up -d >/dev/null 2>&1
	eventually 10 inside sh -c "$CORACLE logs 2>/dev/null | grep -q 20000"
	for command in config help ps 'ps -q' images 'image ls --format json' 'inspect full-a-1' 'container ls' \
		logs 'logs -f' 'container logs full-a-1' info 'export a' 'cp a:/bin -' \
		'image save busybox'; do
		# shellcheck disable=SC2086 # words
		expect 1 inside timeout 20 sh -c 'exec "$@" >full' sh "$CORACLE" $command
		[[ "$stderr" == *'no space left on device'* ]] || fail "$command: $stderr"
		# Who reads has gone before it begins, and SIGPIPE is ignored as Python has it.
		# shellcheck disable=SC2086 # words
		status=$(inside timeout 20 python3 -c '
import os, signal, subprocess, sys
reader, writer = os.pipe()
os.close(reader)
print(subprocess.run(sys.argv[1:], stdout=writer, stderr=2, restore_signals=False).returncode)' \
			"$CORACLE" $command 2>error)
		[[ "$status" =~ ^(141|-13)$ ]] || fail "$command: $status"
		! grep -v ^warning: error || fail "$command: $(cat error)"
		# shellcheck disable=SC2086 # words
		expect 1 inside timeout 20 sh -c 'exec "$@" >&-' sh "$CORACLE" $command
		[[ "$stderr" == *'bad file descriptor'* ]] || fail "$command: $stderr"
	done
	for command in 'exec -T a echo hello' 'run -T --rm a echo hello'; do
		# shellcheck disable=SC2086 # words
		expect 1 inside timeout 20 sh -c 'exec "$@" >&-' sh "$CORACLE" $command
		[[ "$stderr" == *'bad file descriptor'* ]] || fail "$command: $stderr"
	done
	# Nothing to print, or nothing to read, is no failure.
	expect 0 inside sh -c 'exec "$@" >&-' sh "$CORACLE" exec -T a true
	expect 0 inside sh -c 'exec "$@" >&- 2>&- <&-' sh "$CORACLE" up -d
	expect 0 inside sh -c 'exec "$@" <&-' sh "$CORACLE" exec -T a cat
	is ''
	rm full
}

@test "up that is killed can be repeated and taken down" {
	project killed <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, scale: 8}
	YAML
	for delay in 0.005 0.02 0.05 0.1 0.2; do
		inside timeout -s KILL "$delay" "$CORACLE" up -d >/dev/null 2>&1 || true
		expect 0 coracle down
		assert_nothing_left
	done
	inside timeout -s KILL 0.05 "$CORACLE" up -d >/dev/null 2>&1 || true
	expect 0 coracle up -d
	[ "$(coracle ps -q | wc -l)" = 8 ]
}

@test "down that is killed can be repeated" {
	project undone <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, scale: 8}
	YAML
	for delay in 0.005 0.02 0.05; do
		expect 0 coracle up -d
		inside timeout -s KILL "$delay" "$CORACLE" down >/dev/null 2>&1 || true
		expect 0 coracle down
		assert_nothing_left
	done
}
