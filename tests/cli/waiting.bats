#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Commands that wait say for what, and stop and kill do not wait behind them.

load helper

@test "up --wait names who is not ready, and why" {
	project waits <<-'YAML'
	services:
	  good: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  late:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: [CMD-SHELL, "printf 'not \\033[1myet'; exit 3"], interval: 200ms, retries: 1000}
	YAML
	expect 1 coracle up -d --wait --wait-timeout 3
	has_error 'application not healthy after 3s: container waits-late-1 is not healthy yet: its last check gave 3: not '
	[[ "$stderr" != *$'\e'* ]] || fail "$stderr"
	sed -i 's/retries: 1000/retries: 2/' compose.yaml
	expect 1 coracle up -d --wait
	has_error 'container waits-late-1 is unhealthy: its last check gave 3'
	sed -i '/late:/,$ s/command: sleep 3600/command: sh -c "exit 4"/' compose.yaml
	expect 1 coracle up -d --wait
	has_error 'container waits-late-1 exited (4)'
}

@test "stop and kill reach containers while an up waits" {
	project long <<-'YAML'
	services:
	  first:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "false", interval: 1s, retries: 1000}
	  second: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: {first: {condition: service_healthy}}}
	YAML
	local command
	for command in kill stop; do
		coracle up -d >log 2>&1 3>&- &
		eventually 10 state_is long-first-1 running
		CORACLE_TIMEOUT=10 expect 0 coracle "$command" first
		! wait $! || fail "$(cat log)"
		grep -q 'dependency failed to start: .*long-first-1' log || fail "$(cat log)"
		state_is long-first-1 exited
		state_is long-second-1 created
	done
}

@test "logs says where a logging driver keeps nothing" {
	project silent <<-'YAML'
	services:
	  x: {image: busybox, command: echo hello, logging: {driver: none}}
	YAML
	expect 0 coracle up
	has_error "container silent-x-1 keeps no output: its logging driver is 'none'"
	expect 0 coracle logs
	is ''
	has_error "container silent-x-1 keeps no output: its logging driver is 'none'"
}

@test "up --wait looks again at what has started, and names all that have ended" {
	project crashing <<-'YAML'
	services:
	  good: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  late: {image: busybox, command: sh -c "sleep 0.1; exit 7"}
	  fast: {image: busybox, command: "false"}
	YAML
	expect 1 coracle up -d --wait
	has_error 'container crashing-late-1 exited (7)'
	has_error 'container crashing-fast-1 exited (1)'
	expect 0 coracle down
	expect 1 coracle up -d --wait late
	has_error 'container crashing-late-1 exited (7)'
	sed -i 's/exit 7"/exit 7", restart: always/' compose.yaml
	expect 0 coracle down
	expect 1 coracle up -d --wait late
	has_error 'container crashing-late-1 exited (7), again after'
}

@test "up --wait takes the end of a job for success only where somebody waits for it" {
	project jobs <<-'YAML'
	services:
	  job: {image: busybox, command: "true"}
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    depends_on: {job: {condition: service_completed_successfully}}
	YAML
	expect 0 coracle up -d --wait
	state_is jobs-web-1 running
	expect 1 coracle up -d --wait job
	has_error 'container jobs-job-1 exited (0)'
}

@test "--wait-timeout bounds the wait for dependencies, too" {
	project bounded <<-'YAML'
	services:
	  dep:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "false", interval: 1s, retries: 1000}
	  app: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: {dep: {condition: service_healthy}}}
	  after: {image: busybox, command: "true", depends_on: {job: {condition: service_completed_successfully}}}
	  job: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	CORACLE_TIMEOUT=20 expect 1 coracle up -d --wait --wait-timeout 2 app
	has_error 'application not healthy after 2s: container bounded-dep-1 is not healthy yet'
	state_is bounded-app-1 created
	CORACLE_TIMEOUT=20 expect 1 coracle up -d --wait --wait-timeout 2 after
	has_error 'application not healthy after 2s: container bounded-after-1 still waits for what it depends on'
}

@test "up and start let go on what is paused, and say so" {
	project frozen <<-'YAML'
	services:
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  web: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [db]}
	YAML
	expect 0 coracle up -d
	expect 0 coracle pause
	CORACLE_TIMEOUT=20 expect 0 coracle up -d --wait
	has_error 'Container frozen-db-1 Unpaused'
	[[ "$stderr" != *"frozen-db-1 Running"*"frozen-db-1 Unpaused"* ]] || fail "$stderr"
	state_is frozen-web-1 running
	expect 0 coracle pause db
	expect 0 coracle start web
	state_is frozen-db-1 running
	expect 0 coracle pause db
	CORACLE_TIMEOUT=20 expect 0 coracle restart db
	state_is frozen-db-1 running
}

@test "an optional dependency that fails is named" {
	project optional <<-'YAML'
	services:
	  foo: {image: busybox, command: "true", depends_on: {bar: {condition: service_healthy, required: false}}}
	  bar:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "false", interval: 100ms, retries: 1}
	YAML
	expect 0 coracle up -d
	has_error 'optional dependency "bar" failed to start: dependency failed to start: container optional-bar-1'
	has_error ' Container optional-bar-1 Skipped: optional dependency "bar" failed to start'
	[ "$(grep -c 'warning.*optional dependency' <<<"$stderr")" = 1 ] || fail "$stderr"
}

@test "all that is waited for is said to be, and what never will be fails at once" {
	project hopeless <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sleep 3600
	    depends_on: {db: {condition: service_healthy}, job: {condition: service_completed_successfully}}
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    scale: 2
	    healthcheck: {test: "false", interval: 1s, retries: 1000}
	  job: {image: busybox, command: sh -c "sleep 0.3; exit 3"}
	YAML
	CORACLE_TIMEOUT=30 expect 1 coracle up -d
	has_error ' Container hopeless-db-1 Waiting'
	has_error ' Container hopeless-db-2 Waiting'
	has_error ' Container hopeless-job-1 Error service "job" didn'"'"'t complete successfully: exit 3'
	has_error ' Container hopeless-web-1 Error service "job" didn'"'"'t complete successfully: exit 3'
}

@test "whose health others wait for is said to be healthy, by up and by restart" {
	project healths <<-'YAML'
	services:
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "true", interval: 100ms}
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    depends_on: {db: {condition: service_healthy, restart: true}, job: {condition: service_completed_successfully}}
	  job: {image: busybox, command: "true"}
	YAML
	expect 0 coracle up -d
	[[ "$stderr" = *'healths-db-1 Waiting'*'healths-db-1 Healthy'*'healths-web-1 Starting'* ]] || fail "$stderr"
	[[ "$stderr" = *'healths-job-1 Waiting'*'healths-job-1 Exited'*'healths-web-1 Starting'* ]] || fail "$stderr"
	expect 0 coracle restart db
	[[ "$stderr" = *'healths-db-1 Waiting'*'healths-db-1 Healthy'*'healths-web-1 Restarting'* ]] || fail "$stderr"
}

@test "a dependency that ends at once is said to have ended, not to lack a check" {
	project ends <<-'YAML'
	services:
	  db: {image: busybox, command: [sh, -c, "sleep 0.05; exit 3"]}
	  up: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  web: {image: busybox, command: "true", depends_on: {db: {condition: service_healthy}}}
	  other: {image: busybox, command: "true", depends_on: {up: {condition: service_healthy}}}
	YAML
	expect 1 coracle up -d web
	has_error 'dependency failed to start: container ends-db-1 exited (3)'
	expect 1 coracle up -d other
	has_error 'dependency failed to start: container ends-up-1 has no healthcheck configured'
}
