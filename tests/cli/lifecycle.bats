#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# up, ps, logs, stop, start, restart, kill, rm, pause, top, ls, down.

load helper

two_services()
{
	project "${1:-app}" <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "echo web says hello; exec sleep 3600"]
	    stop_signal: SIGKILL
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
}

@test "up -d starts every service with Docker's names" {
	two_services
	expect 0 coracle up -d
	run names
	is $'app-db-1\napp-web-1'
	state_is app-web-1 running
	state_is app-db-1 running
}

@test "ps shows name, image, command, service and status" {
	two_services
	expect 0 coracle up -d
	expect 0 coracle ps
	matches '^NAME +IMAGE +COMMAND +SERVICE +CREATED +STATUS +PORTS'
	matches 'app-web-1 +busybox +"sh -c .* +web +.*Up '
	expect 0 coracle ps --format json
	[ "$(jq -rs 'map(.Service) | sort | join(" ")' <<<"$output")" = "db web" ]
	[ "$(jq -r .State <<<"$output" | sort -u)" = running ]
	expect 0 coracle ps --services
	is $'db\nweb'
	expect 0 coracle ps -q web
	matches '^[0-9a-f]{64}$'
}

@test "lists look as Docker's config.json says where --format does not" {
	two_services
	expect 0 coracle up -d
	export DOCKER_CONFIG=$PWD
	echo '{"psFormat": "table {{.Names}}", "imagesFormat": "{{.Repository}}", "networksFormat": "{{.Name}}"}' >config.json
	expect 0 coracle ps
	is $'NAMES\napp-db-1\napp-web-1'
	expect 0 coracle container ls --filter name=web
	is $'NAMES\napp-web-1'
	expect 0 coracle image ls busybox
	is busybox
	expect 0 coracle network ls
	lacks SCOPE
	expect 0 coracle ps --format '{{.Service}}'
	is $'db\nweb'
	expect 0 coracle volume ls
	has DRIVER
	echo '{' >config.json
	expect 0 coracle ps
	has SERVICE
	unset DOCKER_CONFIG
}

@test "containers and networks carry Docker Compose's labels" {
	two_services
	expect 0 coracle up -d
	expect 0 coracle inspect --format '{{json .Config.Labels}}' app-web-1
	[ "$(jq -r '."com.docker.compose.project"' <<<"$output")" = app ]
	[ "$(jq -r '."com.docker.compose.service"' <<<"$output")" = web ]
	[ "$(jq -r '."com.docker.compose.container-number"' <<<"$output")" = 1 ]
	[ "$(jq -r '."com.docker.compose.oneoff"' <<<"$output")" = False ]
	[ "$(jq -r '."com.docker.compose.project.working_dir"' <<<"$output")" = "$PWD" ]
	[ "$(jq -r '."com.docker.compose.project.config_files"' <<<"$output")" = "$PWD/compose.yaml" ]
	expect 0 coracle config --hash web
	[ "$output" = "web $(inspect_of app-web-1 '{{index .Config.Labels "com.docker.compose.config-hash"}}')" ]
	expect 0 coracle network inspect --format '{{index .Labels "com.docker.compose.network"}}' app_default
	is default
}

@test "a second up changes nothing" {
	two_services
	expect 0 coracle up -d
	before=$(inspect_of app-web-1 '{{.Id}} {{.State.StartedAt}}')
	expect 0 coracle up -d
	[ "$(inspect_of app-web-1 '{{.Id}} {{.State.StartedAt}}')" = "$before" ]
}

@test "a changed service is made anew, the other stays" {
	two_services
	expect 0 coracle up -d
	web=$(inspect_of app-web-1 '{{.Id}}') db=$(inspect_of app-db-1 '{{.Id}}')
	sed -i 's/web says hello/web says more/' compose.yaml
	expect 0 coracle up -d
	[ "$(inspect_of app-web-1 '{{.Id}}')" != "$web" ]
	[ "$(inspect_of app-db-1 '{{.Id}}')" = "$db" ]
	eventually 5 logged 1 'web says more' web
}

@test "up --force-recreate makes all anew and --no-recreate none" {
	two_services
	expect 0 coracle up -d
	web=$(inspect_of app-web-1 '{{.Id}}')
	sed -i 's/web says hello/web says more/' compose.yaml
	expect 0 coracle up -d --no-recreate
	[ "$(inspect_of app-web-1 '{{.Id}}')" = "$web" ]
	expect 0 coracle up -d --force-recreate
	[ "$(inspect_of app-web-1 '{{.Id}}')" != "$web" ]
}

@test "logs have the service as prefix; those of a container keep the streams apart" {
	project logs <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "echo to stdout; echo to stderr >&2"]
	  b:
	    image: busybox
	    command: echo from b
	YAML
	expect 0 coracle up -d
	coracle wait a b
	expect 0 coracle logs --no-color
	has 'a-1  | to stdout'
	has 'b-1  | from b'
	expect 0 coracle container logs logs-a-1
	is 'to stdout'
	[ "$stderr" = 'to stderr' ]
	expect 0 coracle logs --no-log-prefix -n 1 b
	is 'from b'
	expect 0 coracle logs -t --no-log-prefix b
	matches '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z from b$'
}

@test "attached up shows the output and ends with the containers" {
	project attached <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "echo first line; echo oops >&2; exit 3"]
	YAML
	expect 0 coracle up
	has 'a-1  | first line'
	has_error 'oops'
	[[ "$output$stderr" == *'a-1 exited with code 3'* ]]
}

@test "up --exit-code-from gives the code of that service" {
	project codes <<-'YAML'
	services:
	  fails:
	    image: busybox
	    command: ["sh", "-c", "exit 42"]
	  stays:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 42 coracle up --exit-code-from fails
	state_is codes-stays-1 exited
}

@test "up --abort-on-container-exit stops the others" {
	project abort <<-'YAML'
	services:
	  ends:
	    image: busybox
	    command: "true"
	  stays:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up --abort-on-container-exit
	state_is abort-stays-1 exited
}

@test "stop, start and restart keep the container" {
	two_services
	expect 0 coracle up -d
	id=$(inspect_of app-web-1 '{{.Id}}')
	expect 0 coracle stop
	state_is app-web-1 exited
	expect 0 coracle ps
	lacks app-web-1
	expect 0 coracle ps -a
	matches 'app-web-1.*Exited \(137\)'
	expect 0 coracle ps --services --status running --filter status=exited
	has web
	expect 0 coracle ps -q --status running
	[ -z "$output" ]
	expect 1 coracle ps --status lost
	has_error "unknown status 'lost'"
	expect 0 coracle ls
	lacks app
	expect 0 coracle ls -a
	matches 'app +exited\(2\)'
	expect 0 coracle ls -aq --filter name=nobody --filter 'name=^ap+$'
	[ "$output" = app ]
	expect 1 coracle ls --filter label=x
	has_error "unknown filter 'label=x': there is only name="
	expect 0 coracle start
	[ -z "$output" ]
	state_is app-web-1 running
	[ "$(inspect_of app-web-1 '{{.Id}}')" = "$id" ]
	started=$(inspect_of app-web-1 '{{.State.StartedAt}}')
	expect 0 coracle restart web
	[ "$(inspect_of app-web-1 '{{.Id}}')" = "$id" ]
	[ "$(inspect_of app-web-1 '{{.State.StartedAt}}')" != "$started" ]
	expect 0 coracle ls
	matches 'app +running\(2\)'
}

@test "stop sends the stop signal and kills after the grace period" {
	project stopping <<-'YAML'
	services:
	  polite:
	    image: busybox
	    command: ["sh", "-c", "trap 'echo got usr1; exit 7' USR1; echo ready; while :; do sleep 0.1; done"]
	    stop_signal: SIGUSR1
	  stubborn:
	    image: busybox
	    command: ["sh", "-c", "trap 'echo ignored' TERM; echo ready; while :; do sleep 0.1; done"]
	    stop_grace_period: 1s
	YAML
	expect 0 coracle up -d
	eventually 5 logged 2 ready
	start=$(date +%s%N)
	expect 0 coracle stop
	took=$((($(date +%s%N) - start) / 1000000))
	[ "$(inspect_of stopping-polite-1 '{{.State.ExitCode}}')" = 7 ]
	[ "$(inspect_of stopping-stubborn-1 '{{.State.ExitCode}}')" = 137 ]
	[ "$took" -ge 900 ] && [ "$took" -lt 5000 ]
	expect 0 coracle logs
	has 'got usr1'
	has 'ignored'
}

@test "stop -t 0 kills at once, stop -t -1 waits for as long as it takes" {
	project patience <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "trap 'sleep 1.5; exit 4' TERM; echo ready; while :; do sleep 0.02; done"]
	    stop_grace_period: 100ms
	YAML
	expect 0 coracle up -d
	eventually 5 logged 1 ready
	expect 0 coracle stop -t -1
	[ "$(inspect_of patience-a-1 '{{.State.ExitCode}}')" = 4 ]
	expect 0 coracle up -d
	eventually 5 logged 2 ready
	expect 0 coracle container stop -t 0 patience-a-1
	[ "$(inspect_of patience-a-1 '{{.State.ExitCode}}')" = 137 ]
	expect 1 coracle stop -t -2
	has_error "'-2'"
}

@test "signals have names and numbers, in any case" {
	local signal count=0
	project names <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "trap 'echo got it' 37; trap 'echo hup' HUP; echo ready; while :; do sleep 0.02; done"]
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	eventually 5 logged 1 ready
	for signal in SIGRTMIN+3 rtmin+3 37 RTMAX-27; do
		expect 0 coracle kill -s "$signal"
		count=$((count + 1))
		eventually 5 logged "$count" 'got it'
	done
	expect 0 coracle container kill -s hup names-a-1
	eventually 5 logged 1 hup
	for signal in 0 65 -1 "" SIGFOO SIGRTMIN+31 RTMAX+1; do
		expect 1 coracle kill -s "$signal"
		expect 1 coracle container kill -s "$signal" names-a-1
	done
	state_is names-a-1 running
}

@test "kill sends a signal; rm removes what is stopped" {
	two_services
	expect 0 coracle up -d
	expect 0 coracle kill web
	eventually 5 state_is app-web-1 exited
	[ "$(inspect_of app-web-1 '{{.State.ExitCode}}')" = 137 ]
	expect 0 coracle rm -f
	run names
	is app-db-1
	expect 0 coracle rm -sf db
	run names
	is ''
}

@test "kill answers after the end, so that rm finds it stopped" {
	two_services
	sed -i '/stop_signal/d' compose.yaml
	for _ in 1 2 3 4 5; do
		expect 0 coracle up -d
		id=$(coracle ps -q web)
		expect 0 coracle kill db
		state_is app-db-1 exited
		expect 0 coracle rm -f db
		expect 0 coracle container kill "$id"
		expect 0 coracle container rm "$id"
		run names
		is ''
	done
}

@test "a signal that ends the container is answered after the end, another one at once" {
	project signals <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "trap 'exit 5' INT; trap 'echo hup' HUP; echo ready; while :; do sleep 0.02; done"]
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	eventually 5 logged 1 ready
	expect 0 coracle kill -s HUP
	eventually 5 logged 1 hup
	state_is signals-web-1 running
	expect 0 coracle kill -s sigint
	[ "$(inspect_of signals-web-1 '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 5' ]
}

@test "pause and unpause freeze the processes" {
	two_services
	expect 0 coracle up -d
	expect 0 coracle pause web
	state_is app-web-1 paused
	state_is app-db-1 running
	expect 1 coracle pause web
	has_error 'already paused'
	expect 0 coracle unpause web
	state_is app-web-1 running
}

@test "a paused container hears the stop signal and has its grace period, however it is stopped" {
	project frozen <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "trap 'exit 6' TERM; echo ready; while :; do sleep 0.02; done"]
	    stop_grace_period: 30s
	    pre_stop: [{command: "true"}]
	YAML
	expect 0 coracle up -d
	for how in stop "container stop frozen-a-1" "kill -s TERM"; do
		expect 0 coracle up -d
		eventually 5 inside sh -c "grep -q '^SigCgt:.*4...$' /proc/$(pid_of frozen-a-1)/status"
		expect 0 coracle pause
		# shellcheck disable=SC2086 # several words
		expect 0 coracle $how
		[ "$(inspect_of frozen-a-1 '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 6' ]
	done
	expect 0 coracle up -d
	expect 0 coracle pause
	expect 0 coracle restart
	state_is frozen-a-1 running
	expect 0 coracle pause
	expect 0 coracle down
	run names
	is ''
}

@test "what would need a paused container to run says that it is paused" {
	two_services
	expect 0 coracle up -d
	expect 0 coracle pause web
	expect 1 coracle exec -T web true
	has_error 'app-web-1 is paused'
	expect 1 coracle start web
	has_error 'app-web-1: it is paused'
	expect 1 coracle container start app-web-1
	has_error 'app-web-1: it is paused'
	state_is app-web-1 paused
	expect 0 coracle kill web
	state_is app-web-1 exited
	expect 0 coracle start web
	state_is app-web-1 running
}

@test "top shows the processes" {
	two_services
	expect 0 coracle up -d
	expect 0 coracle top
	matches 'UID +PID +PPID'
	has 'sleep 3600'
}

@test "down leaves nothing and may be repeated" {
	two_services
	expect 0 coracle up -d
	expect 0 coracle down
	run names
	is ''
	expect 1 coracle network inspect app_default
	expect 0 coracle down
	assert_nothing_left
}

@test "down -p works from elsewhere by labels alone" {
	two_services
	expect 0 coracle up -d
	cd /
	expect 0 coracle -p app down
	expect 0 coracle -p app ps -aq
	is ''
}

@test "down keeps orphans, --remove-orphans removes them" {
	two_services
	expect 0 coracle up -d
	sed -i '/^  db:/,$d' compose.yaml
	expect 0 coracle up -d
	has_error 'orphan'
	state_is app-db-1 running
	expect 0 coracle up -d --remove-orphans
	run names
	is app-web-1
}

@test "create makes containers without starting them" {
	two_services
	expect 0 coracle create
	state_is app-web-1 created
	expect 0 coracle start web
	state_is app-web-1 running
}

@test "wait returns the exit code" {
	project waiting <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "sleep 0.3; exit 9"]
	YAML
	expect 0 coracle up -d
	expect 9 coracle wait a
	has 'exited with status code 9'
}

@test "profiles keep services out until asked for" {
	project profiles <<-'YAML'
	services:
	  always:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	  debug:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    profiles: [debug]
	YAML
	expect 0 coracle up -d
	run names
	is profiles-always-1
	expect 0 coracle --profile debug up -d
	run names
	is $'profiles-always-1\nprofiles-debug-1'
	expect 0 coracle down
	run names
	is ''
}

@test "hostname, user, environment and working directory arrive" {
	project settings <<-'YAML'
	services:
	  a:
	    image: busybox
	    hostname: vessel
	    user: "1000:1234"
	    working_dir: /made/here
	    environment:
	      NAME: value with spaces
	    command: ["sh", "-c", "hostname; id -u; id -g; pwd; echo $$NAME"]
	YAML
	expect 0 coracle up -d
	coracle wait a
	expect 0 coracle logs --no-log-prefix
	is $'vessel\n1000\n1234\n/made/here\nvalue with spaces'
}

@test "up with 20 services and down are quick" {
	project many < <(
		echo services:
		for i in $(seq 20); do
			printf '  s%d:\n    image: busybox\n    command: sleep 3600\n    stop_signal: SIGKILL\n' "$i"
		done
	)
	start=$(date +%s%N)
	expect 0 coracle up -d
	up=$((($(date +%s%N) - start) / 1000000))
	[ "$(names | wc -l)" = 20 ]
	start=$(date +%s%N)
	expect 0 coracle down
	down=$((($(date +%s%N) - start) / 1000000))
	echo "up $up ms, down $down ms"
	[ "$up" -lt 10000 ] && [ "$down" -lt 10000 ]
}

@test "--dry-run says what would be done and does nothing" {
	two_services dry
	before=$(world_state)
	expect 0 coracle --dry-run up -d
	has_error ' DRY-RUN MODE -  Network dry_default Created'
	has_error ' DRY-RUN MODE -  Container dry-web-1 Started'
	run names
	is ''
	expect 1 coracle network inspect dry_default
	expect 0 coracle up -d
	expect 0 coracle down --dry-run
	has_error ' DRY-RUN MODE -  Container dry-web-1 Removed'
	state_is dry-web-1 running
	expect 0 coracle down
	[ "$(world_state)" = "$before" ]
}

@test "down with nothing there says so" {
	two_services
	expect 0 coracle down
	has_error 'No resource found to remove for project "app"'
}

@test "--parallel limits how many start at once" {
	project parallel <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  c: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle --parallel 1 up -d
	[ "$(grep -oE '(Starting|Started)$' <<<"$stderr" | tr '\n' ' ')" = \
		'Starting Started Starting Started Starting Started ' ]
	COMPOSE_PARALLEL_LIMIT=many expect 1 coracle up -d
	has_error COMPOSE_PARALLEL_LIMIT
	expect 1 coracle --parallel -2 up -d
}
