#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Health checks and the order in which services start.

load helper

@test "a service becomes healthy and ps says so" {
	project healthy <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck:
	      test: ["CMD", "test", "-e", "/ok"]
	      interval: 100ms
	      retries: 2
	      start_period: 30s
	      start_interval: 100ms
	YAML
	expect 0 coracle up -d
	health_is healthy-a-1 starting
	coracle exec -T a touch /ok
	eventually 5 health_is healthy-a-1 healthy
	expect 0 coracle ps
	has '(healthy)'
	expect 0 coracle ps --format json
	[ "$(jq -r .Health <<<"$output")" = healthy ]
	coracle exec -T a rm /ok
	eventually 5 health_is healthy-a-1 unhealthy
	[ "$(inspect_of healthy-a-1 '{{.State.Health.FailingStreak}}')" -ge 2 ]
	state_is healthy-a-1 running
}

@test "a probe's output is kept and a slow probe is killed" {
	project probes <<-'YAML'
	services:
	  loud:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "echo probe output; exit 1", interval: 100ms, retries: 1}
	  slow:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "sleep 60", interval: 100ms, timeout: 200ms, retries: 1}
	YAML
	expect 0 coracle up -d
	eventually 5 health_is probes-loud-1 unhealthy
	eventually 5 health_is probes-slow-1 unhealthy
	expect 0 coracle inspect --format '{{(index .State.Health.Log 0).Output}}' probes-loud-1
	has 'probe output'
	coracle stop -t 0
	expect 1 inside pgrep -fx 'sleep 60'
}

@test "whatever a probe prints, inspect is JSON" {
	project bytes <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: ["CMD", "printf", 'caf\351\000\001\033 \377 end'], interval: 100ms}
	YAML
	expect 0 coracle up -d --wait
	coracle inspect bytes-a-1 >out
	iconv -f UTF-8 -t UTF-8 out >/dev/null
	[ "$(jq -c '.[0].State.Health.Log[0].Output' out)" = '"caf�\u0000\u0001\u001b � end"' ]
	coracle inspect -f '{{json .State.Health}}' bytes-a-1 | iconv -f UTF-8 -t UTF-8 | jq -e . >/dev/null
}

# How many processes and zombies there are in the container beside its first one and this look.
strays_of()
{
	# shellcheck disable=SC2016 # expanded inside
	coracle exec -T "$1" sh -c 'ls -d /proc/[0-9]* | grep -vcx -e /proc/1 -e "/proc/$$"; :' | tr -d '\n'
}

probed()
{
	[ "$(inspect_of "$1" '{{len .State.Health.Log}}')" -ge "$2" ]
}

is_without_strays()
{
	[ "$(strays_of "$1")" -le 2 ] # ls and grep
}

@test "nothing of a probe is left, whether it ends or has to be ended" {
	local service
	project leftovers <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  child: {<<: *service, healthcheck: {test: "[ -e /quiet ] || sleep 3601; true", interval: 100ms, timeout: 200ms}}
	  pipe: {<<: *service, healthcheck: {test: "[ -e /quiet ] || sleep 3602 | cat; true", interval: 100ms, timeout: 200ms}}
	  session: {<<: *service, healthcheck: {test: "[ -e /quiet ] || { setsid sleep 3603 & sleep 3604; }", interval: 100ms, timeout: 200ms}}
	  background: {<<: *service, healthcheck: {test: "[ -e /quiet ] || (setsid sleep 3605 & sleep 3606 &) ; echo done", interval: 100ms, timeout: 10s}}
	YAML
	expect 0 coracle up -d
	for service in child pipe session background; do
		eventually 10 probed "leftovers-$service-1" 4
	done
	coracle inspect --format '{{json .State.Health.Log}}' leftovers-background-1 >log.json
	[ "$(jq -r '.[-1] | "\(.ExitCode) \(.Output)"' log.json)" = $'0 done' ]
	[ "$(inspect_of leftovers-session-1 '{{(index .State.Health.Log 0).ExitCode}}')" = -1 ]
	# From now on they are short, so that hardly a look comes while one runs.
	for service in child pipe session background; do
		coracle exec -T "$service" touch /quiet
	done
	for service in child pipe session background; do
		eventually 10 is_without_strays "$service"
	done
}

@test "a probe works below a filter that its reaper could not do with" {
	project strict <<-YAML
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    security_opt: ["seccomp=strict.json"]
	    healthcheck: {test: "echo out; echo err >&2", interval: 1s}
	YAML
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["rt_sigtimedwait"], "action": "SCMP_ACT_ERRNO"}]}' >strict.json
	expect 0 coracle up -d
	eventually 10 health_is strict-a-1 healthy
	[ "$(inspect_of strict-a-1 '{{(index .State.Health.Log 0).Output}}')" = $'out\nerr' ]
}

@test "start order follows depends_on conditions" {
	project order <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    depends_on:
	      db: {condition: service_healthy}
	      migrate: {condition: service_completed_successfully}
	      plain: {condition: service_started}
	  db:
	    image: busybox
	    command: ["sh", "-c", "sleep 0.5; touch /ok; exec sleep 3600"]
	    stop_signal: SIGKILL
	    healthcheck: {test: ["CMD", "test", "-e", "/ok"], interval: 100ms, retries: 100}
	  migrate:
	    image: busybox
	    command: ["sh", "-c", "sleep 0.3"]
	    depends_on:
	      db: {condition: service_healthy}
	  plain:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	health_is order-db-1 healthy
	web=$(inspect_of order-web-1 '{{.State.StartedAt}}')
	db=$(inspect_of order-db-1 '{{.State.StartedAt}}')
	migrated=$(inspect_of order-migrate-1 '{{.State.FinishedAt}}')
	[[ "$web" > "$migrated" ]]
	[[ "$migrated" > "$db" ]]
	[[ "$(inspect_of order-migrate-1 '{{.State.StartedAt}}')" > "$db" ]]
}

@test "up fails when a dependency is unhealthy, the dependent stays created" {
	project unhealthy <<-'YAML'
	services:
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "exit 1", interval: 100ms, retries: 2}
	  web:
	    image: busybox
	    command: sleep 3600
	    depends_on:
	      db: {condition: service_healthy}
	YAML
	expect 1 coracle up -d
	has_error 'unhealthy-db-1 is unhealthy'
	state_is unhealthy-web-1 created
}

@test "up fails when a dependency exits" {
	project exits <<-'YAML'
	services:
	  db:
	    image: busybox
	    command: ["sh", "-c", "exit 1"]
	    healthcheck: {test: "exit 0", interval: 10s}
	  web:
	    image: busybox
	    command: sleep 3600
	    depends_on:
	      db: {condition: service_healthy}
	YAML
	expect 1 coracle up -d
	has_error 'dependency failed to start: container exits-db-1 exited (1)'
}

@test "up --wait waits for health and --wait-timeout ends it" {
	project waits <<-'YAML'
	services:
	  quick:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "exit 0", interval: 100ms}
	  never:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "exit 1", interval: 100ms, retries: 1000}
	YAML
	expect 0 coracle up --wait quick
	health_is waits-quick-1 healthy
	expect 1 coracle up --wait --wait-timeout 1 never
	has_error 'not healthy'
	state_is waits-never-1 running
}

@test "a healthcheck can be switched off" {
	project off <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {disable: true}
	YAML
	expect 0 coracle up -d --wait
	expect 0 coracle ps --format json
	[ "$(jq -r .Health <<<"$output")" = "" ]
}

@test "down stops dependents before what they depend on" {
	project reverse <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "trap 'sleep 0.3; exit 0' TERM; echo ready; while :; do sleep 0.05; done"]
	    depends_on: [db]
	  db:
	    image: busybox
	    command: ["sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"]
	YAML
	expect 0 coracle up -d
	eventually 10 logged 2 ready
	expect 0 coracle stop
	[[ "$(inspect_of reverse-db-1 '{{.State.FinishedAt}}')" > "$(inspect_of reverse-web-1 '{{.State.FinishedAt}}')" ]]
}

@test "inspect: a field of what has no value is an error" {
	project plain <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 1 coracle inspect -f '{{.State.Health.Status}}' plain-x-1
	has_error 'map has no entry for key "Health"'
	expect 0 coracle inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else}}no check{{end}}' plain-x-1
	is 'no check'
}
